# SPDX-License-Identifier: Apache-2.0
"""Several calls at a time, and with one deadline."""

import math
import threading
import time

import pytest

from azure_model_endpoints.errors import ArmError
from azure_model_endpoints.subscription.concurrently import (
    begun,
    concurrently,
    deadline,
    settled,
)


def test_reads_run_at_the_same_time() -> None:
    """Each waits for the other, which would never end one after the other."""
    meeting = threading.Barrier(3, timeout=5)

    answers = concurrently(dict.fromkeys("abc", meeting.wait), deadline_seconds=10)

    assert {"a", "b", "c"} == answers.keys()
    assert {0, 1, 2} == set(answers.values())


def test_first_problem_is_told() -> None:
    """As it was raised, though others are still waiting."""

    def fail() -> None:
        raise ArmError("no")

    with pytest.raises(ArmError, match=r"^no$"):
        concurrently({"a": fail, "b": lambda: 1}, deadline_seconds=10)


def test_answer_that_never_comes_is_given_up_on() -> None:
    """Within the deadline, and without holding up the program's end."""
    never = threading.Event()
    before = set(threading.enumerate())

    with pytest.raises(ArmError, match="did not answer within 0 seconds"):
        concurrently({"a": lambda: 1, "b": never.wait}, deadline_seconds=0.05)

    begun_here = set(threading.enumerate()) - before
    never.set()
    assert {True} == {thread.daemon for thread in begun_here}


def test_one_that_fails_leaves_the_answers_of_the_others() -> None:
    """Beside them is why it has none; and so it is with one that is late."""
    never = threading.Event()

    def fail() -> None:
        raise ArmError("no")

    reads = {"a": lambda: 1, "b": fail, "c": never.wait}
    answers, failures = settled(reads, deadline_seconds=0.05)

    never.set()
    assert {"a": 1} == answers
    assert ["no", "Azure Resource Manager did not answer within 0 seconds."] == [
        str(failures[key]) for key in "bc"
    ]


def test_mistake_of_ours_is_no_missing_answer() -> None:
    """It is raised as it is."""
    with pytest.raises(ZeroDivisionError):
        settled({"a": lambda: 1 // 0})


def test_no_more_are_begun_than_may_run_at_a_time() -> None:
    """The next one begins when one has ended; none is left out."""
    running, most = [0], [0]
    lock = threading.Lock()

    def call() -> None:
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        time.sleep(0.01)  # others would begin meanwhile
        with lock:
            running[0] -= 1

    futures = begun(dict.fromkeys(range(10), call), at_a_time=1)

    assert [None] * 10 == [future.result() for future in futures.values()]
    assert [1] == most


def test_deadline_is_known_to_what_is_begun_before_it() -> None:
    """The nearest one, however deep; outside there is none."""

    def inner() -> float:
        return float(concurrently({"a": deadline}, deadline_seconds=1000)["a"])

    before = time.monotonic()
    found = concurrently({"a": inner}, deadline_seconds=100)["a"]

    assert before + 100 <= found <= time.monotonic() + 100
    assert math.inf == deadline()
