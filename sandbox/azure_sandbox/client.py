# SPDX-License-Identifier: Apache-2.0
"""A client of the sandbox's own admin API, as small as its callers need."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import urlencode, urlsplit

from azure_sandbox.certificates import Certificates
from azure_sandbox.errors import CommandError

TIMEOUT_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class AdminClient:
    """Talks to ``/sandbox/…`` of one running server."""

    url: str
    certificates: Certificates

    def get(self, path: str, query: Mapping[str, str] | None = None) -> Any:
        """Return the JSON document at ``/sandbox/<path>``."""
        return self._request("GET", path, query)

    def send(self, method: str, path: str, body: Any = None) -> Any:
        """Change something at ``/sandbox/<path>``."""
        return self._request(method, path, None, body)

    def _request(
        self, method: str, path: str, query: Mapping[str, str] | None, body: Any = None
    ) -> Any:
        target = f"/sandbox/{path}" + (f"?{urlencode(query)}" if query else "")
        port = urlsplit(self.url).port
        connection = HTTPSConnection(
            "127.0.0.1",
            port,
            timeout=TIMEOUT_SECONDS,
            context=self.certificates.client_context(),
        )
        try:
            connection.request(
                method,
                target,
                body=None if body is None else json.dumps(body),
                headers={"Content-Type": "application/json", "Connection": "close"},
            )
            response = connection.getresponse()
            content = response.read()
        except (OSError, HTTPException) as problem:
            raise CommandError(
                f"The sandbox at {self.url} did not answer {method} {target} ({problem!r}). "
                "Its messages are in server.log of the sandbox's home directory."
            ) from problem
        finally:
            connection.close()
        if not response.status < 400:  # noqa: PLR2004  (the first error status of HTTP)
            raise CommandError(_refusal(response.status, content))
        return json.loads(content) if content else None


def _refusal(status: int, content: bytes) -> str:
    """Return the server's own words, of an error in the shape that Azure gives errors."""
    try:
        return str(json.loads(content)["error"]["message"])
    except (ValueError, KeyError, TypeError):
        text = content.decode(errors="replace").strip()
        return f"The sandbox answered {status}: {text or 'without saying why'}"
