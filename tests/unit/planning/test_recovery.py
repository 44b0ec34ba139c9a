# SPDX-License-Identifier: Apache-2.0
"""What a killed run has left, and how the state has to change."""

import copy
from typing import Any

import pytest

from azure_model_endpoints.planning.recovery import (
    Finding,
    Interrupted,
    Outcome,
    interrupted_operations,
    is_settled,
    judge,
    owner_of,
    with_declared_inputs,
    without_interruptions,
)

SUBSCRIPTION = "00000000-0000-4000-8000-000000000001"
ACCOUNT = (
    f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.Storage"
    "/storageAccounts/st1"
)
PREFIX = "urn:pulumi:dev::models"
OURS = {"ame-owner": "models/dev"}


def account(**more: Any) -> dict[str, Any]:
    """A storage account as a state has it before it exists."""
    return {
        "urn": f"{PREFIX}::azure-native:storage:StorageAccount::account",
        "type": "azure-native:storage:StorageAccount",
        "inputs": {
            "resourceGroupName": "rg",
            "accountName": "st1",
            "azureApiVersion": "2024-01-01",
            "tags": OURS,
        },
        **more,
    }


def endpoint(**more: Any) -> dict[str, Any]:
    """Another resource."""
    return {"urn": f"{PREFIX}::x:y:Z::endpoint", "type": "x:y:Z", "id": "/e", "inputs": {}, **more}


def live(**more: Any) -> dict[str, Any]:
    """The storage account as Resource Manager shows it."""
    return {"id": ACCOUNT, "tags": OURS, "properties": {"provisioningState": "Succeeded"}, **more}


def state(*resources: dict[str, Any], pending: list[dict[str, Any]] | None = None) -> Any:
    """An exported state."""
    return {
        "version": 3,
        "deployment": {"resources": list(resources), "pending_operations": pending or []},
    }


def interrupted(operation: str, record: dict[str, Any]) -> Interrupted:
    """An operation of a killed run."""
    (found,) = interrupted_operations(
        state(pending=[{"type": operation, "resource": record}]), SUBSCRIPTION
    )
    return found


def test_interrupted_operations_are_found_once() -> None:
    """Runs that were killed one after the other may note the same operation again."""
    pending = [{"type": "creating", "resource": account()}] * 2

    (found,) = interrupted_operations(state(pending=pending), SUBSCRIPTION)

    assert ("creating", "account", ACCOUNT) == (found.operation, found.name, found.resource_id)
    assert "2024-01-01" == found.api_version


def test_subscription_of_an_explicit_provider_counts() -> None:
    """A resource is where its own provider creates it."""
    other = "00000000-0000-4000-8000-000000000002"
    provider = {
        "urn": f"{PREFIX}::pulumi:providers:azure-native::other",
        "id": "1",
        "type": "pulumi:providers:azure-native",
        "inputs": {"subscriptionId": other},
    }
    record = account(provider=f"{provider['urn']}::1")
    pending = [{"type": "creating", "resource": record}]

    (found,) = interrupted_operations(state(provider, pending=pending), SUBSCRIPTION)

    assert ACCOUNT.replace(SUBSCRIPTION, other) == found.resource_id


@pytest.mark.parametrize(
    ("operation", "record", "found", "expected"),
    [
        ("creating", account(), live(), Outcome.ADOPTED),
        ("importing", account(), live(), Outcome.ADOPTED),
        ("creating", account(), None, Outcome.NEVER_BEGUN),
        ("creating", account(), live(tags={"ame-owner": "models/prod"}), Outcome.FOREIGN),
        ("creating", account(), live(tags=None), Outcome.FOREIGN),
        ("creating", endpoint(), None, Outcome.UNKNOWN),
        ("creating", {"urn": "u", "type": "pulumi:index:Stash"}, None, Outcome.NEVER_BEGUN),
        ("creating", {"urn": "u", "type": "a:b:C", "custom": False}, None, Outcome.NEVER_BEGUN),
        ("deleting", account(id=ACCOUNT), None, Outcome.DELETED),
        ("deleting", account(id=ACCOUNT), live(), Outcome.UNFINISHED),
        ("deleting", endpoint(), None, Outcome.UNFINISHED),
        ("deleting", {"urn": "u", "type": "pulumi:index:Stash"}, None, Outcome.DELETED),
        ("updating", account(id=ACCOUNT), live(), Outcome.UNFINISHED),
    ],
)
def test_outcomes(
    operation: str, record: dict[str, Any], found: dict[str, Any] | None, expected: Outcome
) -> None:
    """What is live and whose it is tells what became of an operation."""
    assert expected is judge(interrupted(operation, record), found, state()).outcome


def test_untagged_creation_is_ours_by_name() -> None:
    """A role assignment has no tags; its name follows from what it grants."""
    record = account()
    record["inputs"] = {**record["inputs"], "tags": None}

    assert Outcome.ADOPTED is judge(interrupted("creating", record), live(tags={}), state()).outcome


def test_creation_that_a_later_run_recorded_is_over() -> None:
    """An update that adopts something by itself leaves the old note standing."""
    recorded = state(account(id=ACCOUNT.lower()))

    outcome = judge(interrupted("creating", account()), live(), recorded).outcome

    assert Outcome.RECORDED is outcome


def test_adopted_resource_is_added_after_all_others() -> None:
    """It depends on what was there before it, and nothing depends on it yet."""
    before = state(endpoint(), pending=[{"type": "creating", "resource": account()}])
    unchanged = copy.deepcopy(before)

    after = without_interruptions(before, [finding("creating", account(), live())])

    assert [endpoint(), account(id=ACCOUNT, outputs={})] == after["deployment"]["resources"]
    assert "pending_operations" not in after["deployment"]
    assert unchanged == before


def test_failed_creation_is_adopted_as_failed() -> None:
    """The next run then writes it again, as after a failure that nobody killed."""
    failed = live(properties={"provisioningState": "Failed"})

    after = without_interruptions(state(), [finding("creating", account(), failed)])

    (adopted,) = after["deployment"]["resources"]
    assert ["the creation ended as Failed"] == adopted["initErrors"]


@pytest.mark.parametrize(
    ("old", "kept"),
    [
        ({}, [{"id": "/old", "delete": True}]),
        ({"delete": True}, [{"id": "/old", "delete": True}]),
        ({"pendingReplacement": True}, []),
    ],
)
def test_adopted_replacement(old: dict[str, Any], kept: list[dict[str, Any]]) -> None:
    """What it replaces is still to be deleted, or is already."""
    before = state(account(id="/old", **old))

    after = without_interruptions(before, [finding("creating", account(), live())])

    expected = [*(account(**rest) for rest in kept), account(id=ACCOUNT, outputs={})]
    assert expected == after["deployment"]["resources"]


def test_deleted_resource_leaves_the_state() -> None:
    """The rest stays, also what has replaced it under the same name."""
    gone = account(id="/old", delete=True)
    new = account(id=ACCOUNT)

    after = without_interruptions(state(gone, new), [finding("deleting", gone, None)])

    assert [new] == after["deployment"]["resources"]


def test_declared_inputs_are_kept() -> None:
    """What Azure fills in stays among the outputs, or the next run would want to change it."""
    read = account(id=ACCOUNT, outputs={"kind": "StorageV2"})
    read["inputs"] = {**read["inputs"], "kind": "StorageV2"}

    after = with_declared_inputs(state(endpoint(), read), [finding("creating", account(), live())])

    expected = account(id=ACCOUNT, outputs={"kind": "StorageV2"})
    assert [endpoint(), expected] == after["deployment"]["resources"]


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        (live(), True),
        (live(properties={"provisioningState": "Failed"}), True),
        (live(properties={"provisioningState": "Creating"}), False),
        (live(properties={"provisioningState": "Deleting"}), False),
        ({"id": "/r"}, True),
    ],
)
def test_settled(resource: dict[str, Any], expected: bool) -> None:  # noqa: FBT001
    """Only what Azure works on is not settled."""
    assert expected is is_settled(resource)


def test_owner_follows_from_the_urn() -> None:
    """Project and stack, as the owner tag has them."""
    assert "models/dev" == owner_of(account()["urn"])


def finding(operation: str, record: dict[str, Any], found: dict[str, Any] | None) -> Finding:
    """What became of an operation on an otherwise empty stack."""
    return judge(interrupted(operation, record), found, state())
