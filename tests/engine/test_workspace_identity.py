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


def test_private_endpoints_are_approved_by_the_one_role_for_it(bank: Stack) -> None:
    """Without it on a resource, the managed network gets no way there."""
    arm = bank.world.arm
    [workspace_id] = ids_of(bank, "machinelearningservices:Workspace")
    [account_id] = ids_of(bank, "storage:StorageAccount")
    grants = {each: arm.get(each, ASSIGNMENTS) or {} for each in ids_of(bank, ROLE_ASSIGNMENT)}
    [approver] = [
        each
        for each, grant in grants.items()
        if each.startswith(f"{account_id}/")
        and grant["properties"]["roleDefinitionId"].endswith(Role.NETWORK_CONNECTION_APPROVER.value)
    ]
    rule = f"{workspace_id}/outboundRules/tables"
    destination = {
        "serviceResourceId": account_id,
        "subresourceTarget": "table",
        "sparkEnabled": False,
    }
    body = {
        "properties": {
            "type": "PrivateEndpoint",
            "category": "UserDefined",
            "destination": destination,
        }
    }

    arm.delete(approver, ASSIGNMENTS)

    with pytest.raises(ArmError, match="Enterprise Network Connection Approver"):
        arm.put(rule, ML, body)
