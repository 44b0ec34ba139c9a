# SPDX-License-Identifier: Apache-2.0
"""A sandbox with an endpoint in it, and scripts of users that meet it."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

from azure_sandbox import identity
from azure_sandbox.certificates import Certificates
from azure_sandbox.home import HOME_VARIABLE, Home
from azure_sandbox.serving import leased

SCRIPTS = Path(__file__).parent / "scripts"
PATIENCE_SECONDS = 120.0
SUBSCRIPTION = identity.SUBSCRIPTION_ID
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-chat"
WORKSPACE = f"{GROUP}/providers/Microsoft.MachineLearningServices/workspaces/mlw-chat"
ENDPOINT = f"{WORKSPACE}/onlineEndpoints/chat"

_LEADING_TO_AZURE = ("ARM_", "AZURE_", "PULUMI_", "IDENTITY_")
_MACHINE_LEARNING = "2025-12-01"
_FINAL = frozenset({"Succeeded", "Failed"})


@dataclass(frozen=True, slots=True)
class Cloud:
    """A sandbox that runs, with a workspace, an endpoint `chat` and its deployment `blue`."""

    home: Home
    url: str
    environment: dict[str, str]

    def seen_by(self, script: str, *arguments: str) -> Any:
        """Run a script in the sandbox as its user would; return the JSON it printed at its end."""
        program = [sys.executable, str(SCRIPTS / script), *arguments]
        run = subprocess.run(
            [sys.executable, "-m", "azure_sandbox", "exec", "--", *program],
            cwd=self.home.root,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_SECONDS,
        )
        assert 0 == run.returncode, run.stderr
        return json.loads(run.stdout.splitlines()[-1])


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[Cloud]:
    """A sandbox of the test's own."""
    home = Home(tmp_path / "sandbox")
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(_LEADING_TO_AZURE)
    }
    environment |= {HOME_VARIABLE: str(home.root), "AZURE_SANDBOX_SPEED": "6000"}
    with leased(home, port=None, environment=environment) as server:
        context = Certificates(home.certificates).client_context()
        with httpx2.Client(base_url=server.url, verify=context) as http:
            _make_endpoint(http)
        yield Cloud(home, server.url, environment)


def _make_endpoint(http: httpx2.Client) -> None:
    identity_header = {"X-IDENTITY-HEADER": identity.IDENTITY_HEADER}
    resource = {"resource": "https://management.azure.com/"}
    token = http.get("/msi/token", params=resource, headers=identity_header).json()["access_token"]
    http.headers["Authorization"] = f"Bearer {token}"

    _put(http, GROUP, "2024-03-01", {})
    dependencies = {
        "storageAccount": f"{GROUP}/providers/Microsoft.Storage/storageAccounts/stchat",
        "keyVault": f"{GROUP}/providers/Microsoft.KeyVault/vaults/kv-chat",
        "applicationInsights": f"{GROUP}/providers/Microsoft.Insights/components/appi-chat",
    }
    account = {"kind": "StorageV2", "sku": {"name": "Standard_LRS"}}
    _put(http, dependencies["storageAccount"], "2024-01-01", account)
    vault = {
        "tenantId": identity.TENANT_ID,
        "sku": {"family": "A", "name": "standard"},
        "enableRbacAuthorization": True,
    }
    _put(http, dependencies["keyVault"], "2024-11-01", {"properties": vault})
    insights = {"kind": "web", "properties": {"Application_Type": "web"}}
    _put(http, dependencies["applicationInsights"], "2020-02-02", insights)
    with_identity = {"identity": {"type": "SystemAssigned"}}
    _put(http, WORKSPACE, _MACHINE_LEARNING, {**with_identity, "properties": dependencies})
    properties: dict[str, Any] = {"authMode": "Key"}
    _put(http, ENDPOINT, _MACHINE_LEARNING, {**with_identity, "properties": properties})
    deployment = {
        "sku": {"name": "Default", "capacity": 1},
        "properties": {
            "endpointComputeType": "Managed",
            "model": "azureml://registries/azureml/models/microsoft-phi-2/versions/22",
            "instanceType": "Standard_NC4as_T4_v3",
            "livenessProbe": {"initialDelay": "PT10M"},
            "requestSettings": {"requestTimeout": "PT1M30S"},
        },
    }
    _put(http, f"{ENDPOINT}/deployments/blue", _MACHINE_LEARNING, deployment)
    properties["traffic"] = {"blue": 100}
    _put(http, ENDPOINT, _MACHINE_LEARNING, {**with_identity, "properties": properties})


def _put(http: httpx2.Client, path: str, version: str, body: dict[str, Any]) -> None:
    """Create a resource in East US and wait until it is there."""
    query = {"api-version": version}
    http.put(path, params=query, json={"location": "eastus", **body}).raise_for_status()
    state = ""
    while state not in _FINAL:
        resource = http.get(path, params=query).raise_for_status().json()
        state = resource["properties"].get("provisioningState", "Succeeded")
        time.sleep(0.05)
    assert "Succeeded" == state, path
