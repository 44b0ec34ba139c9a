# SPDX-License-Identifier: Apache-2.0
"""Unmodified Azure clients against a real server with TLS, pointed at it by environment alone."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import trustme
import uvicorn
from azure.core.pipeline import Pipeline, PipelineResponse
from azure.core.pipeline.policies import RequestIdPolicy, RetryPolicy
from azure.core.pipeline.transport import RequestsTransport
from azure.core.polling import LROPoller
from azure.core.rest import HttpRequest
from azure.identity import ClientSecretCredential, DefaultAzureCredential
from azure.mgmt.core import ARMPipelineClient
from azure.mgmt.core.policies import ARMChallengeAuthenticationPolicy
from azure.mgmt.core.polling.arm_polling import ARMPolling

from azure_sandbox import identity
from azure_sandbox.server import create_app
from tests.sandbox.conftest import SUBSCRIPTION

AUDIENCE = "https://management.azure.com/.default"


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a running server, and an environment whose clients find it."""
    authority = trustme.CA()
    bundle, certificate = tmp_path / "ca.pem", tmp_path / "server.pem"
    authority.cert_pem.write_to_path(bundle)
    authority.issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(certificate)
    listener = socket.create_server(("127.0.0.1", 0))
    address = f"https://localhost:{listener.getsockname()[1]}"
    for name, value in {
        "SSL_CERT_FILE": str(bundle),
        "REQUESTS_CA_BUNDLE": str(bundle),
        "IDENTITY_ENDPOINT": f"{address}/msi/token",
        "IDENTITY_HEADER": identity.IDENTITY_HEADER,
        "NO_PROXY": "localhost",
    }.items():
        monkeypatch.setenv(name, value)
    app = create_app(tmp_path, base_url=address, speed=600)
    server = uvicorn.Server(uvicorn.Config(app, ssl_certfile=str(certificate), log_level="error"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield address
    server.should_exit = True
    thread.join()
    listener.close()


def test_default_credential_and_pollers(url: str) -> None:
    """DefaultAzureCredential gets a token; an azure-core client creates, polls and deletes."""
    group = f"{SUBSCRIPTION}/resourceGroups/rg-chat"
    registry = f"{group}/providers/Microsoft.ContainerRegistry/registries/chatimages"

    with DefaultAzureCredential() as credential:
        signed_in = ARMChallengeAuthenticationPolicy(credential, AUDIENCE)
        policies: list[Any] = [RequestIdPolicy(), RetryPolicy(), signed_in]
        pipeline = Pipeline[Any, Any](RequestsTransport(), policies)
        client = ARMPipelineClient[Any, Any](url, policies=policies, pipeline=pipeline)

        def begin(method: str, path: str, body: object = None) -> Any:
            version = "2024-03-01" if path == group else "2023-01-01-preview"
            query = {"api-version": version}
            first = pipeline.run(HttpRequest(method, f"{url}{path}", params=query, json=body))
            first.http_response.raise_for_status()
            return LROPoller(client, first, _body, ARMPolling()).result()

        begin("PUT", group, {"location": "eastus"})
        created = begin("PUT", registry, {"location": "eastus", "sku": {"name": "Basic"}})
        begin("DELETE", group)
        client.close()
        left = requests.get(f"{url}/sandbox/status", timeout=10).json()["resources"]

    assert "Succeeded" == created["properties"]["provisioningState"]
    assert 0 == left


def _body(response: PipelineResponse[Any, Any]) -> Any:
    text = response.http_response.text()
    return json.loads(text) if text else None


def test_client_secret(url: str) -> None:
    """A client secret works with the sandbox as its authority."""
    with ClientSecretCredential(
        identity.TENANT_ID,
        identity.CLIENT_ID,
        identity.CLIENT_SECRET,
        authority=url,
        disable_instance_discovery=True,
    ) as credential:
        token = credential.get_token(AUDIENCE).token

    answer = requests.get(
        f"{url}{SUBSCRIPTION}",
        params={"api-version": "2022-12-01"},
        headers={"Authorization": f"Bearer {token}"},
        timeout=10,
    )
    assert identity.SUBSCRIPTION_ID == answer.json()["subscriptionId"]


def test_dropped_connection(url: str) -> None:
    """An injected drop is seen as a broken connection, not as an answer."""
    requests.post(f"{url}/sandbox/faults", json={"drop": True, "path": "/metadata"}, timeout=10)

    with pytest.raises(requests.ConnectionError):
        requests.get(f"{url}/metadata/endpoints", timeout=10)
