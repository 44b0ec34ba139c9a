# SPDX-License-Identifier: Apache-2.0
"""When a model server counts as alive and as ready, and how durations are written."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azure_model_endpoints.planning.probes import LIVENESS, READINESS, Probe, duration

TEN_MINUTES = 600


@pytest.mark.parametrize("probe", [LIVENESS, READINESS])
def test_model_that_loads_for_ten_minutes_is_not_killed(probe: Probe) -> None:
    """Azure's own default would kill it after five."""
    assert probe.budget_seconds > 2 * TEN_MINUTES


def test_instance_serves_as_soon_as_it_can() -> None:
    """Readiness is asked for from the start; only liveness waits."""
    assert READINESS.initial_delay_seconds < TEN_MINUTES < LIVENESS.initial_delay_seconds


@pytest.mark.parametrize("probe", [LIVENESS, READINESS])
def test_probes_are_what_azure_accepts(probe: Probe) -> None:
    """Azure docs, "Managed online deployment YAML schema": whole numbers from 1 on."""
    assert 1 <= min(
        probe.initial_delay_seconds,
        probe.period_seconds,
        probe.timeout_seconds,
        probe.failure_threshold,
        probe.success_threshold,
    )


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "PT0S"), (10, "PT10S"), (180, "PT3M"), (3600, "PT1H"), (3661, "PT1H1M1S")],
)
def test_durations_are_written_as_azure_reads_them(seconds: int, text: str) -> None:
    """ISO 8601, without parts that are nothing."""
    assert text == duration(seconds)


@given(st.integers(0, 10**6))
def test_durations_lose_nothing(seconds: int) -> None:
    """What was written can be read back to the second."""
    parts = re.fullmatch(r"PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?", duration(seconds))

    assert parts
    hours, minutes, rest = (int(part or 0) for part in parts.groups())
    assert seconds == hours * 3600 + minutes * 60 + rest
