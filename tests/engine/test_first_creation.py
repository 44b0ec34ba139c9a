# SPDX-License-Identifier: Apache-2.0
"""What would stop a new workspace half-way is said at preview, all of it at once."""

from typing import Any

import pulumi
import pytest
from pulumi import automation
from pulumi_azure_native.resources import ResourceGroup

from azure_model_endpoints import ExistingWorkspace, ModelEndpoint, ModelWorkspace
from azure_model_endpoints.planning.names import WorkspaceNames
from azure_model_endpoints.roles import after
from tests.engine.world import GROUP, ML, REGION, WORKSPACE, Stack, World

VAULTS = "2024-11-01"


def new_workspace(stack: Stack) -> None:
    """Build a workspace in a group of its own."""
    name = f"rg-{stack.endpoint_name}"
    group = ResourceGroup("group", resource_group_name=name, location=REGION)
    args: Any = {
        # Known at preview, as the group's own output is not before the group is there.
        "resource_group_name": after([group], pulumi.Output.from_input(name)),
        "region": REGION,
        "public_network_access": True,
        "workload": "bank",
    }
    ModelWorkspace("bank", args)


def names_of(stack: Stack) -> WorkspaceNames:
    """What the workspace's resources are called."""
    return WorkspaceNames.of("bank", stack.world.subscription, f"rg-{stack.endpoint_name}")


def refusal(stack: Stack) -> str:
    """What the preview says on one line."""
    with pytest.raises(automation.CommandError) as failure:
        stack.automation.preview()
    assert "Traceback" not in str(failure.value)
    return " ".join(str(failure.value).split())


def test_missing_registration_and_taken_names_are_told_together(world: World) -> None:
    """The vault was deleted from another group and holds its name; the account is another's."""
    stack = world.endpoint_stack()
    stack.program = new_workspace
    names = names_of(stack)
    group = f"/subscriptions/{world.subscription}/resourceGroups/{GROUP}/providers"
    vault = f"{group}/Microsoft.KeyVault/vaults/{names.key_vault}"
    account = f"{group}/Microsoft.Storage/storageAccounts/{names.storage_account}"
    properties = {
        "tenantId": world.environment["ARM_TENANT_ID"],
        "sku": {"family": "A", "name": "standard"},
        "enableRbacAuthorization": True,
    }
    world.arm.put(vault, VAULTS, {"location": REGION, "properties": properties})
    world.arm.delete(vault, VAULTS)
    sku = {"location": REGION, "kind": "StorageV2", "sku": {"name": "Standard_LRS"}}
    world.arm.put(account, "2024-01-01", sku)
    registrations = f"/subscriptions/{world.subscription}/providers/Microsoft.Cdn"
    world.arm.post(f"{registrations}/unregister", "2021-04-01")

    try:
        said = refusal(stack)
    finally:
        world.arm.post(f"{registrations}/register", "2021-04-01")
        world.arm.delete(account, "2024-01-01")

    assert "3 problems in bank.workload" in said
    assert "az provider register --namespace Microsoft.Cdn" in said
    assert f"az keyvault purge --name {names.key_vault}" in said
    assert f"a storage account called '{names.storage_account}'" in said


def in_existing(stack: Stack) -> None:
    """Build an endpoint in a workspace that somebody else made."""
    region = stack.arguments.get("region", REGION)
    found = ExistingWorkspace(
        "workspace.existing",
        {"name": WORKSPACE, "resource_group_name": GROUP, "region": region},
    )
    args: Any = {
        "resource_group_name": GROUP,
        "workspace_name": found.workspace_name,
        "region": region,
        "model": "phi-2",
        "endpoint_name": stack.endpoint_name,
        "public_network_access": True,
        "key_vault_name": found.key_vault_name,
        "key_vault_resource_group_name": found.key_vault_resource_group_name,
        "keys_in_vault": True,
    }
    ModelEndpoint("chat", args)


def test_existing_workspace_is_adopted_without_touching_it(world: World) -> None:
    """An endpoint serves in it; what was there before is as it was, and stays when all goes."""
    stack = world.endpoint_stack()
    stack.program = in_existing
    before = world.arm.get(world.workspace_id, ML)
    start = world.log()[-1]["seq"]

    stack.up()

    writes = [
        entry["path"]
        for entry in world.log(since=start)
        if entry["method"] in {"PUT", "PATCH", "DELETE"}
    ]
    outside = [
        path
        for path in writes
        if "/onlineendpoints/" not in path.lower() and "/secrets/" not in path.lower()
    ]
    assert [] == outside
    assert {"blue": 100} == stack.live()["properties"]["traffic"]
    assert {} == stack.changes()
    assert before == world.arm.get(world.workspace_id, ML)
    stack.automation.destroy()
    assert stack.is_gone()
    assert before == world.arm.get(world.workspace_id, ML)


def test_workspace_elsewhere_is_refused(world: World) -> None:
    """Endpoints are where their workspace is."""
    stack = world.endpoint_stack(region="westus")
    stack.program = in_existing

    said = refusal(stack)

    assert f"workspace.existing: given '{WORKSPACE}' in {REGION}" in said
    assert f"`region: {REGION}`" in said
