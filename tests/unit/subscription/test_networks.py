# SPDX-License-Identifier: Apache-2.0
"""What is asked of Azure before a network is made, and what its answers mean."""

from dataclasses import replace
from typing import Any

import pytest

from azure_model_endpoints.credentials import Cloud
from azure_model_endpoints.errors import Problem
from azure_model_endpoints.subscription.arm import ArmClient
from azure_model_endpoints.subscription.networks import WantedNetwork, network_problems
from tests.unit.http_server import Reply, Server

BLOB, FILE = "privatelink.blob.core.windows.net", "privatelink.file.core.windows.net"
HUB = "/subscriptions/hub/resourceGroups/rg-hub/providers/Microsoft.Network"
SPOKE = f"{HUB}/virtualNetworks/spoke"
NEW = WantedNetwork(
    path="network",
    region_path="region",
    region="eastus",
    given={BLOB: f"{HUB}/privateDnsZones/{BLOB}"},
    created={FILE: "rg"},
    addresses={"/pep-one": 3, "/pep-two": 8},
    is_new=True,
)
IN_SPOKE = replace(NEW, is_new=False, subnet_id=f"{SPOKE}/subnets/endpoints")


@pytest.fixture
def azure(server: Server) -> Server:
    """A subscription with private link, and a hub whose zone is linked to nothing."""
    answer(server, "Registered", "East US")
    server.answer("GET", SPOKE, Reply(body=spoke()))
    server.answer("GET", f"{HUB}/privateDnsZones/{BLOB}", Reply(body={}))
    server.answer("GET", f"{HUB}/privateDnsZones/{BLOB}/virtualNetworkLinks", Reply(body=NOTHING))
    zones = "/subscriptions/s/providers/Microsoft.Network/privateDnsZones"
    server.answer("GET", zones, Reply(body=NOTHING))
    return server


NOTHING: dict[str, list[str]] = {"value": []}
REFUSED = Reply(403, {"error": {"code": "AuthorizationFailed", "message": "no"}})
ZONE_PATH = f"network.private_dns_zone_ids.{BLOB}"


def spoke(*subnets: str, **more: Any) -> dict[str, Any]:
    """A network with some subnets of sixteen addresses."""
    there = [
        {"name": name, "properties": {"addressPrefix": "10.9.0.0/28"}}
        for name in subnets or ["endpoints"]
    ]
    return {"location": "eastus", "properties": {"subnets": there, **more}}


def answer(server: Server, registration: str, *regions: str) -> None:
    """Let the subscription describe its network service."""
    kind = {"resourceType": "privateEndpoints", "locations": list(regions)}
    body = {"resourceTypes": [kind], "registrationState": registration}
    server.answer("GET", "/subscriptions/s/providers/Microsoft.Network", Reply(body=body))


def problems(server: Server, wanted: WantedNetwork) -> list[Problem]:
    """Everything that is wrong."""
    client = ArmClient.with_token(Cloud(server.url, "", server.url), "t")
    return network_problems(client, "s", wanted)


def paths(server: Server, wanted: WantedNetwork) -> list[str]:
    """The settings that something is wrong with."""
    return [problem.path for problem in problems(server, wanted)]


def test_everything_is_told_at_once(azure: Server) -> None:
    """Region, registration, subnet and zones."""
    answer(azure, "NotRegistered", "West Europe")
    azure.answer("GET", SPOKE, Reply(body=spoke("others")))

    assert ["region", "subscription", "network.existing_subnet_id", ZONE_PATH] == paths(
        azure, IN_SPOKE
    )


def test_zone_of_others_is_a_problem_of_a_new_network_alone(azure: Server) -> None:
    """It can be linked to one that exists, also where nobody knows yet which one that is."""
    assert [ZONE_PATH] == paths(azure, NEW)
    assert [] == paths(azure, replace(IN_SPOKE, subnet_id=None))


def test_nothing_is_wrong_where_zones_are_linked(azure: Server) -> None:
    """The usual case."""
    link = {"properties": {"virtualNetwork": {"id": SPOKE.upper()}}}
    links = f"{HUB}/privateDnsZones/{BLOB}/virtualNetworkLinks"
    azure.answer("GET", links, Reply(body={"value": [link]}))

    assert [] == paths(azure, IN_SPOKE)


MISSING = Reply(404, {"error": {"code": "ResourceNotFound", "message": "no"}})


@pytest.mark.parametrize(
    "wanted",
    [
        replace(NEW, given={BLOB: f"{HUB}/privateDnsZones/{BLOB}".replace("/hub/", "/s/")}),
        IN_SPOKE,
        replace(IN_SPOKE, subnet_id=None),
    ],
    ids=["new", "exists", "unknown"],
)
def test_zone_that_does_not_exist(azure: Server, wanted: WantedNetwork) -> None:
    """By its own name, whatever the network is; other problems are told besides."""
    answer(azure, "NotRegistered", "East US")
    zone = wanted.given[BLOB]
    azure.answer("GET", zone, MISSING)
    azure.answer("GET", f"{zone}/virtualNetworkLinks", MISSING)

    found = {problem.path: problem.given for problem in problems(azure, wanted)}

    assert {"subscription", ZONE_PATH} == found.keys()
    assert f"{zone!r}, which does not exist" == found[ZONE_PATH]


def test_zone_that_nobody_here_may_see_counts_as_there(azure: Server) -> None:
    """The DNS servers of the network know it; whoever previews need not."""
    azure.answer("GET", f"{HUB}/privateDnsZones/{BLOB}", REFUSED)
    azure.answer("GET", f"{HUB}/privateDnsZones/{BLOB}/virtualNetworkLinks", REFUSED)
    own_servers = spoke(dhcpOptions={"dnsServers": ["10.0.0.4"]})
    azure.answer("GET", SPOKE, Reply(body=own_servers))

    assert [] == problems(azure, IN_SPOKE)


def test_what_is_not_answered_is_named_and_hides_nothing(azure: Server) -> None:
    """Once for everything that is refused for the same reason."""
    answer(azure, "NotRegistered", "East US")
    azure.answer("GET", SPOKE, REFUSED)

    told = [f"{problem.path}: {problem.given}" for problem in problems(azure, IN_SPOKE)]

    why = "Azure Resource Manager refused (403 AuthorizationFailed): no"
    assert [
        "subscription: Microsoft.Network, which is NotRegistered",
        f"network: no answer about the network that exists, the zone {BLOB} ({why})",
    ] == told
