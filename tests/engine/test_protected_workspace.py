# SPDX-License-Identifier: Apache-2.0
"""A workspace with everything that production asks for, through the engine and the provider."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx2
import pulumi
import pytest
from pulumi_azure_native.resources import ResourceGroup

from azure_model_endpoints import ModelEndpoint, ModelWorkspace, ResourceLocks, credentials
from azure_model_endpoints.errors import ArmError
from azure_model_endpoints.foreign_fields import owner
from azure_model_endpoints.planning.tags import owned_tags
from azure_model_endpoints.roles import Role
from azure_model_endpoints.subscription.endpoint_keys import rotate_in_vault
from azure_model_endpoints.vocabulary import LockKind
from tests.engine.world import ML, REGION, Stack, World

TAGS = {"team": "bank"}
NO_CHANGES: dict[str, int] = {}


def protected(stack: Stack) -> None:
    """Build a group with a workspace, an endpoint in it, and locks on what they stand on."""
    name = stack.endpoint_name
    tags = stack.arguments.get("tags", TAGS)
    group = ResourceGroup(
        "group",
        resource_group_name=f"rg-{name}",
        location=REGION,
        tags=owned_tags(tags, owner()),
    )
    workspace: Any = {
        "resource_group_name": group.name,
        "region": REGION,
        "workload": "bank",
        "public_network_access": True,
        "customer_managed_key": True,
        "identity": "user_assigned",
        "high_business_impact": True,
        "diagnostics": True,
        "tags": tags,
    }
    made = ModelWorkspace("bank", workspace)
    endpoint: Any = {
        "resource_group_name": group.name,
        "workspace_name": made.workspace_name,
        "identity_id": made.identity_id,
        "identity_principal_id": made.identity_principal_id,
        "key_vault_name": made.key_vault_name,
        "log_analytics_workspace_id": made.log_analytics_workspace_id,
        "region": REGION,
        "model": "phi-2",
        "public_network_access": True,
        "endpoint_name": name,
        "keys_in_vault": True,
        "tags": tags,
    }
    chat = ModelEndpoint("chat", endpoint)
    ResourceLocks(
        "locks",
        {"kind": LockKind.CAN_NOT_DELETE, "resource_ids": dict(made.lockable_ids)},
        pulumi.ResourceOptions(depends_on=[made, chat]),
    )


@pytest.fixture(scope="module")
def bank(sandbox: World) -> Iterator[Stack]:
    """One such stack, which the tests of this module look at in their order."""
    stack = sandbox.endpoint_stack()
    stack.program = protected
    stack.up()
    yield stack
    sandbox.clear()


def ids_of(stack: Stack, type_: str) -> list[str]:
    """Azure ids of a stack's resources of a type."""
    return [resource_id for kind, resource_id in stack.resources() if kind == type_]


def test_nothing_changes_the_second_time(bank: Stack) -> None:
    """Neither after a run nor once the state has followed what is live."""
    first = bank.changes()
    bank.refresh()

    assert (NO_CHANGES, NO_CHANGES) == (first, bank.changes())


def test_data_are_encrypted_with_the_key_of_the_vault(bank: Stack) -> None:
    """The workspace's and the account's; the flag for sensitive data is set."""
    [account_id] = ids_of(bank, "storage:StorageAccount")
    [workspace_id] = ids_of(bank, "machinelearningservices:Workspace")
    account = bank.world.arm.get(account_id, "2024-01-01") or {}
    workspace = bank.world.arm.get(workspace_id, ML) or {}

    encryption = account["properties"]["encryption"]
    assert ("Microsoft.Keyvault", "workspace") == (
        encryption["keySource"],
        encryption["keyvaultproperties"]["keyname"],
    )
    assert "Enabled" == workspace["properties"]["encryption"]["status"]
    assert workspace["properties"]["hbiWorkspace"] is True


def held_key(stack: Stack) -> str:
    """The key that callers find in the vault."""
    [vault_id] = ids_of(stack, "keyvault:Vault")
    vault = stack.world.arm.get(vault_id, "2024-11-01") or {}
    token = credentials.credential().get_token("https://vault.azure.net/.default").token
    response = httpx2.get(
        f"{vault['properties']['vaultUri']}secrets/{stack.endpoint_name}-key?api-version=7.6",
        headers={"Authorization": f"Bearer {token}"},
        verify=stack.world.admin.certificates.client_context(),
    )
    response.raise_for_status()
    return str(response.json()["value"])


def live_keys(stack: Stack) -> dict[str, str]:
    """Both keys of the endpoint."""
    [endpoint_id] = ids_of(stack, "machinelearningservices:OnlineEndpoint")
    keys: dict[str, str] = stack.world.arm.post(f"{endpoint_id}/listKeys", ML)
    return keys


def test_rotation_is_not_undone(bank: Stack) -> None:
    """Not by a preview, nor by a run that writes other things."""
    [vault_id] = ids_of(bank, "keyvault:Vault")
    [endpoint_id] = ids_of(bank, "machinelearningservices:OnlineEndpoint")
    before = live_keys(bank)
    assert before["primaryKey"] == held_key(bank)

    rotate_in_vault(bank.world.arm, endpoint_id, vault_id)

    assert before["primaryKey"] == live_keys(bank)["primaryKey"]
    assert before["secondaryKey"] != live_keys(bank)["secondaryKey"]
    assert live_keys(bank)["secondaryKey"] == held_key(bank)
    assert NO_CHANGES == bank.changes()
    bank.arguments["tags"] = {**TAGS, "cost": "1"}
    bank.up()
    assert live_keys(bank)["secondaryKey"] == held_key(bank)
    assert NO_CHANGES == bank.changes()


@dataclass(frozen=True)
class Grant:
    """A role assignment of a stack."""

    id: str
    body: dict[str, Any]

    @property
    def scope(self) -> str:
        """Azure id of what it is about."""
        return self.id.partition("/providers/Microsoft.Authorization/")[0]


def grants_of(stack: Stack) -> dict[tuple[str, Role, str], Grant]:
    """The grants of a stack, by the name of whom they are for, the role, and the kind of scope."""
    found = {}
    identities = {
        (stack.world.arm.get(each, "2023-01-31") or {})["properties"]["principalId"]: each
        for each in ids_of(stack, "managedidentity:UserAssignedIdentity")
    }
    for grant_id in ids_of(stack, "authorization:RoleAssignment"):
        properties = (stack.world.arm.get(grant_id, "2022-04-01") or {})["properties"]
        name = identities[properties["principalId"]].rpartition("/")[2]
        role = Role(properties["roleDefinitionId"].rpartition("/")[2])
        kept = ("principalId", "principalType", "roleDefinitionId")
        grant = Grant(grant_id, {"properties": {key: properties[key] for key in kept}})
        found[name, role, grant.scope.split("/")[-2]] = grant
    return found


def start_another_deployment(stack: Stack) -> None:
    """Create what a roll-out creates, and take it away again."""
    [blue] = ids_of(stack, "machinelearningservices:OnlineDeployment")
    live = stack.world.arm.get(blue, ML) or {}
    live["properties"].pop("provisioningState")
    body = {key: live[key] for key in ("location", "properties", "sku")}
    green = f"{blue.rpartition('/')[0]}/green"
    try:
        stack.world.arm.put(green, ML, body)
    finally:
        stack.world.arm.delete(green, ML)


def encrypt_again(stack: Stack) -> None:
    """Have the account look for its key, as it does when the key has a new version."""
    [account] = ids_of(stack, "storage:StorageAccount")
    live = stack.world.arm.get(account, "2024-01-01") or {}
    encryption = live["properties"]["encryption"]
    key = encryption["keyvaultproperties"]
    kept = {name: key[name] for name in ("keyname", "keyvaulturi", "keyversion")}
    body = {
        "keySource": encryption["keySource"],
        "keyvaultproperties": kept,
        "identity": encryption["identity"],
    }
    stack.world.arm.patch(account, "2024-01-01", {"properties": {"encryption": body}})


def watch_the_deployment(stack: Stack) -> None:
    """Ask for what autoscaling and alerts go by."""
    [blue] = ids_of(stack, "machinelearningservices:OnlineDeployment")
    metrics = f"{blue}/providers/Microsoft.Insights/metrics"
    asked = {"metricnames": "CpuUtilizationPercentage"}
    [utilization] = stack.world.arm.list(metrics, "2023-10-01", query=asked)
    if not utilization["timeseries"]:
        raise LookupError(NO_METRICS)


NO_METRICS = "nobody has told the utilization"
REFUSED = rf"does not have the role|KeyVaultAuthenticationFailure|{NO_METRICS}"
# The right that every grant gives, shown by what the library needs it for.
NEEDED = {
    ("id-bank", Role.ACR_PULL, "registries"): start_another_deployment,
    ("id-bank", Role.STORAGE_BLOB_DATA_READER, "storageAccounts"): start_another_deployment,
    ("id-bank", Role.AZUREML_METRICS_WRITER, "workspaces"): watch_the_deployment,
    ("id-bank_encryption", Role.KEY_VAULT_CRYPTO_SERVICE_ENCRYPTION_USER, "keys"): encrypt_again,
    ("id-bank_workspace", Role.CONTRIBUTOR, "storageAccounts"): start_another_deployment,
    ("id-bank_workspace", Role.CONTRIBUTOR, "vaults"): start_another_deployment,
    ("id-bank_workspace", Role.CONTRIBUTOR, "registries"): start_another_deployment,
    ("id-bank_workspace", Role.CONTRIBUTOR, "components"): start_another_deployment,
    ("id-bank_workspace", Role.CONTRIBUTOR, "workspaces"): start_another_deployment,
    ("id-bank_workspace", Role.KEY_VAULT_ADMINISTRATOR, "vaults"): start_another_deployment,
}


def refusal_of(works: Callable[[Stack], None], stack: Stack) -> str:
    """What Azure has against something; nothing when it works."""
    try:
        works(stack)
    except (ArmError, LookupError) as refusal:
        return str(refusal)
    return ""


def test_every_grant_is_accounted_for(bank: Stack) -> None:
    """A new one has to show what fails without it."""
    assert NEEDED.keys() == grants_of(bank).keys()


@pytest.mark.parametrize("given", NEEDED, ids=lambda given: f"{given[1].name} on {given[2]}")
def test_no_role_could_be_left_out(bank: Stack, given: tuple[str, Role, str]) -> None:
    """With all of them it works; without any one of them it does not."""
    arm, works, grant = bank.world.arm, NEEDED[given], grants_of(bank)[given]
    resource = "/".join(grant.scope.split("/")[:9])
    lock = f"{resource}/providers/Microsoft.Authorization/locks/lock-locks"
    held = arm.get(lock, "2020-05-01")
    # What the test before gave back counts after a while.
    assert any(not refusal_of(works, bank) for _ in range(50))

    arm.delete(lock, "2020-05-01")
    arm.delete(grant.id, "2022-04-01")
    refusal = refusal_of(works, bank)
    arm.put(grant.id, "2022-04-01", grant.body)
    if held:
        arm.put(lock, "2020-05-01", {"properties": held["properties"]})

    assert re.search(REFUSED, refusal), refusal or "it works"


def test_locked_resource_cannot_be_deleted(bank: Stack) -> None:
    """Whoever tries."""
    [vault] = ids_of(bank, "keyvault:Vault")

    with pytest.raises(ArmError, match="ScopeLocked"):
        bank.world.arm.delete(vault, "2024-11-01")


def test_it_goes_with_its_locks_and_comes_back_with_its_key(bank: Stack) -> None:
    """The vault outlives the stack, and the key in it: what it encrypted can be read again."""
    [group] = ids_of(bank, "resources:ResourceGroup")

    bank.automation.destroy()

    assert bank.world.arm.get(group, "2024-03-01") is None
    bank.up()
    assert NO_CHANGES == bank.changes()
