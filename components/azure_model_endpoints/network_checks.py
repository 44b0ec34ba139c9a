# SPDX-License-Identifier: Apache-2.0
"""What is there before a network is created: its region's services, networks and zones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from azure_model_endpoints.arguments import ArgumentsError
from azure_model_endpoints.errors import AmeError, Problem
from azure_model_endpoints.foreign_fields import UNKNOWN, plain
from azure_model_endpoints.planning.existing_subnets import endpoint_addresses
from azure_model_endpoints.planning.networks import NetworkNames
from azure_model_endpoints.planning.private_links import PrivateLink
from azure_model_endpoints.subscription.networks import WantedNetwork, network_problems
from azure_model_endpoints.subscription.provider import arm_client, subscription
from azure_model_endpoints.subscription.threads import in_thread

__all__ = ["checked_subnet"]

ZoneIds = Mapping[str, pulumi.Input[str]]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a network is asked for, as far as it depends on what is there."""

    name: str
    """What the program calls it."""
    region: str
    given: ZoneIds
    """Zones that exist, by name."""
    created: Mapping[str, pulumi.Input[str]] | None
    """Resource group of each zone that is created, by name, for a network that exists; None for a
    new network."""
    links: Sequence[PrivateLink]
    """What its private endpoints lead to."""
    names: NetworkNames
    group: pulumi.Input[str]
    """The resource group they are in."""


def checked_subnet(
    component: pulumi.Resource, wanted: Wanted, subnet_id: pulumi.Output[str]
) -> pulumi.Output[str]:
    """Return a subnet's id once it is sure that private endpoints work in it.

    Their region must offer them, and their names must resolve in the network.

    Args:
        component: the network's component.
        wanted: what it is asked for.
        subnet_id: the subnet.
    """

    async def checked() -> str:
        try:
            problems = await _problems(component, wanted, subnet_id)
        except AmeError as error:
            raise pulumi.RunError(str(error)) from None
        if problems:
            raise ArgumentsError(problems, source=wanted.name)
        return ""

    first: pulumi.Output[str] = pulumi.Output.from_input(checked())
    return pulumi.Output.all(subnet_id, first).apply(lambda both: str(both[0]))


async def _problems(
    component: pulumi.Resource, wanted: Wanted, subnet_id: pulumi.Output[str]
) -> list[Problem]:
    client, where = await arm_client(component), await subscription(component)
    given, group = await plain(dict(wanted.given)), await plain(wanted.group)
    is_new = wanted.created is None
    subnet = UNKNOWN if is_new else await plain(subnet_id)
    network = WantedNetwork(
        path=wanted.name,
        region_path=f"{wanted.name}.region",
        region=wanted.region,
        given={name: zone_id for name, zone_id in given.items() if zone_id is not UNKNOWN},
        created=await plain(dict(wanted.created or {})),
        # Of a group that is not known yet there is no endpoint yet.
        addresses=endpoint_addresses(
            wanted.links, wanted.names, f"/subscriptions/{where}/resourceGroups/{group}"
        ),
        is_new=is_new,
        subnet_id=None if subnet is UNKNOWN else str(subnet),
    )
    return await in_thread(network_problems, client, where, network)
