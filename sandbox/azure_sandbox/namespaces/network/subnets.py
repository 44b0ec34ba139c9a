# SPDX-License-Identifier: Apache-2.0
"""Subnets of virtual networks."""

from typing import ClassVar

from azure_sandbox.arm import lro
from azure_sandbox.arm.call import Call
from azure_sandbox.arm.errors import ArmError
from azure_sandbox.arm.lro import Lro
from azure_sandbox.arm.records import Resource
from azure_sandbox.arm.rules import one_of
from azure_sandbox.arm.transaction import Transaction
from azure_sandbox.arm.wire import JsonObject
from azure_sandbox.namespaces.network import interfaces
from azure_sandbox.namespaces.network.address_space import (
    Network,
    check_subnets,
    networks,
    subnet_networks,
)
from azure_sandbox.namespaces.network.network_resource import (
    NetworkResource,
    with_properties,
    without,
)
from azure_sandbox.namespaces.network.references import id_at, referenced
from azure_sandbox.namespaces.network.versions import SECURITY_GROUPS, SUBNETS

_READ_ONLY = (
    "ipConfigurations",
    "ipConfigurationProfiles",
    "privateEndpoints",
    "provisioningState",
    "purpose",
    "resourceNavigationLinks",
    "serviceAssociationLinks",
)
_ENDPOINT_POLICIES = (
    "Disabled",
    "Enabled",
    "NetworkSecurityGroupEnabled",
    "RouteTableEnabled",
)


class Subnets(NetworkResource):
    """`virtualNetworks/subnets`, made by themselves or as a part of their network."""

    path = "virtualNetworks/subnets"
    tracked = False
    computed = ("ipConfigurations", "privateEndpoints")
    on_put: ClassVar[Lro] = lro.async_operation(5)
    on_delete: ClassVar[Lro] = lro.location(10)
    methods = frozenset({"GET", "PUT", "DELETE"})

    def completed(self, tx: Transaction, resource: Resource) -> Resource:
        """The subnet with the addresses in it."""
        return with_users(tx, resource)

    def check_parent(self, call: Call) -> None:
        """One change at a time on a network and its subnets."""
        running = call.tx.running_under(call.target.parent)
        network = call.tx.get(call.target.parent)
        if running and network:
            raise self.busy(network, running[0])

    def check_idle(self, call: Call, existing: Resource) -> None:
        """One change at a time on a network and its subnets."""
        del existing
        self.check_parent(call)

    def desired(self, call: Call, existing: Resource | None) -> JsonObject:
        """The subnet, where it fits into its network beside the others."""
        network = call.tx.get(call.target.parent)
        if network is None:  # the core has checked that it exists
            raise LookupError(call.target.parent)
        body = desired_subnet(call, call.target.path, call.body, network.location)
        space = networks(network.id, network.properties["addressSpace"]["addressPrefixes"])
        prefixes = prefixes_of(call.tx, network.id)
        own = call.target.name
        others = {name: p for name, p in prefixes.items() if name.lower() != own.lower()}
        wanted = subnet_networks(call.target.path, body["properties"])
        check_subnets(network.name, space, {**others, own: wanted})
        if existing:
            check_prefix_change(call.tx, existing, wanted)
        return body

    def check_delete(self, call: Call, existing: Resource) -> None:
        """A subnet with addresses in use stays."""
        check_unused(call.tx, existing)


def desired_subnet(call: Call, subnet_id: str, given: JsonObject, location: str) -> JsonObject:
    """Return the body of a subnet from what was sent for it, alone or inside its network."""
    properties = without(given.get("properties") or {}, _READ_ONLY)
    group = id_at({"properties": properties}, "properties.networkSecurityGroup")
    if group:
        found = referenced(call.tx, subnet_id, group, SECURITY_GROUPS, location)
        properties["networkSecurityGroup"] = {"id": found.id}
    one_of(properties, "privateEndpointNetworkPolicies", _ENDPOINT_POLICIES, "InvalidRequestFormat")
    subnet_networks(subnet_id, properties)
    defaults = {
        "delegations": [],
        "privateEndpointNetworkPolicies": "Disabled",
        "privateLinkServiceNetworkPolicies": "Enabled",
    }
    return {"properties": {**defaults, **properties}}


def prefixes_of(tx: Transaction, network_id: str) -> dict[str, tuple[Network, ...]]:
    """Return the prefixes of each subnet a network has."""
    return {
        subnet.name: subnet_networks(subnet.id, subnet.properties)
        for subnet in tx.children(network_id, SUBNETS)
    }


def check_unused(tx: Transaction, subnet: Resource) -> None:
    """Refuse the deletion of a subnet that has addresses in use."""
    configurations = interfaces.configurations_in(tx, subnet.id)
    if configurations:
        raise ArmError(
            400,
            "InUseSubnetCannotBeDeleted",
            f"Subnet {subnet.name} is in use by {configurations[0]} and cannot be deleted. In "
            "order to delete the subnet, delete all the resources within the subnet. See "
            "aka.ms/deletesubnet.",
        )


def check_prefix_change(tx: Transaction, subnet: Resource, wanted: tuple[Network, ...]) -> None:
    """Refuse to take a prefix away from a subnet that has addresses in use."""
    for prefix in subnet_networks(subnet.id, subnet.properties):
        if prefix not in wanted and interfaces.configurations_in(tx, subnet.id):
            raise ArmError(
                400,
                "InUsePrefixCannotBeDeleted",
                f"IpPrefix {prefix} on Subnet {subnet.name} has active allocations and cannot be "
                "deleted.",
            )


def with_users(tx: Transaction, subnet: Resource) -> Resource:
    """Return a subnet with the addresses and the private endpoints in it, where there are any."""
    configurations = interfaces.configurations_in(tx, subnet.id)
    if not configurations:
        return subnet
    return with_properties(
        subnet,
        {
            "ipConfigurations": [{"id": one} for one in configurations],
            "privateEndpoints": [{"id": one} for one in interfaces.owners_in(tx, subnet.id)],
        },
    )
