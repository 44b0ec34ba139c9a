# SPDX-License-Identifier: Apache-2.0
"""Which processes an injected fault kills."""

import signal
import subprocess
import sys
from pathlib import Path

from azure_sandbox.home import Home
from azure_sandbox.jobs import kill_all, registered

SLEEPER = (sys.executable, "-c", "import time; time.sleep(60)")


def test_a_registered_command_is_killed(tmp_path: Path) -> None:
    """The command of a running `exec`."""
    home = Home(tmp_path)
    with subprocess.Popen(SLEEPER) as command, registered(home, command.pid):
        kill_all(home)

        assert -signal.SIGKILL == command.wait()


def test_a_stranger_with_the_number_of_a_dead_command_lives(tmp_path: Path) -> None:
    """The file of a command that was killed stays, and its number is given out again."""
    home = Home(tmp_path)
    with subprocess.Popen(SLEEPER) as stranger:
        home.jobs.mkdir(parents=True)
        (home.jobs / str(stranger.pid)).write_text("1")

        kill_all(home)

        assert stranger.poll() is None
        stranger.terminate()
