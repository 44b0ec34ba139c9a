# SPDX-License-Identifier: Apache-2.0
"""How much of the subscription's quota a workspace may take, as a step before its deployments.

No Azure resource stands for such a limit. The step is a value in the state; hooks on it set the
limits, before whoever waits for the workspace deploys to it. Limits that others have changed are
brought back.
"""

from collections.abc import Mapping
from typing import Any

import pulumi

from azure_model_endpoints.engine_errors import hooked, refusing
from azure_model_endpoints.errors import ArmError
from azure_model_endpoints.foreign_fields import UNKNOWN, plain
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

    async def compare_with_live(
        args: pulumi.ResourceTransformArgs,
    ) -> pulumi.ResourceTransformResult | None:
        return await _against_live(args, parent)

    async def run(args: pulumi.ResourceHookArgs) -> None:
        await _set((args.new_inputs or {})["input"], parent)

    step = pulumi.ResourceOptions.merge(
        hooked(before_create=[run], before_update=[run]),
        pulumi.ResourceOptions(
            parent=parent, transforms=[refusing(compare_with_live)], deleted_with=workspace
        ),
    )
    cores = limits_by_family(limits, load_catalog().gpu_skus)
    value = {"workspaceId": workspace.id, "region": region, "cores": cores}
    return [pulumi.Stash(f"{name}-quotas", input=value, opts=step)]


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


async def _against_live(
    args: pulumi.ResourceTransformArgs, parent: pulumi.Resource
) -> pulumi.ResourceTransformResult | None:
    """Leave the step alone while the live limits are as declared; make it run when not."""
    value = await plain(args.props["input"])
    if value is UNKNOWN or value["workspaceId"] is UNKNOWN:
        return None
    live = await _live(value, parent)
    if live == value["cores"]:
        args.opts.ignore_changes = [*(args.opts.ignore_changes or []), "input"]
        return pulumi.ResourceTransformResult(args.props, args.opts)
    # Whatever was declared before, this makes the value a new one, and so the step runs.
    moved = {**value, "instead_of": live}
    return pulumi.ResourceTransformResult({**args.props, "input": moved}, args.opts)


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
