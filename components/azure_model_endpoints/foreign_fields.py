# SPDX-License-Identifier: Apache-2.0
"""Keeps what somebody else writes to an endpoint or a deployment: see `planning.foreign`.

Transforms hold the declared inputs against what is live before the engine compares anything; hooks
look once more right before a PUT. Both read through the provider. A live resource that carries this
stack's owner tag but is missing from the state was created by a run that was killed: it is adopted.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from azure_model_endpoints.engine_errors import explaining, refusing
from azure_model_endpoints.errors import ConflictError
from azure_model_endpoints.planning.foreign import (
    Changes,
    deployment_moved,
    endpoint_moved,
    is_served,
    same_place,
    same_sku,
    update_of_deployment,
    update_of_endpoint,
)
from azure_model_endpoints.planning.tags import OWNER
from azure_model_endpoints.subscription.provider import read_deployment, read_endpoint

__all__ = [
    "ML_API_VERSION",
    "UNKNOWN",
    "keeping_deployment",
    "keeping_endpoint",
    "overlaid",
    "owner",
    "plain",
]

ML_API_VERSION = "2025-12-01"
"""The version of Microsoft.MachineLearningServices that azure-native 3.29 speaks."""

# Everything a PUT may carry; azureApiVersion changes with a new release of the provider.
_MUTABLE = ["properties", "identity", "kind", "sku", "tags", "location", "azureApiVersion"]

# What Azure fixes at creation although the provider would try to change it in place.
_CREATE_ONLY = ["properties.instanceType"]

UNKNOWN = object()
"""What stands for a value that is not known before the run: equal to nothing that is live."""

Inputs = Mapping[str, Any]


def owner() -> str:
    """Return what the owner tag of this stack's resources says."""
    return f"{pulumi.get_project()}/{pulumi.get_stack()}"


def keeping_endpoint(parent: pulumi.Resource, path: str) -> pulumi.ResourceOptions:
    """Return the options of an endpoint whose live traffic no update may disturb."""

    async def must_replace(declared: Inputs, live: Inputs) -> bool:
        if same_place(declared, live):
            return False
        raise ConflictError(
            f"{path}: given the region {declared['location']!r}, but the endpoint is live in "
            f"{live['location']!r} and Azure cannot move it. Add an endpoint under another name, "
            "send your callers there, and then remove this one."
        )

    kind = _Kind(
        "azure-native:machinelearningservices:OnlineEndpoint",
        read_endpoint,
        update_of_endpoint,
        endpoint_moved,
        must_replace,
    )
    return kind.options(parent, path)


def keeping_deployment(parent: pulumi.Resource, path: str) -> pulumi.ResourceOptions:
    """Return the options of a deployment whose live instances no update may take away."""

    async def must_replace(declared: Inputs, live: Inputs) -> bool:
        if same_sku(declared, live):
            return False
        endpoint = await read_endpoint(declared, parent)
        if endpoint and not is_served(endpoint["properties"], declared["deploymentName"]):
            return True
        raise ConflictError(
            f"{path}.sku: given {declared['properties']['instanceType']!r}, but the deployment is "
            f"serving on {live['properties']['instanceType']!r} and Azure cannot change that in "
            "place. Add a deployment with the new SKU, give it the traffic, and then remove this "
            "one."
        )

    kind = _Kind(
        "azure-native:machinelearningservices:OnlineDeployment",
        read_deployment,
        update_of_deployment,
        deployment_moved,
        must_replace,
    )
    return kind.options(parent, path)


async def plain(value: Any) -> Any:
    """Return a value with every Output in it resolved, or `UNKNOWN` where that is not possible."""
    match value:
        case pulumi.Output():
            return await plain(await value.future()) if await value.is_known() else UNKNOWN
        case Mapping():
            return {key: await plain(item) for key, item in value.items()}
        case list():
            return [await plain(item) for item in value]
        case _:
            return value


@dataclass(frozen=True, slots=True)
class _Kind:
    """What differs between endpoints and deployments."""

    type_: str
    read: Callable[[Inputs, pulumi.Resource], Awaitable[Any | None]]
    changes: Callable[[Inputs, Inputs], Changes]
    moved: Callable[[Inputs, Inputs], bool]
    must_replace: Callable[[Inputs, Inputs], Awaitable[bool]]
    """Raises ConflictError where a replacement would be an outage."""

    def options(self, parent: pulumi.Resource, path: str) -> pulumi.ResourceOptions:
        async def transform(
            args: pulumi.ResourceTransformArgs,
        ) -> pulumi.ResourceTransformResult | None:
            # Children inherit the transforms of their parents.
            return await self._against_live(args, parent) if args.type_ == self.type_ else None

        async def guard(args: pulumi.ResourceHookArgs) -> None:
            inputs = args.new_inputs or {}
            live = await self.read(inputs, parent)
            if live and self.moved(inputs, live):
                raise ConflictError(
                    f"{path}: its traffic or instances were changed by somebody else while this "
                    "run was under way, and writing now would undo that. Nothing was written; run "
                    "the same command again."
                )

        return pulumi.ResourceOptions(
            parent=parent,
            transforms=[refusing(transform)],
            hooks=pulumi.ResourceHookBinding(before_update=[explaining(guard)]),
            # A resource under a new name takes over before the one under the old name goes.
            delete_before_replace=False,
        )

    async def _against_live(
        self, args: pulumi.ResourceTransformArgs, parent: pulumi.Resource
    ) -> pulumi.ResourceTransformResult | None:
        declared = await plain(args.props)
        if UNKNOWN in (value for key, value in declared.items() if key.endswith("Name")):
            return None
        live = await self.read(declared, parent)
        if live is None:
            return None
        if await self.must_replace(declared, live):
            args.opts.replace_on_changes = [*(args.opts.replace_on_changes or []), *_CREATE_ONLY]
            args.opts.delete_before_replace = True
            return pulumi.ResourceTransformResult(args.props, args.opts)
        if (live.get("tags") or {}).get(OWNER) == owner():
            args.opts.import_ = live["id"]
        changes = self.changes(declared, live)
        if not changes.needed:
            args.opts.ignore_changes = [*(args.opts.ignore_changes or []), *_MUTABLE]
        return pulumi.ResourceTransformResult(overlaid(args.props, changes.inputs), args.opts)


def overlaid(inputs: Any, changes: Any) -> Any:
    """Return nested inputs with some of their values replaced; outputs among them stay outputs."""
    if not isinstance(inputs, Mapping) or not isinstance(changes, Mapping):
        return changes
    return {**inputs, **{key: overlaid(inputs.get(key), value) for key, value in changes.items()}}
