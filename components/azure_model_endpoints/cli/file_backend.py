# SPDX-License-Identifier: Apache-2.0
"""What the engine keeps in a directory when the state of stacks is kept in files.

It writes one lock file per run, with process, user and host; a run that was killed leaves it
behind. Beside every file it writes another one with attributes, which is empty for a moment; a run
that was killed in that moment leaves a stack that cannot be read any more.
"""

import json
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from azure_model_endpoints.cli.lock_holder import LockHolder

__all__ = ["FileBackend"]


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
        return LockHolder.unknown()
