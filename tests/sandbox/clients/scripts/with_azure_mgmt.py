# SPDX-License-Identifier: Apache-2.0
"""An afternoon with an endpoint, by azure-mgmt-machinelearningservices: prints what was seen.

Arguments: subscription, resource group, workspace, a file with a request, Resource Manager's URL.
"""

import json
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import requests
from azure.core.exceptions import HttpResponseError
from azure.identity import DefaultAzureCredential
from azure.mgmt.machinelearningservices import MachineLearningServicesMgmtClient
from azure.mgmt.machinelearningservices.models import (
    DeploymentLogsRequest,
    ManagedOnlineDeployment,
    OnlineDeployment,
    OnlineRequestSettings,
    ProbeSettings,
    Sku,
)

PHI_2 = "azureml://registries/azureml/models/microsoft-phi-2/versions/22"

subscription, group, workspace, question, resource_manager = sys.argv[1:]
client = MachineLearningServicesMgmtClient(
    DefaultAzureCredential(),
    subscription,
    base_url=resource_manager,
    credential_scopes=["https://management.azure.com/.default"],
)
endpoints, deployments = client.online_endpoints, client.online_deployments


def refusal(action: Callable[[], object]) -> str:
    """Return the error that an action ends with."""
    try:
        action()
    except HttpResponseError as error:
        return str(error)
    return ""


def deploy(name: str, size: str, instances: int = 1) -> Any:
    """Create a deployment of Phi-2 and wait for it."""
    properties = ManagedOnlineDeployment(
        model=PHI_2,
        instance_type=size,
        liveness_probe=ProbeSettings(initial_delay=timedelta(minutes=10)),
        request_settings=OnlineRequestSettings(request_timeout=timedelta(seconds=90)),
    )
    deployment = OnlineDeployment(
        location="eastus", sku=Sku(name="Default", capacity=instances), properties=properties
    )
    return deployments.begin_create_or_update(group, workspace, "chat", name, deployment).result()


def route(**traffic: int) -> Any:
    """Set the traffic of the endpoint and wait for it."""
    endpoint: Any = endpoints.get(group, workspace, "chat")
    endpoint.properties.traffic = traffic
    poller = endpoints.begin_create_or_update(group, workspace, "chat", endpoint)
    routed: Any = poller.result()
    return {name: share for name, share in routed.properties.traffic.items() if share}


def ask() -> str:
    """Return what the endpoint answers to the question."""
    endpoint: Any = endpoints.get(group, workspace, "chat")
    key = endpoints.list_keys(group, workspace, "chat").primary_key
    response = requests.post(
        endpoint.properties.scoring_uri,
        data=Path(question).read_bytes(),
        headers={"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
        timeout=30,
    )
    response.raise_for_status()
    return response.text


def names() -> list[str | None]:
    """Return the names of the endpoint's deployments."""
    return [found.name for found in deployments.list(group, workspace, "chat")]


seen: dict[str, Any] = {}
seen["workspaces"] = [found.name for found in client.workspaces.list_by_resource_group(group)]
seen["endpoints"] = [found.name for found in endpoints.list(group, workspace)]
seen["deployments"] = names()
blue: Any = deployments.get(group, workspace, "chat", "blue")
properties = blue.properties
state = properties.provisioning_state
seen["deployment"] = [properties.model, properties.instance_type, blue.sku.capacity, state]
seen["timeout"] = properties.request_settings.request_timeout / timedelta(milliseconds=1)
keys = endpoints.list_keys(group, workspace, "chat")
seen["keys"] = len({keys.primary_key, keys.secondary_key})
last_line = DeploymentLogsRequest(tail=1)
seen["log"] = deployments.get_logs(group, workspace, "chat", "blue", last_line).content
seen["answer"] = ask()

seen["deletion with traffic"] = refusal(
    lambda: deployments.begin_delete(group, workspace, "chat", "blue").result()
)
seen["no quota"] = refusal(lambda: deploy("green", "Standard_NC96ads_A100_v4", instances=2))

seen["created"] = deploy("green", "Standard_NC4as_T4_v3").properties.provisioning_state
seen["shared traffic"] = route(blue=0, green=100)
seen["answer of the new one"] = ask()
seen["traffic"] = route(blue=100, green=0)
deployments.begin_delete(group, workspace, "chat", "green").result()
seen["left"] = names()

print(json.dumps(seen))
