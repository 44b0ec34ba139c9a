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

from azure_model_endpoints.at_rest import at_rest, endpoint_at_rest
from azure_model_endpoints.engine_errors import hooked, refusing
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
from azure_model_endpoints.planning.isolation import ENDPOINT_NETWORK, made_before_isolation
from azure_model_endpoints.planning.tags import OWNER
from azure_model_endpoints.subscription.provider import read_deployment, read_endpoint

__all__ = [
    "UNKNOWN",
    "guarding_deployment",
    "guarding_endpoint",
    "keeping_live_fields",
    "overlaid",
    "owner",
    "plain",
]

# Everything a PUT may carry; azureApiVersion changes with a new release of the provider.
_MUTABLE = ["properties", "identity", "kind", "sku", "tags", "location", "azureApiVersion"]

# What Azure fixes at creation although the provider would try to change it in place.
_CREATE_ONLY = ["properties.instanceType", f'tags["{ENDPOINT_NETWORK}"]']

UNKNOWN = object()
"""What stands for a value that is not known before the run: equal to nothing that is live."""

Inputs = Mapping[str, Any]


def owner() -> str:
    """Return what the owner tag of this stack's resources says."""
    return f"{pulumi.get_project()}/{pulumi.get_stack()}"


def keeping_live_fields(component: pulumi.Resource, path: str) -> pulumi.ResourceOptions:
    """Return options of a component whose endpoint and deployments no update may disturb.

    The transform is the component's, behind those that its user gave it. On the children it would
    run before them, and find nothing to do where only they change something.

    Args:
        component: the parent of the endpoint and its deployments.
        path: how messages call the endpoint.
    """
    kinds = (_endpoints(path), _deployments(component, path))

    async def transform(
        args: pulumi.ResourceTransformArgs,
    ) -> pulumi.ResourceTransformResult | None:
        for kind in kinds:
            if args.type_ == kind.type_:
                return await kind.against_live(args, component)
        return None

    return pulumi.ResourceOptions(transforms=[refusing(transform)])


def guarding_endpoint(parent: pulumi.Resource, path: str) -> pulumi.ResourceOptions:
    """Return the options of an endpoint that is written only as long as its traffic stays."""
    return _endpoints(path).guard(parent, path)


def guarding_deployment(parent: pulumi.Resource, path: str, name: str) -> pulumi.ResourceOptions:
    """Return the options of a deployment that is written only as long as its instances stay."""
    return _deployments(parent, path).guard(parent, f"{path}.deployments.{name}")


def _endpoints(path: str) -> "_Kind":
    async def must_replace(declared: Inputs, live: Inputs) -> bool:
        if same_place(declared, live):
            return made_before_isolation(declared, live)
        raise ConflictError(
            f"{path}: given the region {declared['location']!r}, but the endpoint is live in "
            f"{live['location']!r} and Azure cannot move it. Add an endpoint under another name, "
            "send your callers there, and then remove this one."
        )

    return _Kind(
        "azure-native:machinelearningservices:OnlineEndpoint",
        read_endpoint,
        update_of_endpoint,
        endpoint_moved,
        must_replace,
    )


def _deployments(parent: pulumi.Resource, path: str) -> "_Kind":
    async def must_replace(declared: Inputs, live: Inputs) -> bool:
        if same_sku(declared, live):
            return False
        name = declared["deploymentName"]
        endpoint = await read_endpoint(declared, parent)
        if endpoint and not is_served(endpoint["properties"], name):
            return True
        raise ConflictError(
            f"{path}.deployments.{name}.sku: given {declared['properties']['instanceType']!r}, but "
            f"the deployment is serving on {live['properties']['instanceType']!r} and Azure cannot "
            "change that in place. Add a deployment with the new SKU, give it the traffic, and "
            "then remove this one."
        )

    return _Kind(
        "azure-native:machinelearningservices:OnlineDeployment",
        read_deployment,
        update_of_deployment,
        deployment_moved,
        must_replace,
    )


async def plain(value: Any) -> Any:
    """Return a value with every Output in it resolved, or `UNKNOWN` where that is not possible."""
    match value:
        case pulumi.Output():
            return await plain(await value.future()) if await value.is_known() else UNKNOWN
        case Mapping():
            return {key: await plain(item) for key, item in value.items()}
        case list():
            return [await plain(item) for item in value]
        case _:  # behind a transform that has changed something, unknown values are no outputs
            return UNKNOWN if pulumi.contains_unknowns(value) else value


@dataclass(frozen=True, slots=True)
class _Kind:
    """What differs between endpoints and deployments."""

    type_: str
    read: Callable[[Inputs, pulumi.Resource], Awaitable[Any | None]]
    changes: Callable[[Inputs, Inputs], Changes]
    moved: Callable[[Inputs, Inputs], bool]
    must_replace: Callable[[Inputs, Inputs], Awaitable[bool]]
    """Raises ConflictError where a replacement would be an outage."""

    def guard(self, parent: pulumi.Resource, path: str) -> pulumi.ResourceOptions:
        """Return options whose hooks wait for others, and then look once more before a PUT."""

        async def wait(args: pulumi.ResourceHookArgs) -> None:
            await endpoint_at_rest(args.new_inputs or {}, parent)

        async def guard(args: pulumi.ResourceHookArgs) -> None:
            inputs = args.new_inputs or {}
            live = await self.read(inputs, parent)
            if live and self.moved(inputs, live):
                raise ConflictError(
                    f"{path}: its traffic or instances were changed by somebody else while this "
                    "run was under way, and writing now would undo that. Nothing was written; run "
                    "the same command again."
                )

        return pulumi.ResourceOptions.merge(
            hooked(before_create=[wait], before_update=[wait, guard]),
            # A resource under a new name takes over before the one under the old name goes.
            pulumi.ResourceOptions(parent=parent, delete_before_replace=False),
        )

    async def against_live(
        self, args: pulumi.ResourceTransformArgs, parent: pulumi.Resource
    ) -> pulumi.ResourceTransformResult | None:
        """Plan a resource against what is live."""
        declared = await plain(args.props)
        if UNKNOWN in (value for key, value in declared.items() if key.endswith("Name")):
            return None
        live = await at_rest(self.read, declared, parent)
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
