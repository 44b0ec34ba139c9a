# SPDX-License-Identifier: Apache-2.0
"""How the data planes of resources are reached: over the internet, privately, or not at all."""

from enum import Enum

from azure_sandbox.arm.records import Resource
from azure_sandbox.arm.rules import member
from azure_sandbox.arm.transaction import Transaction
from azure_sandbox.name_resolution import network_of, resolve
from azure_sandbox.namespaces.network import interfaces
from azure_sandbox.namespaces.network.connections import is_approved
from azure_sandbox.namespaces.network.peerings import reachable_from
from azure_sandbox.namespaces.network.private_endpoints import target_id
from azure_sandbox.namespaces.network.references import id_at
from azure_sandbox.namespaces.network.versions import INTERFACES
from azure_sandbox.places import Place

INTERNET_ADDRESS = "203.0.113.7"
"""Where callers come from that are not seen to come from a network."""


class Path(Enum):
    """How a request travels."""

    PUBLIC = "over the internet"
    PRIVATE = "through a private endpoint"
    NONE = "the name does not resolve, or nobody answers at its address"


def path_to(tx: Transaction, place: Place, name: str, target: Resource) -> Path:
    """Return how a request of a caller at a place travels to a resource by one of its names."""
    resolution = resolve(tx, name, place)
    if not resolution.addresses:
        return Path.NONE
    if not resolution.zone:
        return Path.PUBLIC
    network = network_of(tx, place)
    if network and _leads_to(tx, network, resolution.addresses[0], target):
        return Path.PRIVATE
    return Path.NONE


def is_public(resource: Resource) -> bool:
    """Return whether a resource can be reached over the internet."""
    access = resource.properties.get("publicNetworkAccess") or "Enabled"
    rules = ("networkAcls", "networkRuleSet")
    denied = any(member(resource.properties, f"{one}.defaultAction") == "Deny" for one in rules)
    return str(access).lower() == "enabled" and not denied


def _leads_to(tx: Transaction, network: Resource, address: str, target: Resource) -> bool:
    """Whether an approved private endpoint of the resource has an address in reach."""
    networks = reachable_from(tx, network.id)
    for interface in tx.of_type(INTERFACES):
        subnet = interfaces.subnet_of(interface)
        own = subnet.lower().partition("/subnets/")[0]
        configurations = interfaces.configurations_of(interface)
        held = [interfaces.address_of(configuration) for configuration in configurations]
        if own in networks and address in held:
            endpoint = tx.get(id_at(interface.body, "properties.privateEndpoint"))
            return (
                endpoint is not None
                and target_id(endpoint).lower() == target.key
                and is_approved(tx.get(endpoint.internal.get("connection", "")))
            )
    return False
