# SPDX-License-Identifier: Apache-2.0
"""The one place that knows which Azure this is and makes a credential for it.

Used outside a Pulumi program (``ame``). Inside one, reads and writes use the azure-native
provider's own token, so that an explicit provider is honoured: see `subscription.provider`.
"""

import json
import os
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from http.client import HTTPException
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from azure_model_endpoints.errors import CredentialError

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential

__all__ = ["Cloud", "cloud", "credential", "subscription_id"]

METADATA_API_VERSION = "2022-09-01"
METADATA_TIMEOUT_SECONDS = 10

_PRINCIPAL = ("ARM_CLIENT_ID", "ARM_TENANT_ID")
_CERTIFICATE, _SECRET = "ARM_CLIENT_CERTIFICATE_PATH", "ARM_CLIENT_SECRET"
_USE_OIDC = "ARM_USE_OIDC"
# The names are those of the azure-native provider, which takes GitHub's own, too (GitHub docs,
# "OpenID Connect reference").
_REQUESTS = (
    ("ARM_OIDC_REQUEST_URL", "ARM_OIDC_REQUEST_TOKEN"),
    ("ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"),
)
_AUDIENCE = "api://AzureADTokenExchange"
"""Of tokens that Microsoft Entra exchanges (Entra docs, "Workload identity federation")."""
_FEDERATED = (
    "a federated token (ARM_OIDC_TOKEN, ARM_OIDC_TOKEN_FILE_PATH, AZURE_FEDERATED_TOKEN_FILE, or "
    "ARM_OIDC_REQUEST_URL with ARM_OIDC_REQUEST_TOKEN; in GitHub Actions the job's `permissions: "
    "id-token: write`)"
)
_PROOFS = f"one of {_SECRET}, {_CERTIFICATE}, or {_USE_OIDC}=true with a federated token"


@dataclass(frozen=True, slots=True)
class Cloud:
    """The addresses of one Azure cloud."""

    resource_manager: str
    """Base address of Azure Resource Manager, without a trailing slash."""
    login: str
    """Base address of the login service, without a trailing slash."""
    audience: str
    """Who a Resource Manager token is for; a scope is this plus ``/.default``."""

    @property
    def scope(self) -> str:
        """The OAuth scope of a Resource Manager token."""
        return f"{self.audience.rstrip('/')}/.default"


# Azure docs, "Azure sovereign clouds": resource manager and login addresses of each cloud. The
# names are those of ARM_ENVIRONMENT in the azure-native provider.
_CLOUDS = {
    "public": Cloud(
        "https://management.azure.com",
        "https://login.microsoftonline.com",
        "https://management.azure.com",
    ),
    "usgovernment": Cloud(
        "https://management.usgovcloudapi.net",
        "https://login.microsoftonline.us",
        "https://management.usgovcloudapi.net",
    ),
    "china": Cloud(
        "https://management.chinacloudapi.cn",
        "https://login.chinacloudapi.cn",
        "https://management.chinacloudapi.cn",
    ),
}


def cloud(environment: Mapping[str, str] = os.environ) -> Cloud:
    """Return the cloud that the environment points at.

    ``ARM_METADATA_HOSTNAME`` wins, as in the azure-native provider; then ``ARM_ENVIRONMENT``; then
    the public cloud.

    Raises:
        CredentialError: the metadata host does not answer, or the environment's name is unknown.
    """
    if host := environment.get("ARM_METADATA_HOSTNAME"):
        return _discovered(host)
    name = environment.get("ARM_ENVIRONMENT", "public").lower()
    if name not in _CLOUDS:
        raise CredentialError(
            f"ARM_ENVIRONMENT: given {name!r}; allowed: {', '.join(_CLOUDS)}. "
            "Unset it for the public cloud."
        )
    return _CLOUDS[name]


def _discovered(host: str) -> Cloud:
    base = host if "://" in host else f"https://{host}"
    url = f"{base.rstrip('/')}/metadata/endpoints?api-version={METADATA_API_VERSION}"
    try:
        # The scheme comes from the user's own environment, like every other address of a cloud.
        with urllib.request.urlopen(url, timeout=METADATA_TIMEOUT_SECONDS) as response:  # noqa: S310
            document: dict[str, Any] = json.load(response)
        return Cloud(
            resource_manager=document["resourceManager"].rstrip("/"),
            login=document["authentication"]["loginEndpoint"].rstrip("/"),
            audience=document["authentication"]["audiences"][0],
        )
    # Whatever else listens there may answer anything.
    except (OSError, HTTPException, ValueError, LookupError, TypeError, AttributeError) as problem:
        if isinstance(problem, urllib.error.HTTPError):
            problem.close()  # it holds the connection
        raise CredentialError(
            f"ARM_METADATA_HOSTNAME names {host!r}, which did not answer as an Azure cloud "
            f"({problem}). Start it, or unset ARM_METADATA_HOSTNAME to use public Azure; for the "
            "local sandbox run the command as `ame sandbox exec -- …`."
        ) from problem


def subscription_id(environment: Mapping[str, str] = os.environ) -> str:
    """Return the subscription to work in: ``ARM_SUBSCRIPTION_ID``, else ``AZURE_SUBSCRIPTION_ID``.

    Raises:
        CredentialError: neither is set.
    """
    for name in ("ARM_SUBSCRIPTION_ID", "AZURE_SUBSCRIPTION_ID"):
        if value := environment.get(name):
            return value
    raise CredentialError(
        "No subscription was named: set ARM_SUBSCRIPTION_ID to the id that `az account show "
        "--query id` prints, or run the command in the local sandbox with `ame sandbox exec -- …`."
    )


def credential(
    environment: Mapping[str, str] = os.environ, *, where: Cloud | None = None
) -> "TokenCredential":
    """Return one credential for everything.

    As the azure-native provider chooses, in this order: `azure.identity.DefaultAzureCredential` by
    ``ARM_USE_DEFAULT_AZURE_CREDENTIAL``; a service principal by ``ARM_CLIENT_ID`` and
    ``ARM_TENANT_ID``, with a certificate (``ARM_CLIENT_CERTIFICATE_PATH`` and ``…_PASSWORD``), a
    secret (``ARM_CLIENT_SECRET``) or a federated token (``ARM_USE_OIDC``); the managed identity
    (``ARM_USE_MSI``). Else whatever DefaultAzureCredential finds (``AZURE_*``, workload identity,
    managed identity, ``az login``).

    The federated token is ``ARM_OIDC_TOKEN``, the content of ``ARM_OIDC_TOKEN_FILE_PATH`` or
    ``AZURE_FEDERATED_TOKEN_FILE``, or asked for at ``ARM_OIDC_REQUEST_URL`` with
    ``ARM_OIDC_REQUEST_TOKEN``, which GitHub calls ``ACTIONS_ID_TOKEN_REQUEST_URL`` and ``…_TOKEN``.
    The first two need no ``ARM_USE_OIDC``.

    Raises:
        CredentialError: what the environment says cannot be a credential, or not a whole one; it
            is not passed over then, since what is found instead may be somebody else.
    """
    where = where or cloud(environment)
    try:
        return _chosen(environment, where)
    except (ValueError, TypeError, OSError) as problem:
        raise CredentialError(
            f"The credential that the environment's ARM_* or AZURE_* variables describe cannot be "
            f"used: {problem}. Correct them, or unset them and sign in with `az login`."
        ) from problem


def _chosen(environment: Mapping[str, str], where: Cloud) -> "TokenCredential":
    from azure import identity

    if not _says(environment, "ARM_USE_DEFAULT_AZURE_CREDENTIAL"):
        if principal := _principal(environment, where):
            return principal
        if _says(environment, "ARM_USE_MSI"):
            return identity.ManagedIdentityCredential(client_id=environment.get("ARM_CLIENT_ID"))
    return identity.DefaultAzureCredential(authority=where.login)


def _says(environment: Mapping[str, str], name: str) -> bool:
    return environment.get(name, "").lower() in {"1", "true"}


def _principal(environment: Mapping[str, str], where: Cloud) -> "TokenCredential | None":
    """Return the credential of a service principal; None where the environment names none."""
    proofs = [name for name in (_CERTIFICATE, _SECRET) if environment.get(name)]
    is_federated = _says(environment, _USE_OIDC)
    if not (proofs or is_federated or environment.get("ARM_CLIENT_ID")):
        return None
    given = _with_proof(environment, where)
    if given is None and not is_federated and _says(environment, "ARM_USE_MSI"):
        return None
    missing = [name for name in _PRINCIPAL if not environment.get(name)]
    if given and not missing:
        return given(environment["ARM_TENANT_ID"], environment["ARM_CLIENT_ID"])
    said = next(name for name in (*proofs, _USE_OIDC, *_PRINCIPAL) if environment.get(name))
    lacking = [*missing, *([] if given else [_FEDERATED if is_federated else _PROOFS])]
    raise CredentialError(
        f"{said} is set, and a service principal also takes {' and '.join(lacking)}. Set that, or "
        f"unset {said} to sign in otherwise, for example with `az login`."
    )


def _with_proof(
    environment: Mapping[str, str], where: Cloud
) -> "Callable[[str, str], TokenCredential] | None":
    """Return how a credential is made of tenant and client; None where the environment proves none.

    Files of tokens are read when they are needed: pipelines write them anew all the time.
    """
    from azure import identity

    # Discovery would ask the public login host about a private or sovereign authority.
    trusted = _says(environment, "ARM_DISABLE_INSTANCE_DISCOVERY")
    options: dict[str, Any] = {"authority": where.login, "disable_instance_discovery": trusted}
    if path := environment.get(_CERTIFICATE):
        password = environment.get("ARM_CLIENT_CERTIFICATE_PASSWORD")
        return partial(
            identity.CertificateCredential, certificate_path=path, password=password, **options
        )
    if secret := environment.get(_SECRET):
        return partial(identity.ClientSecretCredential, client_secret=secret, **options)
    if token := environment.get("ARM_OIDC_TOKEN"):
        return partial(identity.ClientAssertionCredential, func=lambda: token, **options)
    is_federated = _says(environment, _USE_OIDC)
    path = environment.get("ARM_OIDC_TOKEN_FILE_PATH")
    if not path and is_federated:
        path = environment.get("AZURE_FEDERATED_TOKEN_FILE")
    if path:
        return lambda tenant, client: identity.WorkloadIdentityCredential(
            tenant_id=tenant, client_id=client, token_file_path=path, **options
        )
    for address, bearer in _REQUESTS if is_federated else ():
        if (url := environment.get(address)) and (shown := environment.get(bearer)):
            audience = environment.get("ARM_OIDC_AUDIENCE") or _AUDIENCE
            ask = partial(_requested_token, address, url, shown, audience)
            return partial(identity.ClientAssertionCredential, func=ask, **options)
    return None


def _requested_token(name: str, url: str, bearer: str, audience: str) -> str:
    """Return the token that whoever runs a pipeline vouches for it with.

    Raises:
        CredentialError: there is none to be had.
    """
    parts = urlsplit(url)
    query = {**dict(parse_qsl(parts.query, keep_blank_values=True)), "audience": audience}
    try:
        # The address comes from the user's own environment.
        request = urllib.request.Request(  # noqa: S310
            urlunsplit(parts._replace(query=urlencode(query))),
            headers={"Accept": "application/json", "Authorization": f"Bearer {bearer}"},
        )
        with urllib.request.urlopen(request, timeout=METADATA_TIMEOUT_SECONDS) as response:  # noqa: S310
            return str(json.load(response)["value"])
    except (OSError, HTTPException, ValueError, LookupError, TypeError) as problem:
        if isinstance(problem, urllib.error.HTTPError):
            problem.close()  # it holds the connection
        raise CredentialError(
            f"{name} gave no federated token ({problem}). Let the pipeline's job ask for one (in "
            "GitHub Actions: `permissions: id-token: write`), or sign in otherwise."
        ) from problem
