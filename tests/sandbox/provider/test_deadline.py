# SPDX-License-Identifier: Apache-2.0
"""How long an operation may take."""

import threading

import pytest

from azure_sandbox.provider.deadline import DEFAULT_TIMEOUT_SECONDS, Deadline
from azure_sandbox.provider.errors import CancelledError, TimedOutError


def test_without_a_custom_timeout_there_are_two_hours() -> None:
    """The provider's own default holds when the engine sends 0."""
    deadline = Deadline.after(0, threading.Event())

    assert DEFAULT_TIMEOUT_SECONDS - 60 < deadline.remaining_seconds <= DEFAULT_TIMEOUT_SECONDS


def test_waiting_ends_at_the_deadline() -> None:
    """A wait of an hour is over with the deadline, and says so."""
    deadline = Deadline.after(0.01, threading.Event())

    with pytest.raises(TimedOutError, match="operation timed out"):
        deadline.wait(3600)


def test_waiting_ends_with_a_cancellation() -> None:
    """A wait of an hour is over when the engine cancels."""
    cancelled = threading.Event()
    deadline = Deadline.after(7200, cancelled)
    threading.Timer(0.01, cancelled.set).start()

    with pytest.raises(CancelledError, match="operation canceled"):
        deadline.wait(3600)
