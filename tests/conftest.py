# SPDX-License-Identifier: Apache-2.0
"""What all tests have in common."""

import os
import signal

from hypothesis import settings

# Examples are drawn at random, anew in every run; but the same ones in CI, where a change is not to
# fail on what it did not change.
settings.register_profile("tests", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("tests")


def pytest_configure() -> None:
    """Let Ctrl-C reach the commands under test.

    A shell without job control starts what it puts in the background with Ctrl-C ignored, which
    every process inherits.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
