# SPDX-License-Identifier: Apache-2.0
"""Further sockets of a running server, one for the callers of each virtual network."""

import json
import socket
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field

import uvicorn
from starlette.types import ASGIApp

from azure_sandbox.certificates import Certificates
from azure_sandbox.home import Home
from azure_sandbox.places import Place
from azure_sandbox.serving import bound

_POLL_SECONDS = 0.005
_ENDING_SECONDS = 5.0


def server_config(app: ASGIApp, home: Home, *, finish_seconds: int, main: bool) -> uvicorn.Config:
    """Return how the sandbox serves at each of its sockets; one of them is the main one."""
    return uvicorn.Config(
        app,
        ssl_certfile=Certificates(home.certificates).server,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        lifespan="auto" if main else "off",
        timeout_graceful_shutdown=finish_seconds,
    )


@dataclass
class PlaceListeners:
    """Opens sockets while the server runs; each is served by a thread with its own event loop."""

    home: Home
    finish_seconds: int
    app: ASGIApp | None = None
    _running: list[tuple[uvicorn.Server, threading.Thread]] = field(default_factory=list)

    def listen(self, place: Place) -> int:
        """Listen for callers at a place, where possible at the port it had before."""
        if self.app is None:
            raise LookupError("the server has not started yet")
        listener = self._socket(place)
        port: int = listener.getsockname()[1]
        self._remember(place, port)
        config = server_config(self.app, self.home, finish_seconds=self.finish_seconds, main=False)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        while not server.started and thread.is_alive():
            time.sleep(_POLL_SECONDS)
        self._running.append((server, thread))
        return port

    def end(self) -> None:
        """Stop listening everywhere."""
        for server, _ in self._running:
            server.should_exit = True
        for _, thread in self._running:
            thread.join(_ENDING_SECONDS)

    def _socket(self, place: Place) -> socket.socket:
        with suppress(OSError, KeyError):
            return bound(self._ports()[str(place)])
        return bound(0)

    def _ports(self) -> dict[str, int]:
        with suppress(OSError, ValueError):
            ports: dict[str, int] = json.loads(self.home.place_ports_file.read_text())
            return ports
        return {}

    def _remember(self, place: Place, port: int) -> None:
        ports = {**self._ports(), str(place): port}
        self.home.place_ports_file.write_text(json.dumps(ports))
