# SPDX-License-Identifier: Apache-2.0
"""Who has the terminal: the process group that Ctrl-C goes to and that may read from it."""

import os
import signal
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Terminal:
    """The controlling terminal of this process, or the lack of one."""

    descriptor: int | None

    @classmethod
    def of_this_process(cls) -> Self:
        """Open the terminal; without one no group ever has it."""
        try:
            return cls(os.open("/dev/tty", os.O_RDWR))
        except OSError:
            return cls(None)

    def __bool__(self) -> bool:
        return self.descriptor is not None

    def close(self) -> None:
        """Close it."""
        if self.descriptor is not None:
            os.close(self.descriptor)

    def hand_over(self, giver: int, taker: int) -> bool:
        """Give the terminal from one process group to another; tell whether the giver had it."""
        if self.descriptor is None:
            return False
        # Without this the kernel stops a background process that changes the terminal's owner.
        blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTTOU})
        try:
            if os.tcgetpgrp(self.descriptor) != giver:
                return False
            os.tcsetpgrp(self.descriptor, taker)
        except OSError:  # the taker has just ended, or the terminal was closed
            return False
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
        return True
