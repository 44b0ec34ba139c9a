# SPDX-License-Identifier: Apache-2.0
"""What a name means to callers at a place: public DNS, and the private zones of their network.

Public DNS knows a resource with private endpoints under an alias in the zone of private link. In
a network that is linked to a zone of that name the zone answers, elsewhere the public address
(Azure docs, private-endpoint-dns).
"""

import hashlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from azure_sandbox.arm.errors import ArmError
from azure_sandbox.arm.records import Resource
from azure_sandbox.arm.transaction import Transaction
from azure_sandbox.arm.wire import JsonObject
from azure_sandbox.namespaces.network.connections import connections_of
from azure_sandbox.namespaces.network.dns_zones import addresses_of
from azure_sandbox.namespaces.network.link_targets import (
    TYPES,
    WORKSPACES,
    fqdns_of,
    inference_name,
    private_name,
    scoring_name,
)
from azure_sandbox.namespaces.network.references import id_at
from azure_sandbox.namespaces.network.versions import RECORDS, ZONE_LINKS
from azure_sandbox.namespaces.network.virtual_networks import find_network
from azure_sandbox.places import Place

_ENDPOINTS = f"{WORKSPACES}/onlineEndpoints"
_LONGEST_CHAIN = 4


@dataclass(frozen=True, slots=True)
class Resolution:
    """What a name resolves to."""

    name: str
    aliases: tuple[str, ...] = ()
    """The canonical names it is led through, in order."""
    addresses: tuple[str, ...] = ()
    """Empty when the name does not exist."""
    zone: str = ""
    """The id of the private zone that has answered; empty for public DNS."""

    def shown(self) -> JsonObject:
        """Return it as the admin API shows it."""
        return {**asdict(self), "private": bool(self.zone)}


def network_of(tx: Transaction, place: Place) -> Resource | None:
    """Return the virtual network of a place; None on the internet, and once it is deleted.

    Raises:
        ArmError: several networks have the name.
    """
    found = find_network(tx, place.network) if place.network else []
    if len(found) > 1:
        ids = ", ".join(network.id for network in found)
        text = f"Several virtual networks are called {place.network}; name one by its id: {ids}."
        raise ArmError(400, "BadRequest", text)
    return found[0] if found else None


def resolve(tx: Transaction, name: str, place: Place) -> Resolution:
    """Return what a name means to callers at a place."""
    network = network_of(tx, place)
    asked = current = name.lower().rstrip(".")
    aliases: list[str] = []
    for _ in range(_LONGEST_CHAIN):
        for zone, policy in _zones(tx, network, current):
            record = _record(tx, zone, current)
            if record or policy != "NxDomainRedirect":
                addresses = addresses_of(record) if record else ()
                return Resolution(asked, tuple(aliases), addresses, zone.id)
        alias = _public_alias(tx, current)
        if alias is None:
            break
        aliases.append(alias)
        current = alias
    known = _is_public(tx, asked)
    return Resolution(asked, tuple(aliases), (_public_address(asked),) if known else ())


def _zones(tx: Transaction, network: Resource | None, name: str) -> Iterator[tuple[Resource, str]]:
    """The zones linked to a network that a name belongs to, the most specific one first."""
    found = []
    for link in tx.of_type(ZONE_LINKS) if network else ():
        completed = link.properties["virtualNetworkLinkState"] == "Completed"
        linked = id_at(link.body, "properties.virtualNetwork").lower()
        zone = tx.get(link.parent)
        if network and zone and completed and linked == network.key:
            suffix = zone.name.lower()
            if name == suffix or name.endswith(f".{suffix}"):
                found.append((zone, str(link.properties["resolutionPolicy"])))
    yield from sorted(found, key=lambda one: -len(one[0].name))


def _record(tx: Transaction, zone: Resource, name: str) -> Resource | None:
    relative = name.removesuffix(zone.name.lower()).rstrip(".") or "@"
    records = {record.name.lower(): record for record in tx.children(zone.id, RECORDS)}
    if relative in records:
        return records[relative]
    labels = relative.split(".")
    wildcards = (".".join(["*", *labels[cut:]]) for cut in range(1, len(labels) + 1))
    return next((records[one] for one in wildcards if one in records), None)


def _public_alias(tx: Transaction, name: str) -> str | None:
    """The name that public DNS gives as an alias: only what has private endpoints has one."""
    for endpoint in tx.named(_ENDPOINTS, name.partition(".")[0]):
        workspace = tx.get(endpoint.parent)
        is_it = name == scoring_name(endpoint.name, endpoint.location)
        if workspace and is_it and connections_of(tx, workspace):
            return private_name(inference_name(endpoint.name, endpoint.location, workspace))
    for target in _targets(tx):
        if any(_matches(fqdn, name) for fqdn in fqdns_of(target)) and connections_of(tx, target):
            return private_name(name)
    return None


def _is_public(tx: Transaction, name: str) -> bool:
    if any(
        name == scoring_name(endpoint.name, endpoint.location)
        for endpoint in tx.named(_ENDPOINTS, name.partition(".")[0])
    ):
        return True
    return any(
        _matches(known, name)
        for target in _targets(tx)
        for fqdn in fqdns_of(target)
        for known in (fqdn, private_name(fqdn))
    )


def _targets(tx: Transaction) -> list[Resource]:
    return [target for kind in TYPES for target in tx.of_type(kind)]


def _matches(known: str, name: str) -> bool:
    if known.startswith("*."):
        return name.endswith(known[1:].lower())
    return known.lower() == name


def _public_address(name: str) -> str:
    """An address of the range that documentation uses (RFC 5737), always the same one."""
    return f"203.0.113.{hashlib.sha256(name.encode()).digest()[0]}"
