# SPDX-License-Identifier: Apache-2.0
"""Who holds the lock of a stack whose state is kept in files, and whether they still live.

The engine writes one file per run into ``.pulumi/locks`` of the backend, with process, user and
host; a run that was killed leaves it behind. Of other backends only their own words are known.
"""

import json
import os
import socket
from dataclasses import dataclass
from pathlib import Path

__all__ = ["LockHolder", "lock_holders"]

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


def lock_holders(backend_url: str, project: str, stack: str) -> list[LockHolder]:
    """Return who has locked a stack; nobody where the state is not kept in files."""
    scheme, _, rest = backend_url.partition("://")
    if scheme != "file":
        return []
    locks = Path(rest.partition("?")[0]).expanduser() / ".pulumi" / "locks"
    # Backends made before projects had names of their own have one directory per stack.
    directories = (locks / "organization" / project / stack, locks / stack)
    return [_holder(file) for directory in directories for file in sorted(directory.glob("*.json"))]


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
