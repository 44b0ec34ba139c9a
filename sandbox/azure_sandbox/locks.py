# SPDX-License-Identifier: Apache-2.0
"""Locks between processes, which the operating system releases when their holder dies."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Lock:
    """A lock on one file; the file itself means nothing and stays."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def share(self) -> None:
        """Wait until nobody holds it exclusively, then hold it together with others."""
        self._lock(fcntl.LOCK_SH)

    def hold(self) -> None:
        """Wait until nobody else holds it, then hold it alone."""
        self._lock(fcntl.LOCK_EX)

    def try_hold(self) -> bool:
        """Hold it alone and return true, or return false when anybody else holds it."""
        return self._try(fcntl.LOCK_EX)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold it alone for the time of a ``with`` block."""
        self.hold()
        try:
            yield
        finally:
            self.release()

    def held_elsewhere(self) -> bool:
        """Return whether somebody holds it alone; asking disturbs nobody else who asks."""
        free = self._try(fcntl.LOCK_SH)
        self.release()
        return not free

    def release(self) -> None:
        """Let go; nothing happens when it is not held."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _try(self, operation: int) -> bool:
        try:
            self._lock(operation | fcntl.LOCK_NB)
        except BlockingIOError:
            self.release()
            return False
        return True

    def _lock(self, operation: int) -> None:
        if self._descriptor is None:
            # Not inherited by child processes, so that only its holder keeps it.
            self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(self._descriptor, operation)
