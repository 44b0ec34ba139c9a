# SPDX-License-Identifier: Apache-2.0
"""What is there before a network is created: its region's services, networks and zones."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pulumi

from azure_model_endpoints.arguments import ArgumentsError
from azure_model_endpoints.errors import AmeError, Problem
from azure_model_endpoints.foreign_fields import UNKNOWN, plain
from azure_model_endpoints.planning.first_creation import registration_problems
from azure_model_endpoints.planning.private_links import private_link_problem
from azure_model_endpoints.planning.zone_links import (
    foreign_problems,
    has_own_dns,
    is_linked,
    taken_problem,
    unlinked_problem,
)
from azure_model_endpoints.subscription.provider import arm_client, subscription
from azure_model_endpoints.subscription.threads import in_thread

if TYPE_CHECKING:
    from azure_model_endpoints.subscription.arm import ArmClient

__all__ = ["checked_subnet"]

_NETWORK_API_VERSION = "2024-05-01"
_DNS_API_VERSION = "2024-06-01"
_PROVIDERS_API_VERSION = "2021-04-01"

_NAMESPACE = "Microsoft.Network"

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
    provider_id = f"/subscriptions/{where}/providers/{_NAMESPACE}"
    provider = await in_thread(client.get, provider_id, _PROVIDERS_API_VERSION)
    region = private_link_problem(f"{wanted.name}.region", wanted.region, provider or {})
    path = f"{wanted.name}.private_dns_zone_ids"
    ids: dict[str, str] = {
        name: zone_id
        for name, zone_id in (await plain(dict(wanted.given))).items()
        if zone_id is not UNKNOWN
    }
    state = (provider or {}).get("registrationState", "NotFound")
    problems = [*([region] if region else []), *registration_problems({_NAMESPACE: state})]
    if wanted.created is None:
        return [*problems, *foreign_problems(path, ids, where)]
    subnet = await plain(subnet_id)
    if subnet is UNKNOWN:
        return problems
    groups = await plain(dict(wanted.created))
    look = _Look(client, subnet.rpartition("/subnets/")[0], path)
    return [*problems, *await in_thread(look.problems, ids, groups, where)]


class _Look:
    """One look at a network that exists."""

    def __init__(self, client: "ArmClient", network_id: str, path: str) -> None:
        self._client = client
        self._network_id = network_id
        self._path = path

    def problems(
        self, given: Mapping[str, str], created: Mapping[str, Any], subscription_id: str
    ) -> list[Problem]:
        network = self._client.get(self._network_id, _NETWORK_API_VERSION)
        if network is None:
            path = f"{self._path.rpartition('.')[0]}.existing_subnet_id"
            rule = "a subnet of a network that exists"
            given_id = f"a subnet of {self._network_id}, which does not exist"
            return [Problem(path, given_id, rule, "Correct the id.")]
        found = list(self._taken(created, subscription_id))
        return found if has_own_dns(network) else [*found, *self._unlinked(given)]

    def _unlinked(self, given: Mapping[str, str]) -> Iterator[Problem]:
        for name, zone_id in given.items():
            if not is_linked(self._links(zone_id), self._network_id):
                yield unlinked_problem(f"{self._path}.{name}", zone_id, self._network_id)

    def _taken(self, created: Mapping[str, Any], subscription_id: str) -> Iterator[Problem]:
        zones = f"/subscriptions/{subscription_id}/providers/Microsoft.Network/privateDnsZones"
        for zone in self._client.list(zones, _DNS_API_VERSION) if created else []:
            name = zone["name"].lower()
            is_ours = f"/resourcegroups/{created.get(name)}/".lower() in zone["id"].lower()
            if name not in created or is_ours:
                continue
            if is_linked(self._links(zone["id"]), self._network_id):
                yield taken_problem(self._path, zone["id"], self._network_id)

    def _links(self, zone_id: str) -> list[dict[str, Any]]:
        return self._client.list(f"{zone_id}/virtualNetworkLinks", _DNS_API_VERSION)
