# SPDX-License-Identifier: Apache-2.0
"""Registries, and how deployments name what is in them."""

import pytest

from azure_sandbox.namespaces.machine_learning.asset_references import (
    AssetReference,
    parse_asset_reference,
)
from tests.sandbox.machine_learning.conftest import GROUP, SUBSCRIPTION, Azure

PROVIDER = "providers/Microsoft.MachineLearningServices"
ANYWHERE = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/nowhere/{PROVIDER}/registries"


def test_azures_registries_are_readable_from_everywhere(azure: Azure) -> None:
    """A model of `azureml` is found below any resource group, even one that does not exist."""
    version = azure.get(f"{ANYWHERE}/AzureML/models/microsoft-phi-2/versions/22")

    assert version["properties"]["modelType"] == "mlflow_model"
    assert version["id"].endswith("/registries/azureml/models/microsoft-phi-2/versions/22")


def test_their_models_are_listed(azure: Azure) -> None:
    """Registry, models and versions can be walked."""
    registry = azure.get(f"{ANYWHERE}/azureml-meta")
    models = azure.get(f"{ANYWHERE}/azureml-meta/models")["value"]
    model = azure.get(f"{ANYWHERE}/azureml-meta/models/Llama-3.3-70B-Instruct")
    versions = azure.get(f"{ANYWHERE}/azureml-meta/models/Llama-3.3-70B-Instruct/versions")

    assert registry["name"] == "azureml-meta"
    assert "Llama-3.3-70B-Instruct" in [one["name"] for one in models]
    assert model["properties"]["latestVersion"] == "4"
    assert [one["name"] for one in versions["value"]] == ["4", "3", "2", "1"]


@pytest.mark.parametrize(
    "path",
    [
        "azureml/models/phi-3000",
        "azureml/models/microsoft-phi-2/versions/23",
        "azureml/models/microsoft-phi-2/versions/latest",
        "nobodys",
    ],
)
def test_what_is_not_there_is_not_found(azure: Azure, path: str) -> None:
    """Unknown registries, models and versions are 404."""
    assert azure.send("GET", f"{ANYWHERE}/{path}").status == 404


def test_they_cannot_be_changed(azure: Azure) -> None:
    """Nobody registers or deletes a version in one of Azure's own registries."""
    path = f"{GROUP}/{PROVIDER}/registries/azureml/models/microsoft-phi-2/versions/22"

    put = azure.send("PUT", path, {"properties": {}})
    deleted = azure.send("DELETE", path)

    assert [403, 403] == [put.status, deleted.status]


def test_a_model_of_ones_own_registry_can_be_deployed(azure: Azure) -> None:
    """A registry is made, filled, and named in a deployment by its short id."""
    registry = f"{GROUP}/{PROVIDER}/registries/ours"
    body = {"location": "eastus", "properties": {"regionDetails": [{"location": "eastus"}]}}
    azure.done("PUT", registry, body)
    azure.done("PUT", f"{registry}/models/mine", {"properties": {}})
    azure.done("PUT", f"{registry}/models/mine/versions/3", {"properties": {"modelUri": "u"}})
    azure.accept(azure.put_endpoint())

    found = azure.put_deployment("blue", model="azureml://registries/ours/models/mine/versions/3")
    azure.wait()
    latest = azure.put_deployment(
        "green", model="azureml://registries/ours/models/mine/labels/latest"
    )
    azure.wait()
    other = azure.put_deployment("red", model="azureml://registries/ours/models/mine/versions/4")

    assert [201, 201, 400] == [found.status, latest.status, other.status]
    answer = azure.score(deployment="blue")
    assert answer.body == {"output": "I am mine, served by blue."}


@pytest.mark.parametrize("name", ["azureml", "or", "a b c"])
def test_a_registry_needs_a_free_and_valid_name(azure: Azure, name: str) -> None:
    """Azure's own names are taken; others have 3 to 33 characters."""
    body = {"location": "eastus", "properties": {"regionDetails": [{"location": "eastus"}]}}

    assert azure.send("PUT", f"{GROUP}/{PROVIDER}/registries/{name}", body).status == 400


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "azureml://registries/azureml/models/Phi-4/versions/8",
            AssetReference("models", "Phi-4", "8", registry="azureml"),
        ),
        (
            "azureml://registries/azureml/environments/e/labels/latest",
            AssetReference("environments", "e", None, registry="azureml"),
        ),
        (
            "azureml://locations/eastus/workspaces/guid/models/m/versions/1",
            AssetReference("models", "m", "1", workspace_guid="guid"),
        ),
        (
            f"azureml:{GROUP}/{PROVIDER}/workspaces/ml/models/m/versions/1",
            AssetReference("models", "m", "1", workspace_id=f"{GROUP}/{PROVIDER}/workspaces/ml"),
        ),
        (
            f"{GROUP}/{PROVIDER}/registries/ours/models/m/versions/1",
            AssetReference("models", "m", "1", registry="ours"),
        ),
        ("azureml://registries/azureml/models/Phi-4", None),
        ("azureml:m:1", None),
        ("", None),
    ],
)
def test_asset_ids_are_read_in_every_form(text: str, expected: AssetReference | None) -> None:
    """Registry, workspace GUID and ARM ids name assets; anything else is no asset id."""
    assert expected == parse_asset_reference(text)
