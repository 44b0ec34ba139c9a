# SPDX-License-Identifier: Apache-2.0
"""Private DNS zones that exist, held against the network in which their names shall resolve."""

from collections.abc import Iterable, Mapping
from typing import Any

from azure_model_endpoints.errors import Problem

__all__ = [
    "foreign_problem",
    "has_own_dns",
    "is_linked",
    "missing_problem",
    "taken_problem",
    "unlinked_problem",
]


def is_linked(links: Iterable[Mapping[str, Any]], network_id: str) -> bool:
    """Return whether one of a zone's links is that of a network."""
    linked = (link["properties"]["virtualNetwork"]["id"] for link in links)
    return any(one.lower() == network_id.lower() for one in linked)


def has_own_dns(network: Mapping[str, Any]) -> bool:
    """Return whether a network asks DNS servers of its own, which know what zones they know."""
    return bool((network["properties"].get("dhcpOptions") or {}).get("dnsServers"))


def unlinked_problem(path: str, zone_id: str, network_id: str) -> Problem:
    """Return the problem of a zone whose names do not resolve in the network that exists."""
    network, zone = network_id.rpartition("/")[2], zone_id.rpartition("/")[2]
    return Problem(
        path,
        f"{zone_id!r}, which is not linked to the network {network}",
        "a zone that is linked to the network, so that its names resolve there",
        f"Link it: `az network private-dns link vnet create --zone-name {zone} "
        f"--virtual-network {network_id} --registration-enabled false …`.",
    )


def taken_problem(path: str, zone_id: str, network_id: str) -> Problem:
    """Return the problem of a zone that would be the second of its name in a network."""
    name = zone_id.rpartition("/")[2]
    return Problem(
        f"{path}.{name}",
        f"nothing, but the network {network_id.rpartition('/')[2]} is linked to {zone_id}",
        "that zone, since a network can be linked to one zone of a name only",
        "Write its id here.",
    )


def missing_problem(path: str, zone_id: str) -> Problem:
    """Return the problem of a zone that is named and not there."""
    return Problem(
        path,
        f"{zone_id!r}, which does not exist",
        "a private DNS zone that exists",
        "Correct the id, or leave the zone out to have one created.",
    )


def foreign_problem(path: str, zone_id: str, subscription: str) -> Problem | None:
    """Return the problem of a zone of another subscription, where a new network has no link."""
    owner = zone_id.split("/")[2]
    if owner.lower() == subscription.lower():
        return None
    return Problem(
        path,
        f"a zone in the subscription {owner}",
        f"a zone in {subscription}, where the new network can be linked to it",
        "Let its owners create the network and the links, and name the network's subnet "
        "with existing_subnet_id.",
    )
