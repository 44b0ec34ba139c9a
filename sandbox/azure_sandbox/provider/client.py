# SPDX-License-Identifier: Apache-2.0
"""Requests to Azure Resource Manager."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from azure.core import PipelineClient
from azure.core.credentials import TokenCredential
from azure.core.exceptions import AzureError
from azure.core.pipeline.policies import HeadersPolicy, RequestIdPolicy, UserAgentPolicy
from azure.core.rest import HttpRequest, HttpResponse
from azure.mgmt.core.policies import ARMChallengeAuthenticationPolicy

from azure_sandbox.provider.cloud import Cloud, transport
from azure_sandbox.provider.configuration import Configuration
from azure_sandbox.provider.deadline import Deadline
from azure_sandbox.provider.errors import ArmError, ProviderError, UnreachableError
from azure_sandbox.provider.lro import Answer, await_operation
from azure_sandbox.provider.metadata import PACKAGE, VERSION
from azure_sandbox.provider.retries import ArmRetryPolicy, RegistrationPolicy

_ACCEPTED = frozenset({HTTPStatus.OK, HTTPStatus.CREATED, HTTPStatus.ACCEPTED})
_DELETED = _ACCEPTED | {HTTPStatus.NO_CONTENT, HTTPStatus.NOT_FOUND}


@dataclass(frozen=True, slots=True)
class Address:
    """What a request is about: a resource id, the API version to speak, and further query."""

    resource_id: str
    api_version: str
    query: Mapping[str, str] = field(default_factory=dict)


class AcceptedThenFailedError(ProviderError):
    """A request was accepted, and its operation then failed: the resource may exist."""


class ArmClient:
    """ARM's verbs on resource ids, over one pipeline with retries and tokens.

    Every verb raises ArmError for an error answer, UnreachableError for none, and TimedOutError
    or CancelledError when its deadline says so.
    """

    def __init__(
        self, configuration: Configuration, cloud: Cloud, credential: TokenCredential
    ) -> None:
        self._base = cloud.resource_manager
        self._speed = configuration.speed
        policies = [
            RequestIdPolicy(),
            HeadersPolicy({"Accept": "application/json"}),
            UserAgentPolicy(base_user_agent=_user_agent(configuration)),
            RegistrationPolicy(
                cloud.resource_manager, configuration.subscription_id, configuration.speed
            ),
            ArmRetryPolicy(configuration.speed),
            ARMChallengeAuthenticationPolicy(credential, f"{cloud.audience}/.default"),
        ]
        self._client: PipelineClient[HttpRequest, HttpResponse] = PipelineClient(
            self._base, policies=policies, transport=transport()
        )

    def get(self, address: Address, deadline: Deadline) -> dict[str, Any]:
        """Reads a resource."""
        answer = self._send("GET", address, deadline)
        return _json_of(_accepted(answer, {HTTPStatus.OK}))

    def post(self, address: Address, deadline: Deadline, body: Mapping[str, Any]) -> Any:
        """Runs an action; its result may be any JSON value."""
        answer = self._send("POST", address, deadline, body)
        response = _accepted(answer, {HTTPStatus.OK, HTTPStatus.CREATED})
        return json.loads(response.text() or "{}")

    def check_absent(self, address: Address, deadline: Deadline) -> None:
        """Makes sure that a PUT creates; an empty or unreadable 200 counts as absence.

        Raises:
            ProviderError: the resource exists, or whether it does cannot be told.
        """
        response = self._send("GET", address, deadline).http_response
        if response.status_code in {HTTPStatus.NOT_FOUND, HTTPStatus.NO_CONTENT}:
            return
        if response.status_code != HTTPStatus.OK:
            raise ProviderError(
                f"cannot check existence of resource '{address.resource_id}': "
                f"status code {response.status_code}, {response.text()}"
            )
        try:
            body = json.loads(response.text())
        except ValueError:
            return
        if body:
            raise ProviderError(f"cannot create already existing resource '{address.resource_id}'")

    def put(
        self,
        address: Address,
        deadline: Deadline,
        body: Mapping[str, Any],
        *,
        long_running: bool,
        method: str = "PUT",
    ) -> dict[str, Any]:
        """Writes a resource and waits until it is there.

        Raises:
            AcceptedThenFailedError: it was accepted, but its operation failed.
        """
        answer = self._send(method, address, deadline, body)
        response = _accepted(answer, _ACCEPTED)
        written = _json_of(response)
        if not long_running and response.status_code != HTTPStatus.ACCEPTED:
            return written
        try:
            return self._await(answer, address, deadline)
        except ProviderError as error:
            raise AcceptedThenFailedError(str(error)) from error

    def delete(self, address: Address, deadline: Deadline, *, long_running: bool) -> None:
        """Deletes a resource; one that is gone already is fine."""
        answer = self._send("DELETE", address, deadline)
        response = _accepted(answer, _DELETED)
        if long_running and response.status_code != HTTPStatus.NOT_FOUND:
            self._await(answer, address, deadline)

    def _await(self, answer: Answer, address: Address, deadline: Deadline) -> dict[str, Any]:
        try:
            return await_operation(self._client, answer, address.api_version, deadline, self._speed)
        except AzureError as error:
            raise UnreachableError(f"polling {address.resource_id} failed: {error}") from error

    def _send(
        self,
        method: str,
        address: Address,
        deadline: Deadline,
        body: Mapping[str, Any] | None = None,
    ) -> Answer:
        deadline.check()
        request = HttpRequest(
            method,
            f"{self._base}{address.resource_id}",
            params={"api-version": address.api_version, **address.query},
            headers={"Content-Type": "application/json; charset=utf-8"} if body is not None else {},
            content=json.dumps(body) if body is not None else None,
        )
        remaining = deadline.remaining_seconds
        try:
            answer: Answer = self._client.send_request(  # type: ignore[assignment]
                request,
                _return_pipeline_response=True,
                timeout=remaining,
                read_timeout=remaining,
                deadline=deadline,
            )
        except AzureError as error:
            deadline.check()
            raise UnreachableError(f"{method} {request.url} failed: {error}") from error
        return answer


def _user_agent(configuration: Configuration) -> str:
    return f"pulumi-{PACKAGE}/{VERSION} {configuration.user_agent}".rstrip()


def _accepted(answer: Answer, statuses: frozenset[HTTPStatus] | set[HTTPStatus]) -> HttpResponse:
    response = answer.http_response
    if response.status_code not in statuses:
        raise ArmError.of(response)
    return response


def _json_of(response: HttpResponse) -> dict[str, Any]:
    text = response.text()
    if not text:
        return {}
    try:
        body = json.loads(text)
    except ValueError as error:
        raise ProviderError(
            f"unexpected response from Azure: '{text}', HTTP status: "
            f"{response.status_code} {response.reason}"
        ) from error
    return body if isinstance(body, dict) else {}
