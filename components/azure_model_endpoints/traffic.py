# SPDX-License-Identifier: Apache-2.0
"""The traffic of an endpoint, as a step of its own that runs after the deployments.

Traffic is a property of the endpoint but may name only deployments that exist, so it cannot be
among the endpoint's inputs on the first run. The step moves the live traffic before its new value
is stored, and so before any deployment is deleted.

Assumptions: the engine runs ``before_*`` hooks before it records a step and stops at their
failure (Pulumi 3.182 and later), and deletes after everything else.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pulumi

from azure_model_endpoints.at_rest import BUSY_TIMEOUT_SECONDS
from azure_model_endpoints.errors import ArmError
from azure_model_endpoints.foreign_fields import UNKNOWN
from azure_model_endpoints.planning.traffic import effective
from azure_model_endpoints.step import step
from azure_model_endpoints.subscription import api_versions
from azure_model_endpoints.subscription.provider import arm_client, read_endpoint
from azure_model_endpoints.subscription.threads import in_thread

if TYPE_CHECKING:
    from azure_model_endpoints.subscription.arm import ArmClient

__all__ = ["traffic_step"]


def traffic_step(
    name: str,
    endpoint: pulumi.CustomResource,
    names: Mapping[str, pulumi.Input[str]],
    traffic: Mapping[str, int],
    opts: pulumi.ResourceOptions,
) -> pulumi.Stash:
    """Route an endpoint's requests once its deployments are there.

    Args:
        name: the step's name in the program.
        endpoint: the endpoint.
        names: ``resourceGroupName``, ``workspaceName`` and ``endpointName`` of it.
        traffic: percent per deployment.
        opts: parent and dependencies of the step, all the deployments among them.
    """
    parent = opts.parent
    if parent is None:
        raise ValueError("the traffic step belongs to a component")

    async def routed_instead(declared: Mapping[str, Any]) -> object:
        if UNKNOWN in declared["names"].values():
            return UNKNOWN
        live = await read_endpoint(declared["names"], parent)
        return UNKNOWN if live is None else _routed_instead(live, declared["traffic"])

    async def move(wanted: Mapping[str, Any]) -> None:
        client = await arm_client(parent)
        try:
            await in_thread(set_traffic, client, wanted["endpointId"], wanted["traffic"])
        except ArmError as error:
            raise ArmError(
                f"the traffic of {wanted['endpointId']} stays as it is: {error}"
            ) from error

    return step(
        name,
        {"endpointId": endpoint.id, "names": dict(names), "traffic": dict(traffic)},
        instead=routed_instead,
        run=move,
        opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(deleted_with=endpoint)),
    )


def set_traffic(client: "ArmClient", endpoint_id: str, traffic: Mapping[str, Any]) -> None:
    """Route a live endpoint's requests, changing nothing else of it.

    Mirrored traffic stays unless its deployment now gets live traffic, which excludes it (Azure
    docs, "Safe rollout of online endpoints").

    Raises:
        ArmError: the endpoint is gone, or Azure refused.
    """
    wanted = effective(traffic)

    def body() -> dict[str, Any] | None:
        live = client.get(endpoint_id, api_versions.MACHINE_LEARNING)
        if live is None:
            raise ArmError(f"{endpoint_id} does not exist.")
        if effective(live["properties"].get("traffic")) == wanted:
            return None
        return _with_traffic(live, wanted)

    client.put_when_free(
        endpoint_id, api_versions.MACHINE_LEARNING, body, timeout_seconds=BUSY_TIMEOUT_SECONDS
    )


# What the service itself fills in; a PUT must not send it back.
_READ_ONLY = {"id", "name", "type", "systemData", "etag"}
_READ_ONLY_PROPERTIES = {"scoringUri", "swaggerUri", "provisioningState", "keys"}


def _with_traffic(live: Mapping[str, Any], traffic: Mapping[str, int]) -> dict[str, Any]:
    body = {key: value for key, value in live.items() if key not in _READ_ONLY}
    properties = {
        key: value for key, value in live["properties"].items() if key not in _READ_ONLY_PROPERTIES
    }
    mirrored = effective(properties.pop("mirrorTraffic", None))
    properties["traffic"] = dict(traffic)
    if mirrored and not mirrored.keys() & traffic.keys():
        properties["mirrorTraffic"] = mirrored
    if identities := (live.get("identity") or {}).get("userAssignedIdentities"):
        references: dict[str, Any] = {identity: {} for identity in identities}
        body["identity"] = {**live["identity"], "userAssignedIdentities": references}
    return {**body, "properties": properties}


def _routed_instead(live: Mapping[str, Any], traffic: Mapping[str, Any]) -> object:
    """Return how a live endpoint's requests are routed; None where it is as declared."""
    routed = effective(live["properties"].get("traffic"))
    if routed == effective(traffic):
        return None
    return {"traffic": routed}
