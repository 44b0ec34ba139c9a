# SPDX-License-Identifier: Apache-2.0
"""Ends what a command has left behind.

A Pulumi CLI that is killed leaves its plugins running, in process groups of their own. On Linux a
process can ask to become the parent of such orphans, and so find them; elsewhere they are left to
notice for themselves that their engine is gone.
"""

import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

GRACE_SECONDS = 3.0
"""How long an orphan may take to end before it is killed."""
POLL_SECONDS = 0.02
PR_SET_CHILD_SUBREAPER = 36
"""From linux/prctl.h: processes that lose their parent become children of this one."""


def adopt() -> None:
    """Become the parent of every descendant that loses its own."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def children() -> frozenset[int]:
    """Return the ids of this process's children; none where the system does not tell."""
    process = os.getpid()
    try:
        listed = Path(f"/proc/{process}/task/{process}/children").read_text()
    except OSError:
        return frozenset()
    return frozenset(map(int, listed.split()))


def end(*, all_but: frozenset[int]) -> None:
    """Ask every child but these to end, and whatever they leave behind in turn; then kill it."""
    asked: set[int] = set()
    deadline = time.monotonic() + GRACE_SECONDS
    while left := children() - all_but:
        late = time.monotonic() > deadline
        for process in left - (set() if late else asked):
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL if late else signal.SIGTERM)
            asked.add(process)
        for process in left:
            with suppress(ChildProcessError):
                os.waitpid(process, os.WNOHANG)
        time.sleep(POLL_SECONDS)
