# SPDX-License-Identifier: Apache-2.0
"""A sandbox as the tests see it: stacks to run, and the history of what they did."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pulumi
from pulumi import automation

from azure_model_endpoints import ModelEndpoint, credentials
from azure_model_endpoints.subscription.arm import ArmClient
from azure_sandbox.client import AdminClient
from azure_sandbox.home import Home

GROUP = "rg-existing"
WORKSPACE = "mlw-existing"
REGION = "eastus"
ML = "2025-12-01"


class World:
    """A running sandbox."""

    def __init__(self, home: Home, admin: AdminClient, environment: Mapping[str, str]) -> None:
        self.home = home
        self.admin = admin
        self.environment = dict(environment)
        self.arm = ArmClient(credentials.cloud(), credentials.credential())
        self.subscription = credentials.subscription_id()
        self.stacks: list[Stack] = []

    def create_workspace(self) -> None:
        """Put a workspace into the subscription that no stack owns."""
        group = f"/subscriptions/{self.subscription}/resourceGroups/{GROUP}"
        self.arm.put(group, "2024-03-01", {"location": REGION})
        account = f"{group}/providers/Microsoft.Storage/storageAccounts/stexisting"
        vault = f"{group}/providers/Microsoft.KeyVault/vaults/kv-existing"
        insights = f"{group}/providers/Microsoft.Insights/components/appi-existing"
        self.arm.put(
            account,
            "2024-01-01",
            {"location": REGION, "kind": "StorageV2", "sku": {"name": "Standard_LRS"}},
        )
        self.arm.put(
            vault,
            "2024-11-01",
            {
                "location": REGION,
                "properties": {
                    "tenantId": self.environment["ARM_TENANT_ID"],
                    "sku": {"family": "A", "name": "standard"},
                    "enableRbacAuthorization": True,
                },
            },
        )
        self.arm.put(
            insights,
            "2020-02-02",
            {"location": REGION, "kind": "web", "properties": {"Application_Type": "web"}},
        )
        self.arm.put(
            self.workspace_id,
            ML,
            {
                "location": REGION,
                "identity": {"type": "SystemAssigned"},
                "properties": {
                    "storageAccount": account,
                    "keyVault": vault,
                    "applicationInsights": insights,
                },
            },
        )

    @property
    def workspace_id(self) -> str:
        """The id of the workspace that no stack owns."""
        return (
            f"/subscriptions/{self.subscription}/resourceGroups/{GROUP}/providers"
            f"/Microsoft.MachineLearningServices/workspaces/{WORKSPACE}"
        )

    def endpoint_stack(self, **arguments: Any) -> "Stack":
        """Return a new stack with one endpoint in the existing workspace."""
        name = f"e-{uuid.uuid4().hex[:8]}"
        stack = Stack(self, name, {"model": "phi-2", "public_network_access": True, **arguments})
        self.stacks.append(stack)
        return stack

    def clear(self) -> None:
        """Destroy what the stacks created, and forget them."""
        for stack in self.stacks:
            stack.automation.cancel()
            stack.automation.destroy()
        self.stacks.clear()

    def patch(self, resource_id: str, body: Mapping[str, Any]) -> None:
        """Change some fields of a Machine Learning resource, as Azure Policy does."""
        token = credentials.credential().get_token(credentials.cloud().scope).token
        response = httpx2.patch(
            f"{self.admin.url}{resource_id}?api-version={ML}",
            json=body,
            headers={"Authorization": f"Bearer {token}"},
            verify=self.admin.certificates.client_context(),
        )
        response.raise_for_status()

    def fail_next_operation(self, path: str, **more: Any) -> None:
        """Let the next operation on a resource end badly, as lost capacity does."""
        rule = {"path": path, "fail_operation": True, "times": 1, **more}
        self.admin.send("POST", "faults", rule)

    def log(self, since: int = 0) -> list[dict[str, Any]]:
        """Return the requests since one."""
        entries: list[dict[str, Any]] = self.admin.get("log", {"since": str(since)})["entries"]
        return entries


@dataclass
class Stack:
    """A stack with one endpoint, whose arguments a test may change between runs."""

    world: World
    endpoint_name: str
    arguments: dict[str, Any]
    program: Callable[["Stack"], None] = field(default=lambda stack: stack.endpoint())

    def __post_init__(self) -> None:
        """Select the stack in the sandbox's own backend."""
        options = automation.LocalWorkspaceOptions(
            work_dir=str(self._directory()),
            pulumi_command=automation.PulumiCommand(root=str(self.world.home.root)),
            env_vars=self.world.environment,
        )
        self.automation = automation.create_or_select_stack(
            stack_name="test",
            project_name=self.endpoint_name,
            program=lambda: self.program(self),
            opts=options,
        )

    def _directory(self) -> Path:
        directory = self.world.home.root / "programs" / self.endpoint_name
        directory.mkdir(parents=True, exist_ok=True)
        return directory

    def endpoint(self, **more: Any) -> ModelEndpoint:
        """Create the endpoint; called inside the program."""
        arguments: Any = {
            "resource_group_name": GROUP,
            "workspace_name": WORKSPACE,
            "region": REGION,
            "endpoint_name": self.endpoint_name,
            **self.arguments,
            **more,
        }
        opts = arguments.pop("opts", None)
        endpoint = ModelEndpoint("chat", arguments, opts)
        pulumi.export("scoring_uri", endpoint.scoring_uri)
        pulumi.export("openai_base_url", endpoint.openai_base_url)
        return endpoint

    @property
    def endpoint_id(self) -> str:
        """The endpoint's id."""
        return f"{self.world.workspace_id}/onlineEndpoints/{self.endpoint_name}"

    def up(self, **options: Any) -> automation.UpResult:
        """Run an update."""
        return self.automation.up(**options)

    def refresh(self) -> None:
        """Let the state file follow what is live."""
        self.automation.refresh()

    def changes(self) -> dict[str, int]:
        """Return what a preview would do, without what stays the same."""
        summary = self.automation.preview().change_summary
        return {str(getattr(op, "value", op)): n for op, n in summary.items() if op != "same"}

    def resources(self) -> list[tuple[str, str]]:
        """Return type and Azure id of every Azure resource of the stack."""
        deployment = self.automation.export_stack().deployment or {}
        return [
            (resource["type"].removeprefix("azure-native:"), resource["id"])
            for resource in deployment.get("resources") or ()
            if resource["type"].startswith("azure-native:")
        ]

    def live(self) -> dict[str, Any]:
        """Return the live endpoint."""
        live = self.world.arm.get(self.endpoint_id, ML)
        assert live is not None
        return live

    def is_gone(self) -> bool:
        """Return whether there is no such endpoint."""
        return self.world.arm.get(self.endpoint_id, ML) is None

    def deployment(self, name: str) -> dict[str, Any]:
        """Return a live deployment."""
        live = self.world.arm.get(f"{self.endpoint_id}/deployments/{name}", ML)
        assert live is not None
        return live

    def history(self) -> list[dict[str, Any]]:
        """Return every change of the endpoint's traffic and instances."""
        changes: list[dict[str, Any]] = self.world.admin.get(
            "routing", {"endpoint": self.endpoint_name}
        )["changes"]
        return changes

    def move_traffic(self, **traffic: int) -> None:
        """Route requests behind the stack's back, as a roll-out does."""
        live = self.live()
        kept = ("authMode", "publicNetworkAccess")
        body: dict[str, Any] = {
            "location": live["location"],
            "tags": live.get("tags"),
            "identity": {"type": live["identity"]["type"]},
            "properties": {key: live["properties"][key] for key in kept} | {"traffic": traffic},
        }
        self.world.arm.put(self.endpoint_id, ML, body)

    def scale(self, name: str, instances: int) -> None:
        """Change an instance count behind the stack's back, as an autoscaler does."""
        live = self.deployment(name)
        live["properties"].pop("provisioningState")
        body = {
            "location": live["location"],
            "tags": live.get("tags"),
            "properties": live["properties"],
            "sku": {"name": "Default", "capacity": instances},
        }
        self.world.arm.put(f"{self.endpoint_id}/deployments/{name}", ML, body)


def shares(history: list[dict[str, Any]]) -> list[int]:
    """Return the percentage of requests that somebody answered at each moment since the first."""
    totals = [sum((change["traffic"] or {}).values()) for change in history]
    first = next((index for index, total in enumerate(totals) if total), len(totals))
    return totals[first:]


def serving_instances(history: list[dict[str, Any]]) -> list[int]:
    """Return how many instances stood behind the traffic at each moment since the first."""
    return [
        sum(change["instances"].get(name, 0) for name, share in change["traffic"].items() if share)
        for change in history
        if change["traffic"]
    ]
