# SPDX-License-Identifier: Apache-2.0
"""What Azure Monitor knows of a deployment, and who has to tell it."""

from dataclasses import dataclass
from typing import Any

import pytest

from tests.sandbox.network.conftest import Net

WRITER = "635dd51f-9968-44d3-b7fb-6d9a6bd613ae"
MODELS_READER = "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1"
PHI_2 = "azureml://registries/azureml/models/microsoft-phi-2/versions/22"
CPU, GPU = "CpuUtilizationPercentage", "GpuUtilizationPercentage"


@dataclass
class Watched:
    """A deployment that serves, and the identity it runs with."""

    net: Net
    id: str
    principal: str

    @property
    def workspace(self) -> str:
        """The workspace it is in."""
        return self.id.partition("/onlineEndpoints/")[0]

    def grant(self, number: int, role: str, scope: str) -> str:
        """The id of a new role assignment of the identity."""
        name = f"00000000-0000-4000-8000-{number:012}"
        path = f"{scope}/providers/Microsoft.Authorization/roleAssignments/{name}"
        definition = f"/providers/Microsoft.Authorization/roleDefinitions/{role}"
        properties = {"principalId": self.principal, "roleDefinitionId": definition}
        self.net.azure.send("PUT", path, {"properties": properties})
        return path

    def ask(self, **query: str) -> Any:
        """The response of Azure Monitor."""
        path = f"{self.id}/providers/Microsoft.Insights/metrics"
        return self.net.azure.send("GET", path, query=query, version="2023-10-01")

    def told(self, *names: str) -> dict[str, list[float]]:
        """The values of the last minutes, by metric."""
        response = self.ask(metricnames=",".join(names))
        assert 200 == response.status_code, response.text
        return {
            metric["name"]["value"]: [
                point["average"] for series in metric["timeseries"] for point in series["data"]
            ]
            for metric in response.json()["value"]
        }


@pytest.fixture
def watched(azure: Any, group: str) -> Watched:
    """One such deployment; its identity may read its model and do nothing else."""
    net = Net(azure, group)
    identities = f"{group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities"
    identity = azure.put(f"{identities}/id-chat", {"location": "eastus"})
    endpoint = f"{net.workspace()}/onlineEndpoints/chat"
    user = {"type": "UserAssigned", "userAssignedIdentities": {identity["id"]: {}}}
    azure.put(endpoint, {"location": "eastus", "identity": user, "properties": {"authMode": "Key"}})
    principal = identity["properties"]["principalId"]
    watched = Watched(net, f"{endpoint}/deployments/blue", principal)
    watched.grant(1, MODELS_READER, group)
    azure.time.pass_by(120)
    properties = {
        "endpointComputeType": "Managed",
        "instanceType": "Standard_NC4as_T4_v3",
        "model": PHI_2,
        "livenessProbe": {"initialDelay": "PT30M"},
    }
    body = {"location": "eastus", "properties": properties}
    live = azure.put(watched.id, {**body, "sku": {"name": "Default", "capacity": 2}})
    assert "Succeeded" == live["properties"]["provisioningState"]
    return watched


def test_utilization_needs_the_role_for_metrics(watched: Watched) -> None:
    """Nothing fails without it, but nobody learns anything; a new role counts after a minute."""
    before = watched.told(CPU, GPU)
    role = watched.grant(2, WRITER, watched.workspace)
    early = watched.told(CPU, GPU)
    watched.net.azure.time.pass_by(120)
    after = watched.told(CPU, GPU)
    watched.net.azure.send("DELETE", role)

    nothing: dict[str, list[float]] = {CPU: [], GPU: []}
    assert (nothing, nothing, nothing) == (before, early, watched.told(CPU, GPU))
    assert ({5.0}, {0.0}) == (set(after[CPU]), set(after[GPU]))


def test_capacity_is_known_anyway(watched: Watched) -> None:
    """It is the service that counts instances."""
    assert {2.0} == set(watched.told("DeploymentCapacity")["DeploymentCapacity"])


def test_series_have_the_times_that_were_asked_for(watched: Watched) -> None:
    """From the creation of the deployment to now at most, with the asked aggregations."""
    created = watched.net.azure.get(watched.id)["systemData"]["createdAt"]
    minute = f"{created[:16]}:00.0000000Z"
    timespan = "2020-01-01T00:00:00Z/2099-01-01T00:00:00Z"

    asked = {"timespan": timespan, "interval": "PT1M", "aggregation": "Minimum,Maximum"}
    body = watched.ask(metricnames="deploymentcapacity", **asked).json()

    [metric] = body["value"]
    [series] = metric["timeseries"]
    assert (minute, {"timeStamp", "minimum", "maximum"}) == (
        series["data"][0]["timeStamp"],
        set(series["data"][0]),
    )
    assert ("PT1M", "eastus", "Count", "Success") == (
        body["interval"],
        body["resourceregion"],
        metric["unit"],
        metric["errorCode"],
    )
    assert metric["id"] == f"{watched.id}/providers/Microsoft.Insights/metrics/DeploymentCapacity"


def test_what_is_unknown_is_refused(watched: Watched) -> None:
    """Metrics by their names, with those that exist; times; resources without metrics."""
    unknown = watched.ask(metricnames="Cpu")
    interval = watched.ask(metricnames=CPU, interval="PT2M")
    timespan = watched.ask(metricnames=CPU, timespan="yesterday")
    path = "providers/Microsoft.Insights/metrics"
    version = "2023-10-01"
    nothing = watched.net.azure.send("GET", f"{watched.id}s/{path}", version=version)
    elsewhere = watched.net.azure.send("GET", f"{watched.workspace}/{path}", version=version)

    refused = (unknown, interval, timespan, elsewhere)
    assert [(400, "BadRequest")] * 4 == [(one.status_code, one.json()["code"]) for one in refused]
    assert unknown.json()["message"].startswith(
        "Failed to find metric configuration for provider: Microsoft.MachineLearningServices, "
        "resource Type: workspaces/onlineEndpoints/deployments, metric: Cpu, Valid metrics: Cpu"
    )
    assert 404 == nothing.status_code
