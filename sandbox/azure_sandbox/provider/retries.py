# SPDX-License-Identifier: Apache-2.0
"""Retries and registrations as the provider's Azure client does them, at the sandbox's speed."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from azure.core.pipeline import PipelineRequest, PipelineResponse
from azure.core.pipeline.policies import HTTPPolicy, RetryPolicy
from azure.core.rest import HttpRequest, HttpResponse

from azure_sandbox.provider.deadline import Deadline
from azure_sandbox.provider.errors import error_envelope

_RETRIED_STATUSES = frozenset({408, 429, 500, 502, 503, 504})
_DELAYS_SECONDS = (20.0, 60.0, 120.0)
_REGISTRATION_CODES = frozenset(
    {
        "missingsubscriptionregistration",
        "missingregistrationforresourceprovider",
        "subscription not registered",
        "subscriptionnotregistered",
    }
)
_REGISTRATION_POLL_SECONDS = 15.0
_REGISTRATION_API_VERSION = "2016-09-01"


def retry_after_seconds(headers: Mapping[str, str]) -> float | None:
    """Reads how long a service asks to wait; milliseconds are the more precise wish.

    azure-core would take the whole seconds first; the Azure SDK for Go, which the provider uses,
    prefers milliseconds.
    """
    for name, unit_seconds in (
        ("retry-after-ms", 0.001),
        ("x-ms-retry-after-ms", 0.001),
        ("retry-after", 1.0),
    ):
        value = headers.get(name)
        if value is not None and value.replace(".", "", 1).isdigit():
            return float(value) * unit_seconds
    return None


class ArmRetryPolicy(RetryPolicy[Any, Any]):
    """Three retries, 20, 60 and 120 seconds apart (divided by `speed`) unless the service says.

    Retried are 408, 429, 500, 502, 503, 504, transport errors, and a 409 that says that another
    operation is in progress.
    """

    def __init__(self, speed: float) -> None:
        super().__init__(retry_total=len(_DELAYS_SECONDS))
        self._speed = speed
        self._method_whitelist = frozenset({"GET", "HEAD", "PUT", "POST", "PATCH", "DELETE"})

    def is_retry(self, settings: dict[str, Any], response: PipelineResponse[Any, Any]) -> bool:
        """Says whether an answer is worth another try."""
        answer = response.http_response
        if answer.status_code == HTTPStatus.CONFLICT:
            return error_envelope(answer).get("code") == "AnotherOperationInProgress"
        return settings["total"] > 0 and answer.status_code in _RETRIED_STATUSES

    def get_backoff_time(self, settings: dict[str, Any]) -> float:
        """The pause before the next try, in seconds."""
        tries = len(settings["history"])
        return _DELAYS_SECONDS[min(tries, len(_DELAYS_SECONDS)) - 1] / self._speed

    def get_retry_after(self, response: PipelineResponse[Any, Any]) -> float | None:
        """The pause that the service asks for, in seconds."""
        return retry_after_seconds(response.http_response.headers)


class RegistrationPolicy(HTTPPolicy[HttpRequest, HttpResponse]):
    """Registers a resource provider when ARM says that the subscription has not, and tries again.

    It stands before authentication in the pipeline, so that its own requests carry a token.
    """

    def __init__(self, resource_manager: str, subscription_id: str, speed: float) -> None:
        super().__init__()
        self._base = f"{resource_manager}/subscriptions/{subscription_id}/providers"
        self._pause_seconds = _REGISTRATION_POLL_SECONDS / speed

    def send(
        self, request: PipelineRequest[HttpRequest]
    ) -> PipelineResponse[HttpRequest, HttpResponse]:
        """Sends a request, a second time once its namespace is registered."""
        deadline: Deadline | None = request.context.options.pop("deadline", None)
        response = self.next.send(request)
        namespace = _namespace(request.http_request.url)
        if namespace is None or not _asks_for_registration(response.http_response):
            return response
        if deadline is None or not self._register(request, namespace, deadline):
            return response
        return self.next.send(request)

    def _register(
        self,
        original: PipelineRequest[HttpRequest],
        namespace: str,
        deadline: Deadline,
    ) -> bool:
        url, method = f"{self._base}/{namespace}/register", "POST"
        while True:
            request = HttpRequest(method, url, params={"api-version": _REGISTRATION_API_VERSION})
            answer = self.next.send(PipelineRequest(request, original.context)).http_response
            if answer.status_code >= HTTPStatus.BAD_REQUEST:
                return False
            if json.loads(answer.text()).get("registrationState") == "Registered":
                return True
            deadline.wait(self._pause_seconds)
            url, method = f"{self._base}/{namespace}", "GET"


def _namespace(url: str) -> str | None:
    _, found, rest = url.partition("/providers/")
    return rest.split("/")[0].split("?")[0] if found else None


def _asks_for_registration(response: HttpResponse) -> bool:
    if response.status_code != HTTPStatus.CONFLICT:
        return False
    return str(error_envelope(response).get("code", "")).lower() in _REGISTRATION_CODES
