# SPDX-License-Identifier: Apache-2.0
"""The server process: ``python -m azure_sandbox.daemon HOME LISTENER``, started by `serving`."""

import asyncio
import json
import os
import signal
import socket
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import uvicorn

from azure_sandbox.arm.errors import StoreCorruptError
from azure_sandbox.errors import CommandError
from azure_sandbox.home import Home
from azure_sandbox.locks import Lock
from azure_sandbox.place_listeners import PlaceListeners, server_config
from azure_sandbox.places import Places
from azure_sandbox.server import create_app
from azure_sandbox.serving import Server

SPEED_VARIABLE = "AZURE_SANDBOX_SPEED"
DEFAULT_SPEED = 600.0
"""A deployment that takes fifteen minutes on Azure takes a second and a half."""
LEASE_CHECK_SECONDS = 0.5
SUCCESSION_SECONDS = 10.0
POLL_SECONDS = 0.02
FINISH_SECONDS = 2
"""How long requests in flight may still take once the server is to end."""


def speed(environment: Mapping[str, str]) -> float:
    """Return by how much the clock of long-running operations is accelerated."""
    given = environment.get(SPEED_VARIABLE) or str(DEFAULT_SPEED)
    try:
        factor = float(given)
    except ValueError:
        factor = 0.0
    if not 0 < factor < float("inf"):
        raise CommandError(
            f"{SPEED_VARIABLE}: given {given!r}; allowed: a number above 0 by which operations are "
            f"sped up (1 is Azure's own pace). Unset it for the default, {DEFAULT_SPEED:g}."
        )
    return factor


def serve(home: Home, listener: socket.socket) -> None:
    """Serve until a SIGTERM comes or nobody holds a lease any more."""
    port: int = listener.getsockname()[1]
    server = Server(os.getpid(), port, f"https://localhost:{port}")
    others = PlaceListeners(home, FINISH_SECONDS)
    app = create_app(
        home.root, base_url=server.url, speed=speed(os.environ), places=Places(others.listen)
    )
    others.app = app
    config = server_config(app, home, finish_seconds=FINISH_SECONDS, main=True)
    # Uvicorn raises a signal again once it has shut down; there is still a file to remove then.
    signal.signal(signal.SIGTERM, lambda *_: None)
    _succeed_to(Lock(home.lock("server")))
    _write(home.server_file, json.dumps(asdict(server)))
    try:
        asyncio.run(_serve_while_leased(uvicorn.Server(config), listener, home))
    finally:
        others.end()
        home.server_file.unlink(missing_ok=True)


def _succeed_to(lock: Lock) -> None:
    """Hold the server's lock until this process is gone; an earlier server may just be ending."""
    deadline = time.monotonic() + SUCCESSION_SECONDS
    while not lock.try_hold():
        if time.monotonic() > deadline:
            raise CommandError(
                "Another server of this sandbox was told to end and has not. Try again, or end the "
                "process that `azure_sandbox.daemon` runs in."
            )
        time.sleep(POLL_SECONDS)


async def _serve_while_leased(server: uvicorn.Server, listener: socket.socket, home: Home) -> None:
    watching = asyncio.create_task(_end_without_lease(server, home))
    await server.serve(sockets=[listener])
    watching.cancel()


async def _end_without_lease(server: uvicorn.Server, home: Home) -> None:
    lease = Lock(home.lock("lease"))
    while not lease.try_hold():  # noqa: ASYNC110  (it changes in other processes)
        await asyncio.sleep(LEASE_CHECK_SECONDS)
    # The lease stays held until this process has ended: whoever comes now waits, then starts anew.
    server.should_exit = True


def _write(path: Path, text: str) -> None:
    draft = path.with_suffix(".draft")
    draft.write_text(text)
    draft.replace(path)


def main() -> int:
    """Serve the home and the listening socket that the arguments name."""
    root, listener = sys.argv[1:]
    try:
        serve(Home(Path(root)), socket.socket(fileno=int(listener)))
    except (CommandError, StoreCorruptError) as problem:
        print(problem, file=sys.stderr)  # noqa: T201  (into server.log, where the starter looks)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
