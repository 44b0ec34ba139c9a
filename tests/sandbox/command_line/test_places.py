# SPDX-License-Identifier: Apache-2.0
"""`exec --from`: commands whose requests come from a virtual network."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

CLIENT = """
import json, os, sys, time, urllib.error, urllib.request
URL = os.environ["AZURE_SANDBOX_URL"]
GROUP = f"/subscriptions/{os.environ['ARM_SUBSCRIPTION_ID']}/resourceGroups/rg"
def send(method, path, headers, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(URL + path, data, headers, method=method)
    try:
        with urllib.request.urlopen(request) as response:
            text = response.read()
            return response.status, json.loads(text) if text[:1] == b"{" else text
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
def token(audience):
    headers = {"X-IDENTITY-HEADER": os.environ["IDENTITY_HEADER"]}
    return send("GET", f"/msi/token?resource={audience}", headers)[1]["access_token"]
def put(name, version, properties, **more):
    headers = {"Authorization": f"Bearer {token('https://management.azure.com')}"}
    path = f"{GROUP}{name}?api-version={version}"
    body = {"location": "eastus", "properties": properties, **more}
    status, answer = send("PUT", path, headers, body)
    assert status < 300, answer
    while send("GET", path, headers)[1]["properties"].get("provisioningState") == "Updating":
        time.sleep(0.05)
    return f"{GROUP}{name}"
def containers(**claims):
    headers = {"Authorization": f"Bearer {token('https://storage.azure.com')}", **claims}
    return send("GET", "/storage/stplaces/blob/?comp=list", headers)[0]
"""
BUILD = """
NETWORK, DNS = "/providers/Microsoft.Network", "2024-06-01"
put("", "2024-03-01", {})
space = {"addressPrefixes": ["10.0.0.0/16"]}
subnets = [{"name": "endpoints", "properties": {"addressPrefix": "10.0.0.0/24"}}]
for name in ("inside", "stranger"):
    properties = {"addressSpace": space, "subnets": subnets}
    vnet = put(f"{NETWORK}/virtualNetworks/{name}", "2024-05-01", properties)
inside = vnet.replace("stranger", "inside")
account = put("/providers/Microsoft.Storage/storageAccounts/stplaces", "2024-01-01",
    {"publicNetworkAccess": "Disabled"}, kind="StorageV2", sku={"name": "Standard_LRS"})
time.sleep(0.2)
target = {"privateLinkServiceId": account, "groupIds": ["blob"]}
put(f"{NETWORK}/privateEndpoints/pep", "2024-05-01", {
    "subnet": {"id": f"{inside}/subnets/endpoints"},
    "privateLinkServiceConnections": [{"name": "c", "properties": target}]})
zone = f"{NETWORK}/privateDnsZones/privatelink.blob.core.windows.net"
zone_id = put(zone, DNS, {}, location="global")
link = {"virtualNetwork": {"id": inside}, "registrationEnabled": False}
put(f"{zone}/virtualNetworkLinks/inside", DNS, link, location="global")
config = {"name": "blob", "properties": {"privateDnsZoneId": zone_id}}
put(f"{NETWORK}/privateEndpoints/pep/privateDnsZoneGroups/default", "2024-05-01",
    {"privateDnsZoneConfigs": [config]})
"""
ASK = "print(json.dumps([URL, containers()]))"


@pytest.fixture
def built(shell: Any) -> Iterator[Any]:
    """A served sandbox with a private storage account, its network, and another network."""
    process = shell.start("serve")
    process.stdout.readline()
    run = shell.run("exec", *shell.python(CLIENT + BUILD))
    assert 0 == run.returncode, run.stdout + run.stderr
    yield shell
    process.terminate()
    process.wait()


def asked(shell: Any, *options: str, program: str = ASK) -> Any:
    """What a program prints when it runs at a place."""
    run = shell.run("exec", *options, *shell.python(CLIENT + program))
    assert 0 == run.returncode, run.stdout + run.stderr
    return json.loads(run.stdout)


def test_the_place_decides_what_is_reached(built: Any) -> None:
    """The internet is the default; each network has an address of its own."""
    default, internet = asked(built), asked(built, "--from", "internet")
    inside = asked(built, "--from", "vnet:inside")
    stranger = asked(built, "--from", "vnet:stranger")

    assert [403, 403, 200, 403] == [one[1] for one in (default, internet, inside, stranger)]
    assert (default[0], 3) == (internet[0], len({default[0], inside[0], stranger[0]}))


def test_no_header_moves_a_caller(built: Any) -> None:
    """Whatever a client on the internet claims, it stays there."""
    port = asked(built, "--from", "vnet:inside")[0].rpartition(":")[2]
    claims = {
        "Host": f"localhost:{port}",
        "X-Forwarded-Host": f"localhost:{port}",
        "X-Forwarded-Port": port,
        "X-Forwarded-For": "10.0.0.4",
        "Forwarded": f"for=10.0.0.4;host=localhost:{port}",
    }

    status = asked(built, program=f"print(json.dumps(containers(**{claims!r})))")

    assert 403 == status


def test_a_place_keeps_its_port(shell: Any) -> None:
    """Addresses that a state has recorded stay valid when the server starts anew."""
    assert 0 == shell.run("exec", *shell.python(CLIENT + BUILD)).returncode

    first, second = (asked(shell, "--from", "vnet:inside") for _ in range(2))

    assert first == second


def test_an_unknown_network_is_a_sentence(shell: Any) -> None:
    """Nothing is run; the message says which networks there are."""
    result = shell.run("exec", "--from", "vnet:none", "--", "echo", "ran")

    assert (1, "") == (result.returncode, result.stdout)
    assert "There is no virtual network none. There are: none.\n" == result.stderr


def test_a_place_that_is_none_is_wrong_usage(shell: Any) -> None:
    """The allowed words are named."""
    result = shell.run("exec", "--from", "moon", "--", "echo", "ran")

    assert 2 == result.returncode
    assert "given 'moon'; allowed: internet, or vnet: and a name" in result.stderr
