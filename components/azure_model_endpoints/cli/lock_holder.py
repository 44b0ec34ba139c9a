# SPDX-License-Identifier: Apache-2.0
"""Who has locked a stack, and whether that run can still be at work."""

import os
import re
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from azure_model_endpoints.errors import AmeError

__all__ = ["LockHolder", "named_holders", "refuse_unless_stale"]

PROCESSES = Path("/proc")

# The engine's own words (pulumi/pulumi, pkg/backend/diy/lock.go), on one line.
_HOLDER = re.compile(
    r"created by (?P<user>\S+)@(?P<host>\S+) \(pid (?P<process>\d+)\) at (?P<since>\S+)"
)
_NAMELESS = ("the stack is currently locked", "Another update is currently in progress")
"""What a lock that was cut off leaves of that, and all that Pulumi Cloud says."""


@dataclass(frozen=True, slots=True)
class LockHolder:
    """A run that has locked a stack."""

    process: int
    user: str
    host: str
    since: str

    def __str__(self) -> str:
        """Return who it is, for a sentence."""
        return f"{self.user}@{self.host} (process {self.process}, since {self.since})"

    @property
    def is_here(self) -> bool:
        """Whether it runs, or ran, on this machine."""
        return self.host == socket.gethostname()

    @property
    def is_alive(self) -> bool:
        """Whether a process of this machine can be it; the number may be in use again."""
        try:
            os.kill(self.process, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            pass
        return not _is_something_else(self.process)

    @classmethod
    def unknown(cls) -> "LockHolder":
        """Return a holder of whom nothing can be told."""
        return cls(0, "somebody", "an unknown host", "an unknown time")


def named_holders(said: str) -> list[LockHolder]:
    """Return who has locked a stack, by what the engine says when it refuses to write to it."""
    holders = [
        LockHolder(int(found["process"]), found["user"], found["host"], found["since"])
        for found in _HOLDER.finditer(said)
    ]
    is_locked = any(words in said for words in _NAMELESS)
    return holders or ([LockHolder.unknown()] if is_locked else [])


def refuse_unless_stale(stack: str, holders: Iterable[LockHolder], *, force: bool) -> None:
    """Refuse to release the locks of runs that may still be at work.

    Args:
        stack: the stack, as messages call it.
        holders: who has locked it.
        force: whether a holder that cannot be seen from this machine counts as ended.

    Raises:
        AmeError: one of them is alive, or may be.
    """
    for holder in holders:
        if holder.is_here and holder.is_alive:
            raise AmeError(
                f"{stack}: locked by {holder}, which is still running. Wait for it to end, or "
                "press Ctrl-C where it runs and let it finish what it has begun; `ame recover` is "
                "for runs that are no more. Nothing was changed."
            )
        if not holder.is_here and not force:
            raise AmeError(
                f"{stack}: locked by {holder}. Whether that still runs can only be seen on that "
                "machine. Make sure that it does not, and run the same command with --force. "
                "Nothing was changed."
            )


def _is_something_else(process: int) -> bool:
    """Return whether a process is not the engine, or has ended and only waits to be buried."""
    try:
        name, _, rest = (PROCESSES / str(process) / "stat").read_text().rpartition(")")
    except OSError:  # another system, which does not tell
        return False
    return "pulumi" not in name or rest.split()[0] == "Z"
