# SPDX-License-Identifier: Apache-2.0
"""Weights that are asked for before anything is created: at the Hub, and in the workspace."""

from datetime import date
from typing import Any

import pytest

from azure_model_endpoints.catalog import load_catalog
from azure_model_endpoints.credentials import Cloud
from azure_model_endpoints.planning.deployment import Surroundings
from azure_model_endpoints.planning.endpoint_ids import workspace_id
from azure_model_endpoints.planning.stack import plan_stack
from azure_model_endpoints.subscription.arm import ArmClient
from azure_model_endpoints.subscription.weights import weight_findings
from tests.unit.http_server import Reply, Server

REPOSITORY = "meta-llama/Llama-3.1-8B-Instruct"
OTHER = "0" * 40
ASKED = f"/api/models/{REPOSITORY}/revision/{OTHER}"
PATH = "endpoints.llama.deployments.blue.vllm"
TOKEN = "hf_s3cret"


def found(server: Server, *, address: str = "", **vllm: Any) -> tuple[list[str], list[str]]:
    """The problems and warnings of a stack that serves Llama with vLLM."""
    document = {
        "region": "eastus",
        "public_network_access": True,
        "hugging_face_token": TOKEN,
        "endpoints": {
            "llama": {
                "model": "llama-3.1-8b-instruct",
                "deployments": {"blue": {"vllm": {"image": "vllm:1", **vllm}}},
            }
        },
    }
    plan = plan_stack("dev", document, Surroundings(load_catalog(), date(2026, 11, 1)))
    client = ArmClient.with_token(Cloud(server.url, "", server.url), "t")
    environment = {"HF_ENDPOINT": address or server.url}
    problems, warnings = weight_findings(plan, client, "s", environment=environment)
    return [str(problem) for problem in problems], warnings


def test_revision_is_asked_for_with_the_token(server: Server) -> None:
    """One that is there is nothing to tell of."""
    server.answer("GET", ASKED, Reply(200, {"sha": OTHER}))

    assert ([], []) == found(server, revision=OTHER)
    assert [ASKED] == [asked.path for asked in server.asked]
    assert f"Bearer {TOKEN}" == server.asked[0].headers["Authorization"]


def test_revision_of_the_catalogue_is_not_asked_for(server: Server) -> None:
    """It was, when it was written into it."""
    assert ([], []) == found(server)
    assert [] == server.asked


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (
            404,
            (
                f"{PATH}.revision: given '{OTHER}', which the Hub does not have; allowed: a commit "
                f"of {REPOSITORY}. Copy one from https://huggingface.co/{REPOSITORY}/commits/main."
            ),
        ),
        *(
            (
                status,
                (
                    f"{PATH}: given {REPOSITORY}, which the Hub does not show to the Hugging Face "
                    "token; allowed: a repository that the token may read. Accept the licence on "
                    f"https://huggingface.co/{REPOSITORY} with the token's account, or correct "
                    "the token."
                ),
            )
            for status in (401, 403)
        ),
    ],
)
def test_what_the_hub_refuses_is_a_problem(server: Server, status: int, told: str) -> None:
    """The container would not start, after everything else was created."""
    server.answer("GET", ASKED, Reply(status, {"error": "no"}))

    assert ([told], []) == found(server, revision=OTHER)


@pytest.mark.parametrize("status", [429, 500])
def test_a_hub_in_trouble_stops_nobody(server: Server, status: int) -> None:
    """It says nothing of the revision."""
    server.answer("GET", ASKED, Reply(status, b"<html>"))

    assert ([], []) == found(server, revision=OTHER)


def test_a_hub_out_of_reach_is_a_warning(server: Server) -> None:
    """Instances may reach it all the same; the token is not part of it."""
    address = "https://localhost:1"

    problems, (warning,) = found(server, revision=OTHER, address=address)

    assert [] == problems
    assert warning.startswith(f"{PATH}.revision: {address} could not be asked for it (")
    assert TOKEN not in warning


def test_nothing_is_registered_in_a_workspace_to_come(server: Server) -> None:
    """It is created first, without the deployment."""
    name = _workspace().rpartition("/")[2]

    (problem,), warnings = found(server, registered_model="tuned:3")

    assert [] == warnings
    assert (
        f"{PATH}.registered_model: given 'tuned:3'; allowed: nothing yet: the workspace {name} "
        "does not exist, so nothing is registered in it. Run `pulumi up` without this deployment, "
        "register the model with `az ml model create --name tuned --version 3`, then add the "
        "deployment."
    ) == problem


def test_what_a_workspace_has_is_looked_up_later(server: Server) -> None:
    """With the endpoint's own provider."""
    server.answer("GET", _workspace(), Reply(200, {"id": "w"}))

    assert ([], []) == found(server, registered_model="tuned:3")


def _workspace() -> str:
    document = {"region": "eastus", "endpoints": {}}
    around = Surroundings(load_catalog(), date(2026, 11, 1))
    return workspace_id(plan_stack("dev", document, around), "s")
