# SPDX-License-Identifier: Apache-2.0
"""The cloud's endpoints as its metadata service describes them, and credentials for them."""

import functools
import os
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import requests
from azure.core import PipelineClient
from azure.core.credentials import AccessToken, TokenCredential
from azure.core.exceptions import AzureError
from azure.core.pipeline.transport import RequestsTransport
from azure.core.rest import HttpRequest, HttpResponse

from azure_sandbox.provider.configuration import Configuration
from azure_sandbox.provider.errors import ConfigurationError
from azure_sandbox.provider.retries import ArmRetryPolicy

_METADATA_API_VERSION = "2022-09-01"
_CONNECTIONS = 32
"""As many as the engine has operations under way, so that none waits for a connection."""


@dataclass(frozen=True, slots=True)
class Cloud:
    """Base addresses without a trailing slash, and the audience of ARM tokens."""

    name: str
    resource_manager: str
    login_endpoint: str
    audience: str
    graph: str
    key_vault_suffix: str


class _Adapter(requests.adapters.HTTPAdapter):
    """Connections that share the trusted certificates, which take 20 ms to read."""

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        trusted = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("SSL_CERT_FILE")
        super().init_poolmanager(*args, ssl_context=_trust(trusted), **options)

    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
        """Leaves verification to the shared context; urllib3 would read the file once more."""


@functools.cache
def _trust(file: str | None) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=file)


def transport() -> RequestsTransport:
    """Makes an HTTPS transport that trusts what REQUESTS_CA_BUNDLE or SSL_CERT_FILE say."""
    session = requests.Session()
    session.trust_env = False  # it would name the file again
    session.mount("https://", _Adapter(pool_maxsize=_CONNECTIONS))
    return RequestsTransport(session=session)


def discover(configuration: Configuration) -> Cloud:
    """Asks the metadata service where the cloud's endpoints are.

    Raises:
        ConfigurationError: it does not answer, or not with a description of a cloud.
    """
    url = configuration.metadata_url
    client: PipelineClient[HttpRequest, HttpResponse] = PipelineClient(
        url, policies=[ArmRetryPolicy(configuration.speed)], transport=transport()
    )
    request = HttpRequest("GET", url, params={"api-version": _METADATA_API_VERSION})
    try:
        with client:
            response = client.send_request(request)
            response.raise_for_status()
            return _cloud_of(response.json())
    except (AzureError, ValueError, LookupError, TypeError) as error:
        raise ConfigurationError(
            f"The cloud's metadata could not be read from {url}: {error}. Check "
            "ARM_METADATA_HOSTNAME (or azure-native:metadataHost), that the sandbox is running "
            "(`ame sandbox status`), and that SSL_CERT_FILE names its certificate authority."
        ) from error


def _cloud_of(metadata: Mapping[str, Any]) -> Cloud:
    authentication = metadata["authentication"]
    return Cloud(
        name=metadata["name"],
        resource_manager=metadata["resourceManager"].rstrip("/"),
        login_endpoint=authentication["loginEndpoint"].rstrip("/"),
        audience=authentication["audiences"][0].rstrip("/"),
        graph=metadata.get("microsoftGraphResourceId", "").rstrip("/"),
        key_vault_suffix=metadata["suffixes"]["keyVaultDns"].lstrip("."),
    )


class Credential:
    """The credential that a configuration describes, made when the first token is needed.

    MSAL takes a quarter of a second to load, which a run without ARM calls should not pay.
    """

    def __init__(self, configuration: Configuration, cloud: Cloud) -> None:
        self._configuration = configuration
        self._cloud = cloud
        self._lock = threading.Lock()
        self._made: TokenCredential | None = None

    def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        """Gets a token, from the credential's cache where it has one."""
        with self._lock:
            if self._made is None:
                self._made = self._make()
        return self._made.get_token(*scopes, **options)

    def _make(self) -> TokenCredential:
        from azure.identity import ClientSecretCredential, ManagedIdentityCredential

        given = self._configuration
        if given.use_msi:
            return ManagedIdentityCredential(
                client_id=given.client_id or None, transport=transport()
            )
        return ClientSecretCredential(
            given.tenant_id,
            given.client_id,
            given.client_secret or "",
            authority=self._cloud.login_endpoint,
            disable_instance_discovery=True,
            transport=transport(),
        )
