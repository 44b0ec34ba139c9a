# SPDX-License-Identifier: Apache-2.0
"""Networks and private DNS zones that exist: looked at before anything is created in them."""

import asyncio
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pulumi

from azure_model_endpoints.arguments import ArgumentsError
from azure_model_endpoints.errors import AmeError, Problem
from azure_model_endpoints.foreign_fields import UNKNOWN, plain
from azure_model_endpoints.planning.zone_links import (
    foreign_problems,
    has_own_dns,
    is_linked,
    taken_problem,
    unlinked_problem,
)
from azure_model_endpoints.subscription.provider import arm_client, subscription

if TYPE_CHECKING:
    from azure_model_endpoints.subscription.arm import ArmClient

__all__ = ["with_resolving_names"]

_NETWORK_API_VERSION = "2024-05-01"
_DNS_API_VERSION = "2024-06-01"

ZoneIds = Mapping[str, pulumi.Input[str]]


def with_resolving_names(
    component: pulumi.Resource,
    path: str,
    subnet_id: pulumi.Output[str],
    given: ZoneIds,
    created: Mapping[str, pulumi.Input[str]] | None,
) -> pulumi.Output[str]:
    """Return a subnet's id once it is sure that names of private endpoints resolve around it.

    Args:
        component: the network's component.
        path: how messages call its zones.
        subnet_id: the subnet.
        given: zones that exist, by name.
        created: resource group of each zone that is created, by name, for a network that exists;
            None for a new network.
    """

    async def checked() -> str:
        try:
            problems = await _problems(component, path, subnet_id, given, created)
        except AmeError as error:
            raise pulumi.RunError(str(error)) from None
        if problems:
            raise ArgumentsError(problems, source=path.partition(".")[0])
        return ""

    first: pulumi.Output[str] = pulumi.Output.from_input(checked())
    return pulumi.Output.all(subnet_id, first).apply(lambda both: str(both[0]))


async def _problems(
    component: pulumi.Resource,
    path: str,
    subnet_id: pulumi.Output[str],
    given: ZoneIds,
    created: Mapping[str, pulumi.Input[str]] | None,
) -> list[Problem]:
    ids: dict[str, str] = {
        name: zone_id
        for name, zone_id in (await plain(dict(given))).items()
        if zone_id is not UNKNOWN
    }
    if created is None:
        if not ids:
            return []
        return list(foreign_problems(path, ids, await subscription(component)))
    subnet = await plain(subnet_id)
    if subnet is UNKNOWN:
        return []
    groups = await plain(dict(created))
    look = _Look(await arm_client(component), subnet.rpartition("/subnets/")[0], path)
    return await asyncio.to_thread(look.problems, ids, groups, await subscription(component))


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
