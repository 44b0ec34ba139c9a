# SPDX-License-Identifier: Apache-2.0
"""Microsoft.Authorization and Microsoft.ManagedIdentity."""

import uuid
from typing import Any

import pytest

from azure_sandbox import identity
from azure_sandbox.arm.store import Store
from azure_sandbox.namespaces.authorization import PROPAGATION_SECONDS, is_effective
from azure_sandbox.server import STATE_FILE
from tests.sandbox.conftest import SUBSCRIPTION, Azure

READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"
ACR_PULL = "7f951dda-4ed3-4680-a7ca-43fe172d538d"
ACCOUNT = "providers/Microsoft.Storage/storageAccounts/chatdata"
IDENTITY = "providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-chat"


@pytest.fixture
def principal(azure: Azure, group: str) -> str:
    """The principal of a user-assigned identity."""
    made: str = azure.put(f"{group}/{IDENTITY}", {"location": "eastus"})["properties"][
        "principalId"
    ]
    return made


def _assignment(scope: str, name: str | None = None) -> str:
    return f"{scope}/providers/Microsoft.Authorization/roleAssignments/{name or uuid.uuid4()}"


def _body(principal: str, role: str = READER, **more: object) -> dict[str, Any]:
    definition = f"{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{role}"
    return {
        "properties": {
            "principalId": principal,
            "roleDefinitionId": definition,
            "principalType": "ServicePrincipal",
            **more,
        }
    }


def test_identity_keeps_its_ids(azure: Azure, group: str) -> None:
    """Principal and client id stay when the identity is changed."""
    first = azure.put(f"{group}/{IDENTITY}", {"location": "eastus"})["properties"]
    second = azure.put(f"{group}/{IDENTITY}", {"location": "eastus", "tags": {"a": "b"}})

    assert first == second["properties"]
    assert identity.TENANT_ID == first["tenantId"]
    assert first["principalId"] != first["clientId"]


def test_identity_of_a_resource_must_exist(azure: Azure, group: str) -> None:
    """A user-assigned identity is shown with its ids, a dangling one refused."""
    body = {"location": "eastus", "sku": {"name": "Standard_LRS"}, "kind": "StorageV2"}
    who = {"type": "UserAssigned", "userAssignedIdentities": {f"{group}/{IDENTITY}": {}}}

    refusal = azure.refusal("PUT", f"{group}/{ACCOUNT}", {**body, "identity": who})
    made = azure.put(f"{group}/{IDENTITY}", {"location": "eastus"})
    shown = azure.put(f"{group}/{ACCOUNT}", {**body, "identity": who})["identity"]

    assert (400, "FailedIdentityOperation") == refusal
    ids = shown["userAssignedIdentities"][f"{group}/{IDENTITY}"]
    assert made["properties"]["principalId"] == ids["principalId"]


def test_system_assigned_principal_stays_with_its_resource(azure: Azure, group: str) -> None:
    """It is kept over updates, can be given roles, and is gone when it is turned off."""
    body = {"location": "eastus", "sku": {"name": "Standard_LRS"}, "kind": "StorageV2"}
    on = {**body, "identity": {"type": "SystemAssigned"}}
    first = azure.put(f"{group}/{ACCOUNT}", on)["identity"]["principalId"]
    second = azure.put(f"{group}/{ACCOUNT}", {**on, "tags": {"a": "b"}})["identity"]

    assigned = azure.send("PUT", _assignment(group), _body(first))
    off = azure.put(f"{group}/{ACCOUNT}", {**body, "identity": {"type": "None"}})

    assert first == second["principalId"]
    assert 201 == assigned.status_code
    assert "identity" not in off


def test_role_is_assigned_at_any_scope(azure: Azure, group: str, principal: str) -> None:
    """Subscription, group and resource; what was asked for is shown."""
    for scope in (SUBSCRIPTION, group, f"{group}/{IDENTITY}"):
        path = _assignment(scope)

        shown = azure.put(path, _body(principal))

        assert path == shown["id"]
        assert scope == shown["properties"]["scope"]
        assert principal == shown["properties"]["principalId"]
        assert shown["properties"]["roleDefinitionId"].endswith(READER)


def test_second_equal_assignment_is_refused(azure: Azure, group: str, principal: str) -> None:
    """Principal, role and scope may be joined once; the message names the first."""
    first = uuid.uuid4()
    azure.put(_assignment(group, str(first)), _body(principal))

    again = azure.send("PUT", _assignment(group), _body(principal))
    other_role = azure.send("PUT", _assignment(group), _body(principal, ACR_PULL))

    assert (409, "RoleAssignmentExists") == (again.status_code, again.json()["error"]["code"])
    assert first.hex in again.json()["error"]["message"]
    assert 201 == other_role.status_code


def test_assignment_never_changes(azure: Azure, group: str, principal: str) -> None:
    """The same PUT again is fine, another role is not."""
    path = _assignment(group)
    azure.put(path, _body(principal))

    same = azure.send("PUT", path, _body(principal))
    other = azure.refusal("PUT", path, _body(principal, ACR_PULL))

    assert 200 == same.status_code
    assert (400, "RoleAssignmentUpdateNotPermitted") == other


def test_unknown_principal_needs_its_type_said(azure: Azure, group: str) -> None:
    """Without principalType the directory is asked, with it it is not."""
    nobody = str(uuid.uuid4())
    untyped = _body(nobody)
    del untyped["properties"]["principalType"]

    assert (400, "PrincipalNotFound") == azure.refusal("PUT", _assignment(group), untyped)
    assert 201 == azure.send("PUT", _assignment(group), _body(nobody)).status_code


def test_principal_type_must_be_true(azure: Azure, group: str, principal: str) -> None:
    """An identity is no user, which is what some clients assume by default."""
    refusal = azure.refusal("PUT", _assignment(group), _body(principal, principalType="User"))

    assert (400, "UnmatchedPrincipalType") == refusal


@pytest.mark.parametrize(
    ("name", "change", "code"),
    [
        ("not-a-guid", {}, "InvalidRoleAssignmentId"),
        (None, {"principalId": "me"}, "InvalidPrincipalId"),
        (None, {"roleDefinitionId": str(uuid.UUID(int=7))}, "RoleDefinitionDoesNotExist"),
    ],
)
def test_malformed_assignments(  # noqa: PLR0913, PLR0917  (fixtures and parameters)
    azure: Azure, group: str, principal: str, name: str | None, change: dict[str, str], code: str
) -> None:
    """Name and principal are GUIDs, the role exists."""
    body = _body(principal)
    body["properties"] |= change

    assert (400, code) == azure.refusal("PUT", _assignment(group, name), body)


def test_scope_must_exist(azure: Azure, group: str, principal: str) -> None:
    """A role cannot be assigned on nothing."""
    path = _assignment(f"{group}/{ACCOUNT}")

    assert 404 == azure.refusal("PUT", path, _body(principal))[0]


def test_list_covers_scopes_above_and_below(azure: Azure, group: str, principal: str) -> None:
    """``atScope()`` leaves out what is below; a principal can be asked for."""
    for scope in (SUBSCRIPTION, group, f"{group}/{IDENTITY}"):
        azure.put(_assignment(scope), _body(principal))
    azure.put(_assignment(group), _body(identity.OBJECT_ID))
    collection = f"{group}/providers/Microsoft.Authorization/roleAssignments"

    def count(expression: str) -> int:
        return len(azure.get(collection, {"$filter": expression} if expression else {})["value"])

    assert 4 == count("")
    assert 3 == count("atScope()")
    assert 3 == count(f"principalId eq '{principal}'")
    assert 2 == count(f"atScope() and assignedTo('{principal}')")
    assert 400 == azure.send("GET", collection, query={"$filter": "x eq 1"}).status_code


def test_assignment_is_felt_after_its_propagation(azure: Azure, group: str, principal: str) -> None:
    """On the scope and below it, for this role and principal only, and not at once."""
    azure.send("PUT", _assignment(group), _body(principal, ACR_PULL))
    store = Store(azure.home / STATE_FILE)

    def felt(role: str, scope: str) -> bool:
        with store.read() as tx:
            return is_effective(tx, principal, role, scope, azure.time.now)

    at_once = felt(ACR_PULL, group)
    azure.time.pass_by(PROPAGATION_SECONDS)

    assert not at_once
    assert felt(ACR_PULL, group)
    assert felt(ACR_PULL, f"{group.upper()}/{ACCOUNT}")
    assert not felt(READER, group)
    assert not felt(ACR_PULL, f"{group}-other")
    assert not felt(ACR_PULL, SUBSCRIPTION)


def test_deleted_assignment_is_gone(azure: Azure, group: str, principal: str) -> None:
    """200 once, 204 afterwards, and a code of its own for looking."""
    path = _assignment(group)
    azure.put(path, _body(principal))

    deletions = [azure.send("DELETE", path).status_code for _ in range(2)]

    assert [200, 204] == deletions
    assert (404, "RoleAssignmentNotFound") == azure.refusal("GET", path)


def test_assignments_go_with_their_scope(azure: Azure, group: str, principal: str) -> None:
    """An extension resource does not outlive what it extends."""
    path = _assignment(f"{group}/{IDENTITY}")
    azure.put(path, _body(principal))

    azure.send("DELETE", f"{group}/{IDENTITY}")
    azure.put(f"{group}/{IDENTITY}", {"location": "eastus"})

    assert 404 == azure.send("GET", path).status_code


def test_role_definitions_are_found_by_name(azure: Azure) -> None:
    """The built-in roles are listed at any scope."""
    collection = f"{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions"

    found = azure.get(collection, {"$filter": "roleName eq 'AcrPull'"})["value"]
    one = azure.get(f"{collection}/{ACR_PULL}")

    assert [one] == found
    assert f"{collection}/{ACR_PULL}" == one["id"]
