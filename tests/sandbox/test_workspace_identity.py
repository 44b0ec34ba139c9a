# SPDX-License-Identifier: Apache-2.0
"""A workspace that acts with a user-assigned identity, which needs a role for everything."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.sandbox.network.conftest import Net

CONTRIBUTOR = "b24988ac-6180-42a0-ab88-20f7382dd24c"
ADMINISTRATOR = "00482a5a-887f-4fb3-b363-3b7fe8e74483"


@dataclass
class Bank:
    """A resource group with all that a workspace stands on, and an identity without roles."""

    net: Net
    workspace: str
    foundations: dict[str, str]
    identity: dict[str, Any]
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def grant(self, role: str, scope: str, seconds: float = 120) -> str:
        """The id of a new role assignment, after a while."""
        number = f"00000000-0000-4000-8000-{next(self.numbers):012}"
        path = f"{scope}/providers/Microsoft.Authorization/roleAssignments/{number}"
        properties = {
            "principalId": self.identity["properties"]["principalId"],
            "roleDefinitionId": f"/providers/Microsoft.Authorization/roleDefinitions/{role}",
        }
        response = self.net.azure.send("PUT", path, {"properties": properties})
        assert 201 == response.status_code, response.text
        self.net.azure.time.pass_by(seconds)
        return path

    def grant_all(self) -> dict[tuple[str, str], str]:
        """The ids of all assignments that the identity needs."""
        managed = (*self.foundations.values(), self.workspace)
        needed = [*((CONTRIBUTOR, on) for on in managed), (ADMINISTRATOR, self.vault)]
        return {(role, on): self.grant(role, on) for role, on in needed}

    def make(self, kind: str = "UserAssigned", **properties: object) -> None:
        """Make the workspace with an endpoint, or change it."""
        identity_id = self.identity["id"]
        given = {**self.foundations, "primaryUserAssignedIdentity": identity_id, **properties}
        identity = {"type": kind, "userAssignedIdentities": {identity_id: {}}}
        body = {"location": "eastus", "identity": identity, "properties": given}
        self.net.azure.put(self.workspace, body)
        endpoint = {"location": "eastus", "identity": {"type": "SystemAssigned"}}
        self.net.azure.put(self.endpoint, {**endpoint, "properties": {"authMode": "Key"}})

    @property
    def endpoint(self) -> str:
        """The endpoint that deployments are made at."""
        return f"{self.workspace}/onlineEndpoints/chat"

    @property
    def vault(self) -> str:
        """The workspace's vault."""
        return self.foundations["keyVault"]

    def deploy(self) -> list[str]:
        """What a deployment lacks, which is gone again afterwards: role and resource."""
        properties = {
            "endpointComputeType": "Managed",
            "instanceType": "Standard_NC4as_T4_v3",
            "model": "azureml://registries/azureml/models/microsoft-phi-2/versions/22",
            "livenessProbe": {"initialDelay": "PT30M"},
        }
        sku = {"name": "Default", "capacity": 1}
        path = f"{self.endpoint}/deployments/blue"
        body = {"location": "eastus", "properties": properties, "sku": sku}
        response = self.net.azure.send("PUT", path, body)
        assert 201 == response.status_code, response.text
        self.net.azure.time.pass_by(7200)
        error = self.net.azure.poll(response).json().get("error")
        self.net.azure.send("DELETE", path)
        self.net.azure.time.pass_by(7200)
        if error is None:
            return []
        assert "BadArgument" == error["code"]
        roles = error["message"].partition("the role ")[2].partition(". Assign")[0]
        asked = [role.split(" on ") for role in roles.split(", nor ")]
        return [f"{role} on {scope.rpartition('/')[2]}" for role, scope in asked]


@pytest.fixture
def bank(azure: Any, group: str) -> Bank:
    """One such group."""
    net = Net(azure, group)
    insights = f"{group}/providers/Microsoft.Insights/components/appi-chat"
    component = {"location": "eastus", "kind": "web", "properties": {"Application_Type": "web"}}
    azure.put(insights, component)
    foundations = {
        "storageAccount": net.account(),
        "keyVault": net.vault(),
        "containerRegistry": net.registry(),
        "applicationInsights": insights,
    }
    path = f"{group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-workspace"
    identity = azure.put(path, {"location": "eastus"})
    workspace = f"{group}/providers/Microsoft.MachineLearningServices/workspaces/mlw-chat"
    return Bank(net, workspace, foundations, identity)


def test_every_missing_role_is_named_at_once(bank: Bank) -> None:
    """Contributor of the workspace and of what it stands on, and the data plane of the vault."""
    bank.make()

    assert [
        "Contributor on stchat",
        "Contributor on kv-chat",
        "Contributor on crchat",
        "Contributor on appi-chat",
        "Contributor on mlw-chat",
        "Key Vault Administrator on kv-chat",
    ] == bank.deploy()


def test_any_one_role_is_missed(bank: Bank) -> None:
    """With all of them deployments start; without any one of them they do not."""
    bank.make()
    granted = bank.grant_all()
    assert [] == bank.deploy()

    for (role, scope), assignment in granted.items():
        bank.net.azure.send("DELETE", assignment)
        title = "Contributor" if role == CONTRIBUTOR else "Key Vault Administrator"
        assert [f"{title} on {scope.rpartition('/')[2]}"] == bank.deploy()
        bank.grant(role, scope)

    assert [] == bank.deploy()


def test_a_new_role_counts_once_it_has_propagated(bank: Bank) -> None:
    """After a minute, like every role; one above the resource counts as well."""
    bank.make()
    bank.grant(CONTRIBUTOR, bank.net.group)
    bank.grant(ADMINISTRATOR, bank.net.group, seconds=30)

    assert ["Key Vault Administrator on kv-chat"] == bank.deploy()
    assert [] == bank.deploy()


def test_an_access_policy_opens_a_vault_without_roles(bank: Bank) -> None:
    """In vaults of the older kind the right to write secrets is enough."""
    bank.make()
    bank.grant(CONTRIBUTOR, bank.net.group)
    principal = bank.identity["properties"]["principalId"]
    tenant = bank.identity["properties"]["tenantId"]

    def open_to(*permissions: str) -> None:
        policy = {"objectId": principal, "tenantId": tenant}
        given = {"permissions": {"secrets": list(permissions)}}
        bank.net.vault(enableRbacAuthorization=False, accessPolicies=[policy | given])

    open_to("get")
    without = bank.deploy()
    open_to("get", "set")

    assert ["Key Vault Administrator on kv-chat"] == without
    assert [] == bank.deploy()


def test_an_identity_that_azure_assigns_has_its_roles(bank: Bank) -> None:
    """It acts unless a user-assigned one beside it is the primary one."""
    bank.make("SystemAssigned,UserAssigned", primaryUserAssignedIdentity=None)
    beside = bank.deploy()
    bank.make("SystemAssigned,UserAssigned")

    assert [] == beside
    assert 6 == len(bank.deploy())
