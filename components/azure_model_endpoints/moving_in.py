# SPDX-License-Identifier: Apache-2.0
"""Endpoints that are older than the managed network of their workspace are turned off, to go.

Azure moves no endpoint into a managed network (Azure docs, "Workspace managed virtual network
isolation"): it is deleted and created again. The engine deletes its deployments first, which Azure
refuses as long as they have traffic.
"""

from collections.abc import Mapping
from typing import Any

import pulumi

from azure_model_endpoints.engine_errors import hooked, refusing
from azure_model_endpoints.foreign_fields import UNKNOWN, owner, plain
from azure_model_endpoints.planning.isolation import (
    ENDPOINT_NETWORK,
    MANAGED,
    made_before_isolation,
)
from azure_model_endpoints.planning.tags import OWNER
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

    async def compare_with_live(
        args: pulumi.ResourceTransformArgs,
    ) -> pulumi.ResourceTransformResult | None:
        value = await plain(args.props["input"])
        if UNKNOWN in value["names"].values():
            return None
        live = await _older(value["names"], parent)
        if live is None:
            args.opts.ignore_changes = [*(args.opts.ignore_changes or []), "input"]
            return pulumi.ResourceTransformResult(args.props, args.opts)
        since = (live.get("systemData") or {}).get("lastModifiedAt")
        moved = {**value, "instead_of": {"since": since}}
        return pulumi.ResourceTransformResult({**args.props, "input": moved}, args.opts)

    async def turn_off(args: pulumi.ResourceHookArgs) -> None:
        live = await _older((args.new_inputs or {})["input"]["names"], parent)
        if live is not None:
            client = await arm_client(parent)
            await in_thread(set_traffic, client, live["id"], {})

    return pulumi.Stash(
        name,
        input={"names": dict(names), "network": MANAGED},
        opts=pulumi.ResourceOptions.merge(
            hooked(before_create=[turn_off], before_update=[turn_off]),
            pulumi.ResourceOptions(parent=parent, transforms=[refusing(compare_with_live)]),
        ),
    )


async def _older(names: Mapping[str, Any], parent: pulumi.Resource) -> Any | None:
    """Return a live endpoint of this stack that is older than the network."""
    live = await read_endpoint(names, parent)
    if live is None or (live.get("tags") or {}).get(OWNER) != owner():
        return None
    declared = {"tags": network_mark(managed=True)}
    return live if made_before_isolation(declared, live) else None
