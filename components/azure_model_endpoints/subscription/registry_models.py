# SPDX-License-Identifier: Apache-2.0
"""Which versions of a model a registry has.

Azure's own registries belong to subscriptions that nobody else can read through Resource Manager. A
discovery service says where a registry answers, and there its models are read, with a token for
Resource Manager (Azure docs, "Deploy models that use deployment templates"; azure-ai-ml does the
same).
"""

import os
from collections.abc import Collection, Mapping
from concurrent.futures import Future
from functools import partial
from typing import Any
from urllib.parse import quote

from azure_model_endpoints.errors import ArmError
from azure_model_endpoints.planning.model_versions import Lookup, ModelVersion
from azure_model_endpoints.subscription.arm import ArmClient
from azure_model_endpoints.subscription.concurrently import begun
from azure_model_endpoints.subscription.dispensable import Questions, ask

__all__ = ["ask_for_versions"]

# azure-ai-ml 1.35, _azure_environments: by the address of each cloud's Resource Manager.
_DISCOVERY = {
    "https://management.azure.com": "https://eastus.api.azureml.ms",
    "https://management.usgovcloudapi.net": "https://usgovarizona.api.ml.azure.us",
    "https://management.chinacloudapi.cn": "https://chinaeast2.api.ml.azure.cn",
}
_DISCOVERY_VARIABLE = "REGISTRY_DISCOVERY_ENDPOINT_URL"
"""Where azure-ai-ml looks for the address in every other cloud."""
_FRONT_END = "mferp/managementfrontend"
_FRONT_END_API_VERSION = "2021-10-01-dataplanepreview"
_DISCOVERY_API_VERSION = "v1.0"


def ask_for_versions(
    client: ArmClient, wanted: Collection[ModelVersion]
) -> Questions[ModelVersion, Lookup]:
    """Begin to look up versions of models, each registry being found once.

    In a cloud whose discovery service is not known, nothing is asked.
    """
    home = _discovery_service(client)
    if home is None:
        return ask({})
    registries = {each.registry for each in wanted}
    addresses = begun({name: partial(_address, client, home, name) for name in registries})
    return ask({each: partial(_look_up, client, addresses[each.registry], each) for each in wanted})


def _discovery_service(client: ArmClient) -> str | None:
    given = os.environ.get(_DISCOVERY_VARIABLE)
    address = _DISCOVERY.get(client.cloud.resource_manager.rstrip("/"), given)
    return address.rstrip("/") if address else None


def _address(client: ArmClient, home: str, registry: str) -> str:
    """Return the address below which the models of a registry are.

    Raises:
        ArmError: there is no such registry for whoever asks, or the service did not answer.
    """
    path = f"{home}/registrymanagement/v1.0/registries/{quote(registry, safe='')}/discovery"
    found = client.get(path, _DISCOVERY_API_VERSION)
    if found is None:
        raise ArmError(f"There is no registry {registry} that whoever runs this can see.")
    keys = ("primaryRegionResourceProviderUri", "subscriptionId", "resourceGroup")
    service, subscription, group = (str(found.get(key) or "") for key in keys)
    # The token goes there.
    if not (service.startswith("https://") and subscription and group):
        raise ArmError(f"The discovery service did not say where registry {registry} answers.")
    return (
        f"{service.rstrip('/')}/{_FRONT_END}/subscriptions/{subscription}/resourceGroups/{group}"
        f"/providers/Microsoft.MachineLearningServices/registries/{registry}"
    )


def _look_up(client: ArmClient, address: Future[str], wanted: ModelVersion) -> Lookup:
    model = f"{address.result()}/models/{quote(wanted.model, safe='')}"
    version = f"{model}/versions/{quote(wanted.version, safe='')}"
    if client.get(version, _FRONT_END_API_VERSION) is not None:
        return Lookup(exists=True)
    rows = client.list(f"{model}/versions", _FRONT_END_API_VERSION)
    return Lookup(exists=False, others=tuple(filter(None, map(_name, rows))))


def _name(row: Mapping[str, Any]) -> str:
    return str(row.get("name") or "")
