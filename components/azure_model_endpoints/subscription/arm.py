# SPDX-License-Identifier: Apache-2.0
"""Azure Resource Manager over HTTPS, for the few things no Pulumi resource or function does."""

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import urljoin, urlsplit

from azure.core import PipelineClient
from azure.core.credentials import AccessToken, TokenCredential
from azure.core.exceptions import AzureError
from azure.core.pipeline.policies import (
    BearerTokenCredentialPolicy,
    HeadersPolicy,
    RequestIdPolicy,
    UserAgentPolicy,
)
from azure.core.polling import LROPoller
from azure.core.rest import HttpRequest, HttpResponse
from azure.mgmt.core.polling.arm_polling import ARMPolling

from azure_model_endpoints import credentials
from azure_model_endpoints.credentials import Cloud
from azure_model_endpoints.errors import ArmError
from azure_model_endpoints.subscription.answers import (
    document,
    refusal,
    rows,
    shaped_as_azure_does,
    unlike_azure,
)
from azure_model_endpoints.subscription.patience import Patience
from azure_model_endpoints.subscription.transport import transport

__all__ = ["ArmClient", "Progress"]

_POLL_SECONDS = 5
"""Between two looks at an operation whose service names no interval, as azure-ai-ml waits."""
_BUSY_SECONDS = 2
_TOKEN_SECONDS = 3600
OPERATION_TIMEOUT_SECONDS = 120 * 60
"""How long a write may take: as long as the azure-native provider waits by default."""
PATIENCE_SECONDS = 300
"""How long one request may take in a run: longer than the azure-native provider repeats one, after
20, 60 and 120 seconds."""
COMMAND_PATIENCE_SECONDS = 60
"""How long it may take where somebody sits and waits."""


@dataclass(frozen=True, slots=True, repr=False)
class _GivenToken(TokenCredential):
    """A token somebody else took; not renewed, since what it is for is over within minutes."""

    token: str

    def get_token(self, *_scopes: str, **_options: Any) -> AccessToken:
        return AccessToken(self.token, int(time.time()) + _TOKEN_SECONDS)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a write has come."""

    is_final: bool
    """Whether the service answered for good, not that it had accepted the write."""
    document: Mapping[str, Any]
    address: str
    """Where to look next; empty where the service says nothing of that."""
    wait_seconds: float
    """How long to wait before that."""


class ArmClient:
    """Reads and writes resources by their ids.

    Throttling, server errors and lost connections are retried after the pause that Azure asks for,
    as long as that ends within the patience; else the refusal is told at once.

    Args:
        cloud: where Resource Manager is.
        credential: who asks.
        operation_timeout_seconds: how long the service may work on one write.
        patience_seconds: how long one request may take, its repetitions included.

    Attributes:
        cloud: the same, by which other services of it are found.
        credential: the same, for what does not go through Resource Manager.
    """

    def __init__(
        self,
        cloud: Cloud,
        credential: TokenCredential,
        *,
        operation_timeout_seconds: float = OPERATION_TIMEOUT_SECONDS,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        self.cloud = cloud
        self.credential = credential
        self._operation_timeout_seconds = operation_timeout_seconds
        self._client: PipelineClient[HttpRequest, HttpResponse] = PipelineClient(
            base_url=cloud.resource_manager,
            policies=[
                HeadersPolicy(),
                RequestIdPolicy(),
                UserAgentPolicy("azure-model-endpoints"),
                Patience(timeout=patience_seconds),
                BearerTokenCredentialPolicy(credential, cloud.scope),
            ],
            transport=transport(read_timeout_seconds=patience_seconds),
        )

    @classmethod
    def signed_in(cls, *, patience_seconds: float = COMMAND_PATIENCE_SECONDS) -> "ArmClient":
        """Return a client for whoever this environment is signed in as, outside a program.

        Raises:
            CredentialError: the environment's cloud or credential cannot be used.
        """
        where = credentials.cloud()
        credential = credentials.credential(where=where)
        return cls(where, credential, patience_seconds=patience_seconds)

    @classmethod
    def with_token(
        cls, cloud: Cloud, token: str, *, patience_seconds: float = PATIENCE_SECONDS
    ) -> "ArmClient":
        """Return a client that shows a token as it is."""
        return cls(cloud, _GivenToken(token), patience_seconds=patience_seconds)

    def get(self, resource_id: str, api_version: str) -> dict[str, Any] | None:
        """Return a resource, or None where there is none."""
        response = self._send(self._request("GET", resource_id, api_version))
        if response.status_code == HTTPStatus.NOT_FOUND:
            return None
        return document(response)

    def list(
        self, path: str, api_version: str, *, query: Mapping[str, str] | None = None
    ) -> list[dict[str, Any]]:
        """Return every resource of a collection, all pages of it.

        Args:
            path: of the collection.
            api_version: in which version of its service.
            query: what is asked besides, for example a filter.

        Raises:
            ArmError: Azure refused, could not be reached, or answered with something else; also
                where a page names as the next one what was read already, or is elsewhere.
        """
        request = self._request("GET", path, api_version, query=query)
        found: list[dict[str, Any]] = []
        links = {request.url}
        while True:
            page = document(self._send(request))
            found += rows(page, request.url)
            if not (link := page.get("nextLink")):
                return found
            request = HttpRequest("GET", self._next(link, request.url, links))
            links.add(request.url)

    def post(
        self, path: str, api_version: str, body: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """Return the answer to an action."""
        content = None if body is None else dict(body)
        return document(self._send(self._request("POST", path, api_version, content)))

    def run(self, path: str, api_version: str, body: Mapping[str, Any]) -> None:
        """Ask for an action that takes its time, and wait until it is done."""
        self._run(self._request("POST", path, api_version, dict(body)))

    def put(self, resource_id: str, api_version: str, body: Mapping[str, Any]) -> None:
        """Write a resource whole and wait until the service is done with it."""
        self._run(self._request("PUT", resource_id, api_version, dict(body)))

    def file(self, resource_id: str, api_version: str, body: Mapping[str, Any]) -> Progress:
        """Write a resource without waiting; the caller looks at its progress himself."""
        return _progress(self._send(self._request("PUT", resource_id, api_version, dict(body))))

    def look(self, address: str) -> Progress:
        """Return how far a write has come, from the address that was given for that."""
        return _progress(self._send(HttpRequest("GET", address)))

    def patch(self, resource_id: str, api_version: str, body: Mapping[str, Any]) -> None:
        """Change some fields of a resource and wait until the service is done with it."""
        self._run(self._request("PATCH", resource_id, api_version, dict(body)))

    def delete(self, resource_id: str, api_version: str) -> None:
        """Delete a resource, which may be gone already, and wait until it is gone."""
        self._run(self._request("DELETE", resource_id, api_version))

    def put_when_free(
        self,
        resource_id: str,
        api_version: str,
        body: Callable[[], Mapping[str, Any] | None],
        *,
        timeout_seconds: float,
    ) -> None:
        """Write a resource as soon as no other operation runs on it.

        Args:
            resource_id: what to write.
            api_version: in which version of its service.
            body: called before every attempt, since the other operation may have changed the
                resource; None ends the wait without a write.
            timeout_seconds: how long others may keep it busy.

        Raises:
            ArmError: Azure refused, or the resource stayed busy.
        """
        deadline = time.monotonic() + timeout_seconds
        while (document := body()) is not None:
            try:
                self.put(resource_id, api_version, document)
            except ArmError as error:
                if error.status != HTTPStatus.CONFLICT or time.monotonic() > deadline:
                    raise
                time.sleep(_BUSY_SECONDS)
            else:
                return

    def _run(self, request: HttpRequest) -> None:
        """Send a write and wait for its operation to end."""
        try:
            accepted = self._client.send_request(request, _return_pipeline_response=True)
            document(accepted.http_response)  # type: ignore[attr-defined]
            poller = LROPoller(self._client, accepted, lambda _: None, ARMPolling(_POLL_SECONDS))
            poller.wait(self._operation_timeout_seconds)
        except AzureError as error:
            raise refusal(error) from error
        if not poller.done():
            raise ArmError(
                f"Azure has accepted the {request.method} and not finished it within "
                f"{self._operation_timeout_seconds / 60:g} minutes. It goes on with it; look at "
                "the resource in the Azure portal, and run the same command again once it is done."
            )

    def _request(
        self,
        method: str,
        path: str,
        api_version: str,
        body: dict[str, Any] | None = None,
        *,
        query: Mapping[str, str] | None = None,
    ) -> HttpRequest:
        url = self._client.format_url(path)
        params = {"api-version": api_version, **(query or {})}
        return HttpRequest(method, url, params=params, json=body)

    def _next(self, link: Any, page: str, read: Collection[str]) -> str:
        """Return the address of the next page, which is shown the token."""
        if not isinstance(link, str):
            raise unlike_azure(page, f"its next page is no address, but {link!r}")
        with shaped_as_azure_does("the next page of a list"):
            address = urljoin(page, link)
            is_elsewhere = _host(address) != _host(page)
        if is_elsewhere:
            raise unlike_azure(page, f"its next page is somewhere else, at {link}")
        if address in read:
            raise unlike_azure(page, f"its next page is one that was read already, {link}")
        return address

    def _send(self, request: HttpRequest) -> HttpResponse:
        try:
            return self._client.send_request(request)
        except AzureError as error:
            raise refusal(error) from error


def _progress(response: HttpResponse) -> Progress:
    headers = response.headers
    milliseconds, seconds = headers.get("retry-after-ms", ""), headers.get("retry-after", "")
    wait = float(_POLL_SECONDS)
    if milliseconds.isdecimal():
        wait = int(milliseconds) / 1000
    elif seconds.isdecimal():
        wait = float(seconds)
    return Progress(
        is_final=response.status_code != HTTPStatus.ACCEPTED,
        document=document(response),
        address=headers.get("location", ""),
        wait_seconds=wait,
    )


def _host(address: str) -> tuple[str, str | None]:
    parts = urlsplit(address)
    return parts.scheme, parts.hostname
