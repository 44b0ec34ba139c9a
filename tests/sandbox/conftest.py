# SPDX-License-Identifier: Apache-2.0
"""The sandbox's web application in this process, with a clock that tests move."""

import itertools
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx2
import pytest
from starlette.testclient import TestClient

from azure_sandbox import identity
from azure_sandbox.places import Places
from azure_sandbox.server import create_app

BASE_URL = "https://localhost:8443"
FIRST_PLACE_PORT = 9001
SUBSCRIPTION = f"/subscriptions/{identity.SUBSCRIPTION_ID}"
SPEED = 60.0
"""Slow enough that no operation ends before a test moves the clock."""

VERSIONS = {
    "": "2024-03-01",
    "microsoft.authorization": "2022-04-01",
    "microsoft.containerregistry": "2023-01-01-preview",
    "microsoft.insights": "2020-02-02",
    "microsoft.keyvault": "2024-11-01",
    "microsoft.machinelearningservices": "2025-12-01",
    "microsoft.managedidentity": "2023-01-31",
    "microsoft.network": "2024-05-01",
    "microsoft.operationalinsights": "2023-09-01",
    "microsoft.storage": "2024-01-01",
}
"""What pulumi-azure-native 3.29 sends."""
PRIVATE_DNS_VERSION = "2024-06-01"


@dataclass
class Time:
    """A clock that stands still until it is moved."""

    now: float = 1_800_000_000.0

    def __call__(self) -> float:
        """Epoch seconds."""
        return self.now

    def pass_by(self, simulated_seconds: float) -> None:
        """Lets as much time go by as would on Azure."""
        self.now += simulated_seconds / SPEED


@dataclass
class Azure:
    """A client of one sandbox, signed in unless a test says otherwise."""

    http: TestClient
    time: Time
    home: Path
    headers: dict[str, str] = field(default_factory=dict)

    def send(  # noqa: PLR0913  (a request has this many sides)
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        version: str | None = None,
        query: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
    ) -> httpx2.Response:
        """One request, with the api-version of the provider unless one is given."""
        namespace = path.lower().rpartition("/providers/")[2].partition("/")[0]
        is_zone = "/privatednszones" in path.lower()
        default = PRIVATE_DNS_VERSION if is_zone else VERSIONS.get(namespace, VERSIONS[""])
        version = version or default
        parameters = {"api-version": version, **(query or {})}
        return self.http.request(
            method, path, params=parameters, json=body, headers={**self.headers, **(headers or {})}
        )

    def get(self, path: str, query: dict[str, str] | None = None) -> Any:
        """The body of a GET that succeeds."""
        response = self.send("GET", path, query=query)
        assert 200 == response.status_code, response.text
        return response.json()

    def put(self, path: str, body: object) -> Any:
        """The resource after a PUT whose operation succeeds."""
        response = self.send("PUT", path, body)
        assert response.status_code in {200, 201, 202}, response.text
        self.time.pass_by(3600)
        return self.get(path)

    def refusal(self, method: str, path: str, body: object = None) -> tuple[int, str]:
        """Status and error code of a request that is refused."""
        response = self.send(method, path, body)
        return response.status_code, response.json()["error"]["code"]

    def seen_from(self, place: str) -> "Azure":
        """The same sandbox, as callers at a place meet it."""
        opened = self.http.post("/sandbox/places", json={"from": place})
        assert 200 == opened.status_code, opened.text
        return replace(self, http=TestClient(self.http.app, base_url=opened.json()["url"]))

    def token(self, audience: str) -> dict[str, str]:
        """The headers of a caller with a token for an audience."""
        token = self.http.get(
            "/msi/token",
            params={"resource": audience},
            headers={"X-IDENTITY-HEADER": identity.IDENTITY_HEADER},
        ).json()["access_token"]
        return {"Authorization": f"Bearer {token}"}

    def poll(self, response: httpx2.Response) -> httpx2.Response:
        """One look at the URL that a long-running operation is polled at."""
        url = response.headers.get("azure-asyncoperation") or response.headers["location"]
        return self.http.get(url, headers=self.headers)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[], Azure]]:
    """Starts a sandbox; a second call is a restart on the same state."""
    time = Time()
    with ExitStack() as running:

        def started() -> Azure:
            ports = itertools.count(FIRST_PLACE_PORT)
            places = Places(lambda _: next(ports))
            app = create_app(tmp_path, base_url=BASE_URL, speed=SPEED, now=time, places=places)
            http = running.enter_context(TestClient(app, base_url=BASE_URL))
            azure = Azure(http, time, tmp_path)
            azure.headers |= azure.token("https://management.azure.com/")
            return azure

        yield started


@pytest.fixture
def azure(start: Callable[[], Azure]) -> Azure:
    """An empty sandbox."""
    return start()


@pytest.fixture
def group(azure: Azure) -> str:
    """The id of a resource group in East US."""
    path = f"{SUBSCRIPTION}/resourceGroups/rg-chat"
    azure.put(path, {"location": "eastus"})
    return path
