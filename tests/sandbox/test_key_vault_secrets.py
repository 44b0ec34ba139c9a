# SPDX-License-Identifier: Apache-2.0
"""Secrets of key vaults, on the side of Resource Manager and on that of the vault."""

import uuid
from typing import Any

import httpx2
import pytest

from azure_sandbox import identity
from azure_sandbox.namespaces.key_vault.addresses import SecretAddress, parse_secret_uri
from tests.sandbox.conftest import BASE_URL, SUBSCRIPTION, Azure

ROLES = {
    "user": "4633458b-17de-408a-b874-0445c86b69e6",
    "officer": "b86a8fe4-44ce-4948-aee5-eccb2c155cd7",
}
READER = "providers/Microsoft.ManagedIdentity/userAssignedIdentities/reader"
SECRET = "/vaults/kv-chat/secrets/hub"
DELETED = "/vaults/kv-chat/deletedsecrets/hub"


@pytest.fixture
def vault(azure: Azure, group: str) -> str:
    """The id of a vault that obeys roles."""
    path = f"{group}/providers/Microsoft.KeyVault/vaults/kv-chat"
    azure.put(path, vault_body())
    return path


@pytest.fixture
def secret(azure: Azure, vault: str) -> str:
    """The id of a secret in it."""
    path = f"{vault}/secrets/hub"
    azure.put(path, secret_body("first"))
    return path


def vault_body(**properties: object) -> dict[str, Any]:
    """The body of a vault."""
    sku = {"family": "A", "name": "standard"}
    common = {"tenantId": identity.TENANT_ID, "sku": sku, "enableRbacAuthorization": True}
    return {"location": "eastus", "properties": {**common, **properties}}


def secret_body(value: str | None, **attributes: object) -> dict[str, Any]:
    """The body of a secret."""
    return {"properties": {"value": value, "attributes": attributes}, "tags": {"team": "chat"}}


def token(azure: Azure, client_id: str = identity.CLIENT_ID, audience: str = "vault") -> str:
    """A token for vaults."""
    answer = azure.http.get(
        "/msi/token",
        params={"resource": f"https://{audience}.azure.net", "client_id": client_id},
        headers={"X-IDENTITY-HEADER": identity.IDENTITY_HEADER},
    )
    return str(answer.json()["access_token"])


def ask(azure: Azure, method: str, path: str, client_id: str = identity.CLIENT_ID) -> Any:
    """A request to a vault."""
    headers = {"Authorization": f"Bearer {token(azure, client_id)}"}
    return azure.http.request(method, path, params={"api-version": "7.6"}, headers=headers)


def code(response: httpx2.Response) -> tuple[int, str | None]:
    """Status and inner code of a vault's refusal."""
    error = response.json()["error"]
    return response.status_code, error.get("innererror", {}).get("code", error["code"])


def grant(azure: Azure, scope: str, principal_id: str, role: str) -> None:
    """Assigns a role and lets it propagate."""
    body = {
        "properties": {
            "principalId": principal_id,
            "roleDefinitionId": (
                f"{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{ROLES[role]}"
            ),
        }
    }
    path = f"{scope}/providers/Microsoft.Authorization/roleAssignments/{uuid.uuid4()}"
    assert 201 == azure.send("PUT", path, body).status_code
    azure.time.pass_by(120)


def test_a_secret_never_shows_its_value(azure: Azure, secret: str) -> None:
    """Resource Manager shows where the secret is, and when it was made."""
    shown = azure.get(secret)

    uri = f"{BASE_URL}/vaults/kv-chat/secrets/hub"
    assert uri == shown["properties"]["secretUri"]
    assert shown["properties"]["secretUriWithVersion"].startswith(f"{uri}/")
    assert ("eastus", {"team": "chat"}) == (shown["location"], shown["tags"])
    assert shown["properties"]["attributes"]["enabled"]
    assert "first" not in str(shown)


def test_each_put_adds_a_version(azure: Azure, vault: str, secret: str) -> None:
    """The newest one counts; the older one is still there by its id."""
    first = azure.get(secret)["properties"]["secretUriWithVersion"].removeprefix(BASE_URL)
    azure.put(secret, secret_body("second"))

    assert "second" == ask(azure, "GET", SECRET).json()["value"]
    assert "first" == ask(azure, "GET", first).json()["value"]
    assert ["hub"] == [row["name"] for row in azure.get(f"{vault}/secrets")["value"]]


@pytest.mark.parametrize("value", [None, "", "v" * 25_601])
def test_values_azure_refuses(azure: Azure, vault: str, value: str | None) -> None:
    """A secret has a value, of at most 25 KiB."""
    refusal = azure.refusal("PUT", f"{vault}/secrets/hub", secret_body(value))

    assert (400, "BadRequest") == refusal


@pytest.mark.parametrize("name", ["under_score", "s" * 128, "do.t"])
def test_names_azure_refuses(azure: Azure, vault: str, name: str) -> None:
    """1 to 127 letters, digits and hyphens."""
    path = f"{vault}/secrets/{name}"

    assert 400 == azure.send("PUT", path, secret_body("value")).status_code


def test_resource_manager_cannot_delete_a_secret(azure: Azure, secret: str) -> None:
    """Only the vault can."""
    assert 405 == azure.send("DELETE", secret).status_code


def test_a_deleted_secret_holds_its_name_until_it_is_recovered(azure: Azure, secret: str) -> None:
    """Gone for Resource Manager, a conflict for a new one, and back with all its versions."""
    deleted = ask(azure, "DELETE", SECRET)

    assert 200 == deleted.status_code
    assert f"{BASE_URL}{DELETED}" == deleted.json()["recoveryId"]
    assert 404 == azure.send("GET", secret).status_code
    assert (404, "SecretNotFound") == code(ask(azure, "GET", SECRET))
    assert (409, "Conflict") == azure.refusal("PUT", secret, secret_body("second"))
    assert 200 == ask(azure, "GET", DELETED).status_code
    assert 200 == ask(azure, "POST", f"{DELETED}/recover").status_code
    assert "first" == ask(azure, "GET", SECRET).json()["value"]
    assert 200 == azure.send("PUT", secret, secret_body("second")).status_code


def test_a_purged_secret_is_forgotten(azure: Azure, secret: str) -> None:
    """The name is free, and the next secret of that name has one version."""
    ask(azure, "DELETE", SECRET)

    assert 204 == ask(azure, "DELETE", DELETED).status_code
    assert (404, "SecretNotFound") == code(ask(azure, "GET", DELETED))
    assert 201 == azure.send("PUT", secret, secret_body("second")).status_code


def test_purge_protection_keeps_deleted_secrets(azure: Azure, vault: str, secret: str) -> None:
    """A protected vault purges nothing."""
    azure.put(vault, vault_body(enablePurgeProtection=True))
    ask(azure, "DELETE", SECRET)

    assert (403, "ForbiddenByPolicy") == code(ask(azure, "DELETE", DELETED))


def test_a_recovered_vault_has_its_secrets(azure: Azure, vault: str, secret: str) -> None:
    """Live ones are live again, deleted ones still deleted."""
    azure.put(f"{vault}/secrets/other", secret_body("other"))
    ask(azure, "DELETE", "/vaults/kv-chat/secrets/other")
    azure.send("DELETE", vault)
    azure.time.pass_by(3600)

    azure.put(vault, vault_body(createMode="recover"))

    assert "first" == ask(azure, "GET", SECRET).json()["value"]
    assert 200 == azure.send("GET", secret).status_code
    assert (409, "Conflict") == azure.refusal("PUT", f"{vault}/secrets/other", secret_body("x"))


def test_a_purged_vault_takes_its_secrets_along(azure: Azure, vault: str, secret: str) -> None:
    """A new vault of that name is empty."""
    azure.send("DELETE", vault)
    azure.time.pass_by(3600)
    purge = "providers/Microsoft.KeyVault/locations/eastus/deletedVaults/kv-chat/purge"
    azure.send("POST", f"{SUBSCRIPTION}/{purge}")
    azure.time.pass_by(3600)

    azure.put(vault, vault_body())

    assert 404 == azure.send("GET", secret).status_code
    assert 201 == azure.send("PUT", secret, secret_body("second")).status_code


def test_reading_needs_a_role_that_has_propagated(azure: Azure, group: str, secret: str) -> None:
    """Key Vault Secrets User on the secret lets an identity read that secret, and no more."""
    reader = azure.put(f"{group}/{READER}", {"location": "eastus"})["properties"]
    client = reader["clientId"]
    before = ask(azure, "GET", SECRET, client)
    grant(azure, secret, reader["principalId"], "user")

    assert (403, "ForbiddenByRbac") == code(before)
    assert "vaults/secrets/getSecret/action" in before.json()["error"]["message"]
    assert 200 == ask(azure, "GET", SECRET, client).status_code
    assert (403, "ForbiddenByRbac") == code(ask(azure, "DELETE", SECRET, client))


def test_an_officer_of_the_vault_may_do_everything(azure: Azure, group: str, secret: str) -> None:
    """Key Vault Secrets Officer deletes, recovers and purges."""
    officer = azure.put(f"{group}/{READER}", {"location": "eastus"})["properties"]
    client = officer["clientId"]
    grant(azure, secret.rpartition("/secrets/")[0], officer["principalId"], "officer")

    statuses = [
        ask(azure, method, path, client).status_code
        for method, path in (
            ("DELETE", SECRET),
            ("GET", DELETED),
            ("POST", f"{DELETED}/recover"),
            ("GET", SECRET),
            ("DELETE", SECRET),
            ("DELETE", DELETED),
        )
    ]

    assert [200, 200, 200, 200, 200, 204] == statuses


def test_access_policies_count_where_roles_do_not(azure: Azure, group: str, vault: str) -> None:
    """A vault without RBAC obeys its list of policies."""
    reader = azure.put(f"{group}/{READER}", {"location": "eastus"})["properties"]
    policy = {
        "tenantId": identity.TENANT_ID,
        "objectId": reader["principalId"],
        "permissions": {"secrets": ["Get"]},
    }
    azure.put(vault, vault_body(enableRbacAuthorization=False, accessPolicies=[policy]))
    azure.put(f"{vault}/secrets/hub", secret_body("first"))

    assert 200 == ask(azure, "GET", SECRET, reader["clientId"]).status_code
    assert (403, "AccessDenied") == code(ask(azure, "DELETE", SECRET, reader["clientId"]))


def test_a_disabled_secret_is_not_read(azure: Azure, vault: str) -> None:
    """It exists, and its value is kept back."""
    azure.put(f"{vault}/secrets/hub", secret_body("first", enabled=False))

    assert (403, "SecretDisabled") == code(ask(azure, "GET", SECRET))


def test_a_vault_asks_for_a_token_of_its_own(azure: Azure, secret: str) -> None:
    """Without one, or with one for something else, it says where to get it."""
    del secret
    parameters = {"api-version": "7.6"}
    foreign = {"Authorization": f"Bearer {token(azure, audience='management')}"}

    answers = [azure.http.get(SECRET, params=parameters, headers=h) for h in ({}, foreign)]

    assert [401, 401] == [answer.status_code for answer in answers]
    for answer in answers:
        assert 'resource="https://vault.azure.net"' in answer.headers["WWW-Authenticate"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/vaults/nobodys/secrets/hub", 404),
        ("GET", "/vaults/kv-chat/keys/hub", 404),
        ("GET", f"{SECRET}/{'0' * 32}", 404),
        ("PUT", SECRET, 405),
        ("DELETE", f"{SECRET}/{'0' * 32}", 405),
    ],
)
def test_what_a_vault_does_not_do(
    azure: Azure, secret: str, method: str, path: str, status: int
) -> None:
    """Unknown vaults, other kinds, unknown versions, and writing beside Resource Manager."""
    del secret

    assert status == ask(azure, method, path).status_code


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        (f"https://kv.vault.azure.net/secrets/s/{'a' * 32}", SecretAddress("kv", "s", "a" * 32)),
        (f"https://localhost:1/vaults/kv/secrets/s/{'A' * 32}", SecretAddress("kv", "s", "a" * 32)),
        ("https://kv.vault.azure.net/secrets/s", None),
        (f"https://kv.example.com/secrets/s/{'a' * 32}", None),
        ("", None),
    ],
)
def test_addresses_of_secrets(uri: str, expected: SecretAddress | None) -> None:
    """Azure's own form and the sandbox's, with the version."""
    assert expected == parse_secret_uri(uri)
