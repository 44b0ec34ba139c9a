# SPDX-License-Identifier: Apache-2.0
"""Connections to Azure Resource Manager that share the certificates they trust.

Reading those takes 40 ms of processor time, and requests would read them anew for every connection.
"""

import os
import ssl
from functools import cache
from pathlib import Path
from typing import Any

from azure.core.pipeline.transport import RequestsTransport
from requests import Session
from requests.adapters import HTTPAdapter
from requests.utils import DEFAULT_CA_BUNDLE_PATH

__all__ = ["transport"]

_READ_TIMEOUT_SECONDS = 300
"""azure-core's own."""
_CONNECTIONS = 100
"""Kept for later, as many as there may be at a time; urllib3 warns of each that it has to drop, and
would of the eleventh by default."""


def transport(*, read_timeout_seconds: float = _READ_TIMEOUT_SECONDS) -> RequestsTransport:
    """Return an HTTPS transport that heeds the same environment variables as requests.

    Args:
        read_timeout_seconds: how long a service may keep silent.
    """
    session = Session()
    session.mount("https://", _Adapter(pool_maxsize=_CONNECTIONS))
    return RequestsTransport(session=session, read_timeout=read_timeout_seconds)


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, ssl_context=_trust(_certificates()), **options)

    def proxy_manager_for(self, proxy: Any, **options: Any) -> Any:
        context = _trust(_certificates())
        return super().proxy_manager_for(proxy, ssl_context=context, **options)

    def send(self, *args: Any, **options: Any) -> Any:
        """Send a request; what it says of certificates is what the context knows."""
        return super().send(*args, **options | {"verify": True})

    def cert_verify(self, *_args: Any) -> None:
        """Leave it to the context; urllib3 would read the certificates again."""


def _certificates() -> Path:
    given = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE")
    return Path(given or DEFAULT_CA_BUNDLE_PATH)


@cache
def _trust(certificates: Path) -> ssl.SSLContext:
    if certificates.is_dir():
        return ssl.create_default_context(capath=certificates)
    return ssl.create_default_context(cafile=certificates)
