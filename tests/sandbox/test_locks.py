# SPDX-License-Identifier: Apache-2.0
"""Management locks at subscriptions, resource groups and resources."""

from typing import Any

import pytest

from tests.sandbox.conftest import SUBSCRIPTION, Azure
from tests.sandbox.network.conftest import Net

ACCOUNT = "providers/Microsoft.Storage/storageAccounts/stchat"
BODY = {"location": "eastus", "kind": "StorageV2", "sku": {"name": "Standard_LRS"}}


def lock(azure: Azure, scope: str, level: str = "CanNotDelete", name: str = "keep") -> str:
    """The id of a new lock."""
    path = f"{scope}/providers/Microsoft.Authorization/locks/{name}"
    response = azure.send("PUT", path, {"properties": {"level": level}}, version="2020-05-01")
    assert response.status_code in {200, 201}, response.text
    return path


def unlock(azure: Azure, path: str) -> int:
    """The status of a lock's deletion."""
    return azure.send("DELETE", path, version="2020-05-01").status_code


@pytest.fixture
def account(azure: Azure, group: str) -> str:
    """A storage account."""
    azure.put(f"{group}/{ACCOUNT}", BODY)
    return f"{group}/{ACCOUNT}"


@pytest.mark.parametrize("scope", ["subscription", "group", "account"])
@pytest.mark.parametrize("level", ["CanNotDelete", "ReadOnly"])
def test_locks_are_inherited(azure: Azure, account: str, scope: str, level: str) -> None:
    """A lock at, or above, a resource keeps it; without the lock it can go."""
    group = account.partition("/providers/")[0]
    scopes = {"subscription": SUBSCRIPTION, "group": group, "account": account}
    path = lock(azure, scopes[scope], level)

    refused = azure.send("DELETE", account)
    removed = unlock(azure, path)
    deleted = azure.send("DELETE", account)

    error = refused.json()["error"]
    assert (409, "ScopeLocked") == (refused.status_code, error["code"])
    assert error["message"] == (
        f"The scope '{account}' cannot perform delete operation because following scope(s) are "
        f"locked: '{scopes[scope]}'. Please remove the lock and try again."
    )
    assert (200, 200) == (removed, deleted.status_code)


def test_what_has_something_locked_inside_stays(azure: Azure, group: str, account: str) -> None:
    """A resource group is not deleted around a locked resource; the message names the resource."""
    path = lock(azure, account)

    refused = azure.send("DELETE", group)
    unlock(azure, path)
    accepted = azure.send("DELETE", group)

    assert (409, 202) == (refused.status_code, accepted.status_code)
    assert f"locked: '{account}'" in refused.json()["error"]["message"]


def test_a_lock_against_deletion_lets_changes_through(azure: Azure, account: str) -> None:
    """PUT, PATCH and keys go on."""
    lock(azure, account)

    statuses = [
        azure.send("PUT", account, BODY).status_code,
        azure.send("PATCH", account, {"tags": {"a": "b"}}).status_code,
        azure.send("POST", f"{account}/listKeys").status_code,
    ]

    assert [200, 200, 200] == statuses


def test_a_read_only_lock_stops_everything_but_reading(
    azure: Azure, group: str, account: str
) -> None:
    """Changes, new resources and actions are refused, even those that only list keys."""
    lock(azure, group, "ReadOnly")
    other = f"{group}/providers/Microsoft.Storage/storageAccounts/stother"

    refusals = [
        azure.refusal("PUT", account, BODY),
        azure.refusal("PATCH", account, {"tags": {"a": "b"}}),
        azure.refusal("POST", f"{account}/listKeys"),
        azure.refusal("PUT", other, BODY),
        azure.refusal("DELETE", account),
    ]

    assert [(409, "ScopeLocked")] * 5 == refusals
    assert 200 == azure.send("GET", account).status_code


def test_a_lock_keeps_role_assignments_and_settings_at_its_scope(
    azure: Azure, account: str
) -> None:
    """Whatever hangs from a locked resource stays too."""
    name = "00000000-0000-4000-8000-0000000000aa"
    path = f"{account}/providers/Microsoft.Authorization/roleAssignments/{name}"
    role = "/providers/Microsoft.Authorization/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7"
    properties = {"principalId": name, "roleDefinitionId": role, "principalType": "User"}
    azure.put(path, {"properties": properties})
    lock(azure, account)

    assert (409, "ScopeLocked") == azure.refusal("DELETE", path)


@pytest.mark.parametrize(
    "properties", [{}, {"level": "Sometimes"}, {"level": "ReadOnly", "notes": "n" * 513}]
)
def test_locks_azure_refuses(azure: Azure, account: str, properties: dict[str, Any]) -> None:
    """A level is needed; notes are short."""
    path = f"{account}/providers/Microsoft.Authorization/locks/keep"

    response = azure.send("PUT", path, {"properties": properties}, version="2020-05-01")

    assert 400 == response.status_code


def test_locks_are_listed_with_those_below(azure: Azure, group: str, account: str) -> None:
    """A group shows its own and those of its resources; a missing one has its own error."""
    lock(azure, group, name="group")
    lock(azure, account, name="account")
    path = f"{group}/providers/Microsoft.Authorization/locks"

    listed = azure.send("GET", path, version="2020-05-01").json()["value"]
    missing = azure.send("GET", f"{path}/none", version="2020-05-01").json()["error"]["code"]

    assert ["account", "group"] == [one["name"] for one in listed]
    assert "LockNotFound" == missing


def test_a_locked_target_keeps_its_private_endpoint(azure: Azure, group: str) -> None:
    """The deletion is accepted and fails; the endpoint goes on working."""
    net = Net(azure, group)
    net.network(endpoints="10.0.0.0/24")
    account = net.account()
    net.endpoint(account, "blob")
    path = lock(azure, account)

    deletion = azure.send("DELETE", net.id_of("privateEndpoints/pep"))
    azure.time.pass_by(3600)
    failed = azure.poll(deletion).json()["error"]
    connections = azure.get(account)["properties"]["privateEndpointConnections"]
    unlock(azure, path)

    assert "ScopeLocked" == failed["code"]
    assert failed["message"].startswith("Call to Microsoft.Storage/storageAccounts failed.")
    assert 1 == len(connections)
    assert 202 == net.delete("privateEndpoints/pep")[0]


def test_a_locked_resource_keeps_the_managed_network(azure: Azure, group: str) -> None:
    """A workspace whose network has an endpoint to something locked cannot be deleted."""
    net = Net(azure, group)
    network = {"isolationMode": "AllowOnlyApprovedOutbound"}
    workspace = net.workspace(managedNetwork=network, provisionNetworkNow=True)
    account = azure.get(workspace)["properties"]["storageAccount"]
    lock(azure, account)

    deletion = azure.send("DELETE", workspace)
    azure.time.pass_by(3600)

    assert "ScopeLocked" == azure.poll(deletion).json()["error"]["code"]
    assert 200 == azure.send("GET", workspace).status_code
