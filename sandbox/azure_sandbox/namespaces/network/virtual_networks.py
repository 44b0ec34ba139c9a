# SPDX-License-Identifier: Apache-2.0
"""Virtual networks."""

import uuid
from collections.abc import Callable, Sequence
from typing import ClassVar

from azure_sandbox.arm import lro
from azure_sandbox.arm.call import Call, Ending
from azure_sandbox.arm.lro import Lro
from azure_sandbox.arm.records import Resource
from azure_sandbox.arm.rules import member
from azure_sandbox.arm.transaction import Transaction
from azure_sandbox.arm.wire import JsonObject
from azure_sandbox.namespaces.network import subnets
from azure_sandbox.namespaces.network.address_space import (
    Network,
    check_space,
    check_subnets,
    networks,
    subnet_networks,
)
from azure_sandbox.namespaces.network.network_resource import (
    NetworkResource,
    with_properties,
    without,
)
from azure_sandbox.namespaces.network.peerings import Peerings, desired_peering
from azure_sandbox.namespaces.network.references import id_at
from azure_sandbox.namespaces.network.subnets import Subnets
from azure_sandbox.namespaces.network.versions import (
    PEERINGS,
    SUBNETS,
    VERSIONS,
    VIRTUAL_NETWORKS,
    ZONE_LINKS,
)

_CHILDREN = ("subnets", "virtualNetworkPeerings")
_READ_ONLY = ("provisioningState", "resourceGuid", "flowLogs")


class VirtualNetworks(NetworkResource):
    """`virtualNetworks`, whose subnets and peerings are resources of their own."""

    path = "virtualNetworks"
    name_pattern = r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,62}[A-Za-z0-9_])?"
    name_rule = (
        "1 to 64 letters, digits, underscores, periods and hyphens, first a letter, digit or "
        "underscore, last no period or hyphen"
    )
    computed = _CHILDREN
    on_put: ClassVar[Lro] = lro.async_operation(5)
    on_delete: ClassVar[Lro] = lro.location(10)

    def completed(self, tx: Transaction, resource: Resource) -> Resource:
        """The network with its subnets and peerings."""
        return with_children(tx, resource)

    def check_idle(self, call: Call, existing: Resource) -> None:
        """One change at a time on a network and its subnets."""
        running = call.tx.running_under(existing.id)
        if running:
            raise self.busy(existing, running[0])

    def desired(self, call: Call, existing: Resource | None) -> JsonObject:
        """The network without its children, which are checked as a whole."""
        given = call.body.get("properties") or {}
        network_id = call.target.path
        space = networks(network_id, member(given, "addressSpace.addressPrefixes"))
        check_space(network_id, space)
        check_subnets(call.target.name, space, self._prefixes(call, given))
        if given.get("subnets") is not None:
            _check_subnet_changes(call, given["subnets"])
        guid = existing.properties["resourceGuid"] if existing else str(uuid.uuid4())
        defaults = {"enableDdosProtection": False, "resourceGuid": guid}
        kept = without(given, (*_CHILDREN, *_READ_ONLY))
        return {"properties": {**defaults, **kept}}

    def patched(self, call: Call, existing: Resource) -> JsonObject:
        """Only tags can be patched."""
        return {**existing.body, "tags": call.body.get("tags", existing.body.get("tags", {}))}

    def written(self, call: Call, resource: Resource, existing: Resource | None) -> Resource:
        """Makes, changes and deletes the children that a PUT names; others are left alone.

        Without the list nothing changes (Azure docs, virtual-network release notes of 2024:
        updates without the subnet property); an empty list deletes.
        """
        given = call.body.get("properties") or {}
        if call.method == "PUT":
            _write_children(call, resource, SUBNETS, given.get("subnets"), subnets.desired_subnet)
            _write_children(
                call, resource, PEERINGS, given.get("virtualNetworkPeerings"), desired_peering
            )
        return super().written(call, resource, existing)

    def check_delete(self, call: Call, existing: Resource) -> None:
        """A network stays as long as addresses of one of its subnets are in use."""
        for subnet in call.tx.children(existing.id, SUBNETS):
            subnets.check_unused(call.tx, subnet)

    def removed(self, ending: Ending) -> None:
        """Links of private zones go with their network (Azure docs, dns virtual network links)."""
        for link in ending.tx.of_type(ZONE_LINKS):
            if id_at(link.body, "properties.virtualNetwork").lower() == ending.resource.key:
                ending.tx.delete(link, ending.at)

    def _prefixes(self, call: Call, given: JsonObject) -> dict[str, tuple[Network, ...]]:
        if given.get("subnets") is None:
            return subnets.prefixes_of(call.tx, call.target.path)
        return {
            str(item.get("name")): subnet_networks(
                f"{call.target.path}/subnets/{item.get('name')}", item.get("properties") or {}
            )
            for item in given["subnets"]
        }


def with_children(tx: Transaction, network: Resource) -> Resource:
    """Return a network with its subnets and peerings as a GET shows them."""
    version = VERSIONS[0]
    return with_properties(
        network,
        {
            "subnets": [
                Subnets().shown(subnets.with_users(tx, subnet), version)
                for subnet in tx.children(network.id, SUBNETS)
            ],
            "virtualNetworkPeerings": [
                Peerings().shown(Peerings().completed(tx, peering), version)
                for peering in tx.children(network.id, PEERINGS)
            ],
        },
    )


def find_network(tx: Transaction, name_or_id: str) -> list[Resource]:
    """Return the virtual networks of a name, or the one of an id."""
    if name_or_id.startswith("/"):
        found = tx.get(name_or_id)
        is_network = found and found.type == VIRTUAL_NETWORKS
        return [found] if found and is_network else []
    return tx.named(VIRTUAL_NETWORKS, name_or_id)


def _check_subnet_changes(call: Call, given: Sequence[JsonObject]) -> None:
    """Refuse to delete or shrink a subnet in use by leaving it out or changing it."""
    wanted = {str(item.get("name")).lower(): item.get("properties") or {} for item in given}
    for subnet in call.tx.children(call.target.path, SUBNETS):
        properties = wanted.get(subnet.name.lower())
        if properties is None:
            subnets.check_unused(call.tx, subnet)
        else:
            subnets.check_prefix_change(call.tx, subnet, subnet_networks(subnet.id, properties))


def _write_children(
    call: Call,
    network: Resource,
    kind: str,
    items: Sequence[JsonObject] | None,
    desired: Callable[[Call, str, JsonObject, str], JsonObject],
) -> None:
    if items is None:
        return
    names = {str(item.get("name")).lower() for item in items}
    for child in call.tx.children(network.id, kind):
        if child.name.lower() not in names:
            for below in call.tx.under(child.id):
                call.tx.delete(below, call.at)
            call.tx.delete(child, call.at)
    for item in items:
        child_id = f"{network.id}/{kind.rpartition('/')[2]}/{item['name']}"
        call.tx.save(
            Resource(
                id=child_id,
                type=kind,
                name=item["name"],
                parent=network.id,
                body=desired(call, child_id, item, network.location),
                subscription=network.subscription,
                resource_group=network.resource_group,
                location=network.location,
                created_at=call.at,
                created_by=call.caller.client_id,
                modified_at=call.at,
                modified_by=call.caller.client_id,
            )
        )
