# SPDX-License-Identifier: Apache-2.0
"""Request settings of a deployment: timeout and concurrency."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from azure_sandbox.namespaces.machine_learning.durations import parse_seconds
from azure_sandbox.namespaces.machine_learning.violations import Violation

LONGEST_REQUEST_TIMEOUT_SECONDS = 180
"""Azure docs, how-to-manage-quotas; it cannot be raised."""


@dataclass(frozen=True, slots=True)
class RequestSettings:
    """Limits on requests; defaults of Azure docs, reference-yaml-deployment-managed-online."""

    timeout_seconds: float = 5
    concurrent_requests_per_instance: int = 1

    def parallel_requests(self, instances: int) -> int:
        """How many requests are taken at once; more get 429 (Azure docs, how-to-troubleshoot)."""
        return 2 * self.concurrent_requests_per_instance * instances


def parse_request_settings(properties: Mapping[str, Any]) -> RequestSettings:
    """Read the request settings of a checked deployment body."""
    given = properties.get("requestSettings") or {}
    timeout_seconds = parse_seconds(given.get("requestTimeout"))
    default = RequestSettings()
    return RequestSettings(
        default.timeout_seconds if timeout_seconds is None else timeout_seconds,
        given.get("maxConcurrentRequestsPerInstance") or default.concurrent_requests_per_instance,
    )


def check_request_settings(properties: Mapping[str, Any]) -> list[Violation]:
    """Check timeout (ISO 8601, at most 180 s) and concurrency (an integer of at least 1)."""
    given = properties.get("requestSettings")
    if given is None:
        return []
    if not isinstance(given, dict):
        return [Violation("RequestSettings", "requestSettings must be an object.")]
    violations = [
        Violation(
            f"RequestSettings.{name}",
            f"requestSettings.{name} is '{given[name]}', which is not an ISO 8601 duration such "
            "as PT90S.",
        )
        for name in ("requestTimeout", "maxQueueWait")
        if given.get(name) is not None and parse_seconds(given[name]) is None
    ]
    timeout_seconds = parse_seconds(given.get("requestTimeout"))
    if timeout_seconds is not None and not (0 < timeout_seconds <= LONGEST_REQUEST_TIMEOUT_SECONDS):
        violations.append(
            Violation(
                "RequestSettings.requestTimeout",
                f"requestSettings.requestTimeout is {given['requestTimeout']}; it must be more "
                f"than zero and at most {LONGEST_REQUEST_TIMEOUT_SECONDS} seconds.",
            )
        )
    concurrency = given.get("maxConcurrentRequestsPerInstance")
    if concurrency is not None and (
        isinstance(concurrency, bool) or not isinstance(concurrency, int) or concurrency < 1
    ):
        violations.append(
            Violation(
                "RequestSettings.maxConcurrentRequestsPerInstance",
                "requestSettings.maxConcurrentRequestsPerInstance is "
                f"{concurrency!r}; it must be an integer of at least 1.",
            )
        )
    return violations
