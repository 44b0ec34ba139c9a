# SPDX-License-Identifier: Apache-2.0
"""What all tests have in common."""

import signal


def pytest_configure() -> None:
    """Let Ctrl-C reach the commands under test.

    A shell without job control starts what it puts in the background with Ctrl-C ignored, which
    every process inherits.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
