# SPDX-License-Identifier: Apache-2.0
"""A private workspace that acts with a user-assigned identity, through the engine."""

from collections.abc import Iterator
from typing import Any

import pytest
from pulumi_azure_native.resources import ResourceGroup

from azure_model_endpoints import ModelEndpoint, ModelWorkspace
from azure_model_endpoints.errors import ArmError
from azure_model_endpoints.roles import Role
from tests.engine.world import ML, REGION, Stack, World

ASSIGNMENTS = "2022-04-01"
ROLE_ASSIGNMENT = "authorization:RoleAssignment"


def private(stack: Stack) -> None:
    """Build a workspace with a managed network, and an endpoint in it."""
    name = stack.endpoint_name
    group = ResourceGroup("group", resource_group_name=f"rg-{name}", location=REGION)
    workspace: Any = {
        "resource_group_name": group.name,
        "region": REGION,
        "identity": "user_assigned",
        "isolation_mode": "allow_internet_outbound",
    }
    made = ModelWorkspace("bank", workspace)
    endpoint: Any = {
        "resource_group_name": group.name,
        "workspace_name": made.workspace_name,
        "identity_id": made.identity_id,
        "region": REGION,
        "model": "phi-2",
        "endpoint_name": name,
        "managed_network": True,
    }
    ModelEndpoint("chat", endpoint)


@pytest.fixture(scope="module")
def bank(sandbox: World) -> Iterator[Stack]:
    """One such stack."""
    stack = sandbox.endpoint_stack()
    stack.program = private
    stack.up()
    yield stack
    sandbox.clear()


def ids_of(stack: Stack, type_: str) -> list[str]:
    """Azure ids of a stack's resources of a type."""
    deployment = stack.automation.export_stack().deployment or {}
    return [
        resource["id"]
        for resource in deployment["resources"]
        if resource["type"] == f"azure-native:{type_}"
    ]


def test_one_run_ends_with_an_endpoint_that_serves(bank: Stack) -> None:
    """The identity has its roles before the workspace, the network before the deployment."""
    [workspace_id] = ids_of(bank, "machinelearningservices:Workspace")
    workspace = bank.world.arm.get(workspace_id, ML) or {}

    own = workspace["properties"]["primaryUserAssignedIdentity"]
    assert "UserAssigned" == workspace["identity"]["type"]
    assert own.endswith("/id-bank_workspace")
    assert "Active" == workspace["properties"]["managedNetwork"]["status"]["status"]
    assert {} == bank.changes()


# What the managed network leads to, and how it is called there.
APPROVED = {
    "workspaces": ("machinelearningservices:Workspace", "amlworkspace"),
    "storageAccounts": ("storage:StorageAccount", "table"),
    "vaults": ("keyvault:Vault", "vault"),
    "registries": ("containerregistry:Registry", "registry"),
}


@pytest.fixture(scope="module")
def neighbour(bank: Stack) -> Iterator[str]:
    """Another workspace with the same identity, whose network leads nowhere yet."""
    world = bank.world
    [own] = [
        each
        for each in ids_of(bank, "managedidentity:UserAssignedIdentity")
        if each.endswith("_workspace")
    ]
    there = world.arm.get(world.workspace_id, ML) or {}
    foundations = ("storageAccount", "keyVault", "applicationInsights")
    properties = {
        **{name: there["properties"][name] for name in foundations},
        "primaryUserAssignedIdentity": own,
        "managedNetwork": {"isolationMode": "AllowInternetOutbound"},
    }
    identity = {"type": "UserAssigned", "userAssignedIdentities": {own: {}}}
    workspace = f"{world.workspace_id}-neighbour"
    body = {"location": REGION, "identity": identity, "properties": properties}
    world.arm.put(workspace, ML, body)
    world.arm.run(f"{workspace}/provisionManagedNetwork", ML, {})
    yield workspace
    world.arm.delete(workspace, ML)


def approvers_of(stack: Stack) -> dict[str, str]:
    """The ids of the grants that let private endpoints be approved, by the kind of their scope."""
    found = {}
    for grant in ids_of(stack, ROLE_ASSIGNMENT):
        live = stack.world.arm.get(grant, ASSIGNMENTS) or {}
        if live["properties"]["roleDefinitionId"].endswith(Role.NETWORK_CONNECTION_APPROVER.value):
            found[live["properties"]["scope"].split("/")[-2]] = grant
    return found


def test_what_the_network_leads_to_may_be_approved(bank: Stack) -> None:
    """And nothing else."""
    assert APPROVED.keys() == approvers_of(bank).keys()


@pytest.mark.parametrize("kind", APPROVED)
def test_private_endpoints_are_approved_by_the_one_role_for_it(
    bank: Stack, neighbour: str, kind: str
) -> None:
    """Without it on a resource, a managed network gets no way there."""
    arm = bank.world.arm
    type_, group = APPROVED[kind]
    [target] = ids_of(bank, type_)
    approver = approvers_of(bank)[kind]
    live = arm.get(approver, ASSIGNMENTS) or {}
    kept = {name: live["properties"][name] for name in ("principalId", "roleDefinitionId")}
    destination = {"serviceResourceId": target, "subresourceTarget": group, "sparkEnabled": False}
    properties = {
        "type": "PrivateEndpoint",
        "category": "UserDefined",
        "destination": destination,
    }
    rule = f"{neighbour}/outboundRules/way"
    arm.put(rule, ML, {"properties": properties})
    arm.delete(rule, ML)

    arm.delete(approver, ASSIGNMENTS)

    with pytest.raises(ArmError, match="Enterprise Network Connection Approver"):
        arm.put(rule, ML, {"properties": properties})
    arm.delete(rule, ML)
    arm.put(approver, ASSIGNMENTS, {"properties": {**kept, "principalType": "ServicePrincipal"}})
