# SPDX-License-Identifier: Apache-2.0
"""Which Azure this is, and with which credential it is entered."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
from azure import identity
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    NoEncryption,
    pkcs12,
)
from cryptography.x509.oid import NameOID

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


GITHUB = {"ACTIONS_ID_TOKEN_REQUEST_URL": "https://g/?v=1", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "t"}
FEDERATED = {**PRINCIPAL, "ARM_USE_OIDC": "true"}


@pytest.mark.parametrize(
    ("environment", "kind"),
    [
        ({**PRINCIPAL, "ARM_CLIENT_SECRET": "s3cret"}, identity.ClientSecretCredential),
        ({**FEDERATED, **GITHUB, "ARM_CLIENT_SECRET": "s"}, identity.ClientSecretCredential),
        ({**PRINCIPAL, "ARM_OIDC_TOKEN": "t0ken"}, identity.ClientAssertionCredential),
        ({**FEDERATED, "ARM_OIDC_TOKEN": "t0ken"}, identity.ClientAssertionCredential),
        (
            {**PRINCIPAL, "ARM_OIDC_TOKEN_FILE_PATH": "/token"},
            identity.WorkloadIdentityCredential,
        ),
        (
            {**FEDERATED, "AZURE_FEDERATED_TOKEN_FILE": "/token"},
            identity.WorkloadIdentityCredential,
        ),
        ({**FEDERATED, **GITHUB}, identity.ClientAssertionCredential),
        (
            {**FEDERATED, "ARM_OIDC_REQUEST_URL": "https://o/", "ARM_OIDC_REQUEST_TOKEN": "t"},
            identity.ClientAssertionCredential,
        ),
        ({"ARM_USE_MSI": "true", "ARM_CLIENT_ID": "client"}, identity.ManagedIdentityCredential),
        ({**PRINCIPAL, **GITHUB, "ARM_USE_MSI": "1"}, identity.ManagedIdentityCredential),
        ({}, identity.DefaultAzureCredential),
        ({"ARM_TENANT_ID": TENANT}, identity.DefaultAzureCredential),
        (GITHUB, identity.DefaultAzureCredential),
        (
            {**PRINCIPAL, "ARM_USE_DEFAULT_AZURE_CREDENTIAL": "true"},
            identity.DefaultAzureCredential,
        ),
    ],
)
def test_environment_decides_the_credential(environment: dict[str, str], kind: type[Any]) -> None:
    """In the order of the azure-native provider, and then whatever there is."""
    assert kind is type(credential(environment, where=PUBLIC))


TOKENS = (
    "a federated token (ARM_OIDC_TOKEN, ARM_OIDC_TOKEN_FILE_PATH, AZURE_FEDERATED_TOKEN_FILE, or "
    "ARM_OIDC_REQUEST_URL with ARM_OIDC_REQUEST_TOKEN; in GitHub Actions the job's `permissions: "
    "id-token: write`)"
)
PROOFS = (
    "one of ARM_CLIENT_SECRET, ARM_CLIENT_CERTIFICATE_PATH, or ARM_USE_OIDC=true with a federated "
    "token"
)


@pytest.mark.parametrize(
    ("environment", "said", "lacking"),
    [
        (PRINCIPAL, "ARM_CLIENT_ID", PROOFS),
        ({**PRINCIPAL, **GITHUB}, "ARM_CLIENT_ID", PROOFS),
        ({"ARM_CLIENT_ID": "client"}, "ARM_CLIENT_ID", f"ARM_TENANT_ID and {PROOFS}"),
        (
            {"ARM_CLIENT_SECRET": "s3cret"},
            "ARM_CLIENT_SECRET",
            "ARM_CLIENT_ID and ARM_TENANT_ID",
        ),
        (FEDERATED, "ARM_USE_OIDC", TOKENS),
        ({**FEDERATED, "ARM_USE_MSI": "true"}, "ARM_USE_OIDC", TOKENS),
        (
            {**FEDERATED, "ACTIONS_ID_TOKEN_REQUEST_URL": "https://g/"},
            "ARM_USE_OIDC",
            TOKENS,
        ),
        (
            {"ARM_USE_OIDC": "true", **GITHUB},
            "ARM_USE_OIDC",
            "ARM_CLIENT_ID and ARM_TENANT_ID",
        ),
        (
            {"ARM_CLIENT_CERTIFICATE_PATH": "/c", "ARM_CLIENT_ID": "client"},
            "ARM_CLIENT_CERTIFICATE_PATH",
            "ARM_TENANT_ID",
        ),
    ],
)
def test_half_a_principal_is_not_passed_over(
    environment: dict[str, str], said: str, lacking: str
) -> None:
    """Whoever is signed in on the machine may be somebody else."""
    with pytest.raises(CredentialError) as problem:
        credential(environment, where=PUBLIC)

    assert (
        f"{said} is set, and a service principal also takes {lacking}. Set that, or unset {said} "
        "to sign in otherwise, for example with `az login`."
    ) == str(problem.value)


def in_entra(server: Server) -> Cloud:
    """Let the server be a cloud's login service; return the cloud."""
    tenant = f"/{TENANT}"
    document = {
        "authorization_endpoint": f"{server.url}{tenant}/authorize",
        "token_endpoint": f"{server.url}{tenant}/token",
        "issuer": f"{server.url}{tenant}/v2.0",
    }
    server.answer("GET", f"{tenant}/v2.0/.well-known/openid-configuration", Reply(body=document))
    for path in ("token", "oauth2/v2.0/token"):  # assertions do not ask where it is
        answer = Reply(body={"access_token": "t", "expires_in": 60})
        server.answer("POST", f"{tenant}/{path}", answer)
    return Cloud("https://arm.example", server.url, "https://audience.example")


def shown(server: Server) -> dict[str, str]:
    """What the login service was shown last."""
    return dict(parse_qsl(server.asked[-1].body))


PRIVATE = {"ARM_DISABLE_INSTANCE_DISCOVERY": "true"}


@pytest.mark.parametrize(
    "prefix", ["ARM_OIDC_REQUEST", "ACTIONS_ID_TOKEN_REQUEST"], ids=["ours", "github"]
)
def test_pipeline_vouches_for_itself(server: Server, prefix: str) -> None:
    """Its token is asked for with what it was given for that, and shown to Entra."""
    where = in_entra(server)
    server.answer("GET", "/oidc", Reply(body={"value": "from-the-pipeline"}))
    environment = {
        **FEDERATED,
        **PRIVATE,
        f"{prefix}_URL": f"{server.url}/oidc?version=2",
        f"{prefix}_TOKEN": "b3arer",
    }

    token = credential(environment, where=where).get_token(where.scope)

    [asked] = [each for each in server.asked if each.path.startswith("/oidc")]
    assert "/oidc?version=2&audience=api%3A%2F%2FAzureADTokenExchange" == asked.path
    assert "Bearer b3arer" == asked.headers["Authorization"]
    assert "from-the-pipeline" == shown(server)["client_assertion"]
    assert "t" == token.token


@pytest.mark.parametrize("reply", [Reply(403), Reply(body={}), Reply(body=[]), Reply(200, b"<p>")])
def test_pipeline_that_does_not_vouch_is_told(server: Server, reply: Reply) -> None:
    """With the permission that its job most likely lacks; its own token stays hidden."""
    where = in_entra(server)
    server.answer("GET", "/oidc", reply)
    environment = {
        **FEDERATED,
        **PRIVATE,
        "ACTIONS_ID_TOKEN_REQUEST_URL": f"{server.url}/oidc",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "b3arer",
    }

    with pytest.raises(CredentialError, match="ACTIONS_ID_TOKEN_REQUEST_URL gave no") as problem:
        credential(environment, where=where).get_token(where.scope)

    assert "id-token: write" in str(problem.value)
    assert "b3arer" not in str(problem.value)


def test_federated_token_file_is_shown_to_entra(server: Server, tmp_path: Path) -> None:
    """As Kubernetes mounts it."""
    where = in_entra(server)
    (tmp_path / "token").write_text("from-the-file")
    environment = {**FEDERATED, **PRIVATE, "AZURE_FEDERATED_TOKEN_FILE": str(tmp_path / "token")}

    token = credential(environment, where=where).get_token(where.scope)

    assert ("from-the-file", "t") == (shown(server)["client_assertion"], token.token)


@pytest.mark.parametrize("password", ["", "pa55word"], ids=["plain", "locked"])
def test_certificate_signs_in(server: Server, tmp_path: Path, password: str) -> None:
    """With its password, where it has one; it is preferred to a secret, as by the provider."""
    where = in_entra(server)
    environment = {
        **PRINCIPAL,
        **PRIVATE,
        "ARM_CLIENT_CERTIFICATE_PATH": str(certificate(tmp_path, password)),
        "ARM_CLIENT_CERTIFICATE_PASSWORD": password,
        "ARM_CLIENT_SECRET": "s3cret",
    }

    token = credential(environment, where=where).get_token(where.scope)

    assert "client_secret" not in shown(server)
    assert 3 == len(shown(server)["client_assertion"].split("."))
    assert "t" == token.token


@pytest.mark.parametrize("trouble", ["missing", "wrong password", "no certificate"])
def test_certificate_that_cannot_be_read_is_told(tmp_path: Path, trouble: str) -> None:
    """In one sentence, without the password."""
    path = tmp_path / "nowhere"
    if trouble == "wrong password":
        path = certificate(tmp_path, "right")
    if trouble == "no certificate":
        path.write_text("hello")
    environment = {
        **PRINCIPAL,
        "ARM_CLIENT_CERTIFICATE_PATH": str(path),
        "ARM_CLIENT_CERTIFICATE_PASSWORD": "pa55word",
    }

    with pytest.raises(CredentialError, match="The credential that the environment") as problem:
        credential(environment, where=PUBLIC)

    assert "pa55word" not in str(problem.value)


def certificate(directory: Path, password: str) -> Path:
    """A self-signed certificate with its key, locked where there is a password."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "client")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    lock = BestAvailableEncryption(password.encode()) if password else NoEncryption()
    path = directory / "client.pfx"
    path.write_bytes(pkcs12.serialize_key_and_certificates(None, key, signed, None, lock))
    return path


def test_impossible_credential_is_told() -> None:
    """The tenant is no tenant; nobody was asked yet."""
    environment = {**PRINCIPAL, "ARM_TENANT_ID": "no tenant!", "ARM_CLIENT_SECRET": "s3cret"}

    with pytest.raises(CredentialError, match="Invalid tenant ID") as problem:
        credential(environment, where=PUBLIC)

    assert "s3cret" not in str(problem.value)


def test_credential_asks_the_login_service_of_its_cloud(server: Server) -> None:
    """A private cloud's token does not come from the public one."""
    where = in_entra(server)
    environment = {**PRINCIPAL, **PRIVATE, "ARM_CLIENT_SECRET": "s3cret"}

    token = credential(environment, where=where).get_token(where.scope)

    assert "t" == token.token


def test_federated_token_is_read_when_it_is_needed(tmp_path: Path) -> None:
    """A pipeline writes it anew all the time; a missing file is no reason to fail early."""
    environment = {**PRINCIPAL, "ARM_OIDC_TOKEN_FILE_PATH": str(tmp_path / "later")}

    found = credential(environment, where=PUBLIC)

    assert isinstance(found, identity.WorkloadIdentityCredential)
