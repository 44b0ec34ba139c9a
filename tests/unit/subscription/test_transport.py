# SPDX-License-Identifier: Apache-2.0
"""Whom a connection to Resource Manager trusts."""

import certifi
import pytest
from azure.core.exceptions import ServiceRequestError
from azure.core.pipeline.transport import HttpRequest

from azure_model_endpoints.subscription.transport import transport
from tests.unit.http_server import Server


def test_who_is_not_trusted_is_not_spoken_to(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sharing the certificates does not mean doing without."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", certifi.where())

    with (
        transport() as connections,
        pytest.raises(ServiceRequestError, match="CERTIFICATE_VERIFY_FAILED"),
    ):
        connections.send(HttpRequest("GET", server.url))

    assert [] == server.asked
