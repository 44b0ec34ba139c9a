# SPDX-License-Identifier: Apache-2.0
"""A network to put private endpoints into, and what they can lead to."""

from dataclasses import dataclass
from typing import Any

import pytest

from azure_sandbox import identity
from tests.sandbox.conftest import Azure


@dataclass(frozen=True)
class Net:
    """Short ways to the network resources of one resource group."""

    azure: Azure
    group: str

    def id_of(self, path: str) -> str:
        """The id of a resource of Microsoft.Network."""
        return f"{self.group}/providers/Microsoft.Network/{path}"

    def put(self, path: str, properties: object = None, location: str = "eastus") -> Any:
        """The resource after a PUT whose operation succeeds."""
        return self.azure.put(self.id_of(path), self.body(path, properties, location))

    def refusal(self, path: str, properties: object = None) -> tuple[int, str, str]:
        """Status, code and message of a PUT that is refused."""
        response = self.azure.send("PUT", self.id_of(path), self.body(path, properties))
        error = response.json()["error"]
        return response.status_code, error["code"], error["message"]

    def body(self, path: str, properties: object, location: str = "eastus") -> dict[str, Any]:
        """What is sent for a resource."""
        if "privateDnsZones" in path:
            location = "global"
        return {"location": location, "properties": properties or {}}

    def get(self, path: str) -> Any:
        """The properties of a resource."""
        return self.azure.get(self.id_of(path))["properties"]

    def delete(self, path: str) -> tuple[int, str]:
        """The status of a DELETE, after its operation, and the error code of a refusal."""
        response = self.azure.send("DELETE", self.id_of(path))
        self.azure.time.pass_by(3600)
        error = response.json()["error"]["code"] if response.status_code >= 400 else ""
        return response.status_code, error

    def network(self, name: str = "vnet", prefix: str = "10.0.0.0/16", **subnets: str) -> str:
        """The id of a new network with subnets."""
        listed = [
            {"name": subnet, "properties": {"addressPrefix": subnet_prefix}}
            for subnet, subnet_prefix in subnets.items()
        ]
        space = {"addressSpace": {"addressPrefixes": [prefix]}, "subnets": listed}
        self.put(f"virtualNetworks/{name}", space)
        return self.id_of(f"virtualNetworks/{name}")

    def zone(self, name: str, *networks: str) -> str:
        """The id of a new zone, linked to networks."""
        self.put(f"privateDnsZones/{name}")
        for network in networks:
            link = f"privateDnsZones/{name}/virtualNetworkLinks/{network.rpartition('/')[2]}"
            self.put(link, {"virtualNetwork": {"id": network}, "registrationEnabled": False})
        return self.id_of(f"privateDnsZones/{name}")

    def endpoint(self, target: str, group: str, name: str = "pep") -> Any:
        """A new private endpoint in the subnet ``endpoints`` of the network ``vnet``."""
        return self.put(f"privateEndpoints/{name}", self.endpoint_to(target, group))

    def endpoint_to(self, target: str, *groups: str, **more: object) -> dict[str, Any]:
        """The properties of a private endpoint."""
        connection = {"privateLinkServiceId": target, "groupIds": list(groups)}
        return {
            "subnet": {"id": self.id_of("virtualNetworks/vnet/subnets/endpoints")},
            "privateLinkServiceConnections": [{"name": "connection", "properties": connection}],
            **more,
        }

    def zone_group(self, *zones: str, endpoint: str = "pep") -> Any:
        """The private DNS zone group of an endpoint."""
        configs = [
            {"name": f"zone-{index}", "properties": {"privateDnsZoneId": zone}}
            for index, zone in enumerate(zones)
        ]
        path = f"privateEndpoints/{endpoint}/privateDnsZoneGroups/default"
        return self.put(path, {"privateDnsZoneConfigs": configs})

    def account(self, name: str = "stchat", **properties: object) -> str:
        """The id of a new storage account."""
        path = f"{self.group}/providers/Microsoft.Storage/storageAccounts/{name}"
        body = {
            "location": "eastus",
            "kind": "StorageV2",
            "sku": {"name": "Standard_LRS"},
            "properties": properties,
        }
        self.azure.put(path, body)
        return path

    def vault(self, name: str = "kv-chat", **properties: object) -> str:
        """The id of a new vault."""
        path = f"{self.group}/providers/Microsoft.KeyVault/vaults/{name}"
        given = {
            "tenantId": identity.TENANT_ID,
            "sku": {"family": "A", "name": "standard"},
            "enableRbacAuthorization": True,
            **properties,
        }
        self.azure.put(path, {"location": "eastus", "properties": given})
        return path

    def registry(self, name: str = "crchat", sku: str = "Premium", **properties: object) -> str:
        """The id of a new container registry."""
        path = f"{self.group}/providers/Microsoft.ContainerRegistry/registries/{name}"
        body = {"location": "eastus", "sku": {"name": sku}, "properties": properties}
        self.azure.put(path, body)
        return path

    def workspace(self, name: str = "mlw-chat", **properties: object) -> str:
        """The id of a new workspace with everything it needs."""
        insights = f"{self.group}/providers/Microsoft.Insights/components/appi-chat"
        body = {"location": "eastus", "kind": "web", "properties": {"Application_Type": "web"}}
        self.azure.put(insights, body)
        path = f"{self.group}/providers/Microsoft.MachineLearningServices/workspaces/{name}"
        given = {
            "storageAccount": self.account(),
            "keyVault": self.vault(),
            "applicationInsights": insights,
            **properties,
        }
        workspace = {"location": "eastus", "properties": given}
        self.azure.put(path, {**workspace, "identity": {"type": "SystemAssigned"}})
        return path


@pytest.fixture
def net(azure: Azure, group: str) -> Net:
    """An empty resource group in East US."""
    return Net(azure, group)
