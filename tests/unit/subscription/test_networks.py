# SPDX-License-Identifier: Apache-2.0
"""What is asked of Azure before a network is made, and what its answers mean."""

from dataclasses import replace

import pytest

from azure_model_endpoints.credentials import Cloud
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
    is_new=True,
)
IN_SPOKE = replace(NEW, is_new=False, subnet_id=f"{SPOKE}/subnets/endpoints")


@pytest.fixture
def azure(server: Server) -> Server:
    """A subscription with private link, and a hub whose zone is linked to nothing."""
    answer(server, "Registered", "East US")
    server.answer("GET", SPOKE, Reply(body={"properties": {}}))
    server.answer("GET", f"{HUB}/privateDnsZones/{BLOB}/virtualNetworkLinks", Reply(body=NOTHING))
    zones = "/subscriptions/s/providers/Microsoft.Network/privateDnsZones"
    server.answer("GET", zones, Reply(body=NOTHING))
    return server


NOTHING: dict[str, list[str]] = {"value": []}


def answer(server: Server, registration: str, *regions: str) -> None:
    """Let the subscription describe its network service."""
    kind = {"resourceType": "privateEndpoints", "locations": list(regions)}
    body = {"resourceTypes": [kind], "registrationState": registration}
    server.answer("GET", "/subscriptions/s/providers/Microsoft.Network", Reply(body=body))


def paths(server: Server, wanted: WantedNetwork) -> list[str]:
    """The settings that something is wrong with."""
    client = ArmClient.with_token(Cloud(server.url, "", server.url), "t")
    return [problem.path for problem in network_problems(client, "s", wanted)]


def test_everything_is_told_at_once(azure: Server) -> None:
    """Region, registration and zones."""
    answer(azure, "NotRegistered", "West Europe")

    assert ["region", "subscription", f"network.private_dns_zone_ids.{BLOB}"] == paths(
        azure, IN_SPOKE
    )


def test_zone_of_others_is_a_problem_of_a_new_network_alone(azure: Server) -> None:
    """It can be linked to one that exists, also where nobody knows yet which one that is."""
    assert [f"network.private_dns_zone_ids.{BLOB}"] == paths(azure, NEW)
    assert [] == paths(azure, replace(IN_SPOKE, subnet_id=None))


def test_nothing_is_wrong_where_zones_are_linked(azure: Server) -> None:
    """The usual case."""
    link = {"properties": {"virtualNetwork": {"id": SPOKE.upper()}}}
    links = f"{HUB}/privateDnsZones/{BLOB}/virtualNetworkLinks"
    azure.answer("GET", links, Reply(body={"value": [link]}))

    assert [] == paths(azure, IN_SPOKE)
