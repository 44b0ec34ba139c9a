# SPDX-License-Identifier: Apache-2.0
"""Private DNS zones, the networks linked to them, and their address records."""

import base64
from typing import ClassVar

from azure_sandbox.arm import lro
from azure_sandbox.arm.call import Call, Ending
from azure_sandbox.arm.errors import ArmError
from azure_sandbox.arm.lro import Lro, Polling
from azure_sandbox.arm.records import Resource
from azure_sandbox.arm.rules import one_of, required
from azure_sandbox.arm.transaction import Transaction
from azure_sandbox.arm.wire import JsonObject
from azure_sandbox.namespaces.network.network_resource import NetworkResource, with_properties
from azure_sandbox.namespaces.network.references import id_at
from azure_sandbox.namespaces.network.versions import (
    DNS_VERSIONS,
    RECORDS,
    VIRTUAL_NETWORKS,
    ZONE_LINKS,
)

_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_RECORD_LABEL = rf"(?:\*|@|{_LABEL})"
_DEFAULT_TTL_SECONDS = 3600
_MOST_RECORDS, _MOST_LINKS, _MOST_REGISTERING_LINKS = 25_000, 1_000, 100
_RESOLUTION_POLICIES = ("Default", "NxDomainRedirect")
_GLOBAL = {"global": "global"}


class Zones(NetworkResource):
    """`privateDnsZones`; they have no region."""

    path = "privateDnsZones"
    api_versions = DNS_VERSIONS
    regions = _GLOBAL
    name_pattern = rf"(?=.{{1,63}}$){_LABEL}(?:\.{_LABEL}){{1,33}}"
    name_rule = "2 to 34 labels of letters, digits, underscores and hyphens, separated by periods"
    on_put: ClassVar[Lro] = Lro(Polling.ASYNC_OPERATION, 30, 202, 202)
    on_delete: ClassVar[Lro] = lro.location(30)
    computed: ClassVar[tuple[str, ...]] = (
        "numberOfRecordSets",
        "numberOfVirtualNetworkLinks",
        "numberOfVirtualNetworkLinksWithRegistration",
    )

    def completed(self, tx: Transaction, resource: Resource) -> Resource:
        """The zone with the numbers of what is in it."""
        links = tx.children(resource.id, ZONE_LINKS)
        registering = [link for link in links if link.properties["registrationEnabled"]]
        counts = (1 + len(tx.children(resource.id, RECORDS)), len(links), len(registering))
        return with_properties(resource, dict(zip(self.computed, counts, strict=True)))

    def desired(self, call: Call, existing: Resource | None) -> JsonObject:  # noqa: ARG002 - a hook
        """A zone has nothing to be set but tags."""
        internal_id = base64.b64encode(call.target.path.lower().encode()).decode()
        return {
            "properties": {
                "maxNumberOfRecordSets": _MOST_RECORDS,
                "maxNumberOfVirtualNetworkLinks": _MOST_LINKS,
                "maxNumberOfVirtualNetworkLinksWithRegistration": _MOST_REGISTERING_LINKS,
                "internalId": internal_id,
            }
        }

    def check_delete(self, call: Call, existing: Resource) -> None:
        """A zone stays as long as a network is linked to it."""
        links = call.tx.children(existing.id, ZONE_LINKS)
        if links:
            names = ", ".join(
                f"'{existing.type}/{existing.name}/virtualNetworkLinks/{link.name}'"
                for link in links
            )
            raise ArmError(
                409,
                "CannotDeleteResource",
                "Cannot delete resource while nested resources exist. Some existing nested "
                f"resource IDs include: {names}. Please delete all nested resources before "
                "deleting this resource.",
            )


class ZoneLinks(NetworkResource):
    """`privateDnsZones/virtualNetworkLinks`: networks in which the names of a zone resolve."""

    path = "privateDnsZones/virtualNetworkLinks"
    api_versions = DNS_VERSIONS
    regions = _GLOBAL
    on_put: ClassVar[Lro] = Lro(Polling.ASYNC_OPERATION, 30, 202, 202)
    on_delete: ClassVar[Lro] = lro.location(30)

    def desired(self, call: Call, existing: Resource | None) -> JsonObject:
        """The link; a network is linked to one zone of a name at most."""
        given = call.body.get("properties") or {}
        network_id = str(required(call.body, "properties.virtualNetwork.id"))
        network = call.tx.get(network_id)
        if network is None or network.type != VIRTUAL_NETWORKS:
            text = f"The virtual network {network_id} of the link does not exist."
            raise ArmError(400, "BadRequest", text)
        if existing and id_at(existing.body, "properties.virtualNetwork").lower() != network.key:
            text = "The virtual network of a link cannot be changed."
            raise ArmError(400, "BadRequest", text)
        self._check_only(call, network)
        policy = one_of(given, "resolutionPolicy", _RESOLUTION_POLICIES)
        return {
            "properties": {
                "virtualNetwork": {"id": network.id},
                "registrationEnabled": bool(given.get("registrationEnabled")),
                "resolutionPolicy": policy or "Default",
                "virtualNetworkLinkState": "InProgress",
            }
        }

    def finished(self, ending: Ending) -> None:
        """From now on names resolve in the network."""
        done = {"virtualNetworkLinkState": "Completed"}
        ending.tx.save(with_properties(ending.resource, done))

    def _check_only(self, call: Call, network: Resource) -> None:
        zone = call.target.names[0]
        for other in call.tx.of_type(ZONE_LINKS):
            same_network = id_at(other.body, "properties.virtualNetwork").lower() == network.key
            same_zone = other.parent.rpartition("/")[2].lower() == zone.lower()
            if same_network and same_zone and other.key != call.target.path.lower():
                raise ArmError(
                    400,
                    "BadRequest",
                    "A virtual network cannot be linked to multiple zones with overlapping "
                    "namespaces. You tried to link virtual network with "
                    f"'{other.parent.rpartition('/')[2]}' and '{zone}' zones.",
                )


class Records(NetworkResource):
    """`privateDnsZones/A`: address records."""

    path = "privateDnsZones/A"
    api_versions = DNS_VERSIONS
    tracked = False
    shows_state = False
    name_pattern = rf"{_RECORD_LABEL}(?:\.{_LABEL})*"
    name_rule = "labels separated by periods, the first may be an asterisk; @ for the zone itself"
    methods = frozenset({"GET", "PUT", "DELETE"})

    def desired(self, call: Call, existing: Resource | None) -> JsonObject:  # noqa: ARG002 - a hook
        """The record, which has at least one address."""
        given = call.body.get("properties") or {}
        addresses = [str(one.get("ipv4Address")) for one in given.get("aRecords") or ()]
        if not addresses:
            raise ArmError(400, "BadRequest", "A record set must have at least one record.")
        ttl_seconds = given.get("ttl") or _DEFAULT_TTL_SECONDS
        metadata = given.get("metadata") or {}
        zone, name = call.target.names
        return {"properties": record_properties(zone, name, addresses, ttl_seconds, metadata)}


def record_properties(
    zone: str, name: str, addresses: list[str], ttl_seconds: int, metadata: JsonObject
) -> JsonObject:
    """Return the properties of an address record."""
    fqdn = f"{zone}." if name == "@" else f"{name}.{zone}."
    return {
        "metadata": metadata,
        "fqdn": fqdn,
        "ttl": ttl_seconds,
        "aRecords": [{"ipv4Address": address} for address in addresses],
        "isAutoRegistered": False,
    }


def addresses_of(record: Resource) -> tuple[str, ...]:
    """Return the addresses of a record."""
    return tuple(one["ipv4Address"] for one in record.properties["aRecords"])
