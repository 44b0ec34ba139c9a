# SPDX-License-Identifier: Apache-2.0
"""Encrypting a live account, against a service that answers as it is told to."""

import pytest

from azure_model_endpoints import until_roles_count
from azure_model_endpoints.credentials import Cloud
from azure_model_endpoints.errors import ArmError
from azure_model_endpoints.storage_encryption import encrypt
from azure_model_endpoints.subscription.arm import ArmClient
from tests.unit.http_server import Reply, Server

ACCOUNT = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/st"
WANTED = {
    "accountId": ACCOUNT,
    "keyUri": f"https://kv.vault.azure.net/keys/workspace/{'0' * 32}",
    "identityId": "the-identity",
}
LATE = Reply(400, {"error": {"code": "KeyVaultAuthenticationFailure", "message": "No."}})


@pytest.fixture
def client(server: Server, monkeypatch: pytest.MonkeyPatch) -> ArmClient:
    """A client that does not wait between its attempts."""
    monkeypatch.setattr(until_roles_count, "PAUSES_SECONDS", (0.0, 0.0, 0.0))
    return ArmClient.with_token(Cloud(server.url, "", server.url), "t")


def test_it_tries_again_until_the_role_counts(client: ArmClient, server: Server) -> None:
    """A role that was granted a moment ago may take minutes."""
    server.answer("PATCH", ACCOUNT, LATE, LATE, Reply(body={}))

    encrypt(client, WANTED)

    assert ["PATCH"] * 3 == server.methods()
    assert {
        "keySource": "Microsoft.Keyvault",
        "keyvaultproperties": {
            "keyvaulturi": "https://kv.vault.azure.net/",
            "keyname": "workspace",
            "keyversion": "0" * 32,
        },
        "identity": {"userAssignedIdentity": "the-identity"},
    } == server.asked[-1].body["properties"]["encryption"]


def test_it_gives_up_in_azures_words(client: ArmClient, server: Server) -> None:
    """A role that never comes is missing."""
    server.answer("PATCH", ACCOUNT, LATE)

    with pytest.raises(ArmError, match="KeyVaultAuthenticationFailure"):
        encrypt(client, WANTED)

    assert ["PATCH"] * 4 == server.methods()


def test_other_refusals_are_told_at_once(client: ArmClient, server: Server) -> None:
    """Waiting does not turn on purge protection."""
    unprotected = {"error": {"code": "KeyVaultPolicyError", "message": "No purge protection."}}
    server.answer("PATCH", ACCOUNT, Reply(400, unprotected))

    with pytest.raises(ArmError, match="No purge protection"):
        encrypt(client, WANTED)

    assert ["PATCH"] == server.methods()
