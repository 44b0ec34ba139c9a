# SPDX-License-Identifier: Apache-2.0
"""What a deployment runs: its model, and its own container where it brings one."""

from dataclasses import dataclass

from azure_sandbox.arm.records import Resource
from azure_sandbox.arm.transaction import Transaction
from azure_sandbox.arm.wire import JsonObject
from azure_sandbox.namespaces.machine_learning.custom_containers import (
    CustomContainer,
    custom_container,
)
from azure_sandbox.namespaces.machine_learning.model_resolution import LoadedModel, resolve_model
from azure_sandbox.namespaces.machine_learning.vllm import VllmServer, read_vllm


@dataclass(frozen=True, slots=True)
class Workload:
    """A model and how it is served."""

    model: LoadedModel | None
    """None when the model that the deployment names does not exist."""
    container: CustomContainer | None
    """None for Azure's own inference server."""
    server: VllmServer | None
    """None when the container does not start vLLM."""

    @property
    def display(self) -> str:
        """The name by which the model introduces itself."""
        if self.server:
            return self.server.served_names[0]
        return self.model.display if self.model else ""

    @property
    def load_seconds(self) -> float:
        """How long it takes from the start of the container to the first answer."""
        repository = self.server.repository if self.server else None
        if repository:
            return repository.load_minutes * 60
        return self.model.load_seconds if self.model else 0


def workload_of(tx: Transaction, workspace: Resource, properties: JsonObject) -> Workload:
    """Return what the properties of a deployment, defaults filled in, make it run."""
    model = resolve_model(tx, workspace, properties.get("model"))
    container = custom_container(tx, workspace, properties.get("environmentId"))
    return Workload(model, container, read_vllm(properties) if container else None)
