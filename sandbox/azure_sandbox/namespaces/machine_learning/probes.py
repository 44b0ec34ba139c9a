# SPDX-License-Identifier: Apache-2.0
"""Probes of a deployment, and how long they let a model load."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from azure_sandbox.namespaces.machine_learning.durations import parse_seconds
from azure_sandbox.namespaces.machine_learning.violations import Violation

PROBES = ("livenessProbe", "readinessProbe", "startupProbe")


@dataclass(frozen=True, slots=True)
class Probe:
    """One probe; the defaults are those of Azure docs, reference-yaml-deployment-managed-online."""

    initial_delay_seconds: float = 10
    period_seconds: float = 10
    timeout_seconds: float = 2
    success_threshold: int = 1
    failure_threshold: int = 30

    @property
    def budget_seconds(self) -> float:
        """How long the container may take to answer before it is restarted."""
        return self.initial_delay_seconds + self.period_seconds * self.failure_threshold


def parse_probe(body: Mapping[str, Any] | None) -> Probe:
    """Read one probe of a checked deployment body; what it leaves out has its default."""
    given = body or {}
    default = Probe()

    def seconds(name: str, fallback: float) -> float:
        value = parse_seconds(given.get(name))
        return fallback if value is None else value

    def count(name: str, fallback: int) -> int:
        value = given.get(name)
        return fallback if value is None else int(value)

    return Probe(
        seconds("initialDelay", default.initial_delay_seconds),
        seconds("period", default.period_seconds),
        seconds("timeout", default.timeout_seconds),
        count("successThreshold", default.success_threshold),
        count("failureThreshold", default.failure_threshold),
    )


def check_probes(properties: Mapping[str, Any]) -> list[Violation]:
    """Check the three probes of a deployment: ISO 8601 durations and positive thresholds."""
    return [violation for name in PROBES for violation in _check_probe(name, properties.get(name))]


def _check_probe(name: str, probe: object) -> list[Violation]:
    if probe is None:
        return []
    field = name[0].upper() + name[1:]
    if not isinstance(probe, dict):
        return [Violation(field, f"{name} must be an object.")]
    violations = [
        Violation(
            f"{field}.{part}",
            f"{name}.{part} is '{probe[part]}', which is not an ISO 8601 duration such as PT10S.",
        )
        for part in ("initialDelay", "period", "timeout")
        if probe.get(part) is not None and parse_seconds(probe[part]) is None
    ]
    violations += [
        Violation(
            f"{field}.{part}",
            f"{name}.{part} is {probe[part]!r}; it must be an integer of at least 1.",
        )
        for part in ("successThreshold", "failureThreshold")
        if probe.get(part) is not None
        and (isinstance(probe[part], bool) or not isinstance(probe[part], int) or probe[part] < 1)
    ]
    return violations


def loading_budget_seconds(properties: Mapping[str, Any]) -> float:
    """Return how long the model of a deployment may load.

    A startup probe holds the liveness probe back until the container has started; without one the
    liveness probe kills a container that takes longer than its own budget. The defaults allow
    310 s, too little for most language models.
    """
    probe = properties.get("startupProbe") or properties.get("livenessProbe")
    return parse_probe(probe).budget_seconds
