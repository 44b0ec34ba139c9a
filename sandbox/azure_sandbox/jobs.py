# SPDX-License-Identifier: Apache-2.0
"""The commands that run in a sandbox, known to its server so that an injected fault can kill them.

One file per command, named by its process id and holding the moment it began: a file outlives a
command that was killed, and its number may by then be somebody else's. Killing a command kills all
that descends from it, in whatever process groups: for `pulumi up` the CLI, its plugins and the
program.
"""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from azure_sandbox.home import Home

PROCESSES = Path("/proc")
"""Where Linux tells who is whose child; without it nothing can be killed."""


@contextmanager
def registered(home: Home, process: int) -> Iterator[None]:
    """Let a fault kill a process and its descendants for the time of a ``with`` block."""
    home.jobs.mkdir(parents=True, exist_ok=True)
    file = home.jobs / str(process)
    file.write_text(_began(process) or "")
    try:
        yield
    finally:
        file.unlink(missing_ok=True)


def kill_all(home: Home) -> None:
    """Kill every registered command; the server, even if one of them has started it, lives on."""
    roots = {int(file.name) for file in home.jobs.glob("*") if _still_runs(file)}
    doomed: set[int] = set()
    # What has been stopped starts no more children, so this ends with all of them.
    while fresh := _families(roots) - doomed:
        for process in fresh:
            _signal(process, signal.SIGSTOP)
        doomed |= fresh
    for process in doomed:
        _signal(process, signal.SIGKILL)


def _still_runs(file: Path) -> bool:
    """Return whether the command that a file stands for is the process of its number."""
    try:
        began = file.read_text()
    except FileNotFoundError:  # it has just ended
        return False
    return bool(began) and began == _began(int(file.name))


def _began(process: int) -> str | None:
    """Return when a process began, in the system's own count; None of one that is no more."""
    try:
        status = (PROCESSES / str(process) / "stat").read_text()
    except OSError:
        return None
    # The name, in parentheses, may hold anything; what follows are numbers. See proc(5), starttime.
    return status.rpartition(")")[2].split()[19]


def _families(roots: set[int]) -> set[int]:
    """Return the processes and all that descend from them, but nothing of this process."""
    found: set[int] = set()
    waiting = roots - {os.getpid()}
    while waiting:
        process = waiting.pop()
        found.add(process)
        waiting |= _children(process) - found - {os.getpid()}
    return found


def _children(process: int) -> set[int]:
    children: set[int] = set()
    with suppress(OSError):  # a process or a thread that has just ended
        for thread in (PROCESSES / str(process) / "task").iterdir():
            children |= {int(child) for child in (thread / "children").read_text().split()}
    return children


def _signal(process: int, number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.kill(process, number)
