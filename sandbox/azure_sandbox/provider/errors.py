# SPDX-License-Identifier: Apache-2.0
"""What can go wrong between the engine and ARM.

ProviderError
├── ConfigurationError   the provider cannot work with what it was given
├── ArmError             ARM answered with an error
├── UnreachableError     ARM did not answer
├── TimedOutError        an operation took longer than it may
├── CancelledError       the engine asked to stop
└── InitFailedError      the resource exists, but its operation failed
"""

import json
from collections.abc import Mapping
from typing import Any

from azure.core.rest import HttpResponse

from azure_sandbox.provider.values import Json


class ProviderError(Exception):
    """The root of all errors that are told to the engine as they are."""


class ConfigurationError(ProviderError):
    """The provider's configuration or environment lacks something, or holds what it must not."""


class UnreachableError(ProviderError):
    """No answer came, after retries."""


class TimedOutError(ProviderError):
    """An operation outlived its custom timeout, or the default of 120 minutes."""

    def __init__(self) -> None:
        super().__init__("operation timed out")


class CancelledError(ProviderError):
    """The engine cancelled the update."""

    def __init__(self) -> None:
        super().__init__("operation canceled")


class ArmError(ProviderError):
    """An error answer, in the words of the provider: `Status=404 Code="…" Message="…"`."""

    def __init__(self, status: int, code: str | None, message: str) -> None:
        said = f'Code="{code}" Message="{message}"' if code else f'Message="{message}"'
        super().__init__(f"Status={status} {said}")
        self.status = status
        self.code = code

    @classmethod
    def of(cls, response: HttpResponse) -> "ArmError":
        """Reads an error answer; the whole body is the message where there is no envelope."""
        error = error_envelope(response)
        code, message = error.get("code"), error.get("message")
        return cls(response.status_code, code, message or response.text())


class InitFailedError(ProviderError):
    """A resource was accepted and then failed; `outputs` is None when it could not be read."""

    def __init__(self, reason: str, resource_id: str, outputs: Mapping[str, Json] | None) -> None:
        super().__init__(reason)
        self.resource_id = resource_id
        self.outputs = outputs


def error_envelope(response: HttpResponse) -> Mapping[str, Any]:
    """The `error` object of an answer, also when it stands without its envelope; else empty."""
    try:
        body = json.loads(response.text())
    except ValueError:
        return {}
    if not isinstance(body, dict):
        return {}
    error = body.get("error", body)
    return error if isinstance(error, dict) else {}
