# SPDX-License-Identifier: Apache-2.0
"""Child processes that end when the engine wants them to."""

import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue
from typing import IO

# The engine itself gives a plugin five seconds between the interrupt and the kill.
GRACE_SECONDS = 4

Output = tuple[str, bytes]
"""The name of a stream, ``stdout`` or ``stderr``, and what came out of it."""


@dataclass(slots=True)
class Processes:
    """The processes started for the engine and not yet ended."""

    _running: list[subprocess.Popen[bytes]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def start(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        directory: Path,
        *,
        captured: bool = False,
    ) -> subprocess.Popen[bytes]:
        """Starts a process. Unless captured, it writes to the streams the engine reads from us."""
        stream = subprocess.PIPE if captured else None
        process = subprocess.Popen(
            command,
            env=environment,
            cwd=directory,
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=stream,
        )
        with self._lock:
            self._running = [p for p in self._running if p.poll() is None] + [process]
        return process

    def interrupt_all(self) -> None:
        """Ends every process that still runs."""
        with self._lock:
            running, self._running = self._running, []
        for process in running:
            interrupt(process)


def interrupt(process: subprocess.Popen[bytes]) -> None:
    """Asks a process to end, and ends it when it does not; one that has ended stays as it is."""
    process.send_signal(signal.SIGINT)
    try:
        process.wait(GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()


def output_of(process: subprocess.Popen[bytes]) -> Iterator[Output]:
    """What a captured process writes, as it writes it, until it has closed both streams."""
    chunks: SimpleQueue[Output | None] = SimpleQueue()

    def pump(name: str, stream: IO[bytes]) -> None:
        with stream:
            while chunk := stream.read1():  # type: ignore[attr-defined]  # a BufferedReader
                chunks.put((name, chunk))
        chunks.put(None)

    if process.stdout is None or process.stderr is None:
        message = "The process was not started with captured=True."
        raise ValueError(message)
    for args in (("stdout", process.stdout), ("stderr", process.stderr)):
        threading.Thread(target=pump, args=args, daemon=True).start()
    for _stream in range(2):
        yield from iter(chunks.get, None)
