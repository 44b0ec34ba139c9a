# SPDX-License-Identifier: Apache-2.0
"""Open-weight models as Azure Machine Learning endpoints."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from azure_model_endpoints.endpoint import ModelEndpoint
    from azure_model_endpoints.endpoint_args import (
        ModelDeploymentArgs,
        ModelEndpointArgs,
        VllmArgs,
        WorkloadArgs,
    )
    from azure_model_endpoints.errors import AmeError
    from azure_model_endpoints.existing_workspace import (
        ExistingWorkspace,
        ExistingWorkspaceArgs,
    )
    from azure_model_endpoints.isolation_args import OutboundRuleArgs
    from azure_model_endpoints.locks import ResourceLocks, ResourceLocksArgs
    from azure_model_endpoints.network import PrivateNetwork
    from azure_model_endpoints.network_args import PrivateNetworkArgs
    from azure_model_endpoints.program import plan_of_program
    from azure_model_endpoints.workspace import ModelWorkspace
    from azure_model_endpoints.workspace_args import EncryptionKeyArgs, ModelWorkspaceArgs

__all__ = [
    "AmeError",
    "EncryptionKeyArgs",
    "ExistingWorkspace",
    "ExistingWorkspaceArgs",
    "ModelDeploymentArgs",
    "ModelEndpoint",
    "ModelEndpointArgs",
    "ModelWorkspace",
    "ModelWorkspaceArgs",
    "OutboundRuleArgs",
    "PrivateNetwork",
    "PrivateNetworkArgs",
    "ResourceLocks",
    "ResourceLocksArgs",
    "VllmArgs",
    "WorkloadArgs",
    "plan_of_program",
]

_HOMES = {
    "AmeError": "errors",
    "ModelDeploymentArgs": "endpoint_args",
    "ModelEndpoint": "endpoint",
    "ModelEndpointArgs": "endpoint_args",
    "ModelWorkspace": "workspace",
    "ModelWorkspaceArgs": "workspace_args",
    "EncryptionKeyArgs": "workspace_args",
    "ExistingWorkspace": "existing_workspace",
    "ExistingWorkspaceArgs": "existing_workspace",
    "OutboundRuleArgs": "isolation_args",
    "PrivateNetwork": "network",
    "PrivateNetworkArgs": "network_args",
    "ResourceLocks": "locks",
    "ResourceLocksArgs": "locks",
    "VllmArgs": "endpoint_args",
    "WorkloadArgs": "endpoint_args",
    "plan_of_program": "program",
}


def __getattr__(name: str) -> Any:
    """Load what is asked for, so that the planner and `ame` start without Pulumi."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
