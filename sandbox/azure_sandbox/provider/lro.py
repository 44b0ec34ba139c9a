# SPDX-License-Identifier: Apache-2.0
"""Waiting for long-running operations, by the rules of the Azure SDK that the provider uses.

ARM names its ways in "Asynchronous operations" (Azure docs, resource-manager/management/
async-operations); azure-core implements them, and this module only what differs.
"""

from http import HTTPStatus
from typing import Any, cast
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

from azure.core import PipelineClient
from azure.core.exceptions import HttpResponseError
from azure.core.pipeline import PipelineResponse
from azure.core.polling.base_polling import LocationPolling, OperationResourcePolling
from azure.core.rest import HttpRequest, HttpResponse
from azure.mgmt.core.polling.arm_polling import (
    ARMPolling,
    AzureAsyncOperationPolling,
    BodyContentPolling,
)

from azure_sandbox.provider.deadline import Deadline
from azure_sandbox.provider.errors import ArmError, ProviderError
from azure_sandbox.provider.retries import retry_after_seconds

Answer = PipelineResponse[HttpRequest, HttpResponse]

_INTERVAL_SECONDS = {"PUT": 10.0, "PATCH": 10.0, "DELETE": 30.0}
_SYNONYMS = {"completed": "Succeeded", "cancelled": "Canceled"}
_DONE_WITHOUT_URL = frozenset({HTTPStatus.OK, HTTPStatus.NO_CONTENT, HTTPStatus.NOT_FOUND})


def await_operation(
    client: PipelineClient[HttpRequest, HttpResponse],
    accepted: Answer,
    api_version: str,
    deadline: Deadline,
    speed: float,
) -> dict[str, Any]:
    """Polls until an accepted PUT, PATCH or DELETE is done; returns the final resource, if any.

    Raises:
        ArmError: the operation failed, or a poll did.
        TimedOutError, CancelledError: it was not done in time.
    """
    method, response = accepted.http_request.method, accepted.http_response
    monitor = response.headers.get("azure-asyncoperation")
    if monitor is not None and not urlsplit(monitor).netloc:
        raise ProviderError(f"polling URL must be absolute, got '{monitor}'")
    has_url = any(name in response.headers for name in ("location", "operation-location"))
    if method == "DELETE" and monitor is None and not has_url:
        if response.status_code in _DONE_WITHOUT_URL:
            return {}
        raise ProviderError(
            f"response to DELETE has status {response.status_code} but no polling URL"
        )
    polling = _Polling(deadline, _INTERVAL_SECONDS[method] / speed, api_version)
    try:
        polling.initialize(client, accepted, _body)
        polling.run()
    except HttpResponseError as error:
        if error.response is None:
            raise
        failure = ArmError.of(cast("HttpResponse", error.response))
        if method == "DELETE" and failure.status == HTTPStatus.NOT_FOUND:
            return {}
        raise failure from error
    body = polling.resource()
    return body if isinstance(body, dict) else {}


def _body(answer: Answer) -> Any:
    return answer.http_response.json()


class _Location(LocationPolling[HttpRequest, HttpResponse]):
    """Completes relative URLs, and obeys a provisioning state in the final answer."""

    def __init__(self, api_version: str) -> None:
        self._api_version = api_version

    def set_initial_status(self, pipeline_response: Answer) -> str:
        status = super().set_initial_status(pipeline_response)
        self._complete(pipeline_response)
        return status

    def get_status(self, pipeline_response: Answer) -> str:
        status = super().get_status(pipeline_response)
        self._complete(pipeline_response)
        response = pipeline_response.http_response
        if status == "Succeeded" and response.text():
            properties = response.json().get("properties")
            state = properties.get("provisioningState") if isinstance(properties, dict) else None
            return state or status
        return status

    def _complete(self, answer: Answer) -> None:
        url = urljoin(answer.http_request.url, self._location_url)
        if "api-version" not in parse_qs(urlsplit(url).query):
            url += ("&" if "?" in url else "?") + urlencode({"api-version": self._api_version})
        self._location_url = url


class _Polling(ARMPolling):
    """ARM polling that ends with its deadline and takes milliseconds for an answer."""

    def __init__(self, deadline: Deadline, interval_seconds: float, api_version: str) -> None:
        super().__init__(
            timeout=interval_seconds,
            lro_algorithms=[
                AzureAsyncOperationPolling(),
                OperationResourcePolling(),
                _Location(api_version),
                BodyContentPolling(),
            ],
        )
        self._deadline = deadline

    def _poll(self) -> None:
        if not self.finished() and self._asked_delay() is not None:
            self._delay()
        super()._poll()

    def update_status(self) -> None:
        self._deadline.check()
        super().update_status()
        self._status = _SYNONYMS.get(self._status.lower(), self._status)

    def _asked_delay(self) -> float | None:
        return retry_after_seconds(self._pipeline_response.http_response.headers)

    def _extract_delay(self) -> float:
        asked = self._asked_delay()
        return self._timeout if asked is None else asked

    def _sleep(self, delay: float) -> None:
        self._deadline.wait(delay)
