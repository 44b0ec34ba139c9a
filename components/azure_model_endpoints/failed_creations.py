# SPDX-License-Identifier: Apache-2.0
"""Clears away endpoints and deployments whose creation failed.

Azure keeps them, and refuses every further write to them: they must be deleted before they can be
created again. What serves anybody is never touched; after a failed *update* the old version goes on
serving and the next write repairs it.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pulumi

from azure_model_endpoints.engine_errors import hooked
from azure_model_endpoints.errors import ArmError
from azure_model_endpoints.foreign_fields import owner
from azure_model_endpoints.planning.deployment import DeploymentPlan
from azure_model_endpoints.planning.foreign import is_served
from azure_model_endpoints.planning.lost_capacity import advice, lacks_capacity, next_pause
from azure_model_endpoints.planning.refusals import ROLE_ATTEMPTS, may_be_missing_role
from azure_model_endpoints.planning.tags import OWNER
from azure_model_endpoints.planning.traffic import effective
from azure_model_endpoints.subscription import api_versions
from azure_model_endpoints.subscription.provider import arm_client, read_deployment, read_endpoint
from azure_model_endpoints.subscription.threads import in_thread

if TYPE_CHECKING:
    from azure_model_endpoints.subscription.arm import ArmClient

__all__ = ["replacing_failed_deployment", "replacing_failed_endpoint"]

Inputs = Mapping[str, Any]


def replacing_failed_endpoint(parent: pulumi.Resource) -> pulumi.ResourceOptions:
    """Return the options of an endpoint that may be left over from a failed creation."""

    async def is_left_over(_inputs: Inputs, live: Inputs, client: "ArmClient") -> bool:
        if effective(live["properties"].get("traffic")):
            return False
        return not await in_thread(
            client.list, f"{live['id']}/deployments", api_versions.MACHINE_LEARNING
        )

    clear = _Clearing(read_endpoint, is_left_over, parent).hook
    return hooked(before_create=[clear], before_update=[clear])


def replacing_failed_deployment(
    name: str, path: str, plan: DeploymentPlan, parent: pulumi.Resource
) -> pulumi.ResourceOptions:
    """Return the options of a deployment that may be left over from a failed creation.

    A creation that may have failed because a role did not count yet is tried again in the same run;
    so is, after a while, one for which the region had no machines, as long as that may end within
    the time of one creation.

    Args:
        name: the deployment's name in the program.
        path: how messages call it.
        plan: what it will be.
        parent: the component it belongs to.
    """

    async def is_left_over(inputs: Inputs, _live: Inputs, _client: "ArmClient") -> bool:
        endpoint = await read_endpoint(inputs, parent)
        return endpoint is not None and not is_served(
            endpoint["properties"], inputs["deploymentName"]
        )

    clearing = _Clearing(read_deployment, is_left_over, parent)
    begun: list[float] = []

    async def begin(args: pulumi.ResourceHookArgs) -> None:
        begun.append(time.monotonic())
        await clearing.hook(args)

    async def again(args: pulumi.ErrorHookArgs) -> bool:
        attempts, inputs = len(args.errors), args.new_inputs or {}
        if lacks_capacity(args.errors[0]):
            pause = next_pause(attempts, time.monotonic() - begun[0] if begun else 0)
            if pause is None:
                region = str(inputs.get("location", ""))
                other = plan.sizing.alternative if plan.sizing else None
                pulumi.log.error(advice(path, plan.sku, region, other))
                return False
            await asyncio.sleep(pause)
        elif attempts >= ROLE_ATTEMPTS or not may_be_missing_role(args.errors[0]):
            return False
        await clearing.clear(inputs)
        return True

    return hooked(
        before_create=[begin],
        before_update=[begin],
        on_error={f"{name}-again": again},
    )


@dataclass(frozen=True, slots=True)
class _Clearing:
    """How leftovers of one kind are found and deleted."""

    read: Callable[[Inputs, pulumi.Resource], Awaitable[Any | None]]
    is_left_over: Callable[[Inputs, Inputs, "ArmClient"], Awaitable[bool]]
    parent: pulumi.Resource

    async def hook(self, args: pulumi.ResourceHookArgs) -> None:
        await self.clear(args.new_inputs or {})

    async def clear(self, inputs: Inputs) -> None:
        live = await self.read(inputs, self.parent)
        if live is None or live["properties"].get("provisioningState") != "Failed":
            return
        if (live.get("tags") or {}).get(OWNER) != owner():
            return
        client = await arm_client(self.parent)
        if not await self.is_left_over(inputs, live, client):
            return
        try:
            await in_thread(client.delete, live["id"], api_versions.MACHINE_LEARNING)
        except ArmError as error:
            text = f"{live['id']} is left over from a failed creation and stays: {error}"
            raise ArmError(text) from error
