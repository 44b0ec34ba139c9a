# SPDX-License-Identifier: Apache-2.0
"""Clears away endpoints and deployments whose creation failed.

Azure keeps them, and refuses every further write to them: they must be deleted before they can be
created again. What serves anybody is never touched; after a failed *update* the old version goes on
serving and the next write repairs it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

import pulumi

from azure_model_endpoints.engine_errors import Paragraph
from azure_model_endpoints.errors import ArmError
from azure_model_endpoints.foreign_fields import ML_API_VERSION, owner
from azure_model_endpoints.planning.foreign import is_served
from azure_model_endpoints.planning.tags import OWNER
from azure_model_endpoints.planning.traffic import effective
from azure_model_endpoints.subscription.provider import arm_client, read_deployment, read_endpoint

if TYPE_CHECKING:
    from azure_model_endpoints.subscription.arm import ArmClient

__all__ = ["replacing_failed_deployment", "replacing_failed_endpoint"]

Inputs = Mapping[str, Any]


def replacing_failed_endpoint(parent: pulumi.Resource) -> pulumi.ResourceOptions:
    """Return the options of an endpoint that may be left over from a failed creation."""

    async def is_left_over(inputs: Inputs, live: Inputs, client: "ArmClient") -> bool:
        del inputs
        if effective(live["properties"].get("traffic")):
            return False
        return not await asyncio.to_thread(client.list, f"{live['id']}/deployments", ML_API_VERSION)

    return _clearing(read_endpoint, is_left_over, parent)


def replacing_failed_deployment(parent: pulumi.Resource) -> pulumi.ResourceOptions:
    """Return the options of a deployment that may be left over from a failed creation."""

    async def is_left_over(inputs: Inputs, live: Inputs, client: "ArmClient") -> bool:
        del live, client
        endpoint = await read_endpoint(inputs, parent)
        return endpoint is not None and not is_served(
            endpoint["properties"], inputs["deploymentName"]
        )

    return _clearing(read_deployment, is_left_over, parent)


def _clearing(
    read: Callable[[Inputs, pulumi.Resource], Awaitable[Any | None]],
    is_left_over: Callable[[Inputs, Inputs, "ArmClient"], Awaitable[bool]],
    parent: pulumi.Resource,
) -> pulumi.ResourceOptions:
    async def clear(args: pulumi.ResourceHookArgs) -> None:
        inputs = args.new_inputs or {}
        live = await read(inputs, parent)
        if live is None or live["properties"].get("provisioningState") != "Failed":
            return
        if (live.get("tags") or {}).get(OWNER) != owner():
            return
        client = await arm_client(parent)
        if not await is_left_over(inputs, live, client):
            return
        try:
            await asyncio.to_thread(client.delete, live["id"], ML_API_VERSION)
        except ArmError as error:
            text = f"{live['id']} is left over from a failed creation and stays: {error}"
            raise Paragraph(text) from error

    hooks = pulumi.ResourceHookBinding(before_create=[clear], before_update=[clear])
    return pulumi.ResourceOptions(hooks=hooks)
