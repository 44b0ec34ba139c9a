# SPDX-License-Identifier: Apache-2.0
"""An afternoon with an endpoint, by azure-ai-ml: prints what was seen, as JSON.

Arguments: subscription, resource group, workspace, a file with a request.
"""

import json
import sys
from collections.abc import Callable
from typing import Any

from azure.ai.ml import MLClient
from azure.ai.ml.entities import (
    ManagedOnlineDeployment,
    ManagedOnlineEndpoint,
    OnlineRequestSettings,
    ProbeSettings,
)
from azure.core.exceptions import HttpResponseError
from azure.identity import DefaultAzureCredential

subscription, group, workspace, question = sys.argv[1:]
credential = DefaultAzureCredential()
registry = MLClient(credential, registry_name="azureml")
phi_2 = registry.models.get("microsoft-phi-2", label="latest")
client = MLClient(credential, subscription, group, workspace)
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
    deployment = ManagedOnlineDeployment(
        name=name,
        endpoint_name="chat",
        model=phi_2.id,
        instance_type=size,
        instance_count=instances,
        liveness_probe=ProbeSettings(initial_delay=600),
        request_settings=OnlineRequestSettings(request_timeout_ms=90000),
    )
    return deployments.begin_create_or_update(deployment).result()


def route(**traffic: int) -> Any:
    """Set the traffic of the endpoint and wait for it."""
    endpoint: ManagedOnlineEndpoint = endpoints.get("chat")
    endpoint.traffic = traffic
    return endpoints.begin_create_or_update(endpoint).result().traffic


seen: dict[str, Any] = {}
seen["workspaces"] = [found.name for found in client.workspaces.list()]
seen["endpoints"] = [found.name for found in endpoints.list()]
seen["deployments"] = [found.name for found in deployments.list("chat")]
blue = deployments.get("blue", "chat")
seen["deployment"] = [blue.model, blue.instance_type, blue.instance_count, blue.provisioning_state]
seen["timeout"] = blue.request_settings.request_timeout_ms
keys = endpoints.get_keys("chat")
seen["keys"] = len({keys.primary_key, keys.secondary_key})
seen["log"] = deployments.get_logs("blue", "chat", lines=1)
seen["answer"] = endpoints.invoke("chat", request_file=question)

seen["deletion with traffic"] = refusal(lambda: deployments.begin_delete("blue", "chat").result())
seen["no quota"] = refusal(lambda: deploy("green", "Standard_NC96ads_A100_v4", instances=2))

seen["created"] = deploy("green", "Standard_NC4as_T4_v3").provisioning_state
seen["shared traffic"] = route(blue=0, green=100)
seen["answer of the new one"] = endpoints.invoke("chat", request_file=question)
seen["traffic"] = route(blue=100, green=0)
deployments.begin_delete("green", "chat").result()
seen["left"] = [found.name for found in deployments.list("chat")]

print()  # after the dots that the client prints while it waits
print(json.dumps(seen))
