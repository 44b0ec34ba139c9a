# SPDX-License-Identifier: Apache-2.0
"""Registries found by name and read without Resource Manager, as `azure-ai-ml` does."""

from tests.sandbox.conftest import BASE_URL, Azure

DISCOVERY = "/registrymanagement/v1.0/registries/{}/discovery"
FRONT_END_VERSION = "2021-10-01-dataplanepreview"


def model_path(found: dict[str, str]) -> str:
    """The path of a model of a registry that has been found, below the address it was given."""
    registry = (
        f"subscriptions/{found['subscriptionId']}/resourceGroups/{found['resourceGroup']}/providers"
        f"/Microsoft.MachineLearningServices/registries/{found['registryName']}"
    )
    return f"/mferp/managementfrontend/{registry}/models/microsoft-phi-2"


def test_a_registry_of_azures_is_found_and_read(azure: Azure) -> None:
    """Its name leads to an address, and that to models with ids of the registry's own."""
    found = azure.get(DISCOVERY.format("AzureML"))
    version = azure.send("GET", f"{model_path(found)}/versions/22", version=FRONT_END_VERSION)
    versions = azure.send("GET", f"{model_path(found)}/versions", version=FRONT_END_VERSION)

    assert ("azureml", f"{BASE_URL}/") == (
        found["registryName"],
        found["primaryRegionResourceProviderUri"],
    )
    asset_id = "azureml://registries/azureml/models/microsoft-phi-2/versions/22"
    assert asset_id == version.json()["id"]
    assert asset_id == versions.json()["value"][0]["id"]


def test_a_registry_of_ones_own_is_found(azure: Azure, group: str) -> None:
    """The answer names its subscription, resource group and region."""
    registry = f"{group}/providers/Microsoft.MachineLearningServices/registries/ours"
    regions = {"regionDetails": [{"location": "westus"}]}
    azure.put(registry, {"location": "westus", "properties": regions})

    found = azure.get(DISCOVERY.format("ours"))

    assert ("rg-chat", "westus") == (found["resourceGroup"], found["primaryRegion"])


def test_what_registries_refuse(azure: Azure) -> None:
    """A registry that nobody has, an api-version of Resource Manager, and a stranger."""
    found = azure.get(DISCOVERY.format("azureml"))

    assert (404, "RegistryNotFound") == azure.refusal("GET", DISCOVERY.format("nobodys"))
    assert (400, "UnsupportedApiVersion") == azure.refusal("GET", model_path(found))
    azure.headers.clear()
    assert (401, "AuthenticationFailed") == azure.refusal("GET", DISCOVERY.format("azureml"))
