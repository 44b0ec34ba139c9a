# SPDX-License-Identifier: Apache-2.0
"""Private DNS zone groups, which write the records of a private endpoint into zones."""

from collections.abc import Iterator
from typing import ClassVar

from azure_sandbox.arm import lro
from azure_sandbox.arm.call import Call, Ending
from azure_sandbox.arm.errors import ArmError
from azure_sandbox.arm.lro import Lro
from azure_sandbox.arm.records import Resource
from azure_sandbox.arm.transaction import Transaction
from azure_sandbox.arm.wire import JsonObject
from azure_sandbox.namespaces.network import interfaces
from azure_sandbox.namespaces.network.dns_zones import record_properties
from azure_sandbox.namespaces.network.link_targets import private_name
from azure_sandbox.namespaces.network.network_resource import NetworkResource, with_properties
from azure_sandbox.namespaces.network.private_endpoints import interface_of
from azure_sandbox.namespaces.network.references import referenced
from azure_sandbox.namespaces.network.versions import RECORDS, ZONE_GROUPS, ZONES

_TTL_SECONDS = 10
_OWNER = "owner"


class ZoneGroups(NetworkResource):
    """`privateEndpoints/privateDnsZoneGroups`: one at most per private endpoint."""

    path = "privateEndpoints/privateDnsZoneGroups"
    tracked = False
    on_put: ClassVar[Lro] = lro.async_operation(30)
    on_delete: ClassVar[Lro] = lro.location(30)
    methods = frozenset({"GET", "PUT", "DELETE"})

    def desired(self, call: Call, existing: Resource | None) -> JsonObject:
        """The group, whose zones must exist."""
        others = call.tx.children(call.target.parent, ZONE_GROUPS)
        if existing is None and others:
            raise ArmError(
                400,
                "PrivateEndpointCannotHaveMoreThanOneDnsZoneGroup",
                f"Private endpoint {call.target.parent} already has the private DNS zone group "
                f"{others[0].name}; it can have one only.",
            )
        given = (call.body.get("properties") or {}).get("privateDnsZoneConfigs") or []
        return {"properties": {"privateDnsZoneConfigs": [_config(call, one) for one in given]}}

    def finished(self, ending: Ending) -> None:
        """Writes the records, and takes away those it does not need any more."""
        group = ending.resource
        endpoint = ending.tx.get(group.parent)
        interface = interface_of(ending.tx, endpoint) if endpoint else None
        _forget(ending, group)
        configs = []
        for config in group.properties["privateDnsZoneConfigs"]:
            zone = ending.tx.get(_zone_id(config))
            sets = list(_record_sets(zone, interface)) if zone and interface else []
            for record_set in sets:
                if zone:
                    _write(ending, group, zone, record_set)
            properties = {"privateDnsZoneId": _zone_id(config), "recordSets": sets}
            configs.append({**config, "properties": properties})
        ending.tx.save(with_properties(group, {"privateDnsZoneConfigs": configs}))

    def removed(self, ending: Ending) -> None:
        """The records go with the group."""
        _forget(ending, ending.resource)


def _config(call: Call, given: JsonObject) -> JsonObject:
    zone_id = (given.get("properties") or {}).get("privateDnsZoneId")
    zone = referenced(call.tx, call.target.path, zone_id, ZONES)
    name = given.get("name")
    return {
        "name": name,
        "id": f"{call.target.path}/privateDnsZoneConfigs/{name}",
        "type": f"{ZONE_GROUPS}/privateDnsZoneConfigs",
        "properties": {"privateDnsZoneId": zone.id, "recordSets": []},
    }


def _zone_id(config: JsonObject) -> str:
    return str(config["properties"]["privateDnsZoneId"])


def _record_sets(zone: Resource, interface: Resource) -> Iterator[JsonObject]:
    """The records of the names that belong into a zone; none for a zone of something else."""
    suffix = f".{zone.name.lower()}"
    for configuration in interfaces.configurations_of(interface):
        for fqdn in interfaces.fqdns_of(configuration):
            name = private_name(fqdn)
            if name.endswith(suffix):
                yield {
                    "recordType": "A",
                    "recordSetName": name[: -len(suffix)],
                    "fqdn": name,
                    "ttl": _TTL_SECONDS,
                    "ipAddresses": [interfaces.address_of(configuration)],
                    "provisioningState": "Succeeded",
                }


def _write(ending: Ending, group: Resource, zone: Resource, record_set: JsonObject) -> None:
    """Writes one record; the last endpoint of a resource in a zone wins, as on Azure."""
    name = str(record_set["recordSetName"])
    endpoint = group.parent.rpartition("/")[2]
    properties = record_properties(
        zone.name,
        name,
        record_set["ipAddresses"],
        _TTL_SECONDS,
        {"creator": f"created by private endpoint {endpoint}"},
    )
    ending.tx.save(
        Resource(
            id=f"{zone.id}/A/{name}",
            type=RECORDS,
            name=name,
            parent=zone.id,
            subscription=zone.subscription,
            resource_group=zone.resource_group,
            body={"properties": properties},
            internal={_OWNER: group.id},
            created_at=ending.at,
            modified_at=ending.at,
        )
    )


def _forget(ending: Ending, group: Resource) -> None:
    for record in _records_of(ending.tx, group):
        ending.tx.delete(record, ending.at)


def _records_of(tx: Transaction, group: Resource) -> list[Resource]:
    return [
        record
        for record in tx.of_type(RECORDS)
        if str(record.internal.get(_OWNER, "")).lower() == group.key
    ]
