# SPDX-License-Identifier: Apache-2.0
"""A subnet that exists, held against what private endpoints need of it."""

from collections.abc import Iterable, Iterator, Mapping
from ipaddress import IPv4Network, ip_network
from typing import Any

from azure_model_endpoints._wording import did_you_mean, listed
from azure_model_endpoints.errors import Problem
from azure_model_endpoints.planning.networks import RESERVED_ADDRESSES, NetworkNames
from azure_model_endpoints.planning.private_links import PrivateLink

__all__ = ["endpoint_addresses", "network_id_of", "subnet_problems"]

Document = Mapping[str, Any]

_NETWORK_PARTS = 9
"""Of the id of a network, between slashes and before the first; the subnet's has two more."""


def network_id_of(subnet_id: str) -> str:
    """Return the Azure resource id of the network of a subnet."""
    return "/".join(subnet_id.split("/")[:_NETWORK_PARTS])


def endpoint_addresses(
    links: Iterable[PrivateLink], names: NetworkNames, group_id: str
) -> dict[str, int]:
    """Return how many addresses each private endpoint takes, by its Azure resource id.

    Args:
        links: what the endpoints lead to.
        names: what they are called.
        group_id: Azure resource id of the group they are in.
    """
    where = f"{group_id}/providers/Microsoft.Network/privateEndpoints"
    return {f"{where}/{names.endpoint(link.name)}": link.addresses for link in links}


def subnet_problems(
    path: str,
    subnet_id: str,
    network: Document | None,
    *,
    region: str,
    addresses: Mapping[str, int],
) -> Iterator[Problem]:
    """Yield everything that would keep private endpoints out of a subnet.

    Args:
        path: how messages call the setting that names the subnet.
        subnet_id: its Azure resource id.
        network: its network with its subnets, as Azure shows it; None where there is none.
        region: where the private endpoints will be.
        addresses: how many addresses each of them takes, by its Azure resource id.
    """
    if network is None:
        given = f"a subnet of {network_id_of(subnet_id)}, which does not exist"
        yield Problem(path, given, "a subnet of a network that exists", "Correct the id.")
        return
    yield from _region_problems(path, network, region)
    name = subnet_id.rpartition("/")[2]
    subnets = {subnet["name"]: subnet for subnet in network["properties"].get("subnets") or ()}
    subnet = next((each for key, each in subnets.items() if key.lower() == name.lower()), None)
    if subnet is None:
        given = f"the subnet {name!r}, which does not exist"
        rule = f"a subnet of {_name(network_id_of(subnet_id))}: {listed(subnets)}"
        yield Problem(path, given, rule, did_you_mean(name, subnets) or "Correct the id.")
        return
    yield from _delegation_problems(path, name, subnet)
    yield from _room_problems(path, name, subnet, addresses)


def _region_problems(path: str, network: Document, region: str) -> Iterator[Problem]:
    """Yield the problem of a network elsewhere.

    Azure docs, "What is a private endpoint?": it is in the region of its network, whatever that of
    the resource it leads to is.
    """
    location = str(network["location"]).replace(" ", "").lower()
    if location != region:
        given = f"a subnet in {location}"
        remedy = f"Name a subnet there, or let everything be in {location} with `region`."
        yield Problem(path, given, f"a subnet in {region}", remedy)


def _delegation_problems(path: str, name: str, subnet: Document) -> Iterator[Problem]:
    """Yield the problem of a subnet that is kept for another service.

    Azure docs, "Troubleshoot private endpoint creation that fails or stalls": a subnet with a
    delegation takes no private endpoint.
    """
    delegations = subnet["properties"].get("delegations") or ()
    if services := {each["properties"]["serviceName"] for each in delegations}:
        given = f"the subnet {name!r}, which is delegated to {listed(services)}"
        yield Problem(path, given, "a subnet without delegations", "Name another one.")


def _room_problems(
    path: str, name: str, subnet: Document, addresses: Mapping[str, int]
) -> Iterator[Problem]:
    """Yield the problem of a subnet that is too full for those endpoints that it does not have."""
    properties = subnet["properties"]
    there = {each["id"].lower() for each in properties.get("privateEndpoints") or ()}
    needed = sum(count for own, count in addresses.items() if own.lower() not in there)
    usable = _usable_addresses(properties)
    free = usable - len(properties.get("ipConfigurations") or ())
    if needed > max(free, 0):
        yield Problem(
            path,
            f"the subnet {name!r}, with {max(free, 0)} of {usable} addresses free",
            f"a subnet with {needed} free, besides the {RESERVED_ADDRESSES} that Azure keeps",
            "Name a larger one, or let its owners make room.",
        )


def _usable_addresses(properties: Document) -> int:
    prefixes = properties.get("addressPrefixes") or [properties["addressPrefix"]]
    ranges = [ip_network(prefix) for prefix in prefixes]
    return sum(
        range_.num_addresses - RESERVED_ADDRESSES
        for range_ in ranges
        if isinstance(range_, IPv4Network)
    )


def _name(resource_id: str) -> str:
    return resource_id.rpartition("/")[2]
