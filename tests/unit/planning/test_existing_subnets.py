# SPDX-License-Identifier: Apache-2.0
"""A subnet that exists, and what private endpoints need of it."""

from typing import Any

import pytest

from azure_model_endpoints.planning.existing_subnets import (
    endpoint_addresses,
    network_id_of,
    subnet_problems,
)
from azure_model_endpoints.planning.networks import NetworkNames
from azure_model_endpoints.planning.private_links import private_links

SPOKE = "/subscriptions/s/resourceGroups/hub/providers/Microsoft.Network/virtualNetworks/spoke"
SUBNET = f"{SPOKE}/subnets/endpoints"
GROUP = "/subscriptions/s/resourceGroups/rg"
ADDRESSES = endpoint_addresses(private_links("eastus"), NetworkNames.of("models"), GROUP)
OTHERS = "/subscriptions/s/resourceGroups/others/providers/Microsoft.Network"


def network(*prefixes: str, location: str = "East US", **more: Any) -> dict[str, Any]:
    """A network with the subnet, of some ranges."""
    properties = {"addressPrefixes": list(prefixes or ["10.9.0.0/28"]), **more}
    return {
        "location": location,
        "properties": {"subnets": [{"name": "Endpoints", "properties": properties}]},
    }


def taken(count: int, *endpoints: str) -> dict[str, Any]:
    """What shows that some addresses of a subnet are in use."""
    return {
        "ipConfigurations": [{"id": f"{OTHERS}/networkInterfaces/{n}"} for n in range(count)],
        "privateEndpoints": [{"id": one.upper()} for one in endpoints],
    }


def told(live: dict[str, Any] | None, subnet_id: str = SUBNET) -> list[str]:
    """What is wrong with a subnet."""
    found = subnet_problems("subnet", subnet_id, live, region="eastus", addresses=ADDRESSES)
    return [problem.given for problem in found]


@pytest.mark.parametrize(
    "live",
    [
        network(),
        network(location="eastus"),
        network("10.9.0.0/29", "10.9.1.0/28"),
        network("fd00::/64", "10.9.0.0/28"),
        network(**taken(3, f"{OTHERS}/privateEndpoints/pep-models-blob")),
        network(**taken(11, *ADDRESSES)),
        network("10.9.0.0/29", **taken(2, *(own for own in ADDRESSES if "-file" not in own))),
        network(delegations=[]),
    ],
)
def test_subnet_with_room_is_fine(live: dict[str, Any]) -> None:
    """Eight addresses are taken, less those of endpoints that are there already."""
    assert [] == told(live)


def test_single_prefix_is_read_too() -> None:
    """Azure shows one range under another name than several."""
    subnet = {"name": "endpoints", "properties": {"addressPrefix": "10.9.0.0/29"}}
    live = {"location": "eastus", "properties": {"subnets": [subnet]}}

    assert ["the subnet 'endpoints', with 3 of 3 addresses free"] == told(live)


@pytest.mark.parametrize(
    ("live", "given"),
    [
        (None, f"a subnet of {SPOKE}, which does not exist"),
        (network(location="West Europe"), "a subnet in westeurope"),
        ({"location": "eastus", "properties": {}}, "the subnet 'endpoints', which does not exist"),
        (network("10.9.0.0/29"), "the subnet 'endpoints', with 3 of 3 addresses free"),
        (network(**taken(4)), "the subnet 'endpoints', with 7 of 11 addresses free"),
        (network(**taken(20)), "the subnet 'endpoints', with 0 of 11 addresses free"),
        (
            network(delegations=[{"properties": {"serviceName": "Microsoft.Web/serverFarms"}}]),
            "the subnet 'endpoints', which is delegated to Microsoft.Web/serverFarms",
        ),
    ],
)
def test_subnet_that_azure_would_refuse(live: dict[str, Any] | None, given: str) -> None:
    """Each reason in words of its own."""
    assert [given] == told(live)


def test_everything_is_told_at_once() -> None:
    """Whoever asks for a subnet asks once."""
    delegated = [{"properties": {"serviceName": "Microsoft.Web/serverFarms"}}]

    assert 3 == len(told(network("10.9.0.0/29", location="uksouth", delegations=delegated)))


def test_network_of_a_subnet_however_it_is_spelt() -> None:
    """Azure compares ids without regard to case."""
    assert SPOKE == network_id_of(SUBNET.replace("/subnets/", "/Subnets/"))
