# SPDX-License-Identifier: Apache-2.0
"""A region without machines is told from a subscription without quota."""

import pytest

from azure_model_endpoints.planning.lost_capacity import (
    CAPACITY_PAUSES_SECONDS,
    advice,
    lacks_capacity,
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
        "next best is B: write `sku: B` for it, and with a lock run `ame plan --write` for the "
        "stack. Or run the same command again later."
    ) == advice("blue", "A", "eastus", "B")
    assert "next best" not in advice("blue", "A", "eastus", None)


def test_attempts_end_before_the_provider_gives_up() -> None:
    """It waits for two hours, of which the attempts themselves take some."""
    assert 60 * 60 > sum(CAPACITY_PAUSES_SECONDS)
    assert sorted(CAPACITY_PAUSES_SECONDS) == list(CAPACITY_PAUSES_SECONDS)
