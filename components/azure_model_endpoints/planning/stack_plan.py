# SPDX-License-Identifier: Apache-2.0
"""What everything in a stack will be, and what its components are told of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from azure_model_endpoints.planning.deployment import DeploymentPlan
from azure_model_endpoints.planning.endpoint import EndpointPlan
from azure_model_endpoints.planning.isolation import IsolationPlan
from azure_model_endpoints.planning.networks import NetworkPlan
from azure_model_endpoints.planning.workspaces import setting_names, workspace_arguments
from azure_model_endpoints.profiles import Explained
from azure_model_endpoints.setting_names import SettingName
from azure_model_endpoints.settings import Settings
from azure_model_endpoints.vocabulary import Preflight

__all__ = ["StackPlan"]


@dataclass(frozen=True, slots=True)
class StackPlan:
    """What one stack will be."""

    settings: Settings
    resource_group_name: str
    endpoints: tuple[EndpointPlan, ...]
    network: NetworkPlan | None
    """The ranges of a new network; None where there is none, or one that exists."""
    isolation: IsolationPlan
    """Where the instances may connect to; of an existing workspace, nothing is known."""
    asked: Settings | None = None
    """The settings before a lock had its say; None where there is no lock."""
    catalog_directory: str | None = None
    """Where the project's own models and prices are."""
    explained: tuple[Explained, ...] = ()
    """Every setting that holds, and where its value comes from."""

    @property
    def as_written(self) -> Settings:
        """What the settings say themselves, whatever a lock says."""
        return self.asked or self.settings

    def deployments(self) -> Iterator[tuple[str, DeploymentPlan]]:
        """Yield every deployment, with how messages call it."""
        for endpoint in self.endpoints:
            for deployment in endpoint.deployments:
                yield f"endpoints.{endpoint.key}.deployments.{deployment.name}", deployment

    def endpoint_arguments(self, key: str) -> dict[str, Any]:
        """Return what the settings say of an endpoint, as plain arguments of its component."""
        endpoint = self.settings.endpoints[key]
        own = {"models": self.settings.models, "catalog_directory": self.catalog_directory}
        said = endpoint.model_dump(mode="json", exclude_unset=True)
        skus = {each.name: each.sku for each in self._endpoint(key).deployments}
        for name, deployment in said.get("deployments", {}).items():
            deployment.pop("single_instance_reason", None)  # a matter of the environment
            if isinstance(deployment.get("sku"), list):
                deployment["sku"] = skus[name]
        return {
            **said,
            **{name: value for name, value in own.items() if value},
            # Asked of all endpoints at once, before any of them is registered.
            "preflight": Preflight.OFF.value,
            "region": self.settings.region,
            "public_network_access": self.settings.public_network_access,
            **({"managed_network": True} if self.isolation.is_isolated else {}),
            "tags": {**self.settings.tags, **endpoint.tags},
        }

    def network_arguments(self) -> dict[str, Any]:
        """Return what the settings say of the network, as plain arguments of its component."""
        said = self.settings.network
        return {
            **(said.model_dump(mode="json", exclude_unset=True) if said else {}),
            "region": self.settings.region,
            "workload": self.settings.name,
            "tags": self.settings.tags,
        }

    def workspace_arguments(self) -> dict[str, Any]:
        """Return what the settings say of the workspace, as plain arguments of its component."""
        return {**workspace_arguments(self.settings), **self.isolation.arguments}

    @property
    def workspace_setting_names(self) -> dict[str, SettingName]:
        """How messages call what the settings say of the workspace, by those arguments."""
        return setting_names(self.explained)

    def _endpoint(self, key: str) -> EndpointPlan:
        return next(endpoint for endpoint in self.endpoints if endpoint.key == key)
