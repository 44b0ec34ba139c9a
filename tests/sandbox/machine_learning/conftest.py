# SPDX-License-Identifier: Apache-2.0
"""A sandbox with a clock that stands still until a test moves it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from azure_sandbox import identity, scoring
from azure_sandbox.arm import control_plane, operations
from azure_sandbox.arm.clock import Clock
from azure_sandbox.arm.records import Resource
from azure_sandbox.arm.sandbox import Sandbox
from azure_sandbox.arm.store import Store
from azure_sandbox.arm.wire import Answer, Exchange
from azure_sandbox.namespaces import authorization, machine_learning
from azure_sandbox.namespaces.machine_learning import set_quota

SUBSCRIPTION = identity.SUBSCRIPTION_ID
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg"
PHI_2 = "azureml://registries/azureml/models/microsoft-phi-2/versions/22"
T4 = "Standard_NC4as_T4_v3"
_START = 1_800_000_000.0
_VERSION = "2025-12-01"
_DEPENDENCIES = {
    "storageAccount": "Microsoft.Storage/storageAccounts",
    "keyVault": "Microsoft.KeyVault/vaults",
    "applicationInsights": "Microsoft.Insights/components",
    "containerRegistry": "Microsoft.ContainerRegistry/registries",
}


@dataclass
class Time:
    """What the clock of a sandbox shows."""

    now: float = _START

    def __call__(self) -> float:
        """Return it, as a clock does."""
        return self.now


@dataclass
class Azure:
    """A sandbox, and short ways to talk to it."""

    sandbox: Sandbox
    time: Time
    group: str = GROUP
    workspace: str = field(init=False, default="")

    def send(
        self,
        method: str,
        path: str,
        body: object = None,
        version: str = _VERSION,
        *,
        query: dict[str, str] | None = None,
    ) -> Answer:
        """Send one ARM request; operations that are due have ended before."""
        operations.settle(self.sandbox)
        with self.sandbox.store.read() as tx:
            token = identity.issue(
                tx,
                self.sandbox,
                "https://management.azure.com",
                identity.OBJECT_ID,
                identity.CLIENT_ID,
            )
        exchange = Exchange(
            method,
            path,
            {"api-version": version, **(query or {})},
            {"authorization": f"Bearer {token}"},
            b"" if body is None else json.dumps(body).encode(),
        )
        return control_plane.respond(self.sandbox, exchange)

    def get(self, path: str) -> Any:
        """Return the body of a GET that must succeed."""
        answer = self.send("GET", path)
        assert answer.status == 200, answer
        return answer.body

    def wait(self, seconds: float = 3600) -> None:
        """Let simulated time pass."""
        self.time.now += seconds
        operations.settle(self.sandbox)

    def done(self, method: str, path: str, body: object = None) -> Any:
        """Send a request that must be accepted, and let its operation end."""
        answer = self.send(method, path, body)
        assert answer.status < 300, answer
        self.wait()
        return answer.body

    def save(self, resource_id: str, kind: str, properties: dict[str, Any] | None = None) -> str:
        """Put a resource of another namespace into the store."""
        parent, name = resource_id.rsplit("/providers/", 1)[0], resource_id.rsplit("/", 1)[1]
        body = {"location": "eastus", "sku": {"name": "Premium"}, "properties": properties or {}}
        with self.sandbox.store.write() as tx:
            tx.save(
                Resource(
                    resource_id,
                    kind,
                    name,
                    parent,
                    body,
                    subscription=SUBSCRIPTION,
                    resource_group="rg",
                    location="eastus",
                )
            )
        return resource_id

    def quota(self, family: str, limit: int) -> None:
        """Set the limit of a family in East US."""
        with self.sandbox.store.write() as tx:
            set_quota(tx, {"location": "eastus", "family": family, "limit": limit})

    # --- resources ----------------------------------------------------------------------------

    def endpoint_path(self, name: str = "chat") -> str:
        """Return the path of an endpoint of the workspace."""
        return f"{self.workspace}/onlineEndpoints/{name}"

    def deployment_path(self, name: str, endpoint: str = "chat") -> str:
        """Return the path of a deployment."""
        return f"{self.endpoint_path(endpoint)}/deployments/{name}"

    def put_endpoint(self, name: str = "chat", **properties: Any) -> Answer:
        """Send the PUT of an endpoint with a system-assigned identity."""
        return self.send("PUT", self.endpoint_path(name), endpoint_body(**properties))

    def put_deployment(self, name: str, *, capacity: int = 1, **properties: Any) -> Answer:
        """Send the PUT of a phi-2 deployment."""
        body = deployment_body(capacity=capacity, **properties)
        return self.send("PUT", self.deployment_path(name), body)

    def make_endpoint(self, *deployments: str, **traffic: int) -> None:
        """Make the endpoint `chat` with deployments and, if given, their traffic."""
        self.accept(self.put_endpoint())
        for name in deployments:
            self.accept(self.put_deployment(name))
        if traffic:
            self.accept(self.put_endpoint(traffic=traffic))

    def accept(self, answer: Answer) -> Answer:
        """Check that a request was accepted, and let its operation end."""
        assert answer.status < 300, answer
        self.wait()
        return answer

    def state(self, path: str) -> str:
        """Return the provisioning state of a resource."""
        return str(self.get(path)["properties"]["provisioningState"])

    def routing(self) -> list[tuple[dict[str, int], dict[str, int]]]:
        """Return traffic and instances of every row of the routing history of `chat`."""
        with self.sandbox.store.read() as tx:
            return [(row.traffic, row.instances) for row in tx.routing(self.endpoint_path())]

    def operation_error(self, answer: Answer) -> dict[str, str]:
        """Return the error of a failed operation, from its polling URL."""
        url = answer.headers["Azure-AsyncOperation"]
        path = url.removeprefix(self.sandbox.base_url).partition("?")[0]
        self.wait()
        body = self.get(path)
        assert body["status"] == "Failed", body
        error: dict[str, str] = body["error"]
        return error

    # --- data plane ---------------------------------------------------------------------------

    def key(self) -> str:
        """Return the primary key of `chat`."""
        return str(self.send("POST", f"{self.endpoint_path()}/listKeys").body["primaryKey"])

    def score(
        self,
        body: object = None,
        *,
        credential: str | None = None,
        operation: str = "score",
        deployment: str = "",
    ) -> Answer:
        """Call `chat`; without a body ask a question, without a credential use the key."""
        question = {"input_data": {"input_string": ["Who are you?"], "parameters": {}}}
        token = self.key() if credential is None else credential
        headers = {"authorization": f"Bearer {token}"} if token else {}
        if deployment:
            headers["azureml-model-deployment"] = deployment
        sent = json.dumps(question if body is None else body).encode()
        path = f"/inference/eastus/chat/{operation}"
        return scoring.answer(self.sandbox, Exchange("POST", path, {}, headers, sent))


def endpoint_body(**properties: Any) -> dict[str, Any]:
    """Return the body of an endpoint."""
    return {
        "location": "eastus",
        "identity": {"type": "SystemAssigned"},
        "properties": {"authMode": "Key", **properties},
    }


def deployment_body(*, capacity: int = 1, **properties: Any) -> dict[str, Any]:
    """Return the body of a phi-2 deployment that has ten minutes to load."""
    return {
        "location": "eastus",
        "sku": {"name": "Default", "capacity": capacity},
        "properties": {
            "endpointComputeType": "Managed",
            "model": PHI_2,
            "instanceType": T4,
            "livenessProbe": {"initialDelay": "PT10M"},
            **properties,
        },
    }


def messages(answer: Answer) -> str:
    """Return everything a refusal says."""
    return json.dumps(answer.body)


@pytest.fixture
def azure(tmp_path: Path) -> Iterator[Azure]:
    """A sandbox at real speed with the workspace `ml` in the resource group `rg`."""
    time = Time()
    namespaces = {
        provider.name.lower(): provider
        for provider in (machine_learning.NAMESPACE, authorization.NAMESPACE)
    }
    store = Store(tmp_path / "state.sqlite3")
    sandbox = Sandbox(store, Clock(1, time), "https://localhost:1", namespaces)
    with store.write() as tx:
        identity.seed(tx)
    azure = Azure(sandbox, time)
    azure.save(GROUP, "Microsoft.Resources/resourceGroups")
    properties = {
        name: azure.save(f"{GROUP}/providers/{kind}/{name.lower()}", kind)
        for name, kind in _DEPENDENCIES.items()
    }
    azure.workspace = f"{GROUP}/providers/Microsoft.MachineLearningServices/workspaces/ml-dev"
    azure.done("PUT", azure.workspace, {"location": "eastus", "properties": properties})
    yield azure
    store.close()
