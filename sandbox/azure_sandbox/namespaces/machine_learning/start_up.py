# SPDX-License-Identifier: Apache-2.0
"""What can keep the instances of a deployment from starting."""

from dataclasses import dataclass

from azure_sandbox.arm.errors import OperationFailedError
from azure_sandbox.arm.records import Resource
from azure_sandbox.arm.transaction import Transaction
from azure_sandbox.namespaces.machine_learning import catalogue, managed_network
from azure_sandbox.namespaces.machine_learning.endpoint_roles import check_roles
from azure_sandbox.namespaces.machine_learning.model_resolution import LoadedModel
from azure_sandbox.namespaces.machine_learning.probes import loading_budget_seconds
from azure_sandbox.namespaces.machine_learning.serving import serving_of
from azure_sandbox.namespaces.machine_learning.vm_sizes import find_vm_size


@dataclass(frozen=True, slots=True)
class StartUp:
    """A deployment about to start, with everything it depends on."""

    tx: Transaction
    workspace: Resource
    endpoint: Resource
    deployment: Resource
    model: LoadedModel | None


def check(start: StartUp, at: float) -> None:
    """Raise OperationFailedError for the first thing that stops a start made at a moment.

    The codes are those of Azure docs, how-to-troubleshoot-online-endpoints.
    """
    managed_network.check_ready(start.workspace)
    check_roles(start.tx, start.endpoint, start.workspace, at)
    if start.model is None:
        raise OperationFailedError(
            "ResourceNotFound", f"The model {start.deployment.properties['model']} is gone."
        )
    _check_egress(start.deployment, start.model)
    _check_memory(start.deployment, start.model)
    _check_probes(start.deployment, start.model)


def log_lines(deployment: Resource, container: str) -> list[str]:
    """Return what a container of the deployment has logged."""
    serving = serving_of(deployment)
    if container == "StorageInitializer":
        return [f"Copying {deployment.properties.get('model') or 'nothing'}", "Done"]
    if serving is None:
        return ["Instance status:", f"SystemSetup: {deployment.state}", "UserContainerStart: None"]
    return ["Instance status:", "SystemSetup: Succeeded", f"Serving {serving.model}"]


def _check_egress(deployment: Resource, model: LoadedModel) -> None:
    if model.is_mlflow and deployment.properties["egressPublicNetworkAccess"] == "Disabled":
        raise OperationFailedError(
            "BadArgument",
            "MLflow models cannot be deployed with egressPublicNetworkAccess Disabled. Use the "
            "workspace's managed virtual network instead.",
        )


def _check_memory(deployment: Resource, model: LoadedModel) -> None:
    size = find_vm_size(deployment.properties["instanceType"])
    if size and model.catalogue and not catalogue.fits(model.catalogue, size):
        raise OperationFailedError(
            "ResourceNotReady",
            f"The container of deployment {deployment.name} crashed: the weights of "
            f"{model.display} take {model.catalogue.weights_gib:g} GiB and the GPUs of {size.name} "
            f"have {size.total_gpu_memory_gib:g} GiB. See the container's log.",
        )


def _check_probes(deployment: Resource, model: LoadedModel) -> None:
    budget_seconds = loading_budget_seconds(deployment.properties)
    if model.load_seconds > budget_seconds:
        raise OperationFailedError(
            "ResourceNotReady",
            f"The liveness probe of deployment {deployment.name} failed: the container did not "
            f"answer within {budget_seconds:g} seconds. Let the model load longer: raise "
            "initialDelay, period or failureThreshold of the liveness or the startup probe.",
        )
