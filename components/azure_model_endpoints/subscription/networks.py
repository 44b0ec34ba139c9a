# SPDX-License-Identifier: Apache-2.0
"""What would keep the private endpoints of a network from being made, or from being found."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from azure_model_endpoints.errors import Problem
from azure_model_endpoints.planning.first_creation import registration_problems
from azure_model_endpoints.planning.private_links import private_link_problem
from azure_model_endpoints.planning.zone_links import (
    foreign_problems,
    has_own_dns,
    is_linked,
    taken_problem,
    unlinked_problem,
)
from azure_model_endpoints.subscription.arm import ArmClient

__all__ = ["WantedNetwork", "network_problems"]

_NETWORK_API_VERSION = "2024-05-01"
_DNS_API_VERSION = "2024-06-01"
_PROVIDERS_API_VERSION = "2021-04-01"
_NAMESPACE = "Microsoft.Network"


@dataclass(frozen=True, slots=True)
class WantedNetwork:
    """What a network is asked for, as far as it depends on what is there."""

    path: str
    """How messages call its settings."""
    region_path: str
    """How they call the region."""
    region: str
    given: Mapping[str, str]
    """Ids of zones that exist, by name."""
    created: Mapping[str, Any]
    """Resource group of each zone that is created, by name."""
    is_new: bool
    subnet_id: str | None = None
    """The subnet of a network that exists; None for a new one, and as long as it is not known."""


def network_problems(client: ArmClient, subscription: str, wanted: WantedNetwork) -> list[Problem]:
    """Return what is wrong with the region, the registration, the network and the zones.

    Raises:
        ArmError: Azure refused, or could not be reached.
    """
    provider_id = f"/subscriptions/{subscription}/providers/{_NAMESPACE}"
    provider = client.get(provider_id, _PROVIDERS_API_VERSION) or {}
    region = private_link_problem(wanted.region_path, wanted.region, provider)
    state = provider.get("registrationState", "NotFound")
    problems = [*([region] if region else []), *registration_problems({_NAMESPACE: state})]
    path = f"{wanted.path}.private_dns_zone_ids"
    if wanted.is_new:
        return [*problems, *foreign_problems(path, wanted.given, subscription)]
    if wanted.subnet_id is None:
        return problems
    look = _Look(client, wanted.subnet_id.rpartition("/subnets/")[0], path)
    return [*problems, *look.problems(wanted.given, wanted.created, subscription)]


class _Look:
    """One look at a network that exists."""

    def __init__(self, client: ArmClient, network_id: str, path: str) -> None:
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
