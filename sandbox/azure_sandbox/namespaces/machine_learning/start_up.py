# SPDX-License-Identifier: Apache-2.0
"""What can keep the instances of a deployment from starting."""

from dataclasses import dataclass, replace

from azure_sandbox.arm.errors import OperationFailedError
from azure_sandbox.arm.records import Resource
from azure_sandbox.arm.transaction import Transaction
from azure_sandbox.namespaces.machine_learning import catalogue, managed_network
from azure_sandbox.namespaces.machine_learning.container_images import Image
from azure_sandbox.namespaces.machine_learning.egress import (
    HUB_HOSTS,
    PACKAGE_HOSTS,
    Egress,
    egress_of,
)
from azure_sandbox.namespaces.machine_learning.endpoint_roles import check_roles
from azure_sandbox.namespaces.machine_learning.model_resolution import (
    LoadedModel,
    check_environment,
)
from azure_sandbox.namespaces.machine_learning.probes import loading_budget_seconds
from azure_sandbox.namespaces.machine_learning.secret_references import Injection
from azure_sandbox.namespaces.machine_learning.serving import serving_of
from azure_sandbox.namespaces.machine_learning.vllm import Crash, crash_of
from azure_sandbox.namespaces.machine_learning.vm_sizes import find_vm_size
from azure_sandbox.namespaces.machine_learning.workloads import Workload
from azure_sandbox.namespaces.machine_learning.workspace_identity import check_workspace_roles

_INSTALLS_PACKAGES = "azureml"
"""The registry whose language models install what they depend on when they start."""


@dataclass(frozen=True, slots=True)
class StartUp:
    """A deployment about to start, with everything it depends on."""

    tx: Transaction
    workspace: Resource
    endpoint: Resource
    deployment: Resource
    workload: Workload

    @property
    def egress(self) -> Egress:
        """What its network lets it reach."""
        return egress_of(self.tx, self.workspace, self.deployment.properties)


def check(start: StartUp, at: float) -> None:
    """Raise OperationFailedError for the first thing that stops a start made at a moment.

    The codes are those of Azure docs, how-to-troubleshoot-online-endpoints.
    """
    properties = start.deployment.properties
    managed_network.check_ready(managed_network.owner(start.tx, start.workspace))
    model = _present_model(start)
    container = start.workload.container
    image = container.image if container else None
    check_workspace_roles(start.tx, start.workspace, at)
    check_roles(start.tx, start.endpoint, start.workspace, image, at)
    _check_reach(start, image)
    injection = Injection(start.tx, start.endpoint, start.egress, at)
    injection.check(properties["environmentVariables"])
    _check_egress(start.deployment, model)
    crash = _crash_of(start)
    if crash:
        raise OperationFailedError(
            "ResourceNotReady",
            f"The container of deployment {start.deployment.name} crashed: {crash.reason}. See "
            "the container's log.",
        )
    _check_probes(start)


def log_lines(start: StartUp, container: str) -> list[str]:
    """Return what a container of the deployment has logged."""
    deployment = start.deployment
    if container == "StorageInitializer":
        return [f"Copying {deployment.properties.get('model') or 'nothing'}", "Done"]
    crash = _crash_of(start) if deployment.state == "Failed" else None
    if crash:
        return [
            *("Instance status:", "SystemSetup: Succeeded", "UserContainerStart: Failed"),
            *("", "Container logs:", *crash.log),
            f"The container ended: {crash.reason}.",
        ]
    serving = serving_of(deployment)
    if serving is None:
        return ["Instance status:", f"SystemSetup: {deployment.state}", "UserContainerStart: None"]
    return ["Instance status:", "SystemSetup: Succeeded", f"Serving {serving.model}"]


def _present_model(start: StartUp) -> LoadedModel:
    """Return the model; what was there when the request came may have gone since."""
    properties, model = start.deployment.properties, start.workload.model
    if model is None:
        text = f"The model {properties['model']} is gone."
        raise OperationFailedError("ResourceNotFound", text)
    if check_environment(start.tx, start.workspace, properties.get("environmentId")):
        text = f"The environment {properties['environmentId']} is gone."
        raise OperationFailedError("ResourceNotFound", text)
    return model


def _check_egress(deployment: Resource, model: LoadedModel) -> None:
    if model.is_mlflow and deployment.properties["egressPublicNetworkAccess"] == "Disabled":
        raise OperationFailedError(
            "BadArgument",
            "MLflow models cannot be deployed with egressPublicNetworkAccess Disabled. Use the "
            "workspace's managed virtual network instead.",
        )


def _check_reach(start: StartUp, image: Image | None) -> None:
    """Fail a start whose image or model is out of reach."""
    properties, egress = start.workspace.properties, start.egress
    account = start.tx.get(str(properties.get("storageAccount")))
    if account and not egress.reaches(account, "blob"):
        raise _out_of_reach(start, "The model could not be downloaded", account.name)
    registry = start.tx.get(str(properties.get("containerRegistry")))
    if image and not egress.can_pull(start.tx, image):
        raise _out_of_reach(start, f"The image {image.path} could not be pulled", image.host)
    if image is None and registry:
        host = f"{registry.name.lower()}.azurecr.io"
        if not egress.reaches(registry, "registry", host):
            raise _out_of_reach(start, "The image could not be pulled", host)


def _out_of_reach(start: StartUp, what: str, where: str) -> OperationFailedError:
    return OperationFailedError(
        "BadArgument",
        f"{what} for deployment {start.deployment.name}: {where} cannot be reached from the "
        f"network of workspace {start.workspace.name}. Add an outbound rule for it, or give it "
        "public access where that is allowed.",
    )


def _offline(start: StartUp) -> str:
    missing = start.egress.missing_hosts(HUB_HOSTS)
    return f"no outbound rule lets {missing[0]} through" if missing else ""


def _crash_of(start: StartUp) -> Crash | None:
    size = find_vm_size(start.deployment.properties["instanceType"])
    server = start.workload.server
    if server:
        return crash_of(replace(server, offline=server.offline or _offline(start)), size)
    model = start.workload.model.catalogue if start.workload.model else None
    if model and model.registry == _INSTALLS_PACKAGES and not start.workload.container:
        missing = start.egress.missing_hosts(PACKAGE_HOSTS)
        if missing:
            log = (f"Could not fetch URL https://{missing[0]}/: connection error",)
            reason = "its packages could not be installed: no outbound rule lets {} through"
            return Crash(reason.format(", ".join(missing)), log)
    if size is None or model is None or catalogue.fits(model, size):
        return None
    reason = (
        f"the weights of {model.display} take {model.weights_gib:g} GiB and the GPUs of "
        f"{size.name} have {size.total_gpu_memory_gib:g} GiB"
    )
    return Crash(reason, ("torch.OutOfMemoryError: CUDA out of memory.",))


def _check_probes(start: StartUp) -> None:
    deployment = start.deployment
    budget_seconds = loading_budget_seconds(deployment.properties)
    if start.workload.load_seconds > budget_seconds:
        raise OperationFailedError(
            "ResourceNotReady",
            f"The liveness probe of deployment {deployment.name} failed: the container did not "
            f"answer within {budget_seconds:g} seconds. Let the model load longer: raise "
            "initialDelay, period or failureThreshold of the liveness or the startup probe.",
        )
