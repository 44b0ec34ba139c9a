# SPDX-License-Identifier: Apache-2.0
"""How much of the subscription's quota a workspace may take, as a step before its deployments.

No Azure resource stands for such a limit. The step sets the limits before whoever waits for the
workspace deploys to it. Limits that others have changed are brought back, and those that are
declared no more are lifted.
"""

from collections.abc import Mapping
from typing import Any

import pulumi

from azure_model_endpoints.engine_errors import hooked
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
    limits: Mapping[str, int] | None,
    parent: pulumi.Resource,
) -> list[pulumi.CustomResource]:
    """Limit what everything in a workspace may take of the quota.

    Args:
        name: what the program calls the workspace's component; begins the step's name.
        workspace: the workspace.
        region: where it is.
        limits: cores by family or SKU; None: there is no step.
        parent: the component.

    Returns:
        What a deployment in the workspace has to wait for.
    """
    if limits is None:
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
        await _set(wanted, wanted["cores"], parent)

    async def lift(args: pulumi.ResourceHookArgs) -> None:
        before, wanted = ((inputs or {})["input"] for inputs in (args.old_inputs, args.new_inputs))
        await _lift(before, wanted, parent)

    cores = limits_by_family(limits, load_catalog().gpu_skus)
    made = step(
        f"{name}-quotas",
        {"workspaceId": workspace.id, "region": region, "cores": cores},
        instead=limits_instead,
        run=run,
        opts=pulumi.ResourceOptions.merge(
            hooked(before_update=[lift]),
            pulumi.ResourceOptions(parent=parent, deleted_with=workspace),
        ),
        runs_when_redeclared=True,
    )
    return [made]


async def _set(
    wanted: Mapping[str, Any], cores: Mapping[str, float], parent: pulumi.Resource
) -> None:
    from azure_model_endpoints.subscription.workspace_quotas import (
        WorkspaceLimit,
        set_workspace_limits,
    )

    if not cores:
        return
    workspace_id = wanted["workspaceId"]
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


async def _lift(
    before: Mapping[str, Any], wanted: Mapping[str, Any], parent: pulumi.Resource
) -> None:
    """Let the workspace take again what an earlier run has limited and this one does not."""
    from azure_model_endpoints.planning.workspace_limits import lifted_limits
    from azure_model_endpoints.subscription.usages import family_quotas

    declared, workspace_id = wanted["cores"], wanted["workspaceId"]
    gone = {family: int(limit) for family, limit in before["cores"].items()}
    if before["workspaceId"] != workspace_id or gone.keys() <= declared.keys():
        return
    client = await arm_client(parent)
    where = (client, _subscription(workspace_id), wanted["region"])
    live, quotas = await _held(wanted, parent), await in_thread(family_quotas, *where)
    lifted = lifted_limits(gone, declared, live, quotas)
    most = {family: cores for family, cores in lifted.items() if cores is not None}
    await _set(wanted, most, parent)
    for family in lifted.keys() - most.keys():
        pulumi.log.warn(
            f"The limit of `{family}` for {workspace_id} stays: Azure documents no way to take one "
            "away, and knows no limit of the subscription's that would be as good as none."
        )


async def _live(value: Mapping[str, Any], parent: pulumi.Resource) -> dict[str, int]:
    """Return the limits that the workspace has, of the families that are declared."""
    from azure_model_endpoints.planning.quota_needs import family_key

    if not value["cores"]:
        return {}
    held = await _held(value, parent)
    keys = {family: family_key(family) for family in value["cores"]}
    return {family: held[key] for family, key in keys.items() if key in held}


async def _held(value: Mapping[str, Any], parent: pulumi.Resource) -> dict[str, int]:
    """Return all limits that the workspace has, by `family_key`."""
    from azure_model_endpoints.planning.quota_needs import family_key
    from azure_model_endpoints.subscription.workspace_quotas import read_workspace_limits

    workspace_id = value["workspaceId"]
    client = await arm_client(parent)
    found = await in_thread(
        read_workspace_limits, client, _subscription(workspace_id), value["region"]
    )
    own = workspace_id.lower()
    return {
        family_key(limit.family): limit.limit
        for limit in found
        if limit.workspace_id.lower() == own
    }


def _subscription(resource_id: str) -> str:
    return resource_id.split("/")[2]
