# SPDX-License-Identifier: Apache-2.0
"""A few lines of Azure over TLS, and the engine's side of the provider's protocol."""

import base64
import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import grpc
import pytest
import trustme
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from azure_sandbox.provider.engine import Engine
from azure_sandbox.provider.metadata import Table, load_table
from azure_sandbox.provider.server import start_server
from azure_sandbox.provider.values import from_struct, to_struct

SUBSCRIPTION = "00000000-0000-4000-8000-000000000001"
TENANT = "00000000-0000-4000-8000-00000000000a"
CLIENT = "00000000-0000-4000-8000-0000000000c1"
PRINCIPAL = "00000000-0000-4000-8000-0000000000b2"


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer; a body that is not a string is sent as JSON."""

    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked of ARM."""

    method: str
    path: str
    query: str
    body: Any

    @property
    def line(self) -> str:
        """Method and path, for comparing sequences."""
        return f"{self.method} {self.path}"


@dataclass
class FakeArm:
    """Answers each method and path with its prepared answers in turn, the last one for ever."""

    port: int = 0
    ca: str = ""
    requests: list[Request] = field(default_factory=list)
    answers: dict[str, list[Answer]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """The base address."""
        return f"https://localhost:{self.port}"

    def prepare(self, line: str, *answers: Answer) -> None:
        """Prepares answers to `METHOD /path`."""
        self.answers[line.lower()] = list(answers)

    def lines(self) -> list[str]:
        """Every request to ARM so far."""
        return [request.line for request in self.requests]

    def sent(self, method: str) -> Any:
        """The body of the last request with a method."""
        return [request.body for request in self.requests if request.method == method][-1]

    def answer(self, request: Request) -> Answer:
        """Finds the answer to a request."""
        if request.path == "/metadata/endpoints":
            return Answer(200, self._metadata())
        if request.path.endswith("openid-configuration"):
            return Answer(200, self._openid())
        if request.path.endswith("/token"):
            return Answer(200, {"access_token": _jwt(), "expires_in": 3600, "token_type": "Bearer"})
        self.requests.append(request)
        prepared = self.answers.get(request.line.lower())
        if prepared is None:
            error = {"code": "ResourceNotFound", "message": f"{request.path} was not found."}
            return Answer(404, {"error": error})
        return prepared.pop(0) if len(prepared) > 1 else prepared[0]

    def _metadata(self) -> Any:
        return {
            "name": "AzureSandbox",
            "resourceManager": f"{self.url}/",
            "microsoftGraphResourceId": f"{self.url}/graph/",
            "authentication": {"loginEndpoint": self.url, "audiences": [f"{self.url}/"]},
            "suffixes": {"storage": "core.localhost", "keyVaultDns": "vault.localhost"},
        }

    def _openid(self) -> Any:
        base = f"{self.url}/{TENANT}/oauth2/v2.0"
        return {
            "token_endpoint": f"{base}/token",
            "authorization_endpoint": f"{base}/authorize",
            "issuer": f"{self.url}/{TENANT}/v2.0",
        }


def _jwt() -> str:
    claims = {"appid": CLIENT, "oid": PRINCIPAL, "tid": TENANT}
    parts = ({"alg": "none"}, claims)
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode() for part in parts]
    return ".".join([*(part.rstrip("=") for part in encoded), "c2ln"])


@contextmanager
def serving(directory: Path) -> Iterator[FakeArm]:
    """Runs the fake on a free port, with a certificate of its own authority."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    ca = directory / "ca.pem"
    authority.cert_pem.write_to_path(ca)
    arm = FakeArm(ca=str(ca))

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _respond(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            raw = self.rfile.read(length)
            is_json = self.headers.get("Content-Type", "").startswith("application/json")
            url = urlsplit(self.path)
            body = json.loads(raw) if raw and is_json else None
            answer = arm.answer(Request(self.command, url.path, url.query, body))
            text = answer.body if isinstance(answer.body, str) else json.dumps(answer.body)
            content = b"" if answer.body is None else text.encode()
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_PUT = do_POST = do_PATCH = do_DELETE = _respond  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.daemon_threads = True
    arm.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield arm
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass(frozen=True, slots=True)
class Plugin:
    """The engine's side of the protocol, in plain values."""

    stub: Any

    def configure(self, **config: str) -> Any:
        """Configures the provider as the engine does."""
        return self.stub.Configure(
            provider_pb2.ConfigureRequest(
                variables={f"azure-native:config:{key}": value for key, value in config.items()},
                sends_old_inputs=True,
                sends_old_inputs_to_delete=True,
            )
        )

    def check(self, kind: str, news: dict[str, Any], **fields: Any) -> tuple[Any, list[str]]:
        """Checks inputs; returns them completed, and the failures."""
        olds = to_struct(fields.pop("olds", {}))
        response = self.stub.Check(
            provider_pb2.CheckRequest(
                urn=urn_of(kind), olds=olds, news=to_struct(news), randomSeed=b"seed", **fields
            )
        )
        return from_struct(response.inputs), [failure.reason for failure in response.failures]

    def diff(self, kind: str, olds: Any, news: Any, outputs: Any = None) -> Any:
        """Compares inputs."""
        return self.stub.Diff(
            provider_pb2.DiffRequest(
                urn=urn_of(kind),
                olds=to_struct(outputs or {}),
                old_inputs=to_struct(olds),
                news=to_struct(news),
            )
        )

    def create(self, kind: str, inputs: Any, **fields: Any) -> tuple[str, Any]:
        """Creates a resource; returns its id and outputs."""
        response = self.stub.Create(
            provider_pb2.CreateRequest(urn=urn_of(kind), properties=to_struct(inputs), **fields)
        )
        return response.id, from_struct(response.properties)

    def update(self, kind: str, olds: Any, news: Any, outputs: Any = None, **fields: Any) -> Any:
        """Updates a resource; returns its outputs."""
        response = self.stub.Update(
            provider_pb2.UpdateRequest(
                urn=urn_of(kind),
                olds=to_struct(outputs or {}),
                old_inputs=to_struct(olds),
                news=to_struct(news),
                **fields,
            )
        )
        return from_struct(response.properties)

    def read(self, kind: str, resource_id: str, **state: Any) -> Any:
        """Reads a resource; `inputs` and `outputs` are its state, absent for an import."""
        structs = {
            field: to_struct(state[name])
            for name, field in (("inputs", "inputs"), ("outputs", "properties"))
            if name in state
        }
        return self.stub.Read(provider_pb2.ReadRequest(urn=urn_of(kind), id=resource_id, **structs))

    def delete(self, kind: str, resource_id: str) -> None:
        """Deletes a resource."""
        self.stub.Delete(provider_pb2.DeleteRequest(urn=urn_of(kind), id=resource_id))

    def invoke(self, function: str, **args: Any) -> Any:
        """Runs a function; returns its result."""
        response = self.stub.Invoke(
            provider_pb2.InvokeRequest(tok=f"azure-native:{function}", args=to_struct(args))
        )
        return from_struct(getattr(response, "return"))


def urn_of(kind: str) -> str:
    """The URN of a resource named `main`."""
    return f"urn:pulumi:dev::project::parent:index:Thing$azure-native:{kind}::main"


@pytest.fixture(scope="session")
def table() -> Table:
    """The table that ships with the package."""
    return load_table()


@pytest.fixture
def arm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeArm]:
    """A running fake, with the environment that points the provider at it."""
    with serving(tmp_path) as running:
        environment = {
            "ARM_METADATA_HOSTNAME": f"localhost:{running.port}",
            "ARM_SUBSCRIPTION_ID": SUBSCRIPTION,
            "ARM_TENANT_ID": TENANT,
            "ARM_CLIENT_ID": CLIENT,
            "ARM_CLIENT_SECRET": "made-up",
            "SSL_CERT_FILE": running.ca,
            "REQUESTS_CA_BUNDLE": running.ca,
            "NO_PROXY": "localhost",
            "AZURE_SANDBOX_SPEED": "6000",
        }
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        yield running


@pytest.fixture
def unconfigured() -> Iterator[Plugin]:
    """A running provider that the engine has not configured."""
    server, port = start_server(Engine(None))
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield Plugin(provider_pb2_grpc.ResourceProviderStub(channel))
    server.stop(None).wait()


@pytest.fixture
def plugin(arm: FakeArm, unconfigured: Plugin) -> Plugin:
    """A provider configured for the fake."""
    unconfigured.configure()
    return unconfigured
