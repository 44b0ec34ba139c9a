# SPDX-License-Identifier: Apache-2.0
"""Endpoints that are older than the managed network of their workspace are turned off, to go.

Azure moves no endpoint into a managed network (Azure docs, "Workspace managed virtual network
isolation"): it is deleted and created again. The engine deletes its deployments first, which Azure
refuses as long as they have traffic.
"""

from collections.abc import Mapping
from typing import Any

import pulumi

from azure_model_endpoints.foreign_fields import UNKNOWN, owner
from azure_model_endpoints.planning.isolation import (
    ENDPOINT_NETWORK,
    MANAGED,
    made_before_isolation,
)
from azure_model_endpoints.planning.tags import OWNER
from azure_model_endpoints.step import step
from azure_model_endpoints.subscription.provider import arm_client, read_endpoint
from azure_model_endpoints.subscription.threads import in_thread
from azure_model_endpoints.traffic import set_traffic

__all__ = ["moving_in_step", "network_mark"]


def network_mark(*, managed: bool) -> dict[str, str]:
    """Return the tag that says in which kind of network an endpoint is made."""
    return {ENDPOINT_NETWORK: MANAGED} if managed else {}


def moving_in_step(
    name: str, names: Mapping[str, pulumi.Input[str]], parent: pulumi.Resource
) -> pulumi.Stash:
    """Turn an endpoint off that has to be created again, before it is deleted.

    Args:
        name: the step's name in the program.
        names: ``resourceGroupName``, ``workspaceName`` and ``endpointName`` of the endpoint.
        parent: the component it belongs to.
    """

    async def older_instead(declared: Mapping[str, Any]) -> object:
        if UNKNOWN in declared["names"].values():
            return UNKNOWN
        live = await _older(declared["names"], parent)
        return live and live["id"]

    async def turn_off(wanted: Mapping[str, Any]) -> None:
        live = await _older(wanted["names"], parent)
        if live is not None:
            client = await arm_client(parent)
            await in_thread(set_traffic, client, live["id"], {})

    return step(
        name,
        {"names": dict(names), "network": MANAGED},
        instead=older_instead,
        run=turn_off,
        opts=pulumi.ResourceOptions(parent=parent),
    )


async def _older(names: Mapping[str, Any], parent: pulumi.Resource) -> Any | None:
    """Return a live endpoint of this stack that is older than the network."""
    live = await read_endpoint(names, parent)
    if live is None or (live.get("tags") or {}).get(OWNER) != owner():
        return None
    declared = {"tags": network_mark(managed=True)}
    return live if made_before_isolation(declared, live) else None
