# SPDX-License-Identifier: Apache-2.0
"""A tiny HTTPS server that answers as it was told to and remembers what it was asked."""

import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

NOW = {"retry-after-ms": "1"}
"""Headers that make Azure clients ask again at once."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer of the server."""

    status: int = 200
    body: Any = None
    """Sent as JSON; bytes are sent as they are."""
    headers: dict[str, str] = field(default_factory=dict)

    def content(self) -> bytes:
        """Return the body as it goes over the wire."""
        if isinstance(self.body, bytes):
            return self.body
        return b"" if self.body is None else json.dumps(self.body).encode()


@dataclass(frozen=True, slots=True)
class Asked:
    """One request the server got."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any


@dataclass
class Server:
    """What to answer, and what was asked."""

    url: str = ""
    replies: dict[tuple[str, str], list[Reply]] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)

    def answer(self, method: str, path: str, *replies: Reply) -> None:
        """Answer requests for a path one after the other; the last answer stays."""
        self.replies[method, path] = list(replies)

    def reply(self, asked: Asked) -> Reply:
        """Take down a request and return the answer to it."""
        self.asked.append(asked)
        replies = self.replies.get((asked.method, asked.path.partition("?")[0]))
        if not replies:
            return Reply(404, {"error": {"code": "NotFound", "message": "There is no such thing."}})
        return replies.pop(0) if len(replies) > 1 else replies[0]

    def methods(self) -> list[str]:
        """Return the methods of the requests so far."""
        return [asked.method for asked in self.asked]


@contextmanager
def serving(context: ssl.SSLContext) -> Iterator[Server]:
    """Serve on a free port of this machine for as long as it is needed."""
    told = Server()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_one_request(self) -> None:
            """Answer whatever the method."""
            self.raw_requestline = self.rfile.readline(65537)
            if not self.raw_requestline or not self.parse_request():
                self.close_connection = True
                return
            text = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
            is_json = self.headers.get_content_type() == "application/json"
            body = json.loads(text) if is_json else text
            reply = told.reply(Asked(self.command, self.path, dict(self.headers.items()), body))
            content = reply.content()
            self.send_response(reply.status)
            headers = {
                "content-type": "application/json",
                "content-length": str(len(content)),
                "connection": "close",
            }
            for name, value in {**headers, **reply.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)
            self.close_connection = True

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        told.url = f"https://localhost:{server.server_port}"
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield told
        finally:
            server.shutdown()
            thread.join()
