# SPDX-License-Identifier: Apache-2.0
"""Environments of a workspace, and the names of images."""

from typing import Any

import pytest

from azure_sandbox.namespaces.machine_learning.container_images import Image, parse_image
from tests.sandbox.machine_learning.conftest import Azure, messages

IMAGE = "docker.io/vllm/vllm-openai:v0.11.0"
HEALTH = {"port": 8000, "path": "/health"}


def body(**properties: Any) -> dict[str, Any]:
    """The body of a version of an environment."""
    routes = {"livenessRoute": HEALTH, "scoringRoute": {"port": 8000, "path": "/v1"}}
    return {"properties": {"image": IMAGE, "inferenceConfig": routes, **properties}}


def test_the_first_version_makes_its_container(azure: Azure) -> None:
    """No PUT of the environment itself is needed; it knows its latest version."""
    path = f"{azure.workspace}/environments/vllm"

    made = azure.done("PUT", f"{path}/versions/1", body())

    assert made["id"] == f"{path}/versions/1"
    assert made["properties"]["environmentType"] == "UserCreated"
    assert made["properties"]["osType"] == "Linux"
    assert azure.get(path)["properties"]["latestVersion"] == "1"
    assert [row["name"] for row in azure.get(f"{azure.workspace}/environments")["value"]] == [
        "vllm"
    ]


def test_a_version_needs_a_workspace(azure: Azure) -> None:
    """The container may be missing, what it belongs to may not."""
    path = f"{azure.workspace}-2/environments/vllm/versions/1"

    assert azure.send("PUT", path, body()).status == 404
    assert azure.send("GET", f"{azure.workspace}/environments/vllm/versions/1").status == 404


@pytest.mark.parametrize(
    "change",
    [
        {"image": "docker.io/vllm/vllm-openai:v0.12.0"},
        {"inferenceConfig": {"livenessRoute": HEALTH}},
        {"osType": "Windows"},
        {"condaFile": "dependencies: [pip]"},
    ],
)
def test_the_content_of_a_version_is_fixed(azure: Azure, change: dict[str, Any]) -> None:
    """Another image or another route is another version; description and tags may change."""
    path = f"{azure.workspace}/environments/vllm/versions/1"
    azure.done("PUT", path, body())

    refused = azure.send("PUT", path, body(**change))
    described = azure.send("PUT", path, body(description="serves Llama", tags={"team": "chat"}))

    assert (400, "UserError") == (refused.status, refused.body["error"]["code"])
    assert described.status == 200
    assert azure.get(path)["properties"]["image"] == IMAGE


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"image": None}, "either an image or a build context"),
        ({"build": {"contextUri": "azureml://c"}}, "either an image or a build context"),
        ({"image": None, "build": {}}, "build.contextUri is required"),
        ({"image": "Not An Image"}, "is not the name of an image"),
        ({"osType": "BeOS"}, "osType"),
        ({"inferenceConfig": []}, "inferenceConfig must be an object"),
        ({"inferenceConfig": {"scoringRoute": "/"}}, "an object with a port and a path"),
        ({"inferenceConfig": {"scoringRoute": {"port": 0, "path": "/"}}}, "between 1 and 65535"),
        ({"inferenceConfig": {"scoringRoute": {"port": "80", "path": "/"}}}, "scoringRoute.port"),
        ({"inferenceConfig": {"livenessRoute": {"port": 80, "path": "x"}}}, "begins with a slash"),
        ({"inferenceConfig": {"readinessRoute": {"port": 80}}}, "readinessRoute.path is None"),
    ],
)
def test_environments_azure_refuses(azure: Azure, change: dict[str, Any], text: str) -> None:
    """No image, two images, no image at all by its name, and routes that lead nowhere."""
    refused = azure.send("PUT", f"{azure.workspace}/environments/vllm/versions/1", body(**change))

    assert refused.status == 400
    assert text in messages(refused)
    assert azure.send("GET", f"{azure.workspace}/environments/vllm").status == 404


def test_an_environment_may_be_built(azure: Azure) -> None:
    """A build context stands for the image."""
    sent = body(image=None, build={"contextUri": "https://st.blob.core.windows.net/c"})

    made = azure.send("PUT", f"{azure.workspace}/environments/vllm/versions/1", sent)

    assert made.status == 201


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (IMAGE, Image("docker.io", "vllm/vllm-openai", "v0.11.0", None)),
        ("vllm/vllm-openai", Image("docker.io", "vllm/vllm-openai", None, None)),
        ("chat.azurecr.io/vllm:1", Image("chat.azurecr.io", "vllm", "1", None)),
        (
            f"Chat.azurecr.io/a/b:1@sha256:{'0' * 64}",
            Image("chat.azurecr.io", "a/b", "1", f"sha256:{'0' * 64}"),
        ),
        ("localhost:5000/vllm", Image("localhost:5000", "vllm", None, None)),
        ("chat.azurecr.io/vllm@sha256:12", None),
        ("Vllm", None),
        ("vllm:", None),
        ("", None),
        (3, None),
    ],
)
def test_names_of_images(text: object, expected: Image | None) -> None:
    """Host, path, tag and digest, as container engines read them."""
    assert expected == parse_image(text)


def test_the_registry_of_an_image() -> None:
    """Azure's are told by their host."""
    hosts = ("chat.azurecr.io", "docker.io")

    assert ["chat", None] == [Image(host, "vllm", None, None).azure_registry for host in hosts]
