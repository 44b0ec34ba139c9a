# SPDX-License-Identifier: Apache-2.0
"""The web application of the sandbox."""

import asyncio
import json
import logging
import sqlite3
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from functools import partial
from pathlib import Path

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from azure_sandbox import identity
from azure_sandbox.arm.clock import Clock
from azure_sandbox.arm.errors import StoreCorruptError
from azure_sandbox.arm.operations import settle
from azure_sandbox.arm.sandbox import Sandbox
from azure_sandbox.arm.store import Store
from azure_sandbox.arm.wire import NO_ANSWER, Answer, Exchange
from azure_sandbox.front import FrontDoor
from azure_sandbox.home import Home
from azure_sandbox.jobs import kill_all
from azure_sandbox.namespaces import all_namespaces
from azure_sandbox.places import INTERNET, Places

STATE_FILE = "state.sqlite3"
"""The database below the sandbox's home."""
TICK_SECONDS = 0.1
"""How often operations end that nobody asks about."""

_log = logging.getLogger(__name__)

_METHODS = ["GET", "HEAD", "PUT", "PATCH", "POST", "DELETE", "OPTIONS"]


def create_app(
    home: Path,
    *,
    base_url: str,
    speed: float,
    now: Callable[[], float] = time.time,
    places: Places | None = None,
) -> Starlette:
    """The sandbox whose state is below ``home``, as an ASGI application.

    ``base_url`` is how clients reach it (``https://localhost:PORT``); ``speed`` divides how long
    operations take; ``now`` is the clock in epoch seconds; ``places`` are the sockets it is served
    at. Raises StoreCorruptError when the state database cannot be read.
    """
    store = Store(home / STATE_FILE)
    with store.write() as tx:
        identity.seed(tx)
    places = places or Places()
    clock = Clock(speed, now)
    sandbox = Sandbox(store, clock, base_url.rstrip("/"), all_namespaces(), places)
    front = FrontDoor(sandbox, partial(kill_all, Home(home)))

    async def answer(request: Request) -> Response:
        exchange = _exchange(request, await request.body(), places)
        return _response(await run_in_threadpool(front.respond, exchange))

    return Starlette(
        routes=[Route("/{path:path}", answer, methods=_METHODS)], lifespan=_ticking(sandbox)
    )


def _ticking(
    sandbox: Sandbox,
) -> Callable[[Starlette], AbstractAsyncContextManager[None]]:
    """Ends operations on time while the server runs, whether or not anybody polls."""

    async def tick() -> None:
        while True:
            await asyncio.sleep(TICK_SECONDS)
            try:
                await run_in_threadpool(settle, sandbox)
            except (StoreCorruptError, sqlite3.Error):
                _log.exception("ending operations")

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        del app
        ticker = asyncio.create_task(tick())
        yield
        ticker.cancel()
        with suppress(asyncio.CancelledError):
            await ticker
        sandbox.store.close()

    return lifespan


def _exchange(request: Request, body: bytes, places: Places) -> Exchange:
    port: int = request.scope["server"][1]  # of the socket, which the client does not name
    place = places.at(port)
    return Exchange(
        method=request.method,
        path=request.url.path.rstrip("/") or "/",
        query={name.lower(): value for name, value in request.query_params.items()},
        headers={name.lower(): value for name, value in request.headers.items()},
        body=body,
        place=place,
        base_url="" if place == INTERNET else f"https://localhost:{port}",
    )


def _response(answer: Answer) -> Response:
    if answer.status == NO_ANSWER.status:
        return _BrokenResponse()
    headers = {"Cache-Control": "no-cache", **answer.headers}
    if answer.body is None:
        return Response(status_code=answer.status, headers=headers)
    if isinstance(answer.body, bytes):
        return Response(answer.body, answer.status, headers)
    content = json.dumps(answer.body).encode()
    return Response(content, answer.status, headers, "application/json; charset=utf-8")


class _BrokenResponse(Response):
    """No response: the connection ends instead.

    ASGI has no message for that. A response that has begun and does not go on makes the web
    server close the connection; that its status is impossible keeps the server from sending even
    the first line.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        del scope, receive
        with suppress(Exception):
            await send({"type": "http.response.start", "status": NO_ANSWER.status, "headers": []})
