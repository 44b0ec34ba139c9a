# SPDX-License-Identifier: Apache-2.0
"""How models of registries are found and read."""

from collections import Counter
from typing import Any

import pytest

from azure_model_endpoints.credentials import Cloud
from azure_model_endpoints.planning.model_versions import Lookup, ModelVersion
from azure_model_endpoints.subscription.arm import ArmClient
from azure_model_endpoints.subscription.registry_models import ask_for_versions
from tests.unit.http_server import Reply, Server

DISCOVERY = "/registrymanagement/v1.0/registries/azureml/discovery"
FRONT_END = (
    "/mferp/managementfrontend/subscriptions/theirs/resourceGroups/group/providers"
    "/Microsoft.MachineLearningServices/registries/azureml/models"
)
PHI, OTHER = (ModelVersion("azureml", name, "9") for name in ("phi", "other"))


@pytest.fixture
def client(server: Server, monkeypatch: pytest.MonkeyPatch) -> ArmClient:
    """A client of a cloud with one registry."""
    monkeypatch.setenv("REGISTRY_DISCOVERY_ENDPOINT_URL", f"{server.url}/")
    server.answer("GET", DISCOVERY, found(server))
    return ArmClient.with_token(Cloud(server.url, "", server.url), "s3cret")


def found(server: Server, **other: str) -> Reply:
    """What the discovery service says of the registry."""
    says = {
        "registryName": "azureml",
        "subscriptionId": "theirs",
        "resourceGroup": "group",
        "primaryRegionResourceProviderUri": f"{server.url}/",
    }
    return Reply(body={**says, **other})


def looked_up(client: ArmClient, *wanted: ModelVersion) -> tuple[dict[Any, Lookup], dict[Any, str]]:
    """Return what is found of each, and why nothing is."""
    answers, silent = ask_for_versions(client, wanted).answers(deadline_seconds=60)
    return answers, {each: str(error) for each, error in silent.items()}


def test_version_is_read_where_the_registry_answers(client: ArmClient, server: Server) -> None:
    """The registry is found once, each version asked for once, and nothing is listed."""
    for name in ("phi", "other"):
        server.answer("GET", f"{FRONT_END}/{name}/versions/9", Reply(body={"name": "9"}))

    answers, silent = looked_up(client, PHI, OTHER)

    assert ({PHI: Lookup(exists=True), OTHER: Lookup(exists=True)}, {}) == (answers, silent)
    asked = Counter(each.path.partition("?")[0] for each in server.asked)
    paths = [DISCOVERY, *(f"{FRONT_END}/{name}/versions/9" for name in ("phi", "other"))]
    assert dict.fromkeys(paths, 1) == asked
    assert {"Bearer s3cret"} == {each.headers["Authorization"] for each in server.asked}
    assert "api-version=2021-10-01-dataplanepreview" in server.asked[-1].path


@pytest.mark.usefixtures("client")
def test_versions_are_listed_where_one_is_missing(server: Server) -> None:
    """On all pages, though not where Resource Manager is; a strange version leads nowhere else."""
    client = ArmClient.with_token(Cloud("https://management.test", "", server.url), "s3cret")
    strange = ModelVersion("azureml", "phi", "../../other?x=")
    more = {"value": [{"name": "8"}], "nextLink": f"{server.url}/more"}
    server.answer("GET", f"{FRONT_END}/phi/versions", Reply(body=more))
    server.answer("GET", "/more", Reply(body={"value": [{"name": "7"}]}))

    answers, _ = looked_up(client, strange)

    assert {strange: Lookup(exists=False, others=("8", "7"))} == answers
    assert f"{FRONT_END}/phi/versions/..%2F..%2Fother%3Fx%3D" in {
        each.path.partition("?")[0] for each in server.asked
    }


@pytest.mark.parametrize(
    ("status", "told"),
    [(404, "There is no registry azureml that whoever runs this can see"), (403, "Forbidden")],
)
def test_registry_that_is_not_shown_is_told(
    client: ArmClient, server: Server, status: int, told: str
) -> None:
    """For every version of it."""
    error = {"error": {"code": "Forbidden", "message": "No."}}
    server.answer("GET", DISCOVERY, Reply(status, error))

    answers, silent = looked_up(client, PHI, OTHER)

    assert {} == answers
    assert {PHI, OTHER} == set(silent)
    assert told in silent[PHI]


@pytest.mark.parametrize(
    "odd",
    [
        {"primaryRegionResourceProviderUri": "http://elsewhere/"},
        {"subscriptionId": ""},
        {"resourceGroup": ""},
    ],
)
def test_registry_without_an_address_is_told(
    client: ArmClient, server: Server, odd: dict[str, str]
) -> None:
    """A token is not sent over an open line, nor anywhere by guessing."""
    server.answer("GET", DISCOVERY, found(server, **odd))

    _, silent = looked_up(client, PHI)

    assert {PHI: "The discovery service did not say where registry azureml answers."} == silent
    assert 1 == len(server.asked)


def test_cloud_without_discovery_service_is_not_asked(
    client: ArmClient, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is known of it, and nothing said."""
    monkeypatch.delenv("REGISTRY_DISCOVERY_ENDPOINT_URL")

    assert ({}, {}) == looked_up(client, PHI)
    assert [] == server.asked
