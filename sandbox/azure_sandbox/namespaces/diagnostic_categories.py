# SPDX-License-Identifier: Apache-2.0
"""Which logs and metrics the resource types of the sandbox can send somewhere.

Azure docs, azure-monitor "Supported resource log categories"; for online endpoints
how-to-monitor-online-endpoints, for workspaces monitor-azure-machine-learning-reference.
"""

from collections.abc import Mapping
from dataclasses import dataclass

ALL_LOGS, AUDIT = "allLogs", "audit"
ALL_METRICS = "AllMetrics"


@dataclass(frozen=True, slots=True)
class Categories:
    """What one resource type has to tell."""

    logs: tuple[str, ...] = ()
    metrics: tuple[str, ...] = (ALL_METRICS,)
    audited: bool = False
    """Whether some of the logs form the group ``audit``."""

    @property
    def groups(self) -> tuple[str, ...]:
        """The groups that stand for several categories of logs."""
        if not self.logs:
            return ()
        return (ALL_LOGS, AUDIT) if self.audited else (ALL_LOGS,)


_STORAGE_METRICS = ("Capacity", "Transaction")
_STORAGE_SERVICE = Categories(
    ("StorageRead", "StorageWrite", "StorageDelete"), _STORAGE_METRICS, audited=True
)

CATEGORIES: Mapping[str, Categories] = {
    "microsoft.machinelearningservices/workspaces": Categories(
        (
            "AmlComputeClusterEvent",
            "AmlComputeClusterNodeEvent",
            "AmlComputeCpuGpuUtilization",
            "AmlComputeJobEvent",
            "AmlRunStatusChangedEvent",
            "ComputeInstanceEvent",
            "DataLabelChangeEvent",
            "DataLabelReadEvent",
            "DataSetChangeEvent",
            "DataSetReadEvent",
            "DataStoreChangeEvent",
            "DataStoreReadEvent",
            "DeploymentEventACI",
            "DeploymentEventAKS",
            "DeploymentReadEvent",
            "EnvironmentChangeEvent",
            "EnvironmentReadEvent",
            "InferencingOperationACI",
            "InferencingOperationAKS",
            "ModelsActionEvent",
            "ModelsChangeEvent",
            "ModelsReadEvent",
            "PipelineChangeEvent",
            "PipelineReadEvent",
            "RunEvent",
            "RunReadEvent",
        ),
        audited=True,
    ),
    "microsoft.machinelearningservices/workspaces/onlineendpoints": Categories(
        (
            "AmlOnlineEndpointConsoleLog",
            "AmlOnlineEndpointEventLog",
            "AmlOnlineEndpointTrafficLog",
        )
    ),
    "microsoft.machinelearningservices/workspaces/onlineendpoints/deployments": Categories(),
    "microsoft.machinelearningservices/registries": Categories(
        ("RegistryAssetReadEvent", "RegistryAssetWriteEvent"), metrics=()
    ),
    "microsoft.keyvault/vaults": Categories(
        ("AuditEvent", "AzurePolicyEvaluationDetails"), audited=True
    ),
    "microsoft.containerregistry/registries": Categories(
        ("ContainerRegistryLoginEvents", "ContainerRegistryRepositoryEvents"), audited=True
    ),
    "microsoft.storage/storageaccounts": Categories(metrics=_STORAGE_METRICS),
    "microsoft.storage/storageaccounts/blobservices": _STORAGE_SERVICE,
    "microsoft.storage/storageaccounts/fileservices": _STORAGE_SERVICE,
    "microsoft.storage/storageaccounts/queueservices": _STORAGE_SERVICE,
    "microsoft.storage/storageaccounts/tableservices": _STORAGE_SERVICE,
    "microsoft.insights/components": Categories(
        (
            "AppAvailabilityResults",
            "AppBrowserTimings",
            "AppDependencies",
            "AppEvents",
            "AppExceptions",
            "AppMetrics",
            "AppPageViews",
            "AppPerformanceCounters",
            "AppRequests",
            "AppSystemEvents",
            "AppTraces",
        )
    ),
    "microsoft.operationalinsights/workspaces": Categories(
        ("Audit", "Jobs", "SummaryLogs"), audited=True
    ),
    "microsoft.network/virtualnetworks": Categories(("VMProtectionAlerts",)),
    "microsoft.network/networksecuritygroups": Categories(
        ("NetworkSecurityGroupEvent", "NetworkSecurityGroupRuleCounter"), metrics=()
    ),
    "microsoft.network/networkinterfaces": Categories(),
    "microsoft.network/privateendpoints": Categories(),
    "microsoft.network/privatednszones": Categories(),
}
"""By resource type in lower case; types that are missing have no diagnostic settings."""
