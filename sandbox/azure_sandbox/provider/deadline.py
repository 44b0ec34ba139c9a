# SPDX-License-Identifier: Apache-2.0
"""How long an operation may still take."""

import threading
import time
from dataclasses import dataclass

from azure_sandbox.provider.errors import CancelledError, TimedOutError

DEFAULT_TIMEOUT_SECONDS = 120 * 60.0
"""The provider's own default when a resource sets no custom timeout."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment on the monotonic clock, and the engine's wish to stop before it."""

    at_seconds: float
    cancelled: threading.Event

    @classmethod
    def after(cls, timeout_seconds: float, cancelled: threading.Event) -> "Deadline":
        """Starts the clock; 0 means the default."""
        return cls(time.monotonic() + (timeout_seconds or DEFAULT_TIMEOUT_SECONDS), cancelled)

    @property
    def remaining_seconds(self) -> float:
        """Seconds left, never below zero."""
        return max(0.0, self.at_seconds - time.monotonic())

    def check(self) -> None:
        """Raises TimedOutError or CancelledError when it is time to stop."""
        if self.cancelled.is_set():
            raise CancelledError
        if not self.remaining_seconds:
            raise TimedOutError

    def wait(self, seconds: float) -> None:
        """Sleeps, but not past the deadline nor past a cancellation."""
        self.cancelled.wait(min(seconds, self.remaining_seconds))
        self.check()
