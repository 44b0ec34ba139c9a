# SPDX-License-Identifier: Apache-2.0
"""Network interfaces: what holds the addresses of private endpoints in a subnet."""

import uuid
from collections.abc import Mapping, Sequence
from ipaddress import IPv4Address, IPv4Network

from azure_sandbox.arm.call import Call
from azure_sandbox.arm.errors import ArmError
from azure_sandbox.arm.records import Resource
from azure_sandbox.arm.transaction import Transaction
from azure_sandbox.arm.wire import JsonObject
from azure_sandbox.namespaces.network.address_space import subnet_networks, usable
from azure_sandbox.namespaces.network.link_targets import Member
from azure_sandbox.namespaces.network.network_resource import NetworkResource
from azure_sandbox.namespaces.network.references import id_at
from azure_sandbox.namespaces.network.versions import INTERFACES


class NetworkInterfaces(NetworkResource):
    """`networkInterfaces`: those that private endpoints make, which cannot be changed."""

    path = "networkInterfaces"
    methods = frozenset({"GET"})


def new_interface(  # noqa: PLR0913, PLR0917  (an interface has this many sides)
    call: Call,
    endpoint: Resource,
    subnet: Resource,
    group_id: str,
    members: Sequence[Member],
    wanted: Mapping[str, str],
) -> Resource:
    """Make the interface of a private endpoint, with an address for each member.

    ``wanted`` are the static addresses asked for, by member. Raises ArmError when the subnet is
    full, or such an address is taken or outside the subnet.
    """
    addresses = _allocated(call.tx, subnet, members, wanted)
    guid = uuid.uuid4()
    name = endpoint.properties.get("customNetworkInterfaceName") or f"{endpoint.name}.nic.{guid}"
    base = endpoint.id[: endpoint.id.lower().index("/providers/")]
    interface_id = f"{base}/providers/{INTERFACES}/{name}"
    configurations: list[JsonObject] = []
    for index, member in enumerate(members):
        configuration = f"privateEndpointIpConfig.{uuid.uuid4()}"
        configurations.append(
            {
                "name": configuration,
                "id": f"{interface_id}/ipConfigurations/{configuration}",
                "type": f"{INTERFACES}/ipConfigurations",
                "properties": {
                    "provisioningState": "Succeeded",
                    "privateIPAddress": str(addresses[index]),
                    "privateIPAllocationMethod": "Static" if member.name in wanted else "Dynamic",
                    "privateIPAddressVersion": "IPv4",
                    "primary": index == 0,
                    "subnet": {"id": subnet.id},
                    "privateLinkConnectionProperties": {
                        "groupId": group_id,
                        "requiredMemberName": member.name,
                        "fqdns": list(member.fqdns),
                    },
                },
            }
        )
    return call.tx.save(
        Resource(
            id=interface_id,
            type=INTERFACES,
            name=name,
            parent=base,
            subscription=endpoint.subscription,
            resource_group=endpoint.resource_group,
            location=endpoint.location,
            body={
                "location": endpoint.location,
                "properties": {
                    "resourceGuid": str(guid),
                    "ipConfigurations": configurations,
                    "privateEndpoint": {"id": endpoint.id},
                    "enableAcceleratedNetworking": False,
                    "nicType": "Standard",
                },
            },
            created_at=call.at,
            created_by=call.caller.client_id,
            modified_at=call.at,
            modified_by=call.caller.client_id,
        )
    )


def configurations_in(tx: Transaction, subnet_id: str) -> list[str]:
    """Return the ids of the IP configurations that have an address of a subnet."""
    return [
        configuration["id"]
        for interface in tx.of_type(INTERFACES)
        for configuration in configurations_of(interface)
        if id_at(configuration, "properties.subnet").lower() == subnet_id.lower()
    ]


def owners_in(tx: Transaction, subnet_id: str) -> list[str]:
    """Return the ids of the private endpoints in a subnet."""
    return [
        id_at(interface.body, "properties.privateEndpoint")
        for interface in tx.of_type(INTERFACES)
        if subnet_of(interface).lower() == subnet_id.lower()
    ]


def configurations_of(interface: Resource) -> list[JsonObject]:
    """Return the IP configurations of an interface."""
    configurations: list[JsonObject] = interface.properties["ipConfigurations"]
    return configurations


def subnet_of(interface: Resource) -> str:
    """Return the id of the subnet an interface is in."""
    return id_at(configurations_of(interface)[0], "properties.subnet")


def address_of(configuration: JsonObject) -> str:
    """Return the address of an IP configuration."""
    return str(configuration["properties"]["privateIPAddress"])


def fqdns_of(configuration: JsonObject) -> list[str]:
    """Return the names that lead to an IP configuration."""
    link: JsonObject = configuration["properties"]["privateLinkConnectionProperties"]
    return list(link["fqdns"])


def _allocated(
    tx: Transaction, subnet: Resource, members: Sequence[Member], wanted: Mapping[str, str]
) -> list[IPv4Address]:
    taken = {
        IPv4Address(address_of(configuration)): interface.id
        for interface in tx.of_type(INTERFACES)
        for configuration in configurations_of(interface)
        if id_at(configuration, "properties.subnet").lower() == subnet.key
    }
    prefix = _prefix(subnet)
    static = {member: _static(prefix, text, taken) for member, text in wanted.items()}
    reserved = {*taken, *static.values()}
    free = (address for address in usable(prefix) if address not in reserved)
    allocated: list[IPv4Address] = []
    for member in members:
        address = static.get(member.name) or next(free, None)
        if address is None:
            missing = sum(1 for one in members if one.name not in static) - len(allocated)
            raise ArmError(
                400,
                "SubnetIsFull",
                f"Subnet {subnet.name} with address prefix {prefix} does not have enough capacity "
                f"for {missing} IP addresses.",
            )
        allocated.append(address)
    return allocated


def _prefix(subnet: Resource) -> IPv4Network:
    prefixes = subnet_networks(subnet.id, subnet.properties)
    return next(prefix for prefix in prefixes if isinstance(prefix, IPv4Network))


def _static(prefix: IPv4Network, text: str, taken: Mapping[IPv4Address, str]) -> IPv4Address:
    try:
        address = IPv4Address(text)
    except ValueError:
        problem = f"IP address {text} is not formatted correctly."
        raise ArmError(400, "InvalidIPAddressFormat", problem) from None
    if address not in usable(prefix):
        raise ArmError(
            400,
            "PrivateIPAddressNotInSubnet",
            f"Private static IP address {text} does not belong to the range of subnet prefix "
            f"{prefix}.",
        )
    if address in taken:
        raise ArmError(
            400,
            "PrivateIPAddressIsAllocated",
            f"An IP configuration is using the private IP address {text} which is already "
            f"allocated to resource {taken[address]}.",
        )
    return address
