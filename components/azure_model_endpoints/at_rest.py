# SPDX-License-Identifier: Apache-2.0
"""Waits for what is under way on an endpoint: a run that was killed, an autoscaler, a roll-out.

Azure answers 409 to a write on an endpoint while an operation runs on it or on one of its
deployments. An operation goes on in Azure when the run that began it is dead, and creating a
deployment takes a quarter of an hour.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import pulumi

from azure_model_endpoints.planning.foreign import in_motion
from azure_model_endpoints.subscription import api_versions
from azure_model_endpoints.subscription.provider import arm_client, read_endpoint
from azure_model_endpoints.subscription.threads import in_thread

__all__ = ["BUSY_TIMEOUT_SECONDS", "at_rest", "endpoint_at_rest"]

BUSY_TIMEOUT_SECONDS = 30 * 60
"""How long to wait for somebody else's operation on an endpoint: the longest observed scale-out
takes 18 minutes. After that Azure's own refusal tells the user more than waiting does."""

_LOOK_SECONDS = 2

Inputs = Mapping[str, Any]
Read = Callable[[Inputs, pulumi.Resource], Awaitable[Any | None]]


async def at_rest(read: Read, inputs: Inputs, parent: pulumi.Resource) -> Any | None:
    """Return what is live, once no operation is changing it; a preview does not wait."""

    async def moving() -> tuple[Any | None, bool]:
        live = await read(inputs, parent)
        return live, live is not None and in_motion(live)

    return await _wait(moving, parent)


async def endpoint_at_rest(inputs: Inputs, parent: pulumi.Resource) -> None:
    """Wait until no operation runs on an endpoint or on any of its deployments."""

    async def moving() -> tuple[None, bool]:
        endpoint = await read_endpoint(inputs, parent)
        if endpoint is None or in_motion(endpoint):
            return None, endpoint is not None
        client = await arm_client(parent)
        path = f"{endpoint['id']}/deployments"
        deployments = await in_thread(client.list, path, api_versions.MACHINE_LEARNING)
        return None, any(in_motion(deployment) for deployment in deployments)

    await _wait(moving, parent)


async def _wait(
    look: Callable[[], Awaitable[tuple[Any | None, bool]]], parent: pulumi.Resource
) -> Any | None:
    deadline = time.monotonic() + BUSY_TIMEOUT_SECONDS
    seen, moving = await look()
    if moving and not pulumi.runtime.is_dry_run():
        pulumi.log.info("Waiting for an operation in Azure that is still under way.", parent)
        while moving and time.monotonic() < deadline:
            await asyncio.sleep(_LOOK_SECONDS)
            seen, moving = await look()
    return seen
