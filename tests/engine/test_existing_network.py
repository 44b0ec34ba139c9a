# SPDX-License-Identifier: Apache-2.0
"""Private endpoints in a network, and with zones, that a platform team has made."""

from typing import Any

import pytest
from pulumi.automation import CommandError

from azure_model_endpoints import PrivateNetwork
from tests.engine.world import GROUP, ML, REGION, Stack, World

BLOB, FILE = "privatelink.blob.core.windows.net", "privatelink.file.core.windows.net"
NETWORK_VERSION, DNS_VERSION = "2024-05-01", "2024-06-01"


NETWORKS = {"spoke": "10.9.0", "one": "10.10.0", "another": "10.11.0"}


@pytest.fixture(scope="module")
def hub(sandbox: World) -> str:
    """What is there: networks with a subnet each, and two zones, of which one has a link."""
    group = f"/subscriptions/{sandbox.subscription}/resourceGroups/rg-hub"
    hub = f"{group}/providers/Microsoft.Network"
    sandbox.arm.put(group, "2024-03-01", {"location": REGION})
    for name, range_ in NETWORKS.items():
        subnet = {"name": "endpoints", "properties": {"addressPrefix": f"{range_}.0/27"}}
        space = {"addressPrefixes": [f"{range_}.0/24"]}
        network = {"location": REGION, "properties": {"addressSpace": space, "subnets": [subnet]}}
        sandbox.arm.put(f"{hub}/virtualNetworks/{name}", NETWORK_VERSION, network)
    for zone in (BLOB, FILE):
        zone_id = f"{hub}/privateDnsZones/{zone}"
        sandbox.arm.put(zone_id, DNS_VERSION, {"location": "global", "properties": {}})
    properties = {
        "virtualNetwork": {"id": f"{hub}/virtualNetworks/spoke"},
        "registrationEnabled": False,
    }
    link = {"location": "global", "properties": properties}
    link_id = f"{hub}/privateDnsZones/{BLOB}/virtualNetworkLinks/spoke"
    sandbox.arm.put(link_id, DNS_VERSION, link)
    return hub


def private_endpoints(stack: Stack) -> None:
    """Reach the storage account that everybody shares."""
    account = (
        f"/subscriptions/{stack.world.subscription}/resourceGroups/{GROUP}"
        "/providers/Microsoft.Storage/storageAccounts/stexisting"
    )
    args: Any = {
        "resource_group_name": GROUP,
        "region": REGION,
        "storage_account_id": account,
        **stack.arguments,
    }
    PrivateNetwork("net", args)


def stack_of(world: World, hub: str, *zones: str) -> Stack:
    """A stack of that program, with some zones of the hub."""
    stack = world.endpoint_stack()
    stack.arguments = {
        "existing_subnet_id": f"{hub}/virtualNetworks/spoke/subnets/endpoints",
        "private_dns_zone_ids": {zone: f"{hub}/privateDnsZones/{zone}" for zone in zones},
    }
    stack.program = private_endpoints
    return stack


def test_network_and_zones_stay_as_they_are(world: World, hub: str) -> None:
    """Names resolve at once, nothing drifts, and nothing is left when the stack is gone."""
    stack = stack_of(world, hub, BLOB)
    network_id, zone_id = f"{hub}/virtualNetworks/spoke", f"{hub}/privateDnsZones/{BLOB}"
    before = world.arm.get(network_id, NETWORK_VERSION), world.arm.get(zone_id, DNS_VERSION)
    last = world.log()[-1]["seq"]

    stack.up()

    written = [entry["path"] for entry in world.log(last) if entry["method"] == "PUT"]
    assert [] == [path for path in written if path.lower().startswith(f"{hub}/".lower())]
    for service in ("blob", "file"):
        name = f"stexisting.{service}.core.windows.net"
        resolved = world.admin.get("resolve", {"name": name, "from": "vnet:spoke"})
        assert resolved["addresses"][0].startswith("10.9.0."), service
    assert {} == stack.changes()
    stack.refresh()
    assert {} == stack.changes()

    stack.automation.destroy()
    after = world.arm.get(network_id, NETWORK_VERSION), world.arm.get(zone_id, DNS_VERSION)
    assert before == after


def test_stack_moves_from_network_to_network(world: World, hub: str) -> None:
    """Its zones move with its endpoints: to another that exists, to one of its own, and back."""
    stack = stack_of(world, hub)
    theirs = {
        name: {"existing_subnet_id": f"{hub}/virtualNetworks/{name}/subnets/endpoints"}
        for name in ("one", "another")
    }
    ranges = NETWORKS | {"vnet-net": "10.60.0"}

    for network in ("one", "another", "vnet-net", "one"):
        stack.arguments = theirs.get(network, {})
        stack.up()

        assert ranges[network] == range_of_names(world, network)
        assert {} == stack.changes(), network


def range_of_names(world: World, network: str) -> str:
    """The range in which both services of the account are found from a network."""
    names = [f"stexisting.{service}.core.windows.net" for service in ("blob", "file")]
    found = [world.admin.get("resolve", {"name": n, "from": f"vnet:{network}"}) for n in names]
    [range_] = {answer["addresses"][0].rpartition(".")[0] for answer in found}
    return str(range_)


def test_zone_that_is_not_linked_is_told_at_preview(world: World, hub: str) -> None:
    """Its names would resolve to addresses that are closed."""
    stack = stack_of(world, hub, BLOB, FILE)

    with pytest.raises(CommandError) as caught:
        stack.automation.preview()

    text = str(caught.value)
    assert f"net.private_dns_zone_ids.{FILE}: given" in text
    assert "is not linked to the network spoke" in text
    assert f"net.private_dns_zone_ids.{BLOB}" not in text
    assert "Traceback" not in text


def test_what_is_not_there_is_told_at_preview(world: World, hub: str) -> None:
    """Azure would tell it one by one, when everything before it is there."""
    stack = stack_of(world, hub, FILE)
    missing = f"{hub}/privateDnsZones/{BLOB}".replace("rg-hub", "rg-other")
    stack.arguments["private_dns_zone_ids"][BLOB] = missing
    stack.arguments["existing_subnet_id"] = f"{hub}/virtualNetworks/one/subnets/end-points"
    told_of_one = refused(stack)
    del stack.arguments["existing_subnet_id"]
    told_of_new = refused(stack)

    assert "net.existing_subnet_id: given the subnet 'end-points', which does not" in told_of_one
    assert f"net.private_dns_zone_ids.{FILE}: given" in told_of_one
    for text in (told_of_one, told_of_new):
        assert f"net.private_dns_zone_ids.{BLOB}: given '{missing}', which does not" in text
        assert "Traceback" not in text


def refused(stack: Stack) -> str:
    """What is said of a stack by its preview."""
    with pytest.raises(CommandError) as caught:
        stack.automation.preview()
    return str(caught.value)


def test_subnet_without_room_is_told_at_preview(world: World, hub: str) -> None:
    """Its addresses count as Azure hands them out, and those of the stack not twice."""
    group = hub.rpartition("/providers/")[0].replace("rg-hub", GROUP)
    tiny = f"{hub}/virtualNetworks/one/subnets/tiny"
    world.arm.put(tiny, NETWORK_VERSION, {"properties": {"addressPrefix": "10.10.0.64/29"}})
    stack = stack_of(world, hub)
    stack.arguments["existing_subnet_id"] = tiny
    stack.arguments["key_vault_id"] = f"{group}/providers/Microsoft.KeyVault/vaults/kv-existing"
    stack.up()
    assert {} == stack.changes()

    stack.arguments["workspace_id"] = world.workspace_id

    text = refused(stack)
    assert "net.existing_subnet_id: given the subnet 'tiny', with 0 of 3 addresses free" in text
    assert "allowed: a subnet with 3 free" in text


def test_second_zone_of_a_name_is_told_at_preview(world: World, hub: str) -> None:
    """The network is linked to the hub's, which the user has not named."""
    stack = stack_of(world, hub)

    with pytest.raises(CommandError) as caught:
        stack.automation.preview()

    text = str(caught.value)
    assert f"{hub}/privateDnsZones/{BLOB}".lower() in text.lower()
    assert "Traceback" not in text


def test_endpoint_in_a_managed_network_of_others(world: World) -> None:
    """Nobody says how the workspace was made; its network decides what instances reach."""
    group = world.workspace_id.rpartition("/providers/")[0]
    workspace_id = f"{world.workspace_id.rpartition('/')[0]}/mlw-isolated"
    dependencies = {
        "storageAccount": f"{group}/providers/Microsoft.Storage/storageAccounts/stexisting",
        "keyVault": f"{group}/providers/Microsoft.KeyVault/vaults/kv-existing",
        "applicationInsights": f"{group}/providers/Microsoft.Insights/components/appi-existing",
    }
    network = {"isolationMode": "AllowInternetOutbound"}
    properties = {**dependencies, "managedNetwork": network, "provisionNetworkNow": True}
    identity = {"type": "SystemAssigned"}
    body = {"location": REGION, "identity": identity, "properties": properties}
    world.arm.put(workspace_id, ML, body)
    before = world.arm.get(workspace_id, ML)
    stack = world.endpoint_stack(workspace_name="mlw-isolated", public_network_access=False)

    stack.up()

    endpoint_id = f"{workspace_id}/onlineEndpoints/{stack.endpoint_name}"
    deployment = world.arm.get(f"{endpoint_id}/deployments/blue", ML)
    assert deployment is not None
    assert "Succeeded" == deployment["properties"]["provisioningState"]
    assert {} == stack.changes()
    stack.automation.destroy()
    assert before == world.arm.get(workspace_id, ML)
