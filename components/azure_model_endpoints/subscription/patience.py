# SPDX-License-Identifier: Apache-2.0
"""How long one question to Azure may take, its repetitions and the pauses between them included."""

import time
from collections.abc import Mapping
from typing import Any

from azure.core.pipeline import PipelineResponse
from azure.core.pipeline.policies import RetryPolicy
from azure.core.rest import HttpRequest, HttpResponse

from azure_model_endpoints.subscription.concurrently import deadline

__all__ = ["Patience", "asked_pause"]


class Patience(RetryPolicy[HttpRequest, HttpResponse]):
    """Tries again as long as the pause that is due ends in time.

    azure-core sleeps for as long as ``Retry-After`` asks, and notices only then that its timeout is
    over. What was refused is told at once instead. The timeout is azure-core's own setting, and
    ends with what is answered `concurrently`.
    """

    def configure_retries(self, options: dict[str, Any]) -> dict[str, Any]:
        """Return the settings of one request, with the moment at which it has to be over."""
        settings = super().configure_retries(options)
        now = time.monotonic()
        ends = min(now + settings["timeout"], deadline())
        return {**settings, "timeout": ends - now, "ends": ends}

    def increment(
        self, settings: dict[str, Any], response: Any = None, error: Exception | None = None
    ) -> bool:
        """Return whether there is another try, which there is not if it came too late."""
        is_left = super().increment(settings, response=response, error=error)
        asked = self.get_retry_after(response) if isinstance(response, PipelineResponse) else None
        pause = asked or self.get_backoff_time(settings)
        return is_left and time.monotonic() + pause < settings["ends"]


def asked_pause(headers: Mapping[str, str]) -> str:
    """Return what a refusal says of how long to wait, for after its status; else nothing."""
    pause = headers.get("Retry-After")
    if not pause:
        return ""
    return f" and asks to wait {pause} s" if pause.isdecimal() else f" and asks to wait for {pause}"
