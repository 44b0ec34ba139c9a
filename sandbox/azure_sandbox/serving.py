# SPDX-License-Identifier: Apache-2.0
"""Starting, sharing and ending the one server of a home.

Whoever needs the server holds a *lease*: a shared lock on a file, which the operating system
releases even when its holder is killed. The server ends when nobody holds one. The server itself
holds a lock for as long as it lives, so a leftover ``server.json`` is recognised at once.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from azure_sandbox.certificates import Certificates, prepare
from azure_sandbox.client import AdminClient
from azure_sandbox.errors import CommandError
from azure_sandbox.home import Home
from azure_sandbox.locks import Lock

LOOPBACK = "127.0.0.1"
STOP_TIMEOUT_SECONDS = 5.0
"""How long a server may take to finish the requests it has; then it is killed."""
POLL_SECONDS = 0.02
BACKLOG = 128


@dataclass(frozen=True, slots=True)
class Server:
    """A server that answers."""

    pid: int
    port: int
    url: str
    """For example ``https://localhost:43211``."""

    def client(self, home: Home) -> AdminClient:
        """Return a client of its admin API."""
        return AdminClient(self.url, Certificates(home.certificates))


def running(home: Home) -> Server | None:
    """Return the server of this home, if one is alive; a leftover of a killed one is not."""
    if not _alive(home):
        return None
    try:
        return Server(**json.loads(home.server_file.read_text()))
    except (OSError, ValueError, TypeError):  # it is just starting or just ending
        return None


@contextmanager
def leased(home: Home, *, port: int | None, environment: Mapping[str, str]) -> Iterator[Server]:
    """Start the server, or join the one that runs, for the time of a ``with`` block.

    Raises:
        CommandError: the port is taken, or the server could not start (a corrupt database, …).
    """
    home.create()
    lease = Lock(home.lock("lease"))
    try:
        with Lock(home.lock("start")).held():
            lease.share()
            server = running(home) or _start(home, port, environment)
        if port is not None and server.port != port:
            raise CommandError(
                f"--port {port}: this project's sandbox already runs on port {server.port}. "
                "Leave --port out to join it, or end the commands that use it first."
            )
        yield server
    finally:
        lease.release()
        # A command leaves nothing running: it waits for the server to end, unless others use it.
        if lease.try_hold():
            stop(home)
        else:
            lease.share()  # at once beside others, or after a server that is just ending
        lease.release()


def stop(home: Home) -> None:
    """End the server of this home, if one runs, and wait until it has."""
    server = running(home)
    if server is None:
        return
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.kill(server.pid, number)
        deadline = time.monotonic() + STOP_TIMEOUT_SECONDS
        while _alive(home) and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)
        if not _alive(home):
            return


def _alive(home: Home) -> bool:
    return home.root.is_dir() and Lock(home.lock("server")).held_elsewhere()


def _start(home: Home, port: int | None, environment: Mapping[str, str]) -> Server:
    prepare(Certificates(home.certificates), environment)
    home.server_file.unlink(missing_ok=True)
    with _listen(home, port) as listener, home.log.open("wb") as log:
        chosen: int = listener.getsockname()[1]
        process = subprocess.Popen(
            [
                *(sys.executable, "-P", "-m", "azure_sandbox.daemon"),
                *(str(home.root), str(listener.fileno())),
            ],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=[listener.fileno()],
            start_new_session=True,  # the terminal's Ctrl-C is for the command, not for its server
            env=dict(environment),
        )
    home.port_file.write_text(f"{chosen}\n")
    server = Server(process.pid, chosen, f"https://localhost:{chosen}")
    try:
        # The listener is open already: this waits until the server accepts, or has closed it.
        server.client(home).get("status")
    except CommandError as problem:
        with suppress(ProcessLookupError):
            process.terminate()
        process.wait()
        raise CommandError(_last_words(home, problem)) from None
    return server


def _listen(home: Home, port: int | None) -> socket.socket:
    """Open the given port, else the one used last time, else any that is free."""
    if port is not None:
        try:
            return bound(port)
        except OSError as problem:
            raise CommandError(
                f"--port {port}: the port cannot be used ({problem.strerror}). Give another one, "
                "leave --port out to let the sandbox choose, or end the program that has it."
            ) from problem
    with suppress(OSError, ValueError):
        return bound(int(home.port_file.read_text()))
    return bound(0)


def bound(port: int) -> socket.socket:
    """Listen at a port of loopback, at any free one for 0."""
    listener = socket.socket()
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((LOOPBACK, port))
        listener.listen(BACKLOG)
    except (OSError, OverflowError):
        listener.close()
        raise
    return listener


def _last_words(home: Home, problem: CommandError) -> str:
    """Return what a server that could not start has said, without its traceback."""
    said = home.log.read_text(errors="replace").strip()
    if not said:
        return str(problem)
    if "Traceback (most recent call last)" not in said:
        return said
    return (
        f"The sandbox could not start: {said.splitlines()[-1]}. "
        f"This is a defect of the sandbox; the details are in {home.log}."
    )
