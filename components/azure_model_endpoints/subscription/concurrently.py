# SPDX-License-Identifier: Apache-2.0
"""Several reads at a time, with one deadline for them all."""

import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, wait
from typing import Any

from azure_model_endpoints.errors import ArmError

__all__ = ["concurrently"]


def concurrently(
    reads: Mapping[Any, Callable[[], Any]], *, deadline_seconds: float
) -> dict[Any, Any]:
    """Return the answers to several reads under their keys.

    The threads do not outlive the program: a service that never answers does not hold it up.

    Raises:
        ArmError: not all answers arrived in time.
        Exception: whatever the first read that failed has raised.
    """
    futures = {key: Future[Any]() for key in reads}
    started = time.monotonic()
    for key, read in reads.items():
        threading.Thread(target=_answer, args=(futures[key], read), daemon=True).start()
    wait(futures.values(), timeout=deadline_seconds)
    late = [key for key, future in futures.items() if not future.done()]
    for future in futures.values():
        if future.done() and (problem := future.exception()):
            raise problem
    if late:
        waited = time.monotonic() - started
        raise ArmError(f"Azure Resource Manager did not answer within {waited:.0f} seconds.")
    return {key: future.result() for key, future in futures.items()}


def _answer(future: "Future[Any]", read: Callable[[], Any]) -> None:
    try:
        future.set_result(read())
    except BaseException as problem:  # noqa: BLE001  (told to whoever waits)
        future.set_exception(problem)
