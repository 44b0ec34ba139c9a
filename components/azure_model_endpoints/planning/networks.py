# SPDX-License-Identifier: Apache-2.0
"""The network of a private workspace: its ranges, its subnet and its names."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_interface, ip_network
from typing import TYPE_CHECKING

from azure_model_endpoints._wording import did_you_mean, listed
from azure_model_endpoints.errors import Problem
from azure_model_endpoints.planning.private_links import private_links, zone_names

if TYPE_CHECKING:
    from azure_model_endpoints.workspace_settings import NetworkSettings

__all__ = ["NetworkNames", "NetworkPlan", "plan_network"]

RESERVED_ADDRESSES = 5
"""Addresses that Azure keeps in every subnet: the first four and the last one (Azure docs, "Virtual
network FAQ")."""

_USUAL_PREFIX = 27
"""Length of the derived subnet's prefix: 32 addresses, which leaves room for more endpoints."""

# Azure docs, "Virtual network FAQ": the largest range, and those no virtual network can have.
_SHORTEST_PREFIX = 2
_TAKEN = tuple(
    IPv4Network(range_)
    for range_ in (
        "127.0.0.0/8",
        "168.63.129.16/32",
        "169.254.0.0/16",
        "224.0.0.0/4",
        "255.255.255.255/32",
    )
)

_CIDR = "an IPv4 range in CIDR notation, such as 10.60.0.0/22"
_SUBNET_ID = re.compile(
    r"/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft\.Network"
    r"/virtualNetworks/[^/]+/subnets/[^/]+",
    re.IGNORECASE,
)
_ZONE_ID = re.compile(
    r"/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft\.Network"
    r"/privateDnsZones/(?P<name>[^/]+)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class NetworkPlan:
    """The ranges of a new virtual network."""

    address_space: tuple[str, ...]
    private_endpoints_subnet: str


@dataclass(frozen=True, slots=True)
class NetworkNames:
    """What a network's resources are called; unique in their resource group."""

    virtual_network: str
    subnet: str
    security_group: str
    link: str
    """Of the virtual network, in every zone."""
    endpoint_prefix: str

    @classmethod
    def of(cls, workload: str) -> "NetworkNames":
        """Name a network's resources after a workload."""
        return cls(
            virtual_network=f"vnet-{workload}",
            subnet="snet-private-endpoints",
            security_group=f"nsg-{workload}-private-endpoints",
            link=f"link-{workload}",
            endpoint_prefix=f"pep-{workload}",
        )

    def endpoint(self, link: str) -> str:
        """Return the name of the private endpoint of one link."""
        return f"{self.endpoint_prefix}-{link}"


def plan_network(
    path: str, settings: "NetworkSettings", region: str
) -> tuple[NetworkPlan | None, list[Problem]]:
    """Return the ranges of a network, and everything Azure would have against its settings.

    Args:
        path: how messages call the settings.
        settings: what was said of the network.
        region: where it will be, which decides the cloud.

    Returns:
        No plan where the private endpoints go to a subnet that exists, or where a range is wrong.
    """
    problems = _zone_problems(f"{path}.private_dns_zone_ids", settings.private_dns_zone_ids, region)
    if settings.existing_subnet_id is not None:
        return None, [*_existing_problems(path, settings), *problems]
    space, found = _ranges(f"{path}.address_space", settings.address_space)
    problems += found
    if not settings.address_space:
        remedy = "Add one, or leave the setting out for its default."
        problems.append(Problem(f"{path}.address_space", "an empty list", _CIDR, remedy))
    peers, found = _ranges(f"{path}.peers", settings.peers)
    problems += found
    problems += _overlaps(space, peers)
    subnet, found = _subnet(f"{path}.private_endpoints_subnet", settings, space, region)
    problems += found
    if problems or subnet is None:
        return None, problems
    return NetworkPlan(tuple(map(str, space.values())), str(subnet)), []


Ranges = Mapping[str, IPv4Network]
"""Ranges by the paths they are written at."""


def _ranges(path: str, given: Sequence[str]) -> tuple[Ranges, list[Problem]]:
    ranges: dict[str, IPv4Network] = {}
    problems = []
    for index, text in enumerate(given):
        range_, problem = _range(f"{path}[{index}]", text)
        if range_:
            ranges[f"{path}[{index}]"] = range_
        if problem:
            problems.append(problem)
    return ranges, problems


def _range(path: str, text: str) -> tuple[IPv4Network | None, Problem | None]:
    try:
        network = ip_network(text, strict=False)
    except ValueError:
        return None, Problem(path, repr(text), _CIDR, "Correct it.")
    if isinstance(network, IPv6Network) or "/" not in text:
        return None, Problem(path, repr(text), _CIDR, "Write an IPv4 address, a slash, a length.")
    if ip_interface(text).ip != network.network_address:
        remedy = f"Write {str(network)!r}, or a longer prefix."
        return None, Problem(path, repr(text), "a range that begins at its first address", remedy)
    taken = [str(other) for other in _TAKEN if network.overlaps(other)]
    if taken or network.prefixlen < _SHORTEST_PREFIX:
        rule = f"a range outside of those Azure keeps: {', '.join(map(str, _TAKEN))}"
        remedy = "Choose a private range, such as one in 10.0.0.0/8."
        return None, Problem(path, repr(text), rule, remedy)
    return network, None


def _overlaps(space: Ranges, peers: Ranges) -> Iterator[Problem]:
    """Give the problem of each range that overlaps an earlier one, or that of a peer."""
    earlier: dict[str, IPv4Network] = {}
    for path, range_ in space.items():
        for other_path, other in {**earlier, **peers}.items():
            if range_.overlaps(other):
                yield Problem(
                    path,
                    f"{str(range_)!r}, which overlaps {str(other)!r} of {other_path}",
                    "ranges that share no address",
                    "Choose another range: overlapping networks cannot be peered.",
                )
        earlier[path] = range_


def _subnet(
    path: str, settings: "NetworkSettings", space: Ranges, region: str
) -> tuple[IPv4Network | None, list[Problem]]:
    """Return the subnet for private endpoints: as given, or the first of the usual size."""
    needed = sum(link.addresses for link in private_links(region)) + RESERVED_ADDRESSES
    longest = 32 - (needed - 1).bit_length()
    rule = f"a range of at least {needed} addresses (/{longest}) in the address space"
    text = settings.private_endpoints_subnet
    if text is None:
        roomy = next((one for one in space.values() if one.prefixlen <= longest), None)
        if roomy:
            return next(roomy.subnets(new_prefix=max(roomy.prefixlen, _USUAL_PREFIX))), []
        given = f"no range of {needed} addresses in {listed(map(str, space.values()))}"
        return None, [Problem(path, given, rule, "Choose a larger address space.")] if space else []
    subnet, problem = _range(path, text)
    if subnet is None:
        return None, [problem] if problem else []
    problems = []
    if subnet.prefixlen > longest:
        remedy = f"Choose a prefix of /{longest} or shorter: Azure keeps five addresses of each."
        problems.append(Problem(path, f"{text!r}, {subnet.num_addresses} addresses", rule, remedy))
    if space and not any(subnet.subnet_of(one) for one in space.values()):
        given = f"{text!r}, which is outside of {listed(map(str, space.values()))}"
        problems.append(Problem(path, given, rule, "Choose a part of the address space."))
    return subnet, problems


def _existing_problems(path: str, settings: "NetworkSettings") -> Iterator[Problem]:
    given = settings.existing_subnet_id
    subnet_path = f"{path}.existing_subnet_id"
    if given is not None and not _SUBNET_ID.fullmatch(given):
        rule = (
            "the Azure resource id of a subnet: /subscriptions/…/resourceGroups/…/providers"
            "/Microsoft.Network/virtualNetworks/…/subnets/…"
        )
        remedy = "Copy it from `az network vnet subnet show --query id`."
        yield Problem(subnet_path, repr(given), rule, remedy)
    for name in ("address_space", "private_endpoints_subnet", "peers"):
        if name in settings.model_fields_set and getattr(settings, name):
            said = f"a value beside {subnet_path}"
            remedy = "Remove one of the two: the network that exists has its own ranges."
            yield Problem(f"{path}.{name}", said, "nothing", remedy)


def _zone_problems(path: str, given: Mapping[str, str], region: str) -> list[Problem]:
    problems = []
    known = zone_names(region)
    for name, zone_id in given.items():
        match = _ZONE_ID.fullmatch(zone_id)
        if name not in known:
            hint = did_you_mean(name, known) or "Remove it."
            problems.append(Problem(f"{path}.{name}", f"the zone {name!r}", listed(known), hint))
        elif match is None or match["name"].lower() != name:
            rule = (
                "the Azure resource id of that zone: /subscriptions/…/resourceGroups/…/providers"
                f"/Microsoft.Network/privateDnsZones/{name}"
            )
            remedy = "Copy it from `az network private-dns zone show --query id`."
            problems.append(Problem(f"{path}.{name}", repr(zone_id), rule, remedy))
    return problems
