# SPDX-License-Identifier: Apache-2.0
"""Runs a command the way a shell runs a foreground job.

The command gets a process group of its own, and the terminal. So Ctrl-C reaches it once, from the
terminal, and a signal sent to this process reaches it once, from here. Passing on what the terminal
has already delivered would make `pulumi` abort where it should only cancel.
"""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from types import FrameType

from azure_sandbox import jobs, orphans
from azure_sandbox.errors import CommandError
from azure_sandbox.home import Home
from azure_sandbox.terminal import Terminal

PASSED_ON = (signal.SIGINT, signal.SIGTERM, signal.SIGQUIT, signal.SIGHUP)
WANTING_THE_TERMINAL = (signal.SIGTTIN, signal.SIGTTOU)
STATUS_OF_SIGNAL = 128
STATUS_NOT_EXECUTABLE = 126
STATUS_NOT_FOUND = 127


class _Relay:
    """Passes signals on to a process group, also those that came before there was one."""

    def __init__(self) -> None:
        self._group: int | None = None
        self._waiting: list[int] = []

    def receive(self, number: int, _frame: FrameType | None) -> None:
        self._waiting.append(number)
        self._pass_on()

    def deliver_to(self, group: int) -> None:
        self._group = group
        self._pass_on()

    def _pass_on(self) -> None:
        while self._group is not None and self._waiting:
            _signal_group(self._group, self._waiting.pop(0))


def run(command: Sequence[str], environment: Mapping[str, str], home: Home) -> int:
    """Run a command to its end, end what it left behind, and return the status a shell would.

    That is its own exit status, or 128 plus the number of the signal that ended it. While it runs,
    the home's server knows of it.

    Raises:
        CommandError: there is no such command, or it cannot be executed.
    """
    orphans.adopt()
    earlier = orphans.children()
    with _relay() as relay:
        try:
            # Popen would look on this process's PATH for it, not on the command's own.
            program = shutil.which(command[0], path=environment.get("PATH")) or command[0]
            job = subprocess.Popen(
                command, executable=program, env=dict(environment), process_group=0
            )
        except FileNotFoundError as problem:
            raise CommandError(
                f"{command[0]}: there is no such command.", exit_status=STATUS_NOT_FOUND
            ) from problem
        except OSError as problem:
            raise CommandError(
                f"{command[0]}: it cannot be executed ({problem.strerror}).",
                exit_status=STATUS_NOT_EXECUTABLE,
            ) from problem
        relay.deliver_to(job.pid)
        with jobs.registered(home, job.pid):
            status = job.returncode = _wait(job.pid)
        orphans.end(all_but=earlier)
    return status if status >= 0 else STATUS_OF_SIGNAL - status


def _wait(job: int) -> int:
    """Wait for the job's end; at a terminal hand it over, and stop when the job is stopped."""
    own = os.getpgrp()
    terminal = Terminal.of_this_process()
    # Whoever reads what the job prints, as in `exec -- … | less`, may need the terminal more.
    wanted = sys.stdout.isatty()
    try:
        while True:
            if wanted:
                terminal.hand_over(own, job)
            _signal_group(job, signal.SIGCONT)  # it may have wanted the terminal too early
            status = _changed(job, os.WUNTRACED if terminal else 0)
            given = terminal.hand_over(job, own)
            if not os.WIFSTOPPED(status):
                return os.waitstatus_to_exitcode(status)
            if not given and not wanted and os.WSTOPSIG(status) in WANTING_THE_TERMINAL:
                wanted = True
                continue
            # Ctrl-Z: with this whole group stopped the shell takes over, until `fg` or `bg`.
            _signal_group(own, signal.SIGTSTP)
    finally:
        terminal.close()


def _changed(job: int, options: int) -> int:
    """Wait for the job, burying orphans meanwhile, and return its wait status."""
    while True:
        process, status = os.waitpid(-1, options)
        if process == job:
            return status


def _signal_group(group: int, number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


@contextmanager
def _relay() -> Iterator[_Relay]:
    """Catch signals for the time of a ``with`` block; a hang-up that `nohup` ignores stays so."""
    relay = _Relay()
    earlier = {number: signal.getsignal(number) for number in PASSED_ON}
    if earlier[signal.SIGHUP] is signal.SIG_IGN:
        del earlier[signal.SIGHUP]
    try:
        for number in earlier:
            signal.signal(number, relay.receive)
        yield relay
    finally:
        for number, handler in earlier.items():
            signal.signal(number, handler)
