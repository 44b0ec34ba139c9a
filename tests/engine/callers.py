# SPDX-License-Identifier: Apache-2.0
"""What callers reach of an environment: its services by their names, from a place."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx2

from azure_sandbox.identity import SUBSCRIPTION_ID
from tests.engine.project import Azure

ML = "2025-12-01"
VAULT_VERSION = "2024-11-01"
SECRET = "asked-for"

QUESTION = {"messages": [{"role": "user", "content": "Hello"}]}


@dataclass(frozen=True, slots=True)
class Service:
    """One that callers reach by a name of its own."""

    host: str
    zone: str
    """The private DNS zone that has the host's name inside."""
    path: str
    """Where the sandbox has it, which has one name for all of them."""
    token: str
    message: Any = None
    """What is posted; None where it is asked with GET."""

    def status(self, client: httpx2.Client, url: str) -> int:
        """Return how it answers somebody who may use it, at a place's address."""
        method = "POST" if self.message else "GET"
        headers = {"Authorization": f"Bearer {self.token}"}
        response = client.request(method, f"{url}{self.path}", json=self.message, headers=headers)
        return int(response.status_code)


def services_of(azure: Azure, group: str) -> dict[str, Service]:
    """Return everything that an environment's resource group lets callers use, by what it is.

    There is a secret in the vault afterwards, for somebody to read.
    """
    workspace = azure.get(_workspace_id(group), ML)["properties"]
    names = {
        key: workspace[key].rpartition("/")[2]
        for key in ("storageAccount", "keyVault", "containerRegistry")
    }
    secret = {"properties": {"value": "hidden"}}
    azure.send("PUT", f"{workspace['keyVault']}/secrets/{SECRET}", VAULT_VERSION, secret)
    storage = azure.token("https://storage.azure.com")
    account, vault, registry = names.values()
    found = {
        service: Service(
            host=f"{account}.{service}.core.windows.net",
            zone=f"privatelink.{service}.core.windows.net",
            path=f"/storage/{account}/{service}/?comp=list",
            token=storage,
        )
        for service in ("blob", "file")
    }
    found["vault"] = Service(
        host=f"{vault}.vault.azure.net",
        zone="privatelink.vaultcore.azure.net",
        path=f"/vaults/{vault}/secrets/{SECRET}?api-version=7.4",
        token=azure.token("https://vault.azure.net"),
    )
    found["registry"] = Service(
        host=f"{registry}.azurecr.io",
        zone="privatelink.azurecr.io",
        path=f"/registries/{registry}/v2/",
        token=azure.token("https://containerregistry.azure.net"),
    )
    found["workspace"] = Service(
        host=f"{workspace['workspaceId']}.workspace.eastus.api.azureml.ms",
        zone="privatelink.api.azureml.ms",
        path=f"/workspaces/{workspace['workspaceId']}",
        token=azure.token(),
    )
    return {**found, **endpoints_of(azure, group)}


def endpoints_of(azure: Azure, group: str) -> dict[str, Service]:
    """Return the endpoints of an environment alone."""
    return dict(_endpoints(azure, group))


def _workspace_id(group: str) -> str:
    base = f"/subscriptions/{SUBSCRIPTION_ID}/resourceGroups/{group}/providers"
    return f"{base}/Microsoft.MachineLearningServices/workspaces/mlw-models"


def _endpoints(azure: Azure, group: str) -> Iterator[tuple[str, Service]]:
    for endpoint in azure.get(f"{_workspace_id(group)}/onlineEndpoints", ML)["value"]:
        if endpoint["properties"]["authMode"] == "AADToken":
            token = azure.token("https://ml.azure.com")
        else:
            token = azure.send("POST", f"{endpoint['id']}/listKeys", ML)["primaryKey"]
        key = endpoint["name"].rpartition("-")[0]
        path = urlsplit(endpoint["properties"]["scoringUri"]).path
        service = Service(
            host=f"{endpoint['name']}.eastus.inference.ml.azure.com",
            zone="privatelink.api.azureml.ms",
            path=path,
            token=token,
            message=QUESTION,
        )
        yield f"endpoint {key}", service


def answers(azure: Azure, services: dict[str, Service], place: str) -> dict[str, int]:
    """Return the status with which each service answers callers at a place."""
    url = azure.admin.send("POST", "places", {"from": place})["url"]
    with httpx2.Client(verify=azure.admin.certificates.client_context()) as client:
        return {what: service.status(client, url) for what, service in services.items()}


def resolved(azure: Azure, service: Service, place: str) -> tuple[str, str]:
    """Return the address of a service at a place, and the private zone it is from."""
    found = azure.admin.get("resolve", {"name": service.host, "from": place})
    [address] = found["addresses"]
    return address, found["zone"].rpartition("/")[2]
