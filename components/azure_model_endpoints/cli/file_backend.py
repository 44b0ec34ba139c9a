# SPDX-License-Identifier: Apache-2.0
"""What the engine keeps in a directory when the state of stacks is kept in files.

It writes one lock file per run, with process, user and host; a run that was killed leaves it
behind. Beside every file it writes another one with attributes, which is empty for a moment; a run
that was killed in that moment leaves a stack that cannot be read any more.
"""

import json
import os
import socket
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

__all__ = ["FileBackend", "LockHolder"]

PROCESSES = Path("/proc")


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


@dataclass(frozen=True, slots=True)
class FileBackend:
    """One directory with the states of many stacks."""

    directory: Path

    @classmethod
    def at(cls, url: str) -> "FileBackend | None":
        """Return the backend at an address like ``file:///…``; None where it is of another kind."""
        scheme, _, rest = url.partition("://")
        if scheme != "file":
            return None
        return cls(Path(rest.partition("?")[0]).expanduser() / ".pulumi")

    def lock_holders(self, project: str, stack: str) -> list[LockHolder]:
        """Return who has locked a stack."""
        locks = self.directory / "locks"
        # Backends made before stacks belonged to projects have one directory per stack.
        places = (locks / "organization" / project / stack, locks / stack)
        return [_holder(file) for place in places for file in sorted(place.glob("*.json"))]

    def mend(self) -> list[Path]:
        """Remove attributes that were cut off, without which their files can be read; say which."""
        cut_off = []
        for file in self.directory.rglob("*.attrs"):
            with suppress(FileNotFoundError):  # of a run on another stack
                if file.stat().st_size == 0:
                    file.unlink()
                    cut_off.append(file)
        return cut_off


def _holder(file: Path) -> LockHolder:
    try:
        said = json.loads(file.read_text(encoding="utf-8"))
        return LockHolder(said["pid"], said["username"], said["hostname"], said["timestamp"])
    except (OSError, ValueError, LookupError, TypeError):
        # Cut off by the same accident, so nobody knows who it was.
        return LockHolder(0, "somebody", "an unknown host", "an unknown time")


def _is_something_else(process: int) -> bool:
    """Return whether a process is not the engine, or has ended and only waits to be buried."""
    try:
        name, _, rest = (PROCESSES / str(process) / "stat").read_text().rpartition(")")
    except OSError:  # another system, which does not tell
        return False
    return "pulumi" not in name or rest.split()[0] == "Z"
