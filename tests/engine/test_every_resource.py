# SPDX-License-Identifier: Apache-2.0
"""What is asked of all resources reaches each: tags, and where Azure has them locks and logs."""

import ast
import importlib
import inspect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pulumi
import pytest
from pulumi_azure_native.resources import ResourceGroup

from azure_model_endpoints import ModelEndpoint, ModelWorkspace, PrivateNetwork, ResourceLocks
from azure_model_endpoints.errors import ArmError
from azure_model_endpoints.foreign_fields import owner
from azure_model_endpoints.planning.tags import OWNER, owned_tags
from azure_model_endpoints.vocabulary import IsolationMode, LockKind
from tests.engine.killed_programs import HUGGING_FACE
from tests.engine.project import REPOSITORY
from tests.engine.world import ML, REGION, Stack, World

TAGS = {"team": "bank"}
NETWORK, DNS, VAULT = "2024-05-01", "2024-06-01", "2024-11-01"
IMAGE = "{registry}/vllm:v0.20.2"


@dataclass(frozen=True, slots=True)
class Care:
    """What becomes of the resources of one type, and in which version they are read."""

    version: str = ""
    tags: tuple[str, ...] = ("tags",)
    """Where they are; empty where Azure has none."""
    locked: bool = True
    """Whether nobody can delete one, because of a lock on it, on what it is in, or in it."""
    logs: str | None = None
    """What of it has the diagnostic setting; None where it has nothing to send."""


# Every type that the library creates. A new one fails the test until it has its place here.
CARE: Mapping[str, Care] = {
    # Its data are in Log Analytics already.
    "applicationinsights:Component": Care("2020-02-02"),
    "containerregistry:Registry": Care("2023-07-01", logs=""),
    # The vault tells who uses them. Resource Manager deletes neither, whatever is locked.
    "keyvault:Key": Care(VAULT),
    "keyvault:Secret": Care(VAULT),
    "keyvault:Vault": Care(VAULT, logs=""),
    # A lock on the workspace would be one on every deployment, and no roll-out could remove the
    # old one. The endpoint tells of its deployments.
    "machinelearningservices:EnvironmentVersion": Care(
        ML, tags=("properties", "tags"), locked=False
    ),
    "machinelearningservices:ManagedNetworkSettingsRule": Care(ML, tags=(), locked=False),
    "machinelearningservices:OnlineDeployment": Care(ML, locked=False),
    "machinelearningservices:OnlineEndpoint": Care(ML, locked=False, logs=""),
    "machinelearningservices:Workspace": Care(ML, locked=False, logs=""),
    # Has no logs.
    "managedidentity:UserAssignedIdentity": Care("2023-01-31"),
    "network:NetworkSecurityGroup": Care(NETWORK, logs=""),
    "network:VirtualNetwork": Care(NETWORK, logs=""),
    # Inside of the network and of the private endpoint, of which Azure sends no metrics anywhere.
    "network:Subnet": Care(NETWORK, tags=()),
    "network:PrivateDnsZoneGroup": Care(NETWORK, tags=()),
    "network:PrivateEndpoint": Care(NETWORK),
    # The zone is kept by its link.
    "privatedns:PrivateZone": Care(DNS),
    "privatedns:VirtualNetworkLink": Care(DNS),
    "operationalinsights:Workspace": Care("2023-09-01", logs=""),
    # Cannot be deleted as long as anything in it is locked.
    "resources:ResourceGroup": Care("2024-03-01", locked=False),
    "storage:StorageAccount": Care("2024-01-01", logs="/blobServices/default"),
}
# Azure has none of the three for them.
ABOUT_OTHERS = {
    "authorization:ManagementLockByScope",
    "authorization:RoleAssignment",
    "monitor:DiagnosticSetting",
}


def types_in(file: Path) -> Iterator[str]:
    """The types of all Azure resources that the code of a file creates."""
    names: dict[str, str] = {}
    tree = ast.parse(file.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("pulumi_azure_"):
            names |= {each.asname or each.name: f"{node.module}.{each.name}" for each in node.names}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            first, _, rest = ast.unparse(node.func).partition(".")
            path = ".".join(filter(None, (names.get(first), rest)))
            if first in names and (found := resource_type(path)):
                yield found


def resource_type(path: str) -> str | None:
    """The type of what a class of azure-native creates; None where it is no resource."""
    module, _, name = path.rpartition(".")
    found = getattr(importlib.import_module(module), name)
    is_resource = inspect.isclass(found) and issubclass(found, pulumi.CustomResource)
    return f"{module.rpartition('.')[2]}:{name}" if is_resource else None


def everything(stack: Stack) -> None:
    """Build all that the library can, and lock it."""
    name, given = stack.endpoint_name, stack.arguments
    group = ResourceGroup(
        "group",
        resource_group_name=f"rg-{name}",
        location=REGION,
        tags=owned_tags(TAGS, owner()),
    )
    common: Any = {"resource_group_name": group.name, "region": REGION, "tags": TAGS}
    workspace: Any = {
        **common,
        "customer_managed_key": True,
        "diagnostics": True,
        "isolation_mode": IsolationMode.ALLOW_ONLY_APPROVED_OUTBOUND,
        "outbound_rules": HUGGING_FACE,
    }
    made = ModelWorkspace("bank", workspace)
    targets: Any = {
        **common,
        "workload": given["workload"],
        "workspace_id": made.workspace_id,
        "storage_account_id": made.storage_account_id,
        "key_vault_id": made.key_vault_id,
        "container_registry_id": made.container_registry_id,
        "log_analytics_workspace_id": made.log_analytics_workspace_id,
    }
    network = PrivateNetwork("net", targets)
    endpoint: Any = {
        **common,
        "workspace_name": made.workspace_name,
        "identity_id": made.identity_id,
        "identity_principal_id": made.identity_principal_id,
        "key_vault_name": made.key_vault_name,
        "registry_login_server": made.registry_login_server,
        "log_analytics_workspace_id": made.log_analytics_workspace_id,
        "model": "llama-3.1-8b-instruct",
        "deployments": {"blue": {"vllm": {"image": IMAGE}}},
        "hugging_face_token": pulumi.Output.secret("hf_" + "a" * 34),
        "endpoint_name": name,
        "keys_in_vault": True,
        "managed_network": True,
    }
    chat = ModelEndpoint("chat", endpoint)
    ResourceLocks(
        "locks",
        {"kind": given["kind"], "resource_ids": {**made.lockable_ids, **network.lockable_ids}},
        pulumi.ResourceOptions(depends_on=[made, network, chat]),
    )


@pytest.fixture(scope="module")
def bank(sandbox: World) -> Iterator[Stack]:
    """One such stack, which the tests of this module look at in their order."""
    stack = sandbox.endpoint_stack()
    stack.arguments = {"kind": LockKind.CAN_NOT_DELETE, "workload": "bank"}
    stack.program = everything
    stack.up()
    yield stack
    open_vaults(stack)
    sandbox.clear()


def test_every_type_has_its_place(bank: Stack) -> None:
    """None is forgotten when something is asked of all: neither here nor in the code."""
    sources = [*(REPOSITORY / "components").rglob("*.py"), REPOSITORY / "infra" / "__main__.py"]

    in_the_code = {found for file in sources for found in types_in(file)}

    assert CARE.keys() | ABOUT_OTHERS == in_the_code
    assert in_the_code == {type_ for type_, _ in bank.resources()}


def test_every_resource_that_can_has_the_tags(bank: Stack) -> None:
    """Those of the stack and the mark of who owns it."""
    for type_, resource_id in bank.resources():
        if type_ in CARE and CARE[type_].tags:
            tags: Any = bank.world.arm.get(resource_id, CARE[type_].version)
            for key in CARE[type_].tags:
                tags = tags[key]
            assert "bank" == tags["team"], resource_id
            assert f"{bank.endpoint_name}/test" == tags[OWNER], resource_id


def test_nobody_deletes_what_is_locked(bank: Stack) -> None:
    """The rest has no lock, so that it can be replaced."""
    arm = bank.world.arm
    locks = f"/subscriptions/{bank.world.subscription}/providers/Microsoft.Authorization/locks"
    found = arm.list(locks, "2020-05-01")
    scopes = [lock["id"].partition("/providers/Microsoft.Authorization/")[0] for lock in found]

    assert {"CanNotDelete"} == {lock["properties"]["level"] for lock in found}
    for type_, resource_id in bank.resources():
        if type_ in CARE and CARE[type_].locked:
            with pytest.raises(ArmError, match=r"ScopeLocked|HttpMethodNotSupported"):
                arm.delete(resource_id, CARE[type_].version)
        elif type_ in CARE:
            assert not any(f"{resource_id}/".startswith(f"{scope}/") for scope in scopes)


def test_every_resource_that_has_logs_sends_them(bank: Stack) -> None:
    """To the one Log Analytics workspace."""
    [logs] = [id_ for type_, id_ in bank.resources() if type_ == "operationalinsights:Workspace"]

    for type_, resource_id in bank.resources():
        if type_ in CARE and (part := CARE[type_].logs) is not None:
            setting = f"{resource_id}{part}/providers/Microsoft.Insights/diagnosticSettings"
            live = bank.world.arm.get(f"{setting}/to-log-analytics", "2021-05-01-preview")
            assert live is not None, resource_id
            assert logs == live["properties"]["workspaceId"], resource_id


def test_nothing_changes_the_second_time(bank: Stack) -> None:
    """Neither after a run nor once the state has followed what is live."""
    first = bank.changes()
    bank.refresh()

    assert ({}, {}) == (first, bank.changes())


def test_network_is_replaced_once_the_locks_are_gone(bank: Stack) -> None:
    """Azure lets no private endpoint go of what is locked; a run with the change locks anew."""
    bank.arguments["kind"] = LockKind.NONE
    bank.up()
    bank.arguments = {"kind": LockKind.CAN_NOT_DELETE, "workload": "bank2"}

    bank.up()

    named = ("network:VirtualNetwork", "network:NetworkSecurityGroup", "network:PrivateEndpoint")
    names = [id_.rpartition("/")[2] for type_, id_ in bank.resources() if type_ in named]
    assert 7 == len(names)
    assert all("-bank2" in name for name in names)
    assert {} == bank.changes()
    with pytest.raises(ArmError, match="ScopeLocked"):
        bank.world.arm.delete(f"{group_id(bank)}/{VNETS}/vnet-bank2", NETWORK)


VNETS = "providers/Microsoft.Network/virtualNetworks"


def group_id(stack: Stack) -> str:
    """The id of a stack's resource group."""
    return f"/subscriptions/{stack.world.subscription}/resourceGroups/rg-{stack.endpoint_name}"


def open_vaults(stack: Stack) -> None:
    """Let the internet in, where secrets are deleted at the vault's own address."""
    opened = {"publicNetworkAccess": "enabled", "networkAcls": {"defaultAction": "Allow"}}
    for type_, vault in stack.resources():
        if type_ == "keyvault:Vault":
            stack.world.arm.patch(vault, VAULT, {"properties": opened})


def test_everything_goes_with_its_locks(bank: Stack) -> None:
    """A destruction takes them away first; nothing is left over."""
    open_vaults(bank)

    bank.automation.destroy()

    assert bank.world.arm.get(group_id(bank), "2024-03-01") is None
