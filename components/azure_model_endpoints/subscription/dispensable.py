# SPDX-License-Identifier: Apache-2.0
"""Answers that are good to have, and without which a run goes on all the same."""

import time
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import Future, wait
from dataclasses import dataclass
from typing import Generic, TypeVar

from azure_model_endpoints.errors import AmeError, ArmError
from azure_model_endpoints.subscription.concurrently import begun

__all__ = ["Questions", "ask"]

Key = TypeVar("Key")
Result = TypeVar("Result")

_SHARE_OF_DEADLINE = 1 / 3
"""How much of the time for a whole round trip these are waited for: little enough that what has to
be asked afterwards still finds its time."""


@dataclass(frozen=True, slots=True)
class Questions(Generic[Key, Result]):
    """What was asked, and when."""

    futures: Mapping[Key, Future[Result]]
    asked_at: float

    def answers(
        self, *, deadline_seconds: float, of: Collection[Key] | None = None
    ) -> tuple[dict[Key, Result], dict[Key, AmeError]]:
        """Return what was answered, and why the rest was not, under their keys.

        Args:
            deadline_seconds: how long the whole round trip may take that they belong to.
            of: those that are waited for; None: all.

        Raises:
            Exception: a question failed otherwise than by Azure's refusal or silence.
        """
        seconds = deadline_seconds * _SHARE_OF_DEADLINE
        wanted = {key: future for key, future in self.futures.items() if of is None or key in of}
        wait(wanted.values(), timeout=max(self.asked_at + seconds - time.monotonic(), 0))
        found: dict[Key, Result] = {}
        silent: dict[Key, AmeError] = {}
        for key, future in wanted.items():
            if not future.done():
                silent[key] = ArmError(f"there was no answer within {seconds:.0f} seconds")
                continue
            try:
                found[key] = future.result()
            except AmeError as error:
                silent[key] = error
        return found, silent


def ask(calls: Mapping[Key, Callable[[], Result]]) -> Questions[Key, Result]:
    """Begin to ask; whoever wants an answer waits for it later."""
    return Questions(begun(calls), time.monotonic())
