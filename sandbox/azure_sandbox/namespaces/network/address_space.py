# SPDX-License-Identifier: Apache-2.0
"""Address prefixes of virtual networks and their subnets."""

import ipaddress
from collections.abc import Iterator, Mapping, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Network

from azure_sandbox.arm.errors import ArmError
from azure_sandbox.arm.wire import JsonObject

Network = IPv4Network | IPv6Network

_TAKEN_AT_THE_START = 4
_LONGEST_IPV4_PREFIX = 29
"""Azure docs, virtual-networks-faq: the smallest IPv4 subnet."""
_IPV6_SUBNET_PREFIX = 64
_RESERVED = tuple(
    ipaddress.ip_network(prefix)
    for prefix in ("224.0.0.0/4", "127.0.0.0/8", "169.254.0.0/16", "168.63.129.16/32")
)
"""Azure docs, virtual-networks-faq: ranges no virtual network can have."""


def networks(owner_id: str, prefixes: object) -> tuple[Network, ...]:
    """Read address prefixes; refuses what is none, and one with bits below its length."""
    if not isinstance(prefixes, list) or not prefixes:
        text = f"Resource {owner_id} has no address prefix."
        raise ArmError(400, "MissingAddressPrefix", text)
    return tuple(_network(owner_id, prefix) for prefix in prefixes)


def subnet_networks(owner_id: str, properties: JsonObject) -> tuple[Network, ...]:
    """Read the prefix or the prefixes of a subnet."""
    single = properties.get("addressPrefix")
    return networks(owner_id, properties.get("addressPrefixes") or ([single] if single else None))


def check_space(network_id: str, space: Sequence[Network]) -> None:
    """Refuse an address space that overlaps itself or what belongs to the platform."""
    for index, one in enumerate(space):
        for reserved in _RESERVED:
            if _overlap(one, reserved):
                text = f"The prefix {one} of {network_id} overlaps {reserved}, which is reserved."
                raise ArmError(400, "InvalidAddressSpace", text)
        for other in space[:index]:
            if _overlap(one, other):
                text = f"The prefixes {other} and {one} of {network_id} overlap."
                raise ArmError(400, "InvalidAddressSpace", text)


def check_subnets(
    network: str, space: Sequence[Network], subnets: Mapping[str, Sequence[Network]]
) -> None:
    """Refuse subnets outside their virtual network, overlapping each other, or too small."""
    earlier: list[Network] = []
    for name, prefixes in subnets.items():
        for prefix in prefixes:
            if not _has_valid_size(prefix):
                text = f"Subnet '{name}' is not valid in virtual network '{network}'."
                raise ArmError(400, "NetcfgInvalidSubnet", text)
            if not any(_contains(one, prefix) for one in space):
                raise ArmError(
                    400,
                    "NetcfgSubnetRangeOutsideVnet",
                    f"Subnet '{name}' is not valid because its IP address range is outside the IP "
                    f"address range of virtual network '{network}'.",
                )
            if any(_overlap(prefix, other) for other in earlier):
                raise ArmError(
                    400,
                    "NetcfgSubnetRangesOverlap",
                    f"Subnet '{name}' is not valid because its IP address range overlaps with that "
                    f"of an existing subnet in virtual network '{network}'.",
                )
            earlier.append(prefix)


def usable(prefix: IPv4Network) -> Iterator[IPv4Address]:
    """Iterate over the addresses of a subnet's prefix that Azure leaves to resources.

    Azure takes the first four and the last one (Azure docs, virtual-networks-faq).
    """
    first = int(prefix.network_address) + _TAKEN_AT_THE_START
    return (IPv4Address(number) for number in range(first, int(prefix.broadcast_address)))


def overlapping(ones: Sequence[Network], others: Sequence[Network]) -> list[Network]:
    """Return those of ``ones`` that overlap any of ``others``."""
    return [one for one in ones if any(_overlap(one, other) for other in others)]


def _network(owner_id: str, prefix: object) -> Network:
    text = str(prefix)
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        network = None
    if network is None or "/" not in text:
        raise ArmError(
            400,
            "InvalidAddressPrefixFormat",
            f"Address prefix {text} of resource {owner_id} is not formatted correctly. It should "
            "follow CIDR notation, for example 10.0.0.0/24.",
        )
    if ipaddress.ip_interface(text).ip != network.network_address:
        raise ArmError(
            400,
            "InvalidCIDRNotation",
            f"The address prefix {text} in resource {owner_id} has an invalid CIDR notation. For "
            f"the given prefix length, the address prefix should be {network}.",
        )
    return network


def _has_valid_size(prefix: Network) -> bool:
    if isinstance(prefix, IPv6Network):
        return prefix.prefixlen == _IPV6_SUBNET_PREFIX
    return prefix.prefixlen <= _LONGEST_IPV4_PREFIX


def _contains(outer: Network, inner: Network) -> bool:
    if isinstance(outer, IPv4Network) and isinstance(inner, IPv4Network):
        return inner.subnet_of(outer)
    if isinstance(outer, IPv6Network) and isinstance(inner, IPv6Network):
        return inner.subnet_of(outer)
    return False


def _overlap(one: Network, other: Network) -> bool:
    return one.version == other.version and one.overlaps(other)
