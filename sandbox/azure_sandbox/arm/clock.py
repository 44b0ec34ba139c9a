# SPDX-License-Identifier: Apache-2.0
"""Time: operations last as long as on Azure, divided by a speed factor."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class Clock:
    """Wall-clock time in epoch seconds, and how much faster than Azure the sandbox works."""

    speed: float
    now: Callable[[], float] = time.time

    def real_seconds(self, simulated_seconds: float) -> float:
        """How long something really takes that takes ``simulated_seconds`` on Azure."""
        return simulated_seconds / self.speed


def timestamp(at: float) -> str:
    """``at`` (epoch seconds) as Azure writes it: UTC, ISO 8601, seven decimals."""
    moment = datetime.fromtimestamp(at, tz=UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond:06d}0Z"
