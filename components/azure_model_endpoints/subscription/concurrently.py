# SPDX-License-Identifier: Apache-2.0
"""Several calls at a time that nobody has to wait for: not at Ctrl-C, and not at the end."""

import math
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, wait
from contextvars import ContextVar, copy_context
from typing import Any, TypeVar

from azure_model_endpoints.errors import AmeError, ArmError

__all__ = ["begun", "concurrently", "deadline", "settled"]

Key = TypeVar("Key")
Result = TypeVar("Result")

_DEADLINE = ContextVar("_DEADLINE", default=math.inf)


def deadline() -> float:
    """Return the moment, by `time.monotonic`, after which nobody waits for what is asked here."""
    return _DEADLINE.get()


def begun(
    calls: Mapping[Key, Callable[[], Result]], *, at_a_time: int = 32
) -> dict[Key, Future[Result]]:
    """Begin several calls, and return what will come of them under their keys.

    The threads do not outlive the program, while it would wait at its end for those of a pool: for
    a service that never answers, Ctrl-C or not.

    Args:
        calls: what to call.
        at_a_time: how many of them at most.
    """
    slots = threading.Semaphore(at_a_time)
    futures = {key: Future[Result]() for key in calls}
    for key, call in calls.items():
        arguments = (_answer, futures[key], call, slots)
        threading.Thread(target=copy_context().run, args=arguments, daemon=True).start()
    return futures


def concurrently(
    reads: Mapping[Any, Callable[[], Any]], *, deadline_seconds: float
) -> dict[Any, Any]:
    """Return the answers to several reads under their keys.

    Args:
        reads: what to call.
        deadline_seconds: how long all of them may take together; no read waits for longer to be
            repeated, so that what Azure refused is told in time.

    Raises:
        ArmError: not all answers arrived in time.
        Exception: whatever the first read that failed has raised.
    """
    answers, failures = settled(reads, deadline_seconds=deadline_seconds)
    for failure in failures.values():
        raise failure
    return answers


def settled(
    reads: Mapping[Key, Callable[[], Result]], *, deadline_seconds: float | None = None
) -> tuple[dict[Key, Result], dict[Key, AmeError]]:
    """Return the answers to several reads under their keys, and why the others have none.

    Args:
        reads: what to ask.
        deadline_seconds: how long to wait; None waits as long as it takes.

    Raises:
        Exception: whatever else than an `AmeError` a read has raised.
    """
    started = time.monotonic()
    last = math.inf if deadline_seconds is None else started + deadline_seconds
    told = _DEADLINE.set(min(last, deadline()))
    try:
        futures = begun(reads, at_a_time=max(len(reads), 1))
    finally:
        _DEADLINE.reset(told)
    wait(futures.values(), timeout=deadline_seconds)
    answers, failures, late = {}, {}, []
    for key, future in futures.items():
        if not future.done():
            late.append(key)
        elif (problem := future.exception()) is None:
            answers[key] = future.result()
        elif isinstance(problem, AmeError):
            failures[key] = problem
        else:
            raise problem
    waited = time.monotonic() - started
    text = f"Azure Resource Manager did not answer within {waited:.0f} seconds."
    return answers, {**failures, **{key: ArmError(text) for key in late}}


def _answer(future: Future[Result], call: Callable[[], Result], slots: threading.Semaphore) -> None:
    with slots:
        try:
            future.set_result(call())
        except BaseException as problem:  # noqa: BLE001  (told to whoever waits)
            future.set_exception(problem)
