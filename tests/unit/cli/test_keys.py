# SPDX-License-Identifier: Apache-2.0
"""`ame keys rotate` against a cloud that answers as it is told to."""

import json
from pathlib import Path

import pytest

from azure_model_endpoints.planning.names import default_endpoint_name
from tests.unit.cli.running import Ame
from tests.unit.cli.test_smoke import SUBSCRIPTION, WORKSPACE, Identity
from tests.unit.http_server import Reply, Server

STACK = """
config:
  azure-model-endpoints:region: eastus
  azure-model-endpoints:public_network_access: true
  azure-model-endpoints:endpoints:
    chat: {model: phi-2, keys_in_vault: true}
    code: {model: phi-2}
    entra: {model: phi-2, auth_mode: entra_token}
"""
VAULT = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/kv"
KEYS = {"primaryKey": "k3y-1", "secondaryKey": "k3y-2"}


def name_of(key: str) -> str:
    """The name of an endpoint in Azure."""
    return default_endpoint_name(key, SUBSCRIPTION, "rg-models-dev", "mlw-models")


def secret_of(key: str) -> str:
    """Where the key of an endpoint is kept."""
    return f"{VAULT}/secrets/{name_of(key)}-key"


@pytest.fixture
def azure(ame: Ame, tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch) -> Server:
    """A cloud with the stack's endpoints, the primary key of one in the vault."""
    (tmp_path / "Pulumi.yaml").write_text("name: p\n")
    (tmp_path / "Pulumi.dev.yaml").write_text(STACK)
    authentication = {"loginEndpoint": server.url, "audiences": [server.url]}
    cloud = {"resourceManager": server.url, "authentication": authentication}
    server.answer("GET", "/metadata/endpoints", Reply(body=cloud))
    monkeypatch.setattr("azure_model_endpoints.credentials.credential", lambda **_: Identity())
    monkeypatch.setenv("ARM_METADATA_HOSTNAME", server.url)
    monkeypatch.setenv("ARM_SUBSCRIPTION_ID", SUBSCRIPTION)
    server.answer("GET", WORKSPACE, Reply(body={"properties": {"keyVault": VAULT}}))
    secret = {"tags": {"ame-key": "Primary", "team": "a"}, "properties": {}}
    server.answer("GET", secret_of("chat"), Reply(body=secret))
    server.answer("PUT", secret_of("chat"), Reply(body=secret))
    for key in ("chat", "code"):
        endpoint = f"{WORKSPACE}/onlineEndpoints/{name_of(key)}"
        server.answer("POST", f"{endpoint}/regenerateKeys", Reply())
        server.answer("POST", f"{endpoint}/listKeys", Reply(body=KEYS))
    return server


def written(server: Server, method: str, path: str) -> list[object]:
    """What was sent to a path."""
    return [
        asked.body
        for asked in server.asked
        if (asked.method, asked.path.partition("?")[0]) == (method, path)
    ]


def test_the_key_that_nobody_holds_is_renewed_and_published(ame: Ame, azure: Server) -> None:
    """Callers with the old one are served until the next rotation."""
    run = ame("keys", "rotate", "--stack", "dev")

    endpoint = f"{WORKSPACE}/onlineEndpoints/{name_of('chat')}"
    assert [{"keyType": "Secondary"}] == written(azure, "POST", f"{endpoint}/regenerateKeys")
    assert [
        {"properties": {"value": "k3y-2"}, "tags": {"ame-key": "Secondary", "team": "a"}}
    ] == written(azure, "PUT", secret_of("chat"))
    assert 0 == run.status
    assert f"{name_of('chat')}-key of kv holds a new key, the secondary one" in run.out


def test_keys_take_turns(ame: Ame, azure: Server) -> None:
    """The tag of the secret says whose turn it is."""
    secret = {"tags": {"ame-key": "Secondary"}, "properties": {}}
    azure.answer("GET", secret_of("chat"), Reply(body=secret))

    ame("keys", "rotate", "--stack", "dev")

    assert [{"properties": {"value": "k3y-1"}, "tags": {"ame-key": "Primary"}}] == written(
        azure, "PUT", secret_of("chat")
    )


def test_key_without_a_vault_is_renewed_when_it_is_named(ame: Ame, azure: Server) -> None:
    """Nobody but its callers knows which one they hold."""
    run = ame("keys", "rotate", "-s", "dev", "--endpoint", "code", "--key", "secondary")

    endpoint = f"{WORKSPACE}/onlineEndpoints/{name_of('code')}"
    assert [{"keyType": "Secondary"}] == written(azure, "POST", f"{endpoint}/regenerateKeys")
    assert "the secondary key is new" in run.out
    assert "PUT" not in azure.methods()


def test_json_says_what_was_done_and_what_was_not(ame: Ame, azure: Server) -> None:
    """Pipelines rely on these names."""
    azure.answer("GET", secret_of("chat"), Reply(404))

    run = ame("keys", "rotate", "--stack", "dev", "--json")

    document = json.loads(run.out)
    assert ("dev", {}) == (document["stack"], document["rotated"])
    assert "run `pulumi up` first" in document["problems"]["chat"]
    assert 1 == run.status


def test_keys_are_never_shown(ame: Ame, azure: Server) -> None:
    """Neither to people nor to pipelines, whose logs are kept."""
    shown = [ame("keys", "rotate", "-s", "dev", *more) for more in ([], ["--json"])]

    assert not [run for run in shown if "k3y" in run.out + run.err]


def test_nothing_is_renewed_where_the_vault_cannot_be_read(ame: Ame, azure: Server) -> None:
    """A key nobody was given would be lost."""
    denied = {"error": {"code": "Forbidden", "message": "You may not."}}
    azure.answer("GET", secret_of("chat"), Reply(403, denied))

    run = ame("keys", "rotate", "--stack", "dev")

    assert 1 == run.status
    assert "You may not." in run.err
    assert "POST" not in azure.methods()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["-e", "chta"], "Did you mean 'chat'?"),
        (["-e", "entra", "--key", "primary"], "has no keys"),
        (["-e", "code"], "say which to make anew"),
        (["-e", "chat", "--key", "primary"], "is in the vault"),
        (["--key", "primary"], "say of which endpoint"),
    ],
)
def test_wrong_usage_is_told(ame: Ame, azure: Server, arguments: list[str], said: str) -> None:
    """Before Azure is asked anything."""
    run = ame("keys", "rotate", "--stack", "dev", *arguments)

    assert 2 == run.status
    assert said in " ".join(run.err.replace("│", " ").split())
    assert [] == azure.asked
