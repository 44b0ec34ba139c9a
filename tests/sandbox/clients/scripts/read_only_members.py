# SPDX-License-Identifier: Apache-2.0
"""Prints which read-only members azure-mgmt-machinelearningservices finds empty, as JSON.

Arguments: subscription, resource group, workspace, Resource Manager's URL.
"""

import json
import sys
from collections.abc import Iterator

from azure.identity import DefaultAzureCredential
from azure.mgmt.machinelearningservices import MachineLearningServicesMgmtClient

subscription, group, workspace, resource_manager = sys.argv[1:]
client = MachineLearningServicesMgmtClient(
    DefaultAzureCredential(),
    subscription,
    base_url=resource_manager,
    credential_scopes=["https://management.azure.com/.default"],
)


def empty(model: object, path: str) -> Iterator[str]:
    """Yield the read-only members without a value, of a model and of the models in it."""
    if isinstance(model, list):
        for part in model[:1]:
            yield from empty(part, path)
    rules = getattr(model, "_validation", {})
    for name in getattr(model, "_attribute_map", {}):
        value = getattr(model, name)
        if value is None and rules.get(name, {}).get("readonly"):
            yield f"{path}.{name}"
        yield from empty(value, f"{path}.{name}")


place = (group, workspace)
models = {
    "workspace": client.workspaces.get(*place),
    "workspace keys": client.workspaces.list_keys(*place),
    "endpoint": client.online_endpoints.get(*place, "chat"),
    "deployment": client.online_deployments.get(*place, "chat", "blue"),
    "skus": list(client.online_deployments.list_skus(*place, "chat", "blue")),
    "usages": list(client.usages.list("eastus")),
    "sizes": client.virtual_machine_sizes.list("eastus"),
}
print(json.dumps([path for name, model in models.items() for path in empty(model, name)]))
