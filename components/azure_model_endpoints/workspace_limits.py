# SPDX-License-Identifier: Apache-2.0
"""How much of the subscription's quota a workspace may take, as a step before its deployments.

No Azure resource stands for such a limit. The step sets the limits before whoever waits for the
workspace deploys to it. Limits that others have changed are brought back.
"""

from collections.abc import Mapping
from typing import Any

import pulumi

from azure_model_endpoints.errors import ArmError
from azure_model_endpoints.foreign_fields import UNKNOWN
from azure_model_endpoints.step import step
from azure_model_endpoints.subscription.provider import arm_client
from azure_model_endpoints.subscription.threads import in_thread

__all__ = ["workspace_limits"]


def workspace_limits(
    name: str,
    workspace: pulumi.CustomResource,
    region: str,
    limits: Mapping[str, int],
    parent: pulumi.Resource,
) -> list[pulumi.CustomResource]:
    """Limit what everything in a workspace may take of the quota.

    Args:
        name: what the program calls the workspace's component; begins the step's name.
        workspace: the workspace.
        region: where it is.
        limits: cores by family or SKU; without any there is no step.
        parent: the component.

    Returns:
        What a deployment in the workspace has to wait for.
    """
    if not limits:
        return []
    # Brings pydantic, which importing this module shall not cost.
    from azure_model_endpoints.catalog import load_catalog
    from azure_model_endpoints.planning.workspace_limits import limits_by_family

    async def limits_instead(declared: Mapping[str, Any]) -> object:
        if declared["workspaceId"] is UNKNOWN:
            return UNKNOWN
        live = await _live(declared, parent)
        return None if live == declared["cores"] else live

    async def run(wanted: Mapping[str, Any]) -> None:
        await _set(wanted, parent)

    cores = limits_by_family(limits, load_catalog().gpu_skus)
    made = step(
        f"{name}-quotas",
        {"workspaceId": workspace.id, "region": region, "cores": cores},
        instead=limits_instead,
        run=run,
        opts=pulumi.ResourceOptions(parent=parent, deleted_with=workspace),
    )
    return [made]


async def _set(wanted: Mapping[str, Any], parent: pulumi.Resource) -> None:
    from azure_model_endpoints.subscription.workspace_quotas import (
        WorkspaceLimit,
        set_workspace_limits,
    )

    workspace_id, cores = wanted["workspaceId"], wanted["cores"]
    client = await arm_client(parent)
    updates = await in_thread(
        set_workspace_limits,
        client,
        _subscription(workspace_id),
        wanted["region"],
        [WorkspaceLimit(workspace_id, family, int(limit)) for family, limit in cores.items()],
    )
    if failed := [str(update) for update in updates if not update.is_set]:
        raise ArmError(" ".join(failed))


async def _live(value: Mapping[str, Any], parent: pulumi.Resource) -> dict[str, int]:
    """Return the limits that the workspace has, of the families that are declared."""
    from azure_model_endpoints.subscription.workspace_quotas import (
        WorkspaceLimit,
        read_workspace_limits,
    )

    workspace_id = value["workspaceId"]
    client = await arm_client(parent)
    found = await in_thread(
        read_workspace_limits, client, _subscription(workspace_id), value["region"]
    )
    held = {limit.key: limit.limit for limit in found}
    keys = {family: WorkspaceLimit(workspace_id, family, 0).key for family in value["cores"]}
    return {family: held[key] for family, key in keys.items() if key in held}


def _subscription(resource_id: str) -> str:
    return resource_id.split("/")[2]
