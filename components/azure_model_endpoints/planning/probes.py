# SPDX-License-Identifier: Apache-2.0
"""When a model server counts as alive and as ready."""

from dataclasses import dataclass

__all__ = ["LIVENESS", "READINESS", "Probe", "duration"]

LOAD_BUDGET_SECONDS = 30 * 60
"""How long a model may take to load before its container counts as dead. Ten minutes are common
for billions of weights from a cold registry; Azure's default budget of 10 s + 30 × 10 s kills
those (Azure docs, "Managed online deployment YAML schema")."""


@dataclass(frozen=True, slots=True)
class Probe:
    """One HTTP probe of a deployment's container."""

    initial_delay_seconds: int
    period_seconds: int
    timeout_seconds: int
    failure_threshold: int
    success_threshold: int = 1

    @property
    def budget_seconds(self) -> int:
        """The time from the container's start until the probe gives up."""
        return self.initial_delay_seconds + self.period_seconds * self.failure_threshold


_PERIOD_SECONDS = 10
# The default of 2 s is too short for a server whose event loop is busy with long prompts.
_TIMEOUT_SECONDS = 10
_DEAD_AFTER_FAILURES = 30

LIVENESS = Probe(
    initial_delay_seconds=LOAD_BUDGET_SECONDS - _PERIOD_SECONDS * _DEAD_AFTER_FAILURES,
    period_seconds=_PERIOD_SECONDS,
    timeout_seconds=_TIMEOUT_SECONDS,
    failure_threshold=_DEAD_AFTER_FAILURES,
)
"""Restarts a container that hangs for five minutes, but never one that is still loading."""

READINESS = Probe(
    initial_delay_seconds=_PERIOD_SECONDS,
    period_seconds=_PERIOD_SECONDS,
    timeout_seconds=_TIMEOUT_SECONDS,
    failure_threshold=LOAD_BUDGET_SECONDS // _PERIOD_SECONDS,
)
"""Asks from the start, so that an instance serves as soon as its model is loaded."""


def duration(seconds: int) -> str:
    """Return seconds as the ISO 8601 duration that Azure expects on the wire: ``PT10M``."""
    hours, rest = divmod(seconds, 3600)
    minutes, rest = divmod(rest, 60)
    parts = [f"{n}{unit}" for n, unit in ((hours, "H"), (minutes, "M"), (rest, "S")) if n]
    return "PT" + ("".join(parts) or "0S")
