# SPDX-License-Identifier: Apache-2.0
"""Diagnostic settings: what resources report to Log Analytics."""

from collections.abc import Sequence

import pulumi

__all__ = ["ENDPOINT_LOGS", "NETWORK_LOGS", "SECURITY_GROUP_LOGS", "report"]

_NAME = "to-log-analytics"
"""A resource has one setting of this library."""

ENDPOINT_LOGS = (
    "AmlOnlineEndpointTrafficLog",
    "AmlOnlineEndpointConsoleLog",
    "AmlOnlineEndpointEventLog",
)
"""The logs of an online endpoint (Azure docs, "Monitor online endpoints"), which names no group."""

NETWORK_LOGS = ("VMProtectionAlerts",)
"""The logs of a virtual network (Azure docs, "Azure Virtual Network monitoring data reference")."""

SECURITY_GROUP_LOGS = ("NetworkSecurityGroupEvent", "NetworkSecurityGroupRuleCounter")
"""The logs of a network security group, which has no metrics (Azure docs, "Resource logging for a
network security group")."""


def report(  # noqa: PLR0913  (each is a different noun)
    name: str,
    resource_id: pulumi.Input[str],
    destination: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
    *,
    categories: Sequence[str] = (),
    metrics: bool = True,
) -> None:
    """Let a resource send all its logs and metrics to Log Analytics.

    Args:
        name: what the program calls the setting.
        resource_id: of the resource; of its blob service where it is a storage account, which has
            no logs itself (Azure docs, "Monitor Azure Blob Storage").
        destination: Azure resource id of the Log Analytics workspace.
        opts: the parent of the setting.
        categories: the logs by name; default: the group of all there are.
        metrics: whether it has any.
    """
    from pulumi_azure_native import monitor

    logs = [monitor.DiagnosticsLogSettingsArgs(category=each, enabled=True) for each in categories]
    monitor.DiagnosticSetting(
        name,
        name=_NAME,
        resource_uri=resource_id,
        workspace_id=destination,
        logs=logs or [monitor.DiagnosticsLogSettingsArgs(category_group="allLogs", enabled=True)],
        metrics=[monitor.DiagnosticsMetricSettingsArgs(category="AllMetrics", enabled=True)]
        if metrics
        else None,
        opts=opts,
    )
