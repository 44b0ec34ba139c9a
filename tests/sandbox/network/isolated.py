# SPDX-License-Identifier: Apache-2.0
"""A workspace with a managed network, as its tests use it."""

from dataclasses import dataclass
from typing import Any

from tests.sandbox.network.conftest import Net

CLOSED = {"publicNetworkAccess": "Disabled"}
INTERNET = {"isolationMode": "AllowInternetOutbound"}
APPROVED = {"isolationMode": "AllowOnlyApprovedOutbound"}


def fqdn(destination: str) -> dict[str, Any]:
    """A rule for a domain."""
    return {"type": "FQDN", "destination": destination, "category": "UserDefined"}


def domains(*names: str) -> dict[str, Any]:
    """Rules for several domains, by name."""
    return {f"allow-{index}": fqdn(name) for index, name in enumerate(names)}


def tag(name: str = "DataFactory", **more: object) -> dict[str, Any]:
    """A rule for a service tag."""
    destination = {"serviceTag": name, "protocol": "TCP", "portRanges": "443", **more}
    return {"type": "ServiceTag", "destination": destination}


def private(resource_id: str, group: str) -> dict[str, Any]:
    """A rule for a private endpoint."""
    destination = {"serviceResourceId": resource_id, "subresourceTarget": group}
    return {"type": "PrivateEndpoint", "destination": destination}


@dataclass
class Isolated:
    """A workspace with a managed network."""

    net: Net
    id: str

    @property
    def network(self) -> dict[str, Any]:
        """`managedNetwork` as a GET shows it."""
        network: dict[str, Any] = self.net.azure.get(self.id)["properties"]["managedNetwork"]
        return network

    def statuses(self) -> dict[str, str]:
        """The status of each user-defined rule."""
        return {
            name: rule["status"]
            for name, rule in self.network["outboundRules"].items()
            if rule["category"] == "UserDefined"
        }

    def required(self) -> list[str]:
        """The names of the rules the service has made, without the end that differs."""
        rules = self.network["outboundRules"]
        return [name for name, rule in rules.items() if rule["category"] == "Required"]

    def put(self, network: object = None, **properties: object) -> Any:
        """The response to a PUT of the workspace."""
        body = self.net.azure.get(self.id)
        given = {**body["properties"], **properties}
        given.pop("managedNetwork")
        if network:
            given["managedNetwork"] = network
        return self.net.azure.send("PUT", self.id, {**body, "properties": given})

    def rule(self, name: str, rule: object, hours: float = 1) -> Any:
        """The response to a PUT of one rule, after its operation unless no time passes."""
        response = self.net.azure.send(
            "PUT", f"{self.id}/outboundRules/{name}", {"properties": rule}
        )
        self.net.azure.time.pass_by(hours * 3600)
        return response

    def provision(self) -> Any:
        """The result of provisioning."""
        response = self.net.azure.send("POST", f"{self.id}/provisionManagedNetwork", {})
        assert 202 == response.status_code, response.text
        self.net.azure.time.pass_by(7200)
        return self.net.azure.poll(response).json()

    def endpoint(self) -> str:
        """The id of a new endpoint."""
        endpoint = f"{self.id}/onlineEndpoints/chat"
        body = {"location": "eastus", "properties": {"authMode": "Key"}}
        self.net.azure.put(endpoint, {**body, "identity": {"type": "SystemAssigned"}})
        return endpoint

    def deploy(self, name: str = "blue", **properties: object) -> dict[str, str]:
        """The error of a deployment, or nothing when it has succeeded."""
        path = f"{self.endpoint()}/deployments/{name}"
        given = {
            "endpointComputeType": "Managed",
            "instanceType": "Standard_NC4as_T4_v3",
            "livenessProbe": {"initialDelay": "PT30M"},
            **properties,
        }
        sku = {"name": "Default", "capacity": 1}
        body = {"location": "eastus", "properties": given, "sku": sku}
        response = self.net.azure.send("PUT", path, body)
        assert response.status_code < 300, response.text
        self.net.azure.time.pass_by(7200)
        error: dict[str, str] = self.net.azure.poll(response).json().get("error") or {}
        return error

    def environment(self, image: str) -> str:
        """The id of an environment whose container starts vLLM."""
        routes = {
            name: {"port": 8000, "path": "/"}
            for name in ("livenessRoute", "readinessRoute", "scoringRoute")
        }
        properties = {"image": image, "inferenceConfig": routes}
        path = f"{self.id}/environments/vllm/versions/1"
        self.net.azure.put(path, {"properties": properties})
        return f"azureml:{path}"


def isolated(net: Net, network: dict[str, Any], **properties: Any) -> Isolated:
    """A new workspace with a managed network."""
    return Isolated(net, net.workspace(managedNetwork=network, **properties))


def message(response: Any) -> str:
    """The text of a refusal."""
    assert 400 == response.status_code, response.text
    text: str = response.json()["error"]["message"]
    return text
