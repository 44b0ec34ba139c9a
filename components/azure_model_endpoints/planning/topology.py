# SPDX-License-Identifier: Apache-2.0
"""What will exist, and who may reach what over which path: a picture as data."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from azure_model_endpoints.planning.private_links import private_links
from azure_model_endpoints.planning.topology_parts import Path, PathKind, Topology, key_of
from azure_model_endpoints.planning.topology_places import (
    ALWAYS,
    ANYWHERE,
    HOSTS,
    RESOURCES,
    SERVICES,
    is_existing,
    places_of,
)

if TYPE_CHECKING:
    from azure_model_endpoints.planning.stack_plan import StackPlan

__all__ = ["topology_of"]

_TARGETS = {
    "workspace": "workspace",
    "storage_account": "storage",
    "key_vault": "vault",
    "container_registry": "registry",
}
"""The nodes that private endpoints lead to."""
_OUTBOUND = {
    ANYWHERE: (PathKind.PUBLIC, "not restricted"),
    ALWAYS: (PathKind.PUBLIC, "service tags"),
    HOSTS: (PathKind.PUBLIC, "firewall, 80 and 443"),
    SERVICES: (PathKind.PUBLIC, "service tags"),
    RESOURCES: (PathKind.PRIVATE, "private endpoints"),
}


def topology_of(stack: str, plan: "StackPlan") -> Topology:
    """Return the picture of a stack.

    Args:
        stack: the stack's name.
        plan: what was planned for it.
    """
    places = tuple(places_of(plan))
    outside = [place.key for place in places if place.key in _OUTBOUND]
    paths = (*_from_internet(plan), *_private(plan), *_traffic(plan), *_outbound(plan, outside))
    return Topology(f"{plan.settings.name}, {stack}, {plan.settings.region}", places, paths)


def _from_internet(plan: "StackPlan") -> Iterator[Path]:
    if plan.settings.public_network_access:
        yield Path("internet", "resources", PathKind.PUBLIC, "HTTPS")
    elif is_existing(plan):
        yield Path("internet", "resources", PathKind.REFUSED, "no public access to the endpoints")
    else:
        yield Path("internet", "resources", PathKind.REFUSED, "public access is off")
    if not is_existing(plan):
        yield Path("internet", "logs", PathKind.PUBLIC, "Microsoft Entra sign-in")


def _private(plan: "StackPlan") -> Iterator[Path]:
    settings = plan.settings
    if settings.network:
        yield Path("peers", "network", PathKind.PRIVATE, "peering or VPN")
        for link in private_links(settings.region):
            label = f"private link: {link.group_id}"
            yield Path(f"pep_{link.name}", _TARGETS[link.target], PathKind.PRIVATE, label)
        for endpoint in plan.endpoints:
            target = key_of("endpoint", endpoint.key)
            yield Path("pep_workspace", target, PathKind.PRIVATE, "invokes")
    elif not settings.public_network_access:
        yield Path("peers", "resources", PathKind.PRIVATE, "the workspace's private endpoint")


def _traffic(plan: "StackPlan") -> Iterator[Path]:
    for endpoint in plan.endpoints:
        for deployment in endpoint.deployments:
            yield Path(
                key_of("endpoint", endpoint.key),
                key_of("deployment", endpoint.key, deployment.name),
                PathKind.PRIVATE,
                f"{endpoint.traffic.get(deployment.name, 0)} % of the traffic",
            )


def _outbound(plan: "StackPlan", outside: list[str]) -> Iterator[Path]:
    """Yield what the instances reach; of an existing workspace nothing is known."""
    if is_existing(plan):
        return
    if plan.isolation.is_isolated:
        label = "private endpoints of the managed network"
        yield Path("instances", "resources", PathKind.PRIVATE, label)
    else:
        yield Path("instances", "resources", PathKind.PUBLIC, "HTTPS")
    for key in outside:
        yield Path("instances", key, *_OUTBOUND[key])
