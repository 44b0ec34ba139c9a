# SPDX-License-Identifier: Apache-2.0
"""Peerings, which join two virtual networks when both sides have one."""

from typing import ClassVar

from azure_sandbox.arm import lro
from azure_sandbox.arm.call import Call
from azure_sandbox.arm.errors import ArmError
from azure_sandbox.arm.lro import Lro
from azure_sandbox.arm.records import Resource
from azure_sandbox.arm.transaction import Transaction
from azure_sandbox.arm.wire import JsonObject
from azure_sandbox.namespaces.network.address_space import Network, networks, overlapping
from azure_sandbox.namespaces.network.network_resource import (
    NetworkResource,
    with_properties,
    without,
)
from azure_sandbox.namespaces.network.references import id_at, referenced
from azure_sandbox.namespaces.network.versions import PEERINGS, VIRTUAL_NETWORKS

_READ_ONLY = (
    "provisioningState",
    "peeringState",
    "peeringSyncLevel",
    "remoteAddressSpace",
    "remoteVirtualNetworkAddressSpace",
    "resourceGuid",
)


class Peerings(NetworkResource):
    """`virtualNetworks/virtualNetworkPeerings`."""

    path = "virtualNetworks/virtualNetworkPeerings"
    tracked = False
    computed = _READ_ONLY
    on_put: ClassVar[Lro] = lro.async_operation(10)
    on_delete: ClassVar[Lro] = lro.location(10)
    methods = frozenset({"GET", "PUT", "DELETE"})

    def completed(self, tx: Transaction, resource: Resource) -> Resource:
        """The peering with its state, which takes the other side too."""
        remote = tx.get(remote_of(resource))
        space = remote.properties["addressSpace"] if remote else {"addressPrefixes": []}
        state = "Disconnected"
        if remote:
            state = "Connected" if _back(tx, remote, resource.parent) else "Initiated"
        return with_properties(
            resource,
            {
                "peeringState": state,
                "peeringSyncLevel": "FullyInSync",
                "remoteAddressSpace": space,
                "remoteVirtualNetworkAddressSpace": space,
            },
        )

    def desired(self, call: Call, existing: Resource | None) -> JsonObject:  # noqa: ARG002 - a hook
        """The peering; the address spaces must not overlap."""
        return desired_peering(call, call.target.path, call.body, "")


def desired_peering(call: Call, peering_id: str, given: JsonObject, location: str) -> JsonObject:
    """Return the body of a peering from what was sent for it, alone or inside its network."""
    del location  # peerings cross regions
    properties = without(given.get("properties") or {}, _READ_ONLY)
    remote_id = id_at({"properties": properties}, "properties.remoteVirtualNetwork")
    remote = referenced(call.tx, peering_id, remote_id, VIRTUAL_NETWORKS)
    own_id = peering_id[: peering_id.lower().rindex("/virtualnetworkpeerings/")]
    own = call.tx.get(own_id)
    space = _space(own) if own else _given_space(call, own_id)
    both = overlapping(space, _space(remote))
    if both:
        raise ArmError(
            400,
            "VnetAddressSpacesOverlap",
            f"Cannot create or update peering {peering_id}. Virtual networks {own_id} and "
            f"{remote.id} cannot be peered because their address spaces overlap. Overlapping "
            f"address prefixes: {', '.join(str(prefix) for prefix in both)}.",
        )
    defaults = {
        "allowVirtualNetworkAccess": True,
        "allowForwardedTraffic": False,
        "allowGatewayTransit": False,
        "useRemoteGateways": False,
    }
    return {"properties": {**defaults, **properties, "remoteVirtualNetwork": {"id": remote.id}}}


def reachable_from(tx: Transaction, network_id: str) -> set[str]:
    """Return the ids, in lower case, of a network and those whose peering with it is connected."""
    found = {network_id.lower()}
    for peering in tx.children(network_id, PEERINGS):
        remote = tx.get(remote_of(peering))
        back = _back(tx, remote, network_id) if remote else None
        if remote and back and _allows(peering) and _allows(back):
            found.add(remote.key)
    return found


def remote_of(peering: Resource) -> str:
    """Return the id of the network on the other side."""
    return id_at(peering.body, "properties.remoteVirtualNetwork")


def _back(tx: Transaction, remote: Resource, network_id: str) -> Resource | None:
    for peering in tx.children(remote.id, PEERINGS):
        if remote_of(peering).lower() == network_id.lower():
            return peering
    return None


def _allows(peering: Resource) -> bool:
    return bool(peering.properties["allowVirtualNetworkAccess"])


def _space(network: Resource) -> tuple[Network, ...]:
    return networks(network.id, network.properties["addressSpace"]["addressPrefixes"])


def _given_space(call: Call, network_id: str) -> tuple[Network, ...]:
    return networks(network_id, call.body["properties"]["addressSpace"]["addressPrefixes"])
