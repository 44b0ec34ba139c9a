# SPDX-License-Identifier: Apache-2.0
"""Whole processes, measured from outside."""

import os
import statistics
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a command with everything it started and waited for."""

    seconds: float
    """From its start to its end, by the clock on the wall."""
    cpu_seconds: float
    peak_mib: float
    """Memory of the largest of its processes."""


@dataclass(frozen=True, slots=True)
class Series:
    """Several runs of the same command."""

    name: str
    runs: tuple[Run, ...]

    @property
    def seconds(self) -> float:
        """The median."""
        return statistics.median(run.seconds for run in self.runs)

    @property
    def peak_mib(self) -> float:
        """The most of all runs."""
        return max(run.peak_mib for run in self.runs)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two series that were run in turn."""

    title: str
    subject: Series
    reference: Series
    limit: float | None = None
    """What the ratio is to stay below; None where there is no such promise."""

    @property
    def ratio(self) -> float:
        """The median of the ratios of each pair, since a busy machine slows both of a pair."""
        return self._ratio(lambda run: run.seconds)

    @property
    def cpu_ratio(self) -> float:
        """The same of the processor time, which other work on the machine disturbs less."""
        return self._ratio(lambda run: run.cpu_seconds)

    def _ratio(self, figure: Callable[[Run], float]) -> float:
        pairs = zip(self.subject.runs, self.reference.runs, strict=True)
        return statistics.median(figure(ours) / figure(theirs) for ours, theirs in pairs)


def run(command: Sequence[str], directory: Path, environment: Mapping[str, str]) -> Run:
    """Run a command to its end.

    Raises:
        SystemExit: it failed; shows what it printed.
    """
    started = time.perf_counter()
    with subprocess.Popen(
        command,
        cwd=directory,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        printed = process.stdout.read() if process.stdout else ""
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - started
    if process.returncode:
        raise SystemExit(f"`{' '.join(command)}` failed in {directory}:\n{printed}")
    return Run(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def in_turn(
    rounds: int, subject: Callable[[], Run], reference: Callable[[], Run]
) -> tuple[tuple[Run, ...], tuple[Run, ...]]:
    """Run two things alternately, after each of them once without counting it."""
    subject(), reference()
    pairs = [(subject(), reference()) for _ in range(rounds)]
    return tuple(pair[0] for pair in pairs), tuple(pair[1] for pair in pairs)
