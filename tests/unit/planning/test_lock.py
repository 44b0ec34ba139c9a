# SPDX-License-Identifier: Apache-2.0
"""What was chosen stays chosen until somebody decides otherwise."""

from dataclasses import replace
from typing import Any

import pytest

from azure_model_endpoints.catalog import Catalog
from azure_model_endpoints.errors import PlanError
from azure_model_endpoints.planning.deployment import Surroundings
from azure_model_endpoints.planning.lock import (
    Lock,
    disagreements,
    fingerprint,
    lock_of,
    sealed,
)
from azure_model_endpoints.planning.stack import plan_stack
from azure_model_endpoints.planning.stack_plan import StackPlan
from tests.unit.planning.catalogs import (
    BIG,
    CATALOG,
    GOING,
    REGION,
    REVISION,
    SMALL,
    TODAY,
    prices,
)

WRITE = "Run `ame plan --write` for this stack and review what it chooses."


def planned(
    document: dict[str, Any], lock: Lock | None = None, catalog: Catalog = CATALOG
) -> StackPlan:
    """The plan of a stack called dev."""
    whole = {"region": REGION, "public_network_access": True, **document}
    return plan_stack("dev", whole, Surroundings(catalog, TODAY), lock)


def endpoint(**said: Any) -> dict[str, Any]:
    """A stack with one endpoint of a plain model."""
    return {"endpoints": {"chat": {"model": "plain-model", **said}}}


def locked(document: dict[str, Any], catalog: Catalog = CATALOG) -> Lock:
    """The lock of a stack."""
    plan = planned(document, catalog=catalog)
    names = [f"{e.key}.{d.name}" for e in plan.endpoints for d in e.deployments]
    return lock_of(plan, dict.fromkeys(names, "because"), {SMALL: TODAY}, written_by="1")


def edited(lock: Lock, **fields: Any) -> Lock:
    """The same lock with other fields in its only entry."""
    entry = lock.deployments["chat.blue"].model_copy(update=fields)
    return lock.model_copy(update={"deployments": {"chat.blue": entry}})


def deployment(plan: StackPlan) -> Any:
    """The only deployment of the only endpoint."""
    return plan.endpoints[0].deployments[0]


def test_lock_says_what_was_chosen_and_why() -> None:
    """Down to what the server is started with."""
    plan = planned(endpoint())

    chosen = locked(endpoint()).deployments["chat.blue"]

    assert ("plain-model", "7", SMALL, 1, 1, 0.5, TODAY, "because") == (
        chosen.model,
        chosen.version,
        chosen.sku,
        chosen.instances,
        chosen.tensor_parallel,
        chosen.price_usd_per_hour,
        chosen.price_read_on,
        chosen.reason,
    )
    assert deployment(plan).environment_variables == chosen.serving
    assert deployment(plan).max_concurrent_requests == chosen.max_concurrent_requests


def test_price_that_moved_moves_nothing() -> None:
    """The cheapest of today is another one."""
    moved = replace(CATALOG, prices=prices(**{SMALL: 50.0, GOING: 1.0, BIG: 12.0}))
    lock = locked(endpoint())

    assert GOING == deployment(planned(endpoint(), catalog=moved)).sku
    assert SMALL == deployment(planned(endpoint(), lock, moved)).sku


def test_component_is_given_what_was_locked() -> None:
    """Number, limits and arguments of the server included."""
    changed = {"max_concurrent_requests": 10, "serving": {"WORKER_COUNT": "10"}}
    lock = edited(locked(endpoint()), **changed)
    chosen = sealed(lock.deployments["chat.blue"], REGION)

    plan = planned(endpoint(), lock.model_copy(update={"deployments": {"chat.blue": chosen}}))

    [arguments] = plan.endpoint_arguments("chat")["deployments"].values()
    assert {
        "sku": SMALL,
        "instances": 1,
        "version": "7",
        "max_concurrent_requests": 10,
        "environment_variables": {"WORKER_COUNT": "10"},
    } == arguments
    assert "10" == deployment(plan).environment_variables["WORKER_COUNT"]


def test_weights_of_the_hub_stay_at_their_commit() -> None:
    """Whatever a later release of the catalogue says."""
    served = endpoint(deployments={"blue": {"vllm": {"image": "i:1"}}})
    newer = replace(
        CATALOG,
        models={
            name: row.model_copy(update={"revision": REVISION[::-1]})
            for name, row in CATALOG.models.items()
        },
    )

    plan = planned(served, locked(served), newer)

    assert REVISION == deployment(plan).serving.revision


@pytest.mark.parametrize(
    "said",
    [
        {"workload": {"concurrency": 3}},
        {"model": "gated-model"},
        {"deployments": {"blue": {"sku": BIG}}},
        {"deployments": {"blue": {"instances": 2}}},
        {"deployments": {"blue": {"vllm": {"image": "i:1"}}}},
    ],
)
def test_other_settings_need_another_choice(said: dict[str, Any]) -> None:
    """They are refused until it is made."""
    with pytest.raises(PlanError) as failure:
        planned(endpoint(**said), locked(endpoint()))

    assert (
        "endpoints.chat.deployments.blue: given settings other than those that dev.lock.yaml was "
        f"written for; allowed: the same settings. {WRITE}"
    ) in str(failure.value)


def test_old_choice_is_not_held_against_new_settings() -> None:
    """One instance was enough for the old ones, which is no problem of these."""
    lock = locked(endpoint())
    now = endpoint(workload={"context_length": 4096, "concurrency": 900})

    with pytest.raises(PlanError) as failure:
        planned(now, lock)

    assert ["endpoints.chat.deployments.blue"] == [each.path for each in failure.value.problems]
    assert 1 < deployment(planned(now)).instances


@pytest.mark.parametrize(
    "said",
    [
        {"tags": {"team": "a"}},
        {"deployments": {"blue": {"tags": {"team": "a"}}}},
        {"deployments": {"blue": {"environment_variables": {"LOG": "info"}}}},
        {"traffic": {"blue": 0}},
    ],
)
def test_what_decides_nothing_needs_no_new_choice(said: dict[str, Any]) -> None:
    """A tag, a variable, the traffic."""
    assert SMALL == deployment(planned(endpoint(**said), locked(endpoint()))).sku


def test_deployments_come_and_go_with_the_lock() -> None:
    """Neither may be without the other."""
    two = endpoint(deployments={"blue": {}, "green": {}}, traffic={"blue": 100})
    settings = planned(two).settings

    missing = disagreements(locked(endpoint()), settings, source="l")
    spare = disagreements(locked(two), planned(endpoint()).settings, source="l")

    assert [
        (
            "endpoints.chat.deployments.green: given no entry in l; allowed: an entry of what was "
            f"chosen for it. {WRITE}"
        )
    ] == [str(problem) for problem in missing]
    assert [
        (
            "l: deployments.chat.green: given a deployment that the settings do not have; allowed: "
            f"chat.blue. {WRITE}"
        )
    ] == [str(problem) for problem in spare]


def test_region_is_one_that_the_settings_allow() -> None:
    """A fallback is, any other is not."""
    lock = locked(endpoint()).model_copy(update={"region": "westus3"})

    with pytest.raises(PlanError, match="region: given 'westus3'; allowed: eastus"):
        planned(endpoint(), lock)


@pytest.mark.parametrize(
    "fields",
    [
        {"model": "llama-x"},
        {"version": "999"},
        {"version": None},
        {"sku": BIG},
        {"instances": 2},
        {"tensor_parallel": 7},
        {"max_concurrent_requests": 1},
        {"serving": {"WORKER_COUNT": "banana", "TENSOR_PARALLEL": "1"}},
        {"serving": {"WORKER_COUNT": "9", "TENSOR_PARALLEL": "8"}},
        {"serving": {}},
        {"price_usd_per_hour": float("nan")},
        {"price_usd_per_hour": None},
        {"price_read_on": None},
        {"reason": "I say so"},
        {"seal": ""},
    ],
)
def test_edit_by_hand_is_told(fields: dict[str, Any]) -> None:
    """Whatever was changed, since nobody has planned that it goes with the rest."""
    with pytest.raises(PlanError) as failure:
        planned(endpoint(), edited(locked(endpoint()), **fields))

    [problem] = failure.value.problems
    assert (
        "dev.lock.yaml: deployments.chat.blue: given an entry that was edited by hand, or by a "
        "merge; allowed: what `ame plan --write` has written. Say in the settings what it shall "
        "run on (`sku`, `instances`, `version`, …), run `ame plan --write` for this stack and "
        "review what it chooses."
    ) == str(problem)


def test_region_is_not_edited_by_hand() -> None:
    """Its sizes and prices were those of another one, even where the settings allow both."""
    wide = {**endpoint(), "fallback_regions": ["westus3"]}
    moved = locked(wide).model_copy(update={"region": "westus3"})

    found = disagreements(moved, planned(wide).settings, source="l")

    assert ["l: deployments.chat.blue"] == [problem.path for problem in found]


def test_fingerprint_follows_from_what_was_said_alone() -> None:
    """In whatever order."""
    one = planned(endpoint(workload={"concurrency": 3, "context_length": 99})).settings
    other = planned(endpoint(workload={"context_length": 99, "concurrency": 3})).settings

    assert fingerprint(one, "chat", "blue") == fingerprint(other, "chat", "blue")
