# SPDX-License-Identifier: Apache-2.0
"""What processes that the engine starts have in common."""

import importlib.util
import os
import signal
import sys
import types
from contextlib import suppress
from queue import Empty, SimpleQueue

_ENGINE_CHECK_SECONDS = 1.0


class Ending:
    """The end of a plugin: a SIGINT or SIGTERM, or that the engine, its parent, is gone."""

    def __init__(self) -> None:
        self._engine = os.getppid()
        # A handler may interrupt its own thread's wait; then Event.set would never return.
        self._signals: SimpleQueue[int] = SimpleQueue()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda received, _frame: self._signals.put(received))

    def wait(self) -> None:
        """Returns when the process shall end."""
        while os.getppid() == self._engine:  # a killed engine sends nothing
            with suppress(Empty):
                self._signals.get(timeout=_ENGINE_CHECK_SECONDS)
                return


def import_messages_only() -> None:
    """Makes `pulumi.runtime.proto` importable without the SDK around it.

    The SDK takes a third of a second to load, at every start of a plugin, for nothing. To be called
    before anything imports it.

    Raises:
        SystemExit: the package that holds the messages is missing.
    """
    spec = importlib.util.find_spec("pulumi")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit("The pulumi package is missing; install azure-sandbox with its needs.")
    root = spec.submodule_search_locations[0]
    for name, path in (("pulumi", root), ("pulumi.runtime", f"{root}/runtime")):
        package = types.ModuleType(name)
        package.__path__ = [path]
        sys.modules[name] = package
