# SPDX-License-Identifier: Apache-2.0
"""Where the endpoints of a stack are in Azure."""

from typing import TYPE_CHECKING

from azure_model_endpoints.planning.names import WorkspaceNames, default_endpoint_name

if TYPE_CHECKING:
    from azure_model_endpoints.planning.stack_plan import StackPlan

__all__ = ["endpoint_ids", "workspace_id"]


def workspace_id(plan: "StackPlan", subscription_id: str) -> str:
    """Return the Azure resource id of a stack's workspace."""
    group, workspace = _place(plan, subscription_id)
    return (
        f"/subscriptions/{subscription_id}/resourceGroups/{group}/providers"
        f"/Microsoft.MachineLearningServices/workspaces/{workspace}"
    )


def endpoint_ids(plan: "StackPlan", subscription_id: str) -> dict[str, str]:
    """Return the Azure resource ids of a stack's endpoints by their keys."""
    group, workspace = _place(plan, subscription_id)
    collection = f"{workspace_id(plan, subscription_id)}/onlineEndpoints"
    names = {
        key: endpoint.endpoint_name or default_endpoint_name(key, subscription_id, group, workspace)
        for key, endpoint in plan.settings.endpoints.items()
    }
    return {key: f"{collection}/{name}" for key, name in names.items()}


def _place(plan: "StackPlan", subscription_id: str) -> tuple[str, str]:
    """Return the names of the workspace's resource group and of the workspace."""
    existing = plan.settings.workspace.existing
    if existing:
        return existing.resource_group_name, existing.name
    group = plan.resource_group_name
    return group, WorkspaceNames.of(plan.settings.name, subscription_id, group).workspace
