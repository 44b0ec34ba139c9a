# SPDX-License-Identifier: Apache-2.0
"""What a managed network lets deployments out to: packages, images, weights and storage."""

from typing import Any

import pytest

from tests.package_hosts import PACKAGES
from tests.sandbox.network.conftest import Net
from tests.sandbox.network.isolated import (
    APPROVED,
    CLOSED,
    INTERNET,
    Isolated,
    domains,
    fqdn,
    isolated,
    private,
    tag,
)

PHI_2 = "azureml://registries/azureml/models/microsoft-phi-2/versions/22"
LLAMA = "azureml://registries/azureml-meta/models/Llama-3.2-1B-Instruct/versions/1"
HUB = ("huggingface.co", "cdn-lfs.huggingface.co")


def test_a_deployment_needs_its_network(net: Net) -> None:
    """It fails with a code of its own until the network has been provisioned."""
    workspace = isolated(net, INTERNET)

    early = workspace.deploy(model=PHI_2)
    workspace.provision()
    later = workspace.deploy("green", model=PHI_2)

    assert ("WorkspaceManagedNetworkNotReady", {}) == (early["code"], later)


def test_endpoints_older_than_the_isolation_are_recreated(net: Net) -> None:
    """They take no more deployments; a new endpoint does."""
    workspace = Isolated(net, net.workspace())
    path = f"{workspace.endpoint()}/deployments/blue"
    body = net.azure.get(workspace.id)
    body["properties"]["managedNetwork"] = INTERNET
    net.azure.put(workspace.id, body)
    workspace.provision()
    deployment = {"endpointComputeType": "Managed", "model": PHI_2}

    refused = net.azure.send("PUT", path, {"location": "eastus", "properties": deployment})
    net.azure.send("DELETE", workspace.endpoint())
    net.azure.time.pass_by(3600)

    details = refused.json()["error"]["details"][0]["message"]
    assert "was created before the managed network" in details
    assert {} == workspace.deploy(model=PHI_2)


def test_curated_models_install_packages(net: Net) -> None:
    """Approved-only needs the documented domains; models of the Meta collection need none."""
    workspace = isolated(net, APPROVED, provisionNetworkNow=True)

    refused = workspace.deploy(model=PHI_2)
    meta = workspace.deploy("meta", model=LLAMA)
    workspace.put(APPROVED | {"outboundRules": domains(*PACKAGES)})
    net.azure.time.pass_by(3600)
    allowed = workspace.deploy("green", model=PHI_2)

    assert "ResourceNotReady" == refused["code"]
    assert "no outbound rule lets conda.anaconda.org" in refused["message"]
    assert ({}, {}) == (meta, allowed)


@pytest.mark.parametrize(
    ("image", "rules", "code"),
    [
        ("vllm/vllm-openai:v0.8.5", HUB, "BadArgument"),
        ("vllm/vllm-openai:v0.8.5", ("*.docker.io", "*.docker.com"), "ResourceNotReady"),
        ("vllm/vllm-openai:v0.8.5", ("*.docker.io", "*.docker.com", *HUB), ""),
        ("vllm/vllm-openai:v0.8.5", ("docker.io, production.cloudflare.docker.com", *HUB), ""),
        ("ghcr.io/team/vllm:1", HUB, "BadArgument"),
        ("ghcr.io/team/vllm:1", ("ghcr.io", *HUB), ""),
        ("mcr.microsoft.com/team/vllm:1", HUB, ""),
        ("mcr.microsoft.com/team/vllm:1", ("huggingface.co",), "ResourceNotReady"),
    ],
)
def test_public_images_and_the_hub_need_rules(
    net: Net, image: str, rules: tuple[str, ...], code: str
) -> None:
    """Without a rule the image is not pulled, or the container cannot download its model."""
    workspace = isolated(
        net, APPROVED | {"outboundRules": domains(*rules)}, provisionNetworkNow=True
    )

    error = workspace.deploy(
        environmentId=workspace.environment(image),
        environmentVariables={"MODEL_NAME": "microsoft/phi-2"},
    )

    assert code == error.get("code", ""), error


def test_an_open_network_pulls_from_everywhere(net: Net) -> None:
    """With outbound to the internet nothing public needs a rule."""
    workspace = isolated(net, INTERNET, provisionNetworkNow=True)

    error = workspace.deploy(
        environmentId=workspace.environment("vllm/vllm-openai:v0.8.5"),
        environmentVariables={"MODEL_NAME": "microsoft/phi-2"},
    )

    assert {} == error


@pytest.mark.parametrize("network", [None, INTERNET])
def test_closed_storage_is_out_of_reach(net: Net, network: dict[str, Any] | None) -> None:
    """Without isolation always, with it as long as there is no private endpoint."""
    workspace = (
        isolated(net, network, provisionNetworkNow=True)
        if network
        else Isolated(net, net.workspace())
    )
    net.account(**CLOSED)

    refused = workspace.deploy(model=PHI_2)
    if network:
        workspace.put(network)
        net.azure.time.pass_by(3600)
    again = workspace.deploy("green", model=PHI_2)

    assert ("BadArgument", "" if network else "BadArgument") == (
        refused["code"],
        again.get("code", ""),
    )
    assert "stchat cannot be reached" in refused["message"]


def test_another_registry_needs_a_rule(net: Net) -> None:
    """A private endpoint, its domain or the service tag of registries open the way."""
    registry = net.registry("crother")
    rules = [
        private(registry, "registry"),
        fqdn("crother.azurecr.io"),
        tag("AzureContainerRegistry"),
    ]
    workspace = isolated(net, APPROVED | {"outboundRules": domains(*HUB)}, provisionNetworkNow=True)
    endpoint = workspace.endpoint()
    principal = net.azure.get(endpoint)["identity"]["principalId"]
    role = f"{net.group}/providers/Microsoft.Authorization/roleAssignments"
    pull = "/providers/Microsoft.Authorization/roleDefinitions/7f951dda-4ed3-4680-a7ca-43fe172d538d"
    assignment = {"principalId": principal, "roleDefinitionId": pull}
    net.azure.put(f"{role}/00000000-0000-4000-8000-0000000000ab", {"properties": assignment})
    given: dict[str, Any] = {
        "environmentId": workspace.environment("crother.azurecr.io/vllm:1"),
        "environmentVariables": {"MODEL_NAME": "microsoft/phi-2"},
    }

    errors = [workspace.deploy("without", **given)]
    for index, rule in enumerate(rules):
        workspace.rule("registry", rule)
        errors.append(workspace.deploy(f"with-{index}", **given))
        net.azure.send("DELETE", f"{workspace.id}/outboundRules/registry")
        net.azure.time.pass_by(3600)

    assert ["BadArgument", None, None, None] == [error.get("code") for error in errors]


def test_a_project_uses_the_network_of_its_hub(net: Net) -> None:
    """It has no rules of its own, and is ready when its hub is."""
    hub = isolated(net, INTERNET)
    project = hub.id.replace("mlw-chat", "mlw-project")
    body = {"location": "eastus", "kind": "Project", "properties": {"hubResourceId": hub.id}}
    net.azure.put(project, {**body, "identity": {"type": "SystemAssigned"}})
    inside = Isolated(net, project)

    early = inside.deploy(model=PHI_2)
    hub.provision()
    later = inside.deploy("green", model=PHI_2)

    assert ("WorkspaceManagedNetworkNotReady", {}) == (early["code"], later)
