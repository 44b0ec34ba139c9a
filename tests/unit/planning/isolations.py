# SPDX-License-Identifier: Apache-2.0
"""Managed networks of workspaces with some deployments."""

from collections.abc import Mapping
from typing import Any

from azure_model_endpoints.errors import Problem
from azure_model_endpoints.planning.isolation import IsolationPlan, plan_isolation
from azure_model_endpoints.planning.serving import CatalogueServing, Serving, VllmServing
from azure_model_endpoints.vocabulary import IsolationMode
from azure_model_endpoints.workspace_settings import IsolationSettings

APPROVED = IsolationMode.ALLOW_ONLY_APPROVED_OUTBOUND

CURATED = CatalogueServing("azureml://registries/azureml/models/microsoft-phi-2/versions/22", 1, 1)
META = CatalogueServing("azureml://registries/azureml-meta/models/Llama-3-8B/versions/1", 1, 1)
WEIGHTS = ("weights", "3")
ACCOUNT = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/data"
BLOB = {
    "type": "private_endpoint",
    "service_resource_id": ACCOUNT,
    "subresource_target": "blob",
}


def vllm(image: str, registered: tuple[str, str] | None = None) -> VllmServing:
    """Return vLLM with its weights from the Hub, unless they are registered."""
    return VllmServing(image, "m", "org/m", (), registered_model=registered)


def planned(
    mode: IsolationMode,
    *servings: Serving,
    rules: Mapping[str, Mapping[str, Any]] | None = None,
    is_private: bool = True,
) -> tuple[IsolationPlan, list[Problem]]:
    """The managed network of a workspace with some deployments."""
    settings = IsolationSettings.model_validate({"mode": mode, "outbound_rules": rules or {}})
    named = [(f"endpoints.e{index}", serving) for index, serving in enumerate(servings)]
    return plan_isolation("isolation", settings, named, is_private=is_private)
