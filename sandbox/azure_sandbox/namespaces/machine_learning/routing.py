# SPDX-License-Identifier: Apache-2.0
"""Where the requests of an endpoint go, now and in the past."""

from dataclasses import dataclass, replace

from azure_sandbox.arm.records import Resource, RoutingChange
from azure_sandbox.arm.transaction import Transaction
from azure_sandbox.namespaces.machine_learning.serving import serving_of
from azure_sandbox.namespaces.machine_learning.traffic import positive
from azure_sandbox.namespaces.machine_learning.versions import NAMESPACE_NAME

DEPLOYMENT_TYPE = f"{NAMESPACE_NAME}/workspaces/onlineEndpoints/deployments"
ENDPOINT_TYPE = f"{NAMESPACE_NAME}/workspaces/onlineEndpoints"
SCORE_PATH = "/score"
"""Of Azure's own inference server, and of an endpoint without deployments."""
_SCORING_PATH = "scoringPath"


@dataclass(frozen=True, slots=True)
class Routing:
    """Traffic and mirror traffic in percent by deployment, zero entries included."""

    traffic: dict[str, int]
    mirror_traffic: dict[str, int]

    def uses(self, deployment: str) -> bool:
        """Return whether a deployment gets live or mirrored traffic."""
        return deployment in positive(self.traffic) or deployment in positive(self.mirror_traffic)


def routing_of(endpoint: Resource) -> Routing:
    """Return the routing in force, which a PUT changes only when its operation has ended."""
    return Routing(
        endpoint.internal.get("traffic") or {}, endpoint.internal.get("mirrorTraffic") or {}
    )


def with_routing(endpoint: Resource, routing: Routing) -> Resource:
    """Return the endpoint with another routing in force, shown by the next GET."""
    shown = {"traffic": routing.traffic, "mirrorTraffic": routing.mirror_traffic}
    body = {**endpoint.body, "properties": {**endpoint.properties, **shown}}
    return replace(endpoint, body=body, internal={**endpoint.internal, **shown})


def scoring_path_of(endpoint: Resource) -> str:
    """Return the path of the address that an endpoint shows."""
    return str(endpoint.internal.get(_SCORING_PATH, SCORE_PATH))


def with_scoring_path(endpoint: Resource, path: str) -> Resource:
    """Return the endpoint showing the address of the deployment that was created last.

    Azure docs, how-to-deploy-custom-container, "Scoring route".
    """
    return replace(endpoint, internal={**endpoint.internal, _SCORING_PATH: path})


def record_routing(tx: Transaction, endpoint: Resource, at: float, cause: str) -> None:
    """Add a row to the routing history, unless nothing has changed."""
    routing = routing_of(endpoint)
    instances = {
        deployment.name: serving.instances
        for deployment in tx.children(endpoint.id, DEPLOYMENT_TYPE)
        if (serving := serving_of(deployment))
    }
    now = RoutingChange(
        sequence=0,
        at=at,
        endpoint_id=endpoint.id,
        traffic=routing.traffic,
        mirror_traffic=routing.mirror_traffic,
        instances=instances,
        cause=cause,
    )
    history = tx.routing(endpoint.id)
    if not history or _state(history[-1]) != _state(now):
        tx.append_routing(now)


def record_end(tx: Transaction, endpoint: Resource, at: float, cause: str) -> None:
    """Add the last row of an endpoint that has disappeared with all its deployments."""
    tx.append_routing(RoutingChange(0, at, endpoint.id, {}, {}, {}, cause))


def _state(change: RoutingChange) -> tuple[object, ...]:
    return positive(change.traffic), positive(change.mirror_traffic), change.instances
