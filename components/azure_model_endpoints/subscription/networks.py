# SPDX-License-Identifier: Apache-2.0
"""What would keep the private endpoints of a network from being made, or from being found."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Any

from azure_model_endpoints.errors import ArmError, Problem
from azure_model_endpoints.planning.existing_subnets import network_id_of, subnet_problems
from azure_model_endpoints.planning.first_creation import registration_problems
from azure_model_endpoints.planning.private_links import private_link_problem
from azure_model_endpoints.planning.zone_links import (
    foreign_problem,
    has_own_dns,
    is_linked,
    missing_problem,
    taken_problem,
    unlinked_problem,
)
from azure_model_endpoints.subscription.arm import ArmClient
from azure_model_endpoints.subscription.concurrently import begun, settled
from azure_model_endpoints.subscription.unanswered import unanswered_problems

__all__ = ["WantedNetwork", "network_problems", "network_questions"]

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
    addresses: Mapping[str, int]
    """How many addresses each private endpoint takes, by its id."""
    is_new: bool
    subnet_id: str | None = None
    """The subnet of a network that exists; None for a new one, and as long as it is not known."""


def network_problems(client: ArmClient, subscription: str, wanted: WantedNetwork) -> list[Problem]:
    """Return what is wrong with the region, the registration, the network and the zones.

    What Azure does not answer is a problem as well, and hides none of the others.
    """
    answers, failures = settled(network_questions(client, subscription, wanted))
    found = [problem for problems in answers.values() for problem in problems]
    return [*found, *unanswered_problems(wanted.path, failures)]


def network_questions(
    client: ArmClient, subscription: str, wanted: WantedNetwork
) -> dict[str, Callable[[], list[Problem]]]:
    """Return what there is to ask about a network, by what messages call the question.

    Each asks Azure when it is called, and returns what is wrong. What several of them need is asked
    for at once.
    """
    look = _Look(client, subscription, wanted)
    questions = {"private link": look.at_service}
    if wanted.subnet_id:
        questions["the network that exists"] = look.at_subnet
    if wanted.subnet_id and wanted.created:
        questions["the zones that it is linked to"] = look.at_taken_zones
    for name, zone_id in wanted.given.items():
        questions[f"the zone {name}"] = partial(look.at_given_zone, name, zone_id)
    return questions


class _Look:
    """One look at what is there for a network; of one that exists, at that."""

    def __init__(self, client: ArmClient, subscription: str, wanted: WantedNetwork) -> None:
        self._client = client
        self._subscription = subscription
        self._wanted = wanted
        self._zones_path = f"{wanted.path}.private_dns_zone_ids"
        self._network_id = network_id_of(wanted.subnet_id) if wanted.subnet_id else None
        self._network = self._begun(self._network_id) if self._network_id else None

    def at_service(self) -> list[Problem]:
        provider_id = f"/subscriptions/{self._subscription}/providers/{_NAMESPACE}"
        provider = self._client.get(provider_id, _PROVIDERS_API_VERSION) or {}
        region = private_link_problem(self._wanted.region_path, self._wanted.region, provider)
        state = provider.get("registrationState", "NotFound")
        return [*([region] if region else []), *registration_problems({_NAMESPACE: state})]

    def at_subnet(self) -> list[Problem]:
        wanted = self._wanted
        path = f"{wanted.path}.existing_subnet_id"
        network = self._network.result() if self._network else None
        found = subnet_problems(
            path,
            wanted.subnet_id or "",
            network,
            region=wanted.region,
            addresses=wanted.addresses,
        )
        return list(found)

    def at_given_zone(self, name: str, zone_id: str) -> list[Problem]:
        path = f"{self._zones_path}.{name}"
        if self._wanted.is_new and (problem := foreign_problem(path, zone_id, self._subscription)):
            return [problem]
        # Together, though links say nothing where the network has DNS servers of its own: few have.
        asked: dict[str, Callable[[], Any]] = {"zone": partial(self._exists, zone_id)}
        if self._network:
            asked["links"] = partial(self._links, zone_id)
        answers, failures = settled(asked)
        if "zone" in failures:
            raise failures["zone"]
        if not answers["zone"]:
            return [missing_problem(path, zone_id)]
        network = self._network.result() if self._network else None
        if self._network_id is None or network is None or has_own_dns(network):
            return []
        if "links" in failures:
            raise failures["links"]
        is_found = is_linked(answers["links"], self._network_id)
        return [] if is_found else [unlinked_problem(path, zone_id, self._network_id)]

    def at_taken_zones(self) -> list[Problem]:
        return list(self._taken(self._network_id or ""))

    def _taken(self, network_id: str) -> Iterator[Problem]:
        created = self._wanted.created
        zones = f"/subscriptions/{self._subscription}/providers/{_NAMESPACE}/privateDnsZones"
        for zone in self._client.list(zones, _DNS_API_VERSION):
            name = zone["name"].lower()
            is_ours = f"/resourcegroups/{created.get(name)}/".lower() in zone["id"].lower()
            if name not in created or is_ours:
                continue
            if is_linked(self._links(zone["id"]), network_id):
                yield taken_problem(self._zones_path, zone["id"], network_id)

    def _begun(self, network_id: str) -> Future[dict[str, Any] | None]:
        get = partial(self._client.get, network_id, _NETWORK_API_VERSION)
        return begun({network_id: get})[network_id]

    def _exists(self, zone_id: str) -> bool:
        """Return whether there is a zone; what whoever runs this may not see counts as there."""
        try:
            return self._client.get(zone_id, _DNS_API_VERSION) is not None
        except ArmError as error:
            if error.status == HTTPStatus.FORBIDDEN:
                return True
            raise

    def _links(self, zone_id: str) -> list[dict[str, Any]]:
        return self._client.list(f"{zone_id}/virtualNetworkLinks", _DNS_API_VERSION)
