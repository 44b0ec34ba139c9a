# SPDX-License-Identifier: Apache-2.0
"""The managed network: which rules it needs, what contradicts it, what a change of it costs."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azure_model_endpoints.errors import Problem
from azure_model_endpoints.planning.isolation import (
    ENDPOINT_NETWORK,
    MANAGED,
    IsolationPlan,
    azure_mode,
    made_before_isolation,
    mode_of,
    plan_isolation,
)
from azure_model_endpoints.planning.outbound_hosts import needs_of
from azure_model_endpoints.planning.outbound_rules import derived_rule, reaches, user_rule
from azure_model_endpoints.planning.serving import CatalogueServing, Serving, VllmServing
from azure_model_endpoints.vocabulary import IsolationMode
from azure_model_endpoints.workspace_settings import IsolationSettings

DISABLED = IsolationMode.DISABLED
INTERNET = IsolationMode.ALLOW_INTERNET_OUTBOUND
APPROVED = IsolationMode.ALLOW_ONLY_APPROVED_OUTBOUND

CURATED = CatalogueServing("azureml://registries/azureml/models/microsoft-phi-2/versions/22", 1, 1)
META = CatalogueServing("azureml://registries/azureml-meta/models/Llama-3-8B/versions/1", 1, 1)
COLLECTION = CatalogueServing("azureml://registries/HuggingFace/models/gpt2/versions/1", 1, 1)
WEIGHTS = ("weights", "3")
TORCH = {"type": "fqdn", "destination": "pytorch.org"}
TAG = {"type": "service_tag", "service_tag": "DataFactory"}
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


def hosts(*servings: Serving) -> set[str]:
    """The host names that instances may connect to with approved outbound only."""
    plan, problems = planned(APPROVED, *servings)
    assert [] == problems
    return {str(rule.body["destination"]) for rule in plan.rules}


def paths(mode: IsolationMode, rules: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Where the problems of a user's rules are."""
    return [problem.path for problem in planned(mode, rules=rules)[1]]


def test_models_of_azure_fetch_packages() -> None:
    """Azure docs, "Use Model Catalog collections": seven hosts for models that it curates."""
    assert {
        "*.anaconda.org",
        "*.anaconda.com",
        "anaconda.com",
        "pypi.org",
        "*.pythonhosted.org",
        "*.pytorch.org",
        "pytorch.org",
    } == hosts(CURATED)


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


def test_each_host_is_one_rule_that_says_who_needs_it() -> None:
    """Two deployments of the same kind need the same rules."""
    plan, _ = planned(APPROVED, CURATED, CURATED)

    assert 7 == len(plan.rules) == len({rule.name for rule in plan.rules})
    assert {("endpoints.e0 for its model", "endpoints.e1 for its model")} == {
        rule.needed_by for rule in plan.rules
    }


def test_rules_of_the_user_take_the_place_of_derived_ones() -> None:
    """Azure refuses two rules for one destination; a wildcard covers what is below it."""
    rules = {
        "mine": {"type": "fqdn", "destination": "anaconda.com"},
        "all": {"type": "fqdn", "destination": "*.anaconda.com"},
        "ame-pytorch-org": {"type": "fqdn", "destination": "acme.com"},
    }

    plan, problems = planned(APPROVED, CURATED, rules=rules)

    assert [] == problems
    destinations = [rule.body["destination"] for rule in plan.rules]
    assert len(destinations) == len(set(destinations)) == 8
    assert 8 == len({rule.name for rule in plan.rules})


@given(st.from_regex(r"\A(\*\.)?[a-z]{1,8}(\.[a-z]{1,8}){1,3}\Z"))
def test_derived_rules_have_names_that_azure_takes(host: str) -> None:
    """And they reach the host they are for."""
    rule = derived_rule(host, taken=(), needed_by=())

    assert [] == paths(APPROVED, {rule.name: rule.arguments})
    assert reaches(rule, host)


@pytest.mark.parametrize(
    ("allowed", "host", "expected"),
    [
        ("*.hf.co", "cdn.hf.co", True),
        ("*.hf.co", "us.cdn.hf.co", True),
        ("*.hf.co", "*.xethub.hf.co", True),
        ("*.hf.co", "hf.co", False),
        ("*.hf.co", "evilhf.co", False),
        ("hf.co", "cdn.hf.co", False),
        ("HF.co", "hf.co", True),
    ],
)
def test_what_a_rule_reaches(allowed: str, host: str, *, expected: bool) -> None:
    """A wildcard means what is below, not the domain itself."""
    assert expected is reaches(user_rule("r", {"type": "fqdn", "destination": allowed}), host)


def test_outbound_to_the_internet_needs_no_rules() -> None:
    """It reaches everything; only private endpoints add to it."""
    plan, problems = planned(INTERNET, CURATED, rules={"data": BLOB})

    assert [] == problems
    assert ["data"] == [rule.name for rule in plan.rules]
    assert not plan.has_firewall


@pytest.mark.parametrize("rule", [TORCH, TAG])
def test_rules_for_public_places_contradict_outbound_to_the_internet(rule: dict[str, str]) -> None:
    """Azure refuses them: they would narrow nothing."""
    assert ["isolation.outbound_rules.r"] == paths(INTERNET, {"r": rule})


@pytest.mark.parametrize("rule", [TORCH, TAG, BLOB])
def test_rules_without_a_managed_network(rule: dict[str, str]) -> None:
    """There is nothing they could be in."""
    assert ["isolation.outbound_rules.r"] == paths(DISABLED, {"r": rule})


@pytest.mark.parametrize("rule", [TORCH, TAG, BLOB, {**TAG, "port_ranges": "80, 8080-8089"}])
def test_every_rule_is_taken_with_approved_outbound(rule: dict[str, str]) -> None:
    """The user's own are kept as they are."""
    plan, problems = planned(APPROVED, rules={"r": rule})

    assert [] == problems
    assert rule.items() <= plan.rules[0].arguments.items()


@pytest.mark.parametrize(
    ("rule", "path"),
    [
        ({**TORCH, "destination": "https://pytorch.org"}, "r.destination"),
        ({**TORCH, "destination": "pytorch.org/get"}, "r.destination"),
        ({**TORCH, "destination": "pytorch.org:443"}, "r.destination"),
        ({**TORCH, "destination": "pytorch"}, "r.destination"),
        ({**TORCH, "destination": "data.*.org"}, "r.destination"),
        ({**TORCH, "destination": "data.blob.core.windows.net"}, "r.destination"),
        ({**TORCH, "destination": "*.dfs.core.windows.net"}, "r.destination"),
        ({**TAG, "service_tag": "Data Factory"}, "r.service_tag"),
        ({**TAG, "protocol": "tcp"}, "r.protocol"),
        ({**TAG, "port_ranges": "443;80"}, "r.port_ranges"),
        ({**TAG, "port_ranges": "90-80"}, "r.port_ranges"),
        ({**TAG, "port_ranges": "70000"}, "r.port_ranges"),
        ({**BLOB, "service_resource_id": "data"}, "r.service_resource_id"),
        ({**BLOB, "subresource_target": "a blob"}, "r.subresource_target"),
    ],
)
def test_malformed_rule(rule: dict[str, str], path: str) -> None:
    """Told where it is written."""
    assert [f"isolation.outbound_rules.{path}"] == paths(APPROVED, {"r": rule})


@pytest.mark.parametrize("name", ["__SYS_mine", "a rule", "", "-r"])
def test_malformed_name(name: str) -> None:
    """Some names are Azure's own."""
    assert [f"isolation.outbound_rules.{name}"] == paths(APPROVED, {name: TORCH})


def test_two_rules_for_one_destination() -> None:
    """Azure refuses the second."""
    rules = {"one": TORCH, "two": {**TORCH, "destination": "PyTorch.org"}}

    assert ["isolation.outbound_rules.two"] == paths(APPROVED, rules)


@pytest.mark.parametrize("serving", [CURATED, vllm("{registry}/vllm:v1"), vllm("a/b:1", WEIGHTS)])
def test_private_workspace_without_a_managed_network_strands_models(serving: Serving) -> None:
    """Instances that may not use the internet reach the workspace's own resources alone."""
    _, [problem] = planned(DISABLED, serving)

    assert "isolation.mode" == problem.path
    assert "endpoints.e0" in problem.given


def test_private_workspace_without_a_managed_network_serves_its_own() -> None:
    """Azure's older way of isolating each deployment is enough for that."""
    assert [] == planned(DISABLED, vllm("{registry}/vllm:v1", WEIGHTS))[1]


def test_public_workspace_needs_no_managed_network() -> None:
    """Its instances use the internet."""
    assert (IsolationPlan(DISABLED), []) == planned(DISABLED, CURATED, is_private=False)


def test_what_cannot_be_taken_back_is_said() -> None:
    """And what is billed, where it is."""
    assert () == planned(DISABLED, META)[0].notices
    assert 1 == len(planned(APPROVED, META)[0].notices)
    firewall = planned(APPROVED, CURATED)[0].notices[1]
    assert "Azure Firewall" in firewall
    assert "7 host names" in firewall


@pytest.mark.parametrize("mode", IsolationMode)
def test_modes_in_azures_words(mode: IsolationMode) -> None:
    """What is written can be read again."""
    assert mode is mode_of({"managedNetwork": {"isolationMode": azure_mode(mode)}})


@pytest.mark.parametrize(
    ("live", "expected"),
    [
        ({}, DISABLED),
        ({"managedNetwork": None}, DISABLED),
        ({"managedNetwork": {}}, DISABLED),
        ({"managedNetwork": {"isolationMode": "AllowNothing"}}, APPROVED),
    ],
)
def test_mode_of_a_live_workspace(live: dict[str, Any], expected: IsolationMode) -> None:
    """A mode of tomorrow is taken for the strictest, which is never left unasked."""
    assert expected is mode_of(live)


@pytest.mark.parametrize(
    ("declared", "live", "expected"),
    [
        ({}, {}, False),
        ({"tags": {ENDPOINT_NETWORK: MANAGED}}, {"tags": {"team": "a"}}, True),
        ({"tags": {ENDPOINT_NETWORK: MANAGED}}, {"tags": None}, True),
        ({"tags": {ENDPOINT_NETWORK: MANAGED}}, {"tags": {ENDPOINT_NETWORK: MANAGED}}, False),
        ({"tags": {}}, {"tags": {ENDPOINT_NETWORK: MANAGED}}, False),
    ],
)
def test_endpoint_that_is_older_than_its_network(
    declared: dict[str, Any], live: dict[str, Any], *, expected: bool
) -> None:
    """Its tag tells in what network it was made."""
    assert expected is made_before_isolation(declared, live)


def test_plan_as_arguments() -> None:
    """What the stack planned is what the workspace is told."""
    plan, _ = planned(APPROVED, rules={"tag": TAG, "data": BLOB})

    assert {
        "isolation_mode": APPROVED,
        "outbound_rules": {
            "tag": {**TAG, "protocol": "TCP", "port_ranges": "443"},
            "data": BLOB,
        },
    } == plan.arguments
    assert {"isolation_mode": DISABLED} == IsolationPlan(DISABLED).arguments


def test_needs_say_what_for() -> None:
    """A reader of the plan asks why a host is let through."""
    needs = needs_of(vllm("ghcr.io/acme/vllm:v1"))

    assert "its image" == needs.hosts["ghcr.io"]
    assert "its weights" == needs.hosts["huggingface.co"]
