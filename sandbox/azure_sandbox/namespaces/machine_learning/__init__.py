# SPDX-License-Identifier: Apache-2.0
"""Microsoft.MachineLearningServices."""

from azure_sandbox.arm.namespace import Namespace, Route
from azure_sandbox.namespaces.machine_learning.assets import (
    RegistryEnvironments,
    WorkspaceEnvironments,
    WorkspaceModels,
    WorkspaceModelVersions,
)
from azure_sandbox.namespaces.machine_learning.deployment_skus import skus
from azure_sandbox.namespaces.machine_learning.environment_versions import (
    RegistryEnvironmentVersions,
    WorkspaceEnvironmentVersions,
)
from azure_sandbox.namespaces.machine_learning.lost_capacity import (
    capacity_report,
    set_capacity,
)
from azure_sandbox.namespaces.machine_learning.offered_sizes import set_offer
from azure_sandbox.namespaces.machine_learning.online_deployments import OnlineDeployments
from azure_sandbox.namespaces.machine_learning.online_endpoints import OnlineEndpoints
from azure_sandbox.namespaces.machine_learning.outbound_rules import OutboundRules
from azure_sandbox.namespaces.machine_learning.registries import (
    Registries,
    RegistryModels,
    RegistryModelVersions,
)
from azure_sandbox.namespaces.machine_learning.subscription_quota import (
    quota_report,
    set_quota,
    set_spelling,
    usages,
    vm_sizes,
)
from azure_sandbox.namespaces.machine_learning.versions import (
    NAMESPACE_NAME,
    VERSIONS,
    WITHOUT_ENDPOINTS,
)
from azure_sandbox.namespaces.machine_learning.workspace_quotas import quotas, update_quotas
from azure_sandbox.namespaces.machine_learning.workspaces import (
    WorkspaceConnections,
    Workspaces,
)

__all__ = [
    "NAMESPACE",
    "capacity_report",
    "quota_report",
    "set_capacity",
    "set_offer",
    "set_quota",
    "set_spelling",
]

NAMESPACE = Namespace(
    NAMESPACE_NAME,
    types=(
        Workspaces(),
        WorkspaceConnections(),
        OutboundRules(),
        WorkspaceModels(),
        WorkspaceModelVersions(),
        WorkspaceEnvironments(),
        WorkspaceEnvironmentVersions(),
        OnlineEndpoints(),
        OnlineDeployments(),
        Registries(),
        RegistryModels(),
        RegistryModelVersions(),
        RegistryEnvironments(),
        RegistryEnvironmentVersions(),
    ),
    routes=(
        Route("GET", "locations/usages", usages, WITHOUT_ENDPOINTS),
        Route("GET", "locations/quotas", quotas, WITHOUT_ENDPOINTS),
        Route("POST", "locations/updateQuotas", update_quotas, WITHOUT_ENDPOINTS),
        Route("GET", "locations/vmSizes", vm_sizes, WITHOUT_ENDPOINTS),
        Route("GET", "workspaces/onlineEndpoints/deployments/skus", skus, VERSIONS),
    ),
)
