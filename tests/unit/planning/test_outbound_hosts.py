# SPDX-License-Identifier: Apache-2.0
"""What models and images are fetched from, and so need a rule for."""

import pytest

from azure_model_endpoints.planning.outbound_hosts import needs_of
from azure_model_endpoints.planning.serving import CatalogueServing, Serving
from tests.package_hosts import PACKAGES
from tests.unit.planning.isolations import APPROVED, BLOB, CURATED, META, WEIGHTS, planned, vllm

COLLECTION = CatalogueServing("azureml://registries/HuggingFace/models/gpt2/versions/1", 1, 1)


def hosts(*servings: Serving) -> set[str]:
    """The host names that instances may connect to with approved outbound only."""
    plan, problems = planned(APPROVED, *servings)
    assert [] == problems
    return {str(rule.body["destination"]) for rule in plan.rules}


def test_models_of_azure_fetch_packages() -> None:
    """Azure docs, "Use Model Catalog collections": seven hosts for models that it curates."""
    assert 7 == len(PACKAGES)
    assert set(PACKAGES) == hosts(CURATED)


def test_models_of_meta_fetch_nothing() -> None:
    """The same page; so there is no firewall to pay."""
    plan, _ = planned(APPROVED, META)

    assert () == plan.rules
    assert not plan.has_firewall


def test_collection_of_hugging_face_fetches_weights_and_images() -> None:
    """Both come from outside of Azure."""
    assert {"huggingface.co", "docker.io", "cdn.auth0.com"} <= hosts(COLLECTION)


def test_weights_of_the_hub_come_from_changing_hosts() -> None:
    """`huggingface.co` alone lets the first request through and the download fail."""
    found = hosts(vllm("{registry}/vllm:v1"))

    assert {"huggingface.co", "*.hf.co", "*.xethub.hf.co"} <= found
    assert not any("docker" in host for host in found)


def test_registered_weights_and_own_images_fetch_nothing() -> None:
    """Azure leads to the workspace's storage and registry by itself."""
    assert set() == hosts(vllm("{registry}/vllm:v1", WEIGHTS))


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("vllm/vllm-openai:v0.20.2", "docker.io"),
        ("docker.io/vllm/vllm-openai:v1", "docker.io"),
        ("ghcr.io/acme/vllm:v1", "pkg-containers.githubusercontent.com"),
        ("quay.io/acme/vllm:v1", "*.quay.io"),
        ("registry.acme.com:5000/vllm:v1", "registry.acme.com"),
    ],
)
def test_images_are_fetched_from_their_registry(image: str, expected: str) -> None:
    """An image without a registry is Docker Hub's."""
    assert expected in hosts(vllm(image, WEIGHTS))


def test_images_of_microsoft_need_no_rule() -> None:
    """Every managed network leads to its registry."""
    assert set() == hosts(vllm("mcr.microsoft.com/acme/vllm:v1", WEIGHTS))


def test_image_of_another_azure_registry_is_not_reached() -> None:
    """Its layers are in storage, where rules for host names do not lead."""
    _, [problem] = planned(APPROVED, vllm("other.azurecr.io/vllm:v1", WEIGHTS))

    assert "endpoints.e0.vllm.image" == problem.path
    assert "az acr import" in problem.remedy


def test_image_of_another_azure_registry_with_a_private_endpoint() -> None:
    """Then there is a way to it."""
    registry = "/subscriptions/s/resourceGroups/g/providers/Microsoft.ContainerRegistry"
    rule = {**BLOB, "service_resource_id": f"{registry}/registries/Other"}
    serving = vllm("other.azurecr.io/vllm:v1", WEIGHTS)

    plan, problems = planned(
        APPROVED, serving, rules={"other": {**rule, "subresource_target": "registry"}}
    )

    assert [] == problems
    assert ["other"] == [rule.name for rule in plan.rules]


def test_needs_say_what_for() -> None:
    """A reader of the plan asks why a host is let through."""
    needs = needs_of(vllm("ghcr.io/acme/vllm:v1"))

    assert "its image" == needs.hosts["ghcr.io"]
    assert "its weights" == needs.hosts["huggingface.co"]
