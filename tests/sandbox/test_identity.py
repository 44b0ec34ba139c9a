# SPDX-License-Identifier: Apache-2.0
"""Tokens, discovery and cloud metadata."""

import base64
import json
from typing import Any

import pytest

from azure_sandbox import identity
from tests.sandbox.conftest import BASE_URL, SUBSCRIPTION, Azure

CREDENTIALS = {
    "grant_type": "client_credentials",
    "client_id": identity.CLIENT_ID,
    "client_secret": identity.CLIENT_SECRET,
}


def _claims(token: str) -> dict[str, Any]:
    _, payload, _ = token.split(".")
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=="))
    return claims


@pytest.mark.parametrize(
    ("endpoint", "audience"),
    [
        ("oauth2/v2.0/token", {"scope": "https://management.azure.com//.default"}),
        ("oauth2/token", {"resource": "https://management.azure.com/"}),
    ],
)
def test_client_secret_gives_a_token(azure: Azure, endpoint: str, audience: dict[str, str]) -> None:
    """Both versions of the endpoint; the token is a JWT that opens the control plane."""
    answer = azure.http.post(f"/{identity.TENANT_ID}/{endpoint}", data=CREDENTIALS | audience)

    claims = _claims(answer.json()["access_token"])
    azure.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    assert (identity.TENANT_ID, identity.OBJECT_ID, identity.CLIENT_ID) == (
        claims["tid"],
        claims["oid"],
        claims["appid"],
    )
    assert "https://management.azure.com/" == claims["aud"]
    assert identity.SUBSCRIPTION_ID == azure.get(SUBSCRIPTION)["subscriptionId"]


@pytest.mark.parametrize(
    ("change", "status", "error", "code"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client", "AADSTS7000215"),
        ({"client_id": "somebody"}, 400, "unauthorized_client", "AADSTS700016"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type", "AADSTS70003"),
        ({"client_id": ""}, 400, "invalid_request", "AADSTS900144"),
        ({"scope": ""}, 400, "invalid_request", "AADSTS900144"),
    ],
)
def test_token_is_refused(
    azure: Azure, change: dict[str, str], status: int, error: str, code: str
) -> None:
    """A wrong client, secret, grant or a missing member has its AADSTS number."""
    form = {**CREDENTIALS, "scope": "https://management.azure.com/.default", **change}

    answer = azure.http.post(f"/{identity.TENANT_ID}/oauth2/v2.0/token", data=form)

    assert (status, error) == (answer.status_code, answer.json()["error"])
    assert answer.json()["error_description"].startswith(f"{code}:")


def test_unknown_tenant(azure: Azure) -> None:
    """Neither a token nor discovery for somebody else's tenant."""
    token = azure.http.post("/elsewhere/oauth2/v2.0/token", data=CREDENTIALS)
    discovery = azure.http.get("/elsewhere/v2.0/.well-known/openid-configuration")

    assert [400, 400] == [token.status_code, discovery.status_code]
    assert "invalid_tenant" == token.json()["error"]


def test_discovery_stays_within_the_sandbox(azure: Azure) -> None:
    """Every URL a client is told to use is the sandbox's own."""
    path = f"/{identity.TENANT_ID}/v2.0/.well-known/openid-configuration"

    document = azure.http.get(path).json()
    instance = azure.http.get("/common/discovery/instance").json()

    for name in ("issuer", "token_endpoint", "authorization_endpoint", "jwks_uri"):
        assert document[name].startswith(f"{BASE_URL}/{identity.TENANT_ID}/")
    assert f"{BASE_URL}{path}" == instance["tenant_discovery_endpoint"]


def test_managed_identity(azure: Azure, group: str) -> None:
    """The header is checked; a user-assigned identity is asked for by its client id."""
    who = azure.put(
        f"{group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-chat",
        {"location": "eastus"},
    )["properties"]
    query = {"api-version": "2019-08-01", "resource": "https://management.azure.com/"}
    header = {"X-IDENTITY-HEADER": identity.IDENTITY_HEADER}

    wrong = azure.http.get("/msi/token", params=query)
    system = azure.http.get("/msi/token", params=query, headers=header).json()
    user = azure.http.get(
        "/msi/token", params={**query, "client_id": who["clientId"]}, headers=header
    ).json()
    unknown = azure.http.get("/msi/token", params={**query, "client_id": "none"}, headers=header)

    assert 401 == wrong.status_code
    assert identity.OBJECT_ID == _claims(system["access_token"])["oid"]
    assert who["principalId"] == _claims(user["access_token"])["oid"]
    assert int(system["expires_on"]) == int(azure.time.now) + identity.TOKEN_LIFETIME_SECONDS
    assert 400 == unknown.status_code


def test_cloud_metadata_in_both_shapes(azure: Azure) -> None:
    """A list of clouds for one api-version, a single cloud for the other."""
    clouds = azure.http.get("/metadata/endpoints?api-version=2019-05-01").json()
    cloud = azure.http.get("/metadata/endpoints?api-version=2022-09-01").json()

    assert [cloud] == clouds
    assert f"{BASE_URL}/" == cloud["resourceManager"]
    assert BASE_URL == cloud["authentication"]["loginEndpoint"]
    assert {"storage", "keyVaultDns"} <= set(cloud["suffixes"])
