# SPDX-License-Identifier: Apache-2.0
"""The one place that knows which Azure this is and makes a credential for it.

Used outside a Pulumi program (``ame``). Inside one, reads and writes use the azure-native
provider's own token, so that an explicit provider is honoured: see `subscription.provider`.
"""

import json
import os
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPException
from typing import TYPE_CHECKING, Any

from azure_model_endpoints.errors import CredentialError

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential

__all__ = ["Cloud", "cloud", "credential", "subscription_id"]

METADATA_API_VERSION = "2022-09-01"
METADATA_TIMEOUT_SECONDS = 10


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

    In this order: a service principal by ``ARM_CLIENT_ID``, ``ARM_TENANT_ID`` and
    ``ARM_CLIENT_SECRET``; the same with a federated token (``ARM_OIDC_TOKEN`` or
    ``ARM_OIDC_TOKEN_FILE_PATH``); the managed identity (``ARM_USE_MSI``); else whatever
    `azure.identity.DefaultAzureCredential` finds (``AZURE_*``, workload identity, managed identity,
    ``az login``).

    Raises:
        CredentialError: what the environment says cannot be a credential.
    """
    where = where or cloud(environment)
    try:
        return _chosen(environment, where)
    except ValueError as problem:
        raise CredentialError(
            f"The credential that the environment's ARM_* or AZURE_* variables describe cannot be "
            f"used: {problem}. Correct them, or unset them and sign in with `az login`."
        ) from problem


def _chosen(environment: Mapping[str, str], where: Cloud) -> "TokenCredential":
    from azure import identity

    # Discovery would ask the public login host about a private or sovereign authority.
    trusted = environment.get("ARM_DISABLE_INSTANCE_DISCOVERY", "").lower() in {"1", "true"}
    client, tenant = environment.get("ARM_CLIENT_ID"), environment.get("ARM_TENANT_ID")
    if client and tenant:
        options: dict[str, Any] = {
            "authority": where.login,
            "disable_instance_discovery": trusted,
        }
        if secret := environment.get("ARM_CLIENT_SECRET"):
            return identity.ClientSecretCredential(tenant, client, secret, **options)
        if token := environment.get("ARM_OIDC_TOKEN"):
            return identity.ClientAssertionCredential(tenant, client, lambda: token, **options)
        if path := environment.get("ARM_OIDC_TOKEN_FILE_PATH"):
            return identity.WorkloadIdentityCredential(
                tenant_id=tenant, client_id=client, token_file_path=path, **options
            )
    if environment.get("ARM_USE_MSI", "").lower() in {"1", "true"}:
        return identity.ManagedIdentityCredential(client_id=client)
    return identity.DefaultAzureCredential(authority=where.login)
