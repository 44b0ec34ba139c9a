# SPDX-License-Identifier: Apache-2.0
"""What callers reach from the internet, and from virtual networks."""

from dataclasses import dataclass
from typing import Any

import httpx2
import pytest
from starlette.testclient import TestClient

from azure_sandbox.places import INTERNET, Place, parse_place
from tests.sandbox.conftest import Azure
from tests.sandbox.network.conftest import Net

ZONES = {
    "blob": "privatelink.blob.core.windows.net",
    "file": "privatelink.file.core.windows.net",
    "vault": "privatelink.vaultcore.azure.net",
    "registry": "privatelink.azurecr.io",
    "amlworkspace": "privatelink.api.azureml.ms",
}
PHI_2 = "azureml://registries/azureml/models/microsoft-phi-2/versions/22"
CLOSED = {"publicNetworkAccess": "Disabled"}


@dataclass(frozen=True)
class Service:
    """A resource with a data plane: what it is, what answers, and how it refuses."""

    target: str
    group: str
    name: str
    url: str
    audience: str
    refusal: int

    def status(self, azure: Azure) -> int:
        """What a caller with a good token gets; 0 when the connection breaks."""
        try:
            response = azure.http.get(
                self.url, headers=azure.token(self.audience), params={"api-version": "7.4"}
            )
        except (AssertionError, httpx2.HTTPError):  # how the test client shows it
            return 0
        return response.status_code


def storage(net: Net) -> Service:
    """A storage account without public access."""
    account = net.account(**CLOSED)
    url = "/storage/stchat/blob/?comp=list"
    name = "stchat.blob.core.windows.net"
    return Service(account, "blob", name, url, "https://storage.azure.com", 403)


def vault(net: Net) -> Service:
    """A vault without public access, with one secret."""
    vault = net.vault(**CLOSED)
    net.azure.put(f"{vault}/secrets/key", {"properties": {"value": "hidden"}})
    url = "/vaults/kv-chat/secrets/key"
    return Service(vault, "vault", "kv-chat.vault.azure.net", url, "https://vault.azure.net", 403)


def registry(net: Net) -> Service:
    """A registry without public access."""
    audience = "https://containerregistry.azure.net"
    registry = net.registry(**CLOSED)
    return Service(
        registry, "registry", "crchat.azurecr.io", "/registries/crchat/v2/", audience, 403
    )


def workspace(net: Net) -> Service:
    """A workspace without public access."""
    workspace = net.workspace(**CLOSED)
    guid = net.azure.get(workspace)["properties"]["workspaceId"]
    name = f"{guid}.workspace.eastus.api.azureml.ms"
    audience = "https://management.azure.com"
    return Service(workspace, "amlworkspace", name, f"/workspaces/{guid}", audience, 403)


SERVICES = [storage, vault, registry, workspace]


def resolved(azure: Azure, name: str, place: str) -> Any:
    """What a name means at a place."""
    response = azure.http.get("/sandbox/resolve", params={"name": name, "from": place})
    assert 200 == response.status_code, response.text
    return response.json()


@pytest.mark.parametrize("make", SERVICES)
def test_a_private_resource_is_reached_from_its_network_alone(net: Net, make: Any) -> None:
    """The internet and a network without link are refused; the linked one is served."""
    network = net.network(endpoints="10.0.0.0/24")
    net.network("stranger", "10.9.0.0/16")
    service = make(net)
    net.endpoint(service.target, service.group)
    net.zone_group(net.zone(ZONES[service.group], network))

    from_internet = service.status(net.azure)
    from_linked = service.status(net.azure.seen_from("vnet:vnet"))
    from_stranger = service.status(net.azure.seen_from("vnet:stranger"))

    assert (service.refusal, 200, service.refusal) == (from_internet, from_linked, from_stranger)


@pytest.mark.parametrize("make", SERVICES)
def test_names_resolve_through_the_private_zone(net: Net, make: Any) -> None:
    """The same name is private in the linked network, and public elsewhere."""
    network = net.network(endpoints="10.0.0.0/24")
    service = make(net)
    net.endpoint(service.target, service.group)
    zone = net.zone(ZONES[service.group], network)
    net.zone_group(zone)

    inside = resolved(net.azure, service.name, "vnet:vnet")
    outside = resolved(net.azure, service.name, "internet")

    assert (True, zone) == (inside["private"], inside["zone"])
    assert inside["addresses"][0].startswith("10.0.0.")
    assert inside["aliases"][0].endswith(ZONES[service.group])
    assert (False, inside["aliases"]) == (outside["private"], outside["aliases"])
    assert outside["addresses"][0].startswith("203.0.113.")


@pytest.mark.parametrize("make", SERVICES)
def test_open_resources_are_reached_from_everywhere(net: Net, make: Any) -> None:
    """With public access the way does not matter."""
    net.network()
    service = make(net)
    body = net.azure.get(service.target)
    properties = {
        key: value
        for key, value in body["properties"].items()
        if key != "privateEndpointConnections"
    }
    properties["publicNetworkAccess"] = "Enabled"
    net.azure.put(service.target, {**body, "properties": properties})

    places = [net.azure, net.azure.seen_from("vnet:vnet")]

    assert [200, 200] == [service.status(azure) for azure in places]


def test_an_alias_exists_only_with_a_private_endpoint(net: Net) -> None:
    """A resource without private endpoints has no name in the zone of private link."""
    net.zone(ZONES["blob"], net.network())
    net.account()

    found = resolved(net.azure, "stchat.blob.core.windows.net", "vnet:vnet")

    assert ([], False) == (found["aliases"], found["private"])


def test_a_linked_zone_without_the_record_hides_a_name(net: Net) -> None:
    """The zone answers for all its names: what it does not have, does not exist there."""
    network = net.network(endpoints="10.0.0.0/24")
    net.zone(ZONES["blob"], network)
    service = storage(net)
    net.endpoint(service.target, "blob")

    found = resolved(net.azure, service.name, "vnet:vnet")

    assert ([], True) == (found["addresses"], found["private"])
    assert 0 == service.status(net.azure.seen_from("vnet:vnet"))


def test_a_zone_may_let_public_dns_answer(net: Net) -> None:
    """With the policy NxDomainRedirect a missing record leads to the public address."""
    network = net.network(endpoints="10.0.0.0/24")
    net.zone(ZONES["blob"], network)
    link = {"virtualNetwork": {"id": network}, "resolutionPolicy": "NxDomainRedirect"}
    net.put(f"privateDnsZones/{ZONES['blob']}/virtualNetworkLinks/vnet", link)
    service = storage(net)
    net.endpoint(service.target, "blob")

    found = resolved(net.azure, service.name, "vnet:vnet")

    assert found["addresses"][0].startswith("203.0.113.")
    assert 403 == service.status(net.azure.seen_from("vnet:vnet"))


def test_a_rejected_connection_carries_nothing(net: Net) -> None:
    """The name still resolves, and nobody answers."""
    network = net.network(endpoints="10.0.0.0/24")
    service = storage(net)
    net.endpoint(service.target, "blob")
    net.zone_group(net.zone(ZONES["blob"], network))
    connections = net.azure.get(service.target)["properties"]["privateEndpointConnections"]
    state = {"status": "Rejected", "description": "no"}

    rejection = {"privateLinkServiceConnectionState": state}
    net.azure.put(connections[0]["id"], {"properties": rejection})

    assert 0 == service.status(net.azure.seen_from("vnet:vnet"))


def test_a_peered_network_reaches_the_endpoint_once_it_is_linked(net: Net) -> None:
    """Without the peering the private address leads nowhere."""
    network = net.network(endpoints="10.0.0.0/24")
    other = net.network("spoke", "10.9.0.0/16")
    service = storage(net)
    net.endpoint(service.target, "blob")
    net.zone_group(net.zone(ZONES["blob"], network, other))

    before = service.status(net.azure.seen_from("vnet:spoke"))
    for one, remote in (("vnet", other), ("spoke", network)):
        peering = f"virtualNetworks/{one}/virtualNetworkPeerings/peering"
        net.put(peering, {"remoteVirtualNetwork": {"id": remote}})
    after = service.status(net.azure.seen_from("vnet:spoke"))

    assert (0, 200) == (before, after)


def test_a_private_endpoint_of_one_group_serves_that_group_alone(net: Net) -> None:
    """The way to blobs is none to files."""
    network = net.network(endpoints="10.0.0.0/24")
    blob = storage(net)
    net.endpoint(blob.target, "blob")
    net.zone_group(net.zone(ZONES["blob"], network))
    files = Service(blob.target, "file", "", "/storage/stchat/file/", blob.audience, 403)

    linked = net.azure.seen_from("vnet:vnet")

    assert (200, 403) == (blob.status(linked), files.status(linked))


def test_a_firewall_refuses_in_other_words(net: Net) -> None:
    """A vault that denies by default names the address, one without public access does not."""
    vault = net.vault(networkAcls={"defaultAction": "Deny", "bypass": "AzureServices"})
    net.azure.put(f"{vault}/secrets/key", {"properties": {"value": "hidden"}})

    response = net.azure.http.get(
        "/vaults/kv-chat/secrets/key",
        headers=net.azure.token("https://vault.azure.net"),
        params={"api-version": "7.4"},
    )

    error = response.json()["error"]
    assert (403, "Forbidden", "ForbiddenByFirewall") == (
        response.status_code,
        error["code"],
        error["innererror"]["code"],
    )


@pytest.fixture
def scored(net: Net) -> str:
    """An endpoint that serves phi-2 in a linked workspace, without public access."""
    network = net.network(endpoints="10.0.0.0/24")
    workspace = net.workspace(**CLOSED)
    net.endpoint(workspace, "amlworkspace")
    net.zone_group(net.zone(ZONES["amlworkspace"], network))
    endpoint = f"{workspace}/onlineEndpoints/chat"
    properties: dict[str, Any] = {"authMode": "Key", **CLOSED}
    body = {"location": "eastus", "properties": properties}
    net.azure.put(endpoint, {**body, "identity": {"type": "SystemAssigned"}})
    deployment = {
        "endpointComputeType": "Managed",
        "model": PHI_2,
        "instanceType": "Standard_NC4as_T4_v3",
        "livenessProbe": {"initialDelay": "PT30M"},
    }
    sku = {"name": "Default", "capacity": 1}
    path = f"{endpoint}/deployments/blue"
    net.azure.put(path, {"location": "eastus", "properties": deployment, "sku": sku})
    properties["traffic"] = {"blue": 100}
    net.azure.put(endpoint, body)
    return endpoint


def score(azure: Azure, endpoint: str) -> httpx2.Response:
    """The answer of an endpoint, at the address that Resource Manager gives there."""
    keys = azure.send("POST", f"{endpoint}/listKeys").json()
    uri = azure.get(endpoint)["properties"]["scoringUri"]
    message = {"messages": [{"role": "user", "content": "hello"}]}
    headers = {"Authorization": f"Bearer {keys['primaryKey']}"}
    return azure.http.post(uri, json=message, headers=headers)


def test_a_private_endpoint_is_scored_from_its_network_alone(net: Net, scored: str) -> None:
    """The internet is refused although it has the key; the linked network is served."""
    outside = score(net.azure, scored)
    inside = score(net.azure.seen_from("vnet:vnet"), scored)
    name = resolved(net.azure, "chat.eastus.inference.ml.azure.com", "vnet:vnet")

    assert (403, 200) == (outside.status_code, inside.status_code)
    assert ("10.0.0.6", True) == (name["addresses"][0], name["private"])


def test_access_to_an_endpoint_can_be_opened_later(net: Net, scored: str) -> None:
    """A PUT with public access lets the internet in."""
    body = net.azure.get(scored)
    public = {"authMode": "Key", "publicNetworkAccess": "Enabled", "traffic": {"blue": 100}}

    net.azure.put(scored, {"location": body["location"], "properties": public})

    assert 200 == score(net.azure, scored).status_code


def test_no_header_moves_a_caller(net: Net, scored: str) -> None:
    """What a client claims about itself or the server does not count."""
    keys = net.azure.send("POST", f"{scored}/listKeys").json()
    place = net.azure.seen_from("vnet:vnet").http.base_url
    claims = {
        "Authorization": f"Bearer {keys['primaryKey']}",
        "Host": f"localhost:{place.port}",
        "X-Forwarded-For": "10.0.0.9",
        "X-Forwarded-Host": f"localhost:{place.port}",
        "X-Forwarded-Port": str(place.port),
        "Forwarded": "for=10.0.0.9",
        "From": "vnet:vnet",
    }

    response = net.azure.http.post("/inference/eastus/chat/score", json={}, headers=claims)

    assert 403 == response.status_code


def test_resource_manager_is_reached_from_everywhere(net: Net) -> None:
    """Control-plane calls go to the public address, and give addresses for the caller's place."""
    net.network()
    vault = net.vault(**CLOSED)

    inside = net.azure.seen_from("vnet:vnet")

    uris = [azure.get(vault)["properties"]["vaultUri"] for azure in (net.azure, inside)]
    assert [
        "https://localhost:8443/vaults/kv-chat/",
        f"{inside.http.base_url}/vaults/kv-chat/",
    ] == uris


@pytest.mark.parametrize("place", ["vnet:none", "vnet:", "moon"])
def test_places_that_are_none(net: Net, place: str) -> None:
    """A network has to exist, and the message says which ones do."""
    net.network()

    response = net.azure.http.post("/sandbox/places", json={"from": place})

    assert response.status_code in {400, 404}
    if place == "vnet:none":
        assert response.json()["error"]["message"].endswith("There are: vnet.")


def test_a_name_of_several_networks_is_refused(net: Net) -> None:
    """Then the id tells them apart."""
    net.network()
    other = f"{net.group}-hub"
    net.azure.put(other, {"location": "eastus"})
    hub = Net(net.azure, other).network()

    refused = net.azure.http.post("/sandbox/places", json={"from": "vnet:vnet"})

    assert 400 == refused.status_code
    assert isinstance(net.azure.seen_from(f"vnet:{hub}").http, TestClient)


def test_places_are_written_as_they_are_read() -> None:
    """The command line's words and places are the same in both directions."""
    places = [INTERNET, Place("vnet")]

    assert places == [parse_place(str(place)) for place in places]
