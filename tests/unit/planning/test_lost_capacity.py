# SPDX-License-Identifier: Apache-2.0
"""A region without machines is told from a subscription without quota."""

import pytest

from azure_model_endpoints.planning.lost_capacity import (
    CAPACITY_PAUSES_SECONDS,
    CREATION_SECONDS,
    advice,
    lacks_capacity,
    next_pause,
)


@pytest.mark.parametrize(
    ("error", "lacking"),
    [
        ('Code="OutOfQuota" Message="No Azure ML capacity in the region, try later."', True),
        ("OutOfQuota: lack of Capacity", True),
        ('Code="OutOfQuota" Message="Not enough quota available. No capacity."', False),
        ('Code="OutOfQuota" Message="Not enough disk space."', False),
        ('Code="BadArgument" Message="No capacity."', False),
    ],
)
def test_lack_of_machines_is_told_by_code_and_text(error: str, *, lacking: bool) -> None:
    """Waiting helps against nothing else."""
    assert lacking is lacks_capacity(error)


def test_next_best_is_named_with_how_to_take_it() -> None:
    """Where there is one."""
    assert (
        "blue: eastus has no machines left for A, though there is quota. Nothing of it serves. The "
        "next best is B (quota: see `ame quota`): write `sku: B` for it, and with a lock run `ame "
        "plan --write` for the stack. Or run the same command again later."
    ) == advice("blue", "A", "eastus", "B")
    assert advice("blue", "A", "eastus", None).endswith(
        "Nothing of it serves. Run the same command again later."
    )


def test_attempts_are_farther_and_farther_apart() -> None:
    """Where each fails at once; then there are no more."""
    pauses = [next_pause(attempts, 0) for attempts in range(1, len(CAPACITY_PAUSES_SECONDS) + 2)]

    assert [60, 120, 240, 480, 900, None] == pauses


@pytest.mark.parametrize("attempt_seconds", [1, 600, 1500, 3000, CREATION_SECONDS])
def test_attempts_end_in_the_time_of_one_creation(attempt_seconds: float) -> None:
    """However long Azure takes to find out each time that it has no machines."""
    elapsed, attempts = attempt_seconds, 1
    while (pause := next_pause(attempts, elapsed)) is not None:
        elapsed, attempts = elapsed + pause + attempt_seconds, attempts + 1

    assert elapsed <= CREATION_SECONDS
    assert attempts == len(CAPACITY_PAUSES_SECONDS) + 1 or (
        elapsed + attempt_seconds + CAPACITY_PAUSES_SECONDS[attempts - 1] > CREATION_SECONDS
    )
