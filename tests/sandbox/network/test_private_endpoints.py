# SPDX-License-Identifier: Apache-2.0
"""Private endpoints, their interfaces, and their connections on what they lead to."""

import pytest

from tests.sandbox.network.conftest import Net


@pytest.fixture
def subnet(net: Net) -> str:
    """A subnet with 251 free addresses."""
    return f"{net.network(endpoints='10.0.0.0/24')}/subnets/endpoints"


def addresses(net: Net, name: str = "pep") -> list[str]:
    """The addresses of an endpoint's interface."""
    interface = net.get(f"privateEndpoints/{name}")["networkInterfaces"][0]["id"]
    properties = net.azure.get(interface)["properties"]
    return [one["properties"]["privateIPAddress"] for one in properties["ipConfigurations"]]


@pytest.mark.usefixtures("subnet")
def test_an_endpoint_is_approved_and_shown_on_both_sides(net: Net) -> None:
    """The connection is approved at once; endpoint and account show it."""
    account = net.account()

    endpoint = net.endpoint(account, "blob")

    connection = endpoint["properties"]["privateLinkServiceConnections"][0]["properties"]
    shown = net.azure.get(account)["properties"]["privateEndpointConnections"]
    assert "Approved" == connection["privateLinkServiceConnectionState"]["status"]
    assert [(endpoint["id"], "Approved")] == [
        (
            one["properties"]["privateEndpoint"]["id"],
            one["properties"]["privateLinkServiceConnectionState"]["status"],
        )
        for one in shown
    ]


@pytest.mark.usefixtures("subnet")
def test_addresses_come_from_the_subnet(net: Net) -> None:
    """Azure keeps the first four addresses; the next ones are handed out in turn."""
    net.endpoint(net.account(), "blob")
    net.endpoint(net.vault(), "vault", "pep-kv")

    assert (["10.0.0.4"], ["10.0.0.5"]) == (addresses(net), addresses(net, "pep-kv"))


@pytest.mark.usefixtures("subnet")
def test_a_freed_address_is_given_again(net: Net) -> None:
    """The interface, and the connection, go with the endpoint."""
    account = net.account()
    net.endpoint(account, "blob")
    interface = net.get("privateEndpoints/pep")["networkInterfaces"][0]["id"]

    net.delete("privateEndpoints/pep")
    net.endpoint(net.vault(), "vault", "pep-kv")

    assert 404 == net.azure.send("GET", interface).status_code
    assert [] == net.azure.get(account)["properties"]["privateEndpointConnections"]
    assert ["10.0.0.4"] == addresses(net, "pep-kv")


def test_a_workspace_takes_three_addresses(net: Net) -> None:
    """One for the API, one for notebooks, one for inference (how-to-custom-dns)."""
    net.network(endpoints="10.0.0.0/29")
    workspace = net.workspace()
    guid = net.azure.get(workspace)["properties"]["workspaceId"]

    endpoint = net.endpoint(workspace, "amlworkspace")

    names = [config["fqdn"] for config in endpoint["properties"]["customDnsConfigs"]]
    assert ["10.0.0.4", "10.0.0.5", "10.0.0.6"] == addresses(net)
    assert f"{guid}.workspace.eastus.api.azureml.ms" == names[0]
    assert f"*.{guid}.inference.eastus.api.azureml.ms" == names[-1]


def test_a_full_subnet_refuses(net: Net) -> None:
    """A /29 has room for three addresses, of which a registry takes two."""
    net.network(endpoints="10.0.0.0/29")
    net.endpoint(net.registry(), "registry")

    refusal = net.refusal(
        "privateEndpoints/other", net.endpoint_to(net.workspace(), "amlworkspace")
    )

    assert (400, "SubnetIsFull") == refusal[:2]
    assert refusal[2].endswith("does not have enough capacity for 2 IP addresses.")


@pytest.mark.usefixtures("subnet")
def test_addresses_can_be_asked_for(net: Net) -> None:
    """A static address is kept; one that is taken, reserved or outside is refused."""
    account = net.account()

    def wanted(address: str) -> dict[str, object]:
        configuration = {"groupId": "blob", "memberName": "blob", "privateIPAddress": address}
        configurations = [{"name": "static", "properties": configuration}]
        return net.endpoint_to(account, "blob", ipConfigurations=configurations)

    net.put("privateEndpoints/pep", wanted("10.0.0.77"))
    codes = [
        net.refusal("privateEndpoints/other", wanted(address))[1]
        for address in ("10.0.0.77", "10.0.0.3", "10.9.0.4")
    ]

    assert ["10.0.0.77"] == addresses(net)
    assert [
        "PrivateIPAddressIsAllocated",
        "PrivateIPAddressNotInSubnet",
        "PrivateIPAddressNotInSubnet",
    ] == codes


@pytest.mark.usefixtures("subnet")
def test_endpoints_azure_refuses(net: Net) -> None:
    """No target, an unknown group, none, a registry that is not Premium, a type without any."""
    account, basic = net.account(), net.registry("crbasic", "Basic")
    cases = [
        net.endpoint_to(f"{net.group}/providers/Microsoft.KeyVault/vaults/none", "vault"),
        net.endpoint_to(account, "vault"),
        net.endpoint_to(account),
        net.endpoint_to(basic, "registry"),
        net.endpoint_to(net.id_of("virtualNetworks/vnet"), "network"),
    ]

    codes = [net.refusal("privateEndpoints/pep", case)[1] for case in cases]

    assert [
        "InvalidPrivateLinkServiceId",
        "BadRequest",
        "MissingParameterOnPrivateLinkServiceConnection",
        "BadRequest",
        "BadRequest",
    ] == codes


@pytest.mark.usefixtures("subnet")
def test_an_endpoint_lives_in_the_region_of_its_network(net: Net) -> None:
    """A subnet of another region counts as missing, in Azure's words."""
    body = net.body("", net.endpoint_to(net.account(), "blob"), "westus")

    refusal = net.azure.refusal("PUT", net.id_of("privateEndpoints/pep"), body)

    assert (400, "InvalidResourceReference") == refusal


@pytest.mark.usefixtures("subnet")
def test_a_manual_connection_waits_for_its_approval(net: Net) -> None:
    """It is pending until somebody approves it on the resource."""
    account = net.account()
    properties = net.endpoint_to(account, "blob")
    manual = properties.pop("privateLinkServiceConnections")
    net.put("privateEndpoints/pep", {**properties, "manualPrivateLinkServiceConnections": manual})

    def status() -> str:
        shown = net.get("privateEndpoints/pep")["manualPrivateLinkServiceConnections"][0]
        state: str = shown["properties"]["privateLinkServiceConnectionState"]["status"]
        return state

    before = status()
    connection = net.azure.get(account)["properties"]["privateEndpointConnections"][0]["id"]
    approval = {"privateLinkServiceConnectionState": {"status": "Approved", "description": "ok"}}
    net.azure.put(connection, {"properties": approval})

    assert ("Pending", "Approved") == (before, status())


@pytest.mark.usefixtures("subnet")
def test_a_removed_connection_is_disconnected(net: Net) -> None:
    """The endpoint stays, and says so, also when what it led to is gone."""
    account = net.account()
    net.endpoint(account, "blob")
    net.azure.send("DELETE", account)

    shown = net.get("privateEndpoints/pep")["privateLinkServiceConnections"][0]

    state = shown["properties"]["privateLinkServiceConnectionState"]["status"]
    assert "Disconnected" == state


@pytest.mark.usefixtures("subnet")
def test_a_change_of_an_account_keeps_its_connections(net: Net) -> None:
    """A PUT of the account leaves them alone."""
    account = net.account()
    net.endpoint(account, "blob")

    net.account(publicNetworkAccess="Disabled")

    assert 1 == len(net.azure.get(account)["properties"]["privateEndpointConnections"])


@pytest.mark.usefixtures("subnet")
def test_endpoints_of_one_account_are_made_one_after_the_other(net: Net) -> None:
    """The second one fails while the first one is being made; other resources do not mind."""
    account, vault = net.account(), net.vault()
    paths = [net.id_of(f"privateEndpoints/{name}") for name in ("blob", "file", "vault")]
    for path, target in zip(paths, (account, account, vault), strict=True):
        group = path.rpartition("/")[2]
        net.azure.send("PUT", path, net.body("", net.endpoint_to(target, group)))
    net.azure.time.pass_by(3600)

    states = [net.azure.get(path)["properties"]["provisioningState"] for path in paths]

    assert ["Succeeded", "Failed", "Succeeded"] == states


@pytest.mark.usefixtures("subnet")
def test_a_failed_endpoint_is_repaired_by_another_put(net: Net) -> None:
    """What collided connects when it is tried again."""
    account = net.account()
    for name in ("blob", "file"):
        body = net.body("", net.endpoint_to(account, name))
        net.azure.send("PUT", net.id_of(f"privateEndpoints/{name}"), body)
    net.azure.time.pass_by(3600)

    net.endpoint(account, "file", "file")

    assert 2 == len(net.azure.get(account)["properties"]["privateEndpointConnections"])


@pytest.mark.usefixtures("subnet")
def test_what_an_endpoint_leads_to_is_fixed(net: Net) -> None:
    """Tags can change; the target cannot."""
    account = net.account()
    net.endpoint(account, "blob")

    refusal = net.refusal("privateEndpoints/pep", net.endpoint_to(account, "file"))
    tagged = net.body("", net.endpoint_to(account, "blob")) | {"tags": {"a": "b"}}
    net.azure.put(net.id_of("privateEndpoints/pep"), tagged)

    assert "PrivateEndpointCannotBeUpdated" == refusal[1]
    assert (["10.0.0.4"], {"a": "b"}) == (
        addresses(net),
        net.azure.get(net.id_of("privateEndpoints/pep"))["tags"],
    )
