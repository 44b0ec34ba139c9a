# SPDX-License-Identifier: Apache-2.0
"""The sandbox's command line in processes of its own, in a directory of each test."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

PATIENCE_SECONDS = 30.0


@dataclass
class Shell:
    """Runs the sandbox's commands in one directory."""

    directory: Path
    environment: dict[str, str]
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    @property
    def home(self) -> Path:
        """Where the sandbox keeps its files."""
        return self.directory / ".sandbox"

    def run(self, *arguments: object) -> subprocess.CompletedProcess[str]:
        """One command from beginning to end."""
        return subprocess.run(
            self.command(*arguments),
            cwd=self.directory,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_SECONDS,
        )

    def start(self, *arguments: object) -> subprocess.Popen[str]:
        """A command that goes on, in a session of its own as in a terminal of its own."""
        process = subprocess.Popen(
            self.command(*arguments),
            cwd=self.directory,
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.started.append(process)
        return process

    def command(self, *arguments: object) -> list[str]:
        """What is executed."""
        return [sys.executable, "-m", "azure_sandbox", *map(str, arguments)]

    def python(self, program: str) -> tuple[str, ...]:
        """The end of an `exec` whose command is a Python program."""
        return ("--", sys.executable, "-c", program)

    def server(self) -> Any:
        """What the running server says of its process."""
        return json.loads((self.home / "server.json").read_text())


def eventually(condition: Callable[[], bool]) -> bool:
    """Whether it comes true before patience ends."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def alive(process: int) -> bool:
    """Whether a process still runs; one that has ended but was not buried does not."""
    shown = subprocess.run(
        ["ps", "-o", "stat=", "-p", str(process)], capture_output=True, text=True, check=False
    )
    return shown.stdout.strip()[:1] not in {"", "Z"}


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    """An empty directory; whatever a test has started there is ended."""
    unwanted = ("ARM_", "AZURE_", "PULUMI_")
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(unwanted)
    }
    shell = Shell(tmp_path, environment)
    yield shell
    for process in shell.started:
        if process.poll() is None:
            process.terminate()
        process.communicate(timeout=PATIENCE_SECONDS)


@pytest.fixture
def until() -> Callable[[Callable[[], bool]], bool]:
    """Waits for something that other processes do."""
    return eventually


@pytest.fixture
def is_alive() -> Callable[[int], bool]:
    """Asks whether a process still runs."""
    return alive
