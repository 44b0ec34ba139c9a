# SPDX-License-Identifier: Apache-2.0
"""Private DNS zones, their links and records, and the zone groups that write records."""

import pytest

from tests.sandbox.network.conftest import Net

BLOB = "privatelink.blob.core.windows.net"
VAULT = "privatelink.vaultcore.azure.net"


def records(net: Net, zone: str) -> dict[str, list[str]]:
    """The addresses of each record of a zone."""
    listed = net.azure.get(f"{net.id_of(f'privateDnsZones/{zone}')}/A")["value"]
    return {
        record["name"]: [one["ipv4Address"] for one in record["properties"]["aRecords"]]
        for record in listed
    }


def test_a_zone_has_no_region(net: Net) -> None:
    """Only the location global is allowed; the zone counts what is in it."""
    body = {"location": "eastus"}

    refusal = net.azure.refusal("PUT", net.id_of(f"privateDnsZones/{BLOB}"), body)
    net.zone(BLOB, net.network())
    zone = net.azure.get(net.id_of(f"privateDnsZones/{BLOB}"))

    assert (400, "LocationNotAvailableForResourceType") == refusal
    assert ("global", 1, 1) == (
        zone["location"],
        zone["properties"]["numberOfRecordSets"],
        zone["properties"]["numberOfVirtualNetworkLinks"],
    )


@pytest.mark.parametrize("name", ["local", "a..b", "-a.b", "a b.c"])
def test_zone_names_azure_refuses(net: Net, name: str) -> None:
    """A zone has two labels at least."""
    assert "InvalidResourceName" == net.refusal(f"privateDnsZones/{name}")[1]


def test_a_zone_with_links_stays(net: Net) -> None:
    """The links have to go first."""
    net.zone(BLOB, net.network())

    refused = net.delete(f"privateDnsZones/{BLOB}")
    net.delete(f"privateDnsZones/{BLOB}/virtualNetworkLinks/vnet")
    deleted = net.delete(f"privateDnsZones/{BLOB}")

    assert (409, "CannotDeleteResource") == refused
    assert 202 == deleted[0]


def test_a_network_is_linked_to_one_zone_of_a_name(net: Net) -> None:
    """A second zone of the name in another group, or a second link, is refused."""
    network = net.network()
    net.zone(BLOB, network)
    other = f"{net.group}-hub"
    net.azure.put(other, {"location": "eastus"})
    hub = Net(net.azure, other)
    hub.zone(BLOB)
    link = {"virtualNetwork": {"id": network}}

    elsewhere = hub.refusal(f"privateDnsZones/{BLOB}/virtualNetworkLinks/vnet", link)
    again = net.refusal(f"privateDnsZones/{BLOB}/virtualNetworkLinks/other", link)

    assert (400, "BadRequest") == elsewhere[:2] == again[:2]
    assert "cannot be linked to multiple zones with overlapping namespaces" in elsewhere[2]


def test_a_link_needs_a_network(net: Net) -> None:
    """The network exists, and stays the same."""
    networks = [net.network(), net.network("other", "10.7.0.0/16")]
    net.zone(BLOB, networks[0])
    path = f"privateDnsZones/{BLOB}/virtualNetworkLinks/vnet"

    codes = [
        net.refusal(path, {"virtualNetwork": {"id": network}})[1]
        for network in (networks[1], net.id_of("virtualNetworks/none"))
    ]

    assert ["BadRequest", "BadRequest"] == codes


def test_links_go_with_their_network(net: Net) -> None:
    """A deleted network leaves a zone that can be deleted."""
    net.zone(BLOB, net.network())

    net.delete("virtualNetworks/vnet")

    assert 202 == net.delete(f"privateDnsZones/{BLOB}")[0]


def test_a_zone_group_writes_records(net: Net) -> None:
    """The record has the endpoint's address; the endpoint hands its names over."""
    zone = net.zone(BLOB, net.network(endpoints="10.0.0.0/24"))
    before = net.endpoint(net.account(), "blob")["properties"]["customDnsConfigs"]

    group = net.zone_group(zone)

    config = group["properties"]["privateDnsZoneConfigs"][0]["properties"]
    assert [{"fqdn": "stchat.blob.core.windows.net", "ipAddresses": ["10.0.0.4"]}] == before
    assert [] == net.get("privateEndpoints/pep")["customDnsConfigs"]
    assert {"stchat": ["10.0.0.4"]} == records(net, BLOB)
    assert f"stchat.{BLOB}" == config["recordSets"][0]["fqdn"]


def test_names_of_a_workspace_spread_over_two_zones(net: Net) -> None:
    """API, certificate and the wildcard of its endpoints; notebooks have a zone of their own."""
    network = net.network(endpoints="10.0.0.0/24")
    api = net.zone("privatelink.api.azureml.ms", network)
    notebooks = net.zone("privatelink.notebooks.azure.net", network)
    workspace = net.workspace()
    guid = net.azure.get(workspace)["properties"]["workspaceId"]
    net.endpoint(workspace, "amlworkspace")

    net.zone_group(api, notebooks)

    assert {
        f"{guid}.workspace.eastus": ["10.0.0.4"],
        f"{guid}.workspace.eastus.cert": ["10.0.0.4"],
        f"*.{guid}.inference.eastus": ["10.0.0.6"],
    } == records(net, "privatelink.api.azureml.ms")
    assert [["10.0.0.5"]] == list(records(net, "privatelink.notebooks.azure.net").values())


def test_names_of_a_registry(net: Net) -> None:
    """The login server and the data endpoint of its region."""
    zone = net.zone("privatelink.azurecr.io", net.network(endpoints="10.0.0.0/24"))
    net.endpoint(net.registry(), "registry")

    net.zone_group(zone)

    expected = {"crchat": ["10.0.0.5"], "crchat.eastus.data": ["10.0.0.4"]}
    assert expected == records(net, "privatelink.azurecr.io")


def test_records_go_with_their_group_and_endpoint(net: Net) -> None:
    """Deleting the group, or the endpoint with it, takes the records away."""
    zone = net.zone(BLOB, net.network(endpoints="10.0.0.0/24"))
    account = net.account()
    net.endpoint(account, "blob")
    net.zone_group(zone)

    net.delete("privateEndpoints/pep/privateDnsZoneGroups/default")
    without_group = records(net, BLOB)
    net.zone_group(zone)
    net.delete("privateEndpoints/pep")

    assert ({}, {}) == (without_group, records(net, BLOB))


def test_an_endpoint_has_one_zone_group(net: Net) -> None:
    """A second group is refused, and so is a zone that does not exist."""
    zone = net.zone(BLOB, net.network(endpoints="10.0.0.0/24"))
    net.endpoint(net.account(), "blob")
    net.zone_group(zone)
    nowhere = {"privateDnsZoneId": net.id_of(f"privateDnsZones/{VAULT}")}
    configs = {"privateDnsZoneConfigs": [{"name": "a", "properties": nowhere}]}

    second = net.refusal("privateEndpoints/pep/privateDnsZoneGroups/second")
    missing = net.refusal("privateEndpoints/pep/privateDnsZoneGroups/default", configs)

    assert "PrivateEndpointCannotHaveMoreThanOneDnsZoneGroup" == second[1]
    assert "InvalidResourceReference" == missing[1]


def test_a_zone_of_something_else_gets_no_records(net: Net) -> None:
    """The zone of vaults has nothing to say about blobs."""
    zone = net.zone(VAULT, net.network(endpoints="10.0.0.0/24"))
    net.endpoint(net.account(), "blob")

    net.zone_group(zone)

    assert {} == records(net, VAULT)


def test_records_can_be_written_by_hand(net: Net) -> None:
    """A record is there at once; one without an address is refused."""
    net.zone(VAULT)
    path = f"privateDnsZones/{VAULT}/A/{{}}"

    net.put(path.format("kv-hand"), {"ttl": 60, "aRecords": [{"ipv4Address": "10.0.0.9"}]})
    refusal = net.refusal(path.format("empty"), {"aRecords": []})

    assert {"kv-hand": ["10.0.0.9"]} == records(net, VAULT)
    assert (400, "BadRequest") == refusal[:2]
