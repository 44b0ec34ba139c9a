# SPDX-License-Identifier: Apache-2.0
"""Which Azure this is, and with which credential it is entered."""

from pathlib import Path
from typing import Any

import pytest
from azure import identity

from azure_model_endpoints.credentials import Cloud, cloud, credential, subscription_id
from azure_model_endpoints.errors import CredentialError
from tests.unit.http_server import Reply, Server

TENANT = "00000000-0000-4000-8000-00000000000a"
PUBLIC = cloud({})
METADATA = {
    "resourceManager": "https://arm.example/",
    "authentication": {
        "loginEndpoint": "https://login.example/",
        "audiences": ["https://audience.example", "https://other.example"],
    },
}
PRINCIPAL = {"ARM_CLIENT_ID": "client", "ARM_TENANT_ID": TENANT}


def test_public_azure_is_the_default() -> None:
    """Nobody has to say so."""
    assert "https://management.azure.com/.default" == PUBLIC.scope


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("public", "https://management.azure.com"),
        ("USGovernment", "https://management.usgovcloudapi.net"),
        ("china", "https://management.chinacloudapi.cn"),
    ],
)
def test_sovereign_clouds_are_known_by_name(name: str, address: str) -> None:
    """In the provider's words, in any case."""
    assert address == cloud({"ARM_ENVIRONMENT": name}).resource_manager


def test_unknown_cloud_is_refused() -> None:
    """With the known ones."""
    with pytest.raises(CredentialError) as problem:
        cloud({"ARM_ENVIRONMENT": "german"})

    assert (
        "ARM_ENVIRONMENT: given 'german'; allowed: public, usgovernment, china. Unset it for the "
        "public cloud." == str(problem.value)
    )


def test_metadata_host_describes_its_cloud(server: Server) -> None:
    """And wins over a name, as in the azure-native provider."""
    server.answer("GET", "/metadata/endpoints", Reply(body=METADATA))

    found = cloud({"ARM_METADATA_HOSTNAME": server.url[8:], "ARM_ENVIRONMENT": "china"})

    assert (
        Cloud("https://arm.example", "https://login.example", "https://audience.example") == found
    )


@pytest.mark.parametrize(
    "reply",
    [
        Reply(500),
        Reply(200, b"<html>"),
        Reply(200, []),
        Reply(200, {}),
        Reply(200, {**METADATA, "resourceManager": None}),
        Reply(200, {**METADATA, "authentication": {"loginEndpoint": "x", "audiences": []}}),
        Reply(200, b"{}", {"content-length": "99"}),
    ],
    ids=["error", "page", "list", "nothing", "null", "no audience", "cut short"],
)
def test_host_that_is_no_cloud_is_told(server: Server, reply: Reply) -> None:
    """Whatever it answers."""
    server.answer("GET", "/metadata/endpoints", reply)

    with pytest.raises(CredentialError, match="which did not answer as an Azure cloud"):
        cloud({"ARM_METADATA_HOSTNAME": server.url})


@pytest.mark.parametrize("host", ["localhost:1", "my host", "[::1"])
def test_host_that_does_not_answer_is_told(host: str) -> None:
    """With what to do: most likely the sandbox is not running."""
    with pytest.raises(CredentialError) as problem:
        cloud({"ARM_METADATA_HOSTNAME": host})

    assert str(problem.value).startswith(f"ARM_METADATA_HOSTNAME names {host!r}, which did not")
    assert str(problem.value).endswith("run the command as `ame sandbox exec -- …`.")


@pytest.mark.parametrize(
    ("environment", "found"),
    [
        ({"ARM_SUBSCRIPTION_ID": "a", "AZURE_SUBSCRIPTION_ID": "b"}, "a"),
        ({"ARM_SUBSCRIPTION_ID": "", "AZURE_SUBSCRIPTION_ID": "b"}, "b"),
    ],
)
def test_subscription_is_the_provider_s_first(environment: dict[str, str], found: str) -> None:
    """An empty variable says nothing."""
    assert found == subscription_id(environment)


def test_missing_subscription_is_told() -> None:
    """With how to find it."""
    with pytest.raises(CredentialError) as problem:
        subscription_id({})

    assert str(problem.value).startswith("No subscription was named: set ARM_SUBSCRIPTION_ID to")


@pytest.mark.parametrize(
    ("environment", "kind"),
    [
        ({**PRINCIPAL, "ARM_CLIENT_SECRET": "s3cret"}, identity.ClientSecretCredential),
        ({**PRINCIPAL, "ARM_OIDC_TOKEN": "t0ken"}, identity.ClientAssertionCredential),
        (
            {**PRINCIPAL, "ARM_OIDC_TOKEN_FILE_PATH": "/token"},
            identity.WorkloadIdentityCredential,
        ),
        ({"ARM_USE_MSI": "true", "ARM_CLIENT_ID": "client"}, identity.ManagedIdentityCredential),
        ({}, identity.DefaultAzureCredential),
        ({"ARM_CLIENT_SECRET": "s3cret"}, identity.DefaultAzureCredential),
    ],
    ids=["secret", "token", "token file", "managed identity", "nothing", "half a principal"],
)
def test_environment_decides_the_credential(environment: dict[str, str], kind: type[Any]) -> None:
    """In the order of the azure-native provider, and then whatever there is."""
    assert kind is type(credential(environment, where=PUBLIC))


def test_impossible_credential_is_told() -> None:
    """The tenant is no tenant; nobody was asked yet."""
    environment = {**PRINCIPAL, "ARM_TENANT_ID": "no tenant!", "ARM_CLIENT_SECRET": "s3cret"}

    with pytest.raises(CredentialError, match="Invalid tenant ID") as problem:
        credential(environment, where=PUBLIC)

    assert "s3cret" not in str(problem.value)


def test_credential_asks_the_login_service_of_its_cloud(server: Server) -> None:
    """A private cloud's token does not come from the public one."""
    tenant = f"/{TENANT}"
    authority = server.url
    server.answer(
        "GET",
        f"{tenant}/v2.0/.well-known/openid-configuration",
        Reply(
            body={
                "authorization_endpoint": f"{authority}{tenant}/authorize",
                "token_endpoint": f"{authority}{tenant}/token",
                "issuer": f"{authority}{tenant}/v2.0",
            }
        ),
    )
    server.answer("POST", f"{tenant}/token", Reply(body={"access_token": "t", "expires_in": 60}))
    environment = {
        **PRINCIPAL,
        "ARM_CLIENT_SECRET": "s3cret",
        "ARM_DISABLE_INSTANCE_DISCOVERY": "true",
    }
    where = Cloud("https://arm.example", server.url, "https://audience.example")

    token = credential(environment, where=where).get_token(where.scope)

    assert "t" == token.token


def test_federated_token_is_read_when_it_is_needed(tmp_path: Path) -> None:
    """A pipeline writes it anew all the time; a missing file is no reason to fail early."""
    environment = {**PRINCIPAL, "ARM_OIDC_TOKEN_FILE_PATH": str(tmp_path / "later")}

    found = credential(environment, where=PUBLIC)

    assert isinstance(found, identity.WorkloadIdentityCredential)
