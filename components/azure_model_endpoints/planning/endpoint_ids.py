# SPDX-License-Identifier: Apache-2.0
"""Where the endpoints of a stack are in Azure."""

from typing import TYPE_CHECKING

from azure_model_endpoints.planning.names import WorkspaceNames, default_endpoint_name

if TYPE_CHECKING:
    from azure_model_endpoints.planning.stack import StackPlan

__all__ = ["endpoint_ids"]


def endpoint_ids(plan: "StackPlan", subscription_id: str) -> dict[str, str]:
    """Return the Azure resource ids of a stack's endpoints by their keys."""
    existing = plan.settings.workspace.existing
    if existing:
        group, workspace = existing.resource_group_name, existing.name
    else:
        group = plan.resource_group_name
        workspace = WorkspaceNames.of(plan.settings.name, subscription_id, group).workspace
    collection = (
        f"/subscriptions/{subscription_id}/resourceGroups/{group}/providers"
        f"/Microsoft.MachineLearningServices/workspaces/{workspace}/onlineEndpoints"
    )
    names = {
        key: endpoint.endpoint_name or default_endpoint_name(key, subscription_id, group, workspace)
        for key, endpoint in plan.settings.endpoints.items()
    }
    return {key: f"{collection}/{name}" for key, name in names.items()}
