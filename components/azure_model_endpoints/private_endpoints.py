# SPDX-License-Identifier: Apache-2.0
"""Private endpoints of a workspace and what it stands on, with the DNS zones of their names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
from pulumi_azure_native import network, privatedns

from azure_model_endpoints.planning.names import unique_suffix
from azure_model_endpoints.planning.networks import NetworkNames
from azure_model_endpoints.planning.private_links import PrivateLink

__all__ = ["Place", "Zones", "private_endpoints", "private_zones"]

# Azure changes the network of no link, which the provider does not know; and the new link has the
# name of the old one.
_OF_ANOTHER_NETWORK = pulumi.ResourceOptions(
    replace_on_changes=["virtualNetwork"], delete_before_replace=True
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where the resources of a network are created, and what they have in common."""

    name: str
    """What the program calls the network's component."""
    group: pulumi.Input[str]
    region: str
    names: NetworkNames
    tags: Mapping[str, str]
    opts: pulumi.ResourceOptions


@dataclass(frozen=True, slots=True)
class Zones:
    """Private DNS zones that a network can use."""

    ids: Mapping[str, pulumi.Input[str]]
    """By their names."""
    links: Mapping[str, privatedns.VirtualNetworkLink]
    """What makes the names of a zone known in the network, by the zone; without those that somebody
    else has linked."""
    created: Sequence[str]
    """Names of those that are new."""

    @property
    def lockable_ids(self) -> dict[str, pulumi.Output[str]]:
        """Ids, by short names, of what keeps the new zones and their names in the network.

        That is their links: without its link no name of a zone resolves there, and Azure deletes
        no zone that has one. A lock on the zone itself would be one on each of its records, and
        those of a private endpoint could not be deleted when it goes (Azure docs, "How to protect
        private DNS zones and records").
        """
        return {f"link-{_label(zone)}": self.links[zone].id for zone in self.created}


def private_zones(
    place: Place,
    names: Sequence[str],
    network_id: pulumi.Input[str],
    given: Mapping[str, pulumi.Input[str]],
    *,
    new_network: bool,
) -> Zones:
    """Create private DNS zones, and link them to a network.

    Args:
        place: where.
        names: the zones that are needed.
        network_id: the network in which their names shall resolve.
        given: zones by name that exist.
        new_network: whether those are to be linked too. A network that exists is linked to them.
    """
    ids: dict[str, pulumi.Input[str]] = {}
    links: dict[str, privatedns.VirtualNetworkLink] = {}
    for zone in names:
        group, opts = place.group, place.opts
        if zone in given:
            ids[zone] = given[zone]
            group = pulumi.Output.from_input(given[zone]).apply(lambda id_: id_.split("/")[4])
        else:
            made = _zone(place, zone)
            ids[zone] = made.id
            opts = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[made]))
        if zone not in given or new_network:
            links[zone] = _link(place, zone, group, network_id, opts)
    return Zones(ids, links, created=[zone for zone in names if zone not in given])


def _zone(place: Place, zone: str) -> privatedns.PrivateZone:
    return privatedns.PrivateZone(
        f"{place.name}-zone-{_label(zone)}",
        private_zone_name=zone,
        resource_group_name=place.group,
        location="global",
        tags=place.tags,
        opts=place.opts,
    )


def _link(
    place: Place,
    zone: str,
    group: pulumi.Input[str],
    network_id: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
) -> privatedns.VirtualNetworkLink:
    # The zone of a hub has links of many networks.
    name = pulumi.Output.from_input(place.group).apply(
        lambda own: f"{place.names.link}-{unique_suffix(own)}"
    )
    return privatedns.VirtualNetworkLink(
        f"{place.name}-link-{_label(zone)}",
        virtual_network_link_name=name,
        private_zone_name=zone,
        resource_group_name=group,
        location="global",
        registration_enabled=False,
        virtual_network=privatedns.SubResourceArgs(id=network_id),
        tags=place.tags,
        opts=pulumi.ResourceOptions.merge(opts, _OF_ANOTHER_NETWORK),
    )


def private_endpoints(
    place: Place,
    links: Sequence[PrivateLink],
    targets: Mapping[str, pulumi.Input[str]],
    subnet_id: pulumi.Input[str],
    zones: Zones,
) -> Mapping[str, network.PrivateEndpoint]:
    """Create the private endpoints to some targets, and the records of their names.

    Azure refuses two changes of a storage account at once, so the endpoints of one target come one
    after the other.

    Returns:
        The endpoints by the names of their links.
    """
    made: dict[str, network.PrivateEndpoint] = {}
    latest: dict[str, network.PrivateEndpoint] = {}
    for link in links:
        if link.target not in targets:
            continue
        before = [latest[link.target]] if link.target in latest else []
        endpoint = network.PrivateEndpoint(
            f"{place.name}-endpoint-{link.name}",
            private_endpoint_name=place.names.endpoint(link.name),
            resource_group_name=place.group,
            location=place.region,
            subnet=network.SubnetArgs(id=subnet_id),
            private_link_service_connections=[
                network.PrivateLinkServiceConnectionArgs(
                    name=link.name,
                    private_link_service_id=targets[link.target],
                    group_ids=[link.group_id],
                )
            ],
            tags=place.tags,
            opts=pulumi.ResourceOptions.merge(
                place.opts,
                # Empty as soon as a zone group has taken the names over.
                pulumi.ResourceOptions(depends_on=before, ignore_changes=["customDnsConfigs"]),
            ),
        )
        made[link.name] = latest[link.target] = endpoint
        _records(place, link, endpoint, zones)
    return made


def _records(
    place: Place, link: PrivateLink, endpoint: network.PrivateEndpoint, zones: Zones
) -> None:
    after = [zones.links[zone] for zone in link.zones if zone in zones.links]
    network.PrivateDnsZoneGroup(
        f"{place.name}-names-{link.name}",
        private_dns_zone_group_name="default",
        private_endpoint_name=endpoint.name,
        resource_group_name=place.group,
        private_dns_zone_configs=[
            network.PrivateDnsZoneConfigArgs(name=_label(zone), private_dns_zone_id=zones.ids[zone])
            for zone in link.zones
        ],
        opts=pulumi.ResourceOptions.merge(
            place.opts, pulumi.ResourceOptions(depends_on=after, deleted_with=endpoint)
        ),
    )


def _label(zone: str) -> str:
    return zone.removeprefix("privatelink.").replace(".", "-")
