# SPDX-License-Identifier: Apache-2.0
"""From what a deployment's settings say to what runs, and what Azure would have against it."""

from typing import Any

import pytest

from azure_model_endpoints.planning.deployment import DeploymentPlan, plan_deployment
from azure_model_endpoints.planning.serving import CatalogueServing, VllmServing
from azure_model_endpoints.settings import DeploymentSettings
from tests.unit.planning.catalogs import AROUND, BIG, GOING, GONE, SMALL

OFFERED = "ended-model, ending-model, gated-model, lapsed-model, own-model, plain-model"
CURRENT = "ending-model, gated-model, plain-model from the catalogue"
SKUS = f"{BIG}, {GOING}, {GONE}, {SMALL}"


def planned(
    inherited: str | None = "plain-model", /, **said: Any
) -> tuple[DeploymentPlan, list[str]]:
    """The plan of a deployment called blue, and its problems."""
    settings = DeploymentSettings.model_validate(said)
    plan, problems = plan_deployment("blue", settings, inherited, AROUND, endpoint_path="chat")
    return plan, [str(problem) for problem in problems]


def test_nothing_said_is_the_pinned_model_on_the_smallest_sku() -> None:
    """Once, with the requests of one worker each."""
    plan, problems = planned()

    assert [] == problems
    assert (SMALL, 1, 8) == (plan.sku, plan.instances, plan.max_concurrent_requests)
    assert (
        CatalogueServing("azureml://registries/azureml/models/plain-model/versions/7", 8)
        == plan.serving
    )
    assert {"WORKER_COUNT": "8"} == plan.environment_variables


def test_what_is_said_holds() -> None:
    """Over every default."""
    plan, problems = planned(
        sku=BIG,
        instances=3,
        max_concurrent_requests=2,
        environment_variables={"WORKER_COUNT": "1", "LOG": "info"},
        tags={"team": "a"},
    )

    assert [] == problems
    assert (BIG, 3, 2) == (plan.sku, plan.instances, plan.max_concurrent_requests)
    assert {"WORKER_COUNT": "1", "LOG": "info"} == plan.environment_variables
    assert {"team": "a"} == plan.tags


def test_own_model_comes_before_the_endpoints() -> None:
    """Two deployments may serve different models."""
    plan, _ = planned("own-model", model="gated-model")

    assert isinstance(plan.serving, CatalogueServing)
    assert "gated-model" in plan.serving.asset_id


def test_sku_is_written_as_azure_writes_it() -> None:
    """Azure compares names without regard to case, and so does the next run."""
    plan, problems = planned(sku=BIG.upper())

    assert [] == problems
    assert BIG == plan.sku


@pytest.mark.parametrize(
    ("model", "said", "problem"),
    [
        (
            None,
            {},
            f"chat.model: given nothing; allowed: {OFFERED}. Say which model to serve.",
        ),
        (
            "plain_model",
            {},
            (f"chat.model: given 'plain_model'; allowed: {OFFERED}. Did you mean 'plain-model'?"),
        ),
        (
            None,
            {"model": "xyz"},
            (
                f"chat.deployments.blue.model: given 'xyz'; allowed: {OFFERED}. Choose a model of "
                "the catalogue."
            ),
        ),
        (
            "own-model",
            {},
            (
                f"chat.model: given 'own-model'; allowed: {CURRENT}. Azure does not offer it; or "
                "serve it yourself with a `vllm` section."
            ),
        ),
        (
            "ended-model",
            {},
            (
                f"chat.model: given 'ended-model'; allowed: {CURRENT}. Azure's offer ended on "
                "2026-06-01; move to its successor plain-model, or serve it yourself with a "
                "`vllm` section."
            ),
        ),
        (
            "lapsed-model",
            {},
            (
                f"chat.model: given 'lapsed-model'; allowed: {CURRENT}. Azure's offer ended on "
                "2026-05-31; or serve it yourself with a `vllm` section."
            ),
        ),
        (
            "plain-model",
            {"sku": "Standard_Smal"},
            (
                f"chat.deployments.blue.sku: given 'Standard_Smal'; allowed: {SKUS}. Did you mean "
                f"'{SMALL}'?"
            ),
        ),
        (
            "plain-model",
            {"sku": "T4"},
            f"chat.deployments.blue.sku: given 'T4'; allowed: {SKUS}. {SMALL} is the smallest.",
        ),
        (
            "plain-model",
            {"sku": GONE},
            (
                f"chat.deployments.blue.sku: given '{GONE}'; allowed: {SKUS}. The size was "
                f"withdrawn on 2026-06-01; {SMALL} is the smallest."
            ),
        ),
    ],
)
def test_what_azure_would_refuse_is_told_before(
    model: str | None, said: dict[str, Any], problem: str
) -> None:
    """With the setting's path, what is allowed, and the way out."""
    assert [problem] == planned(model, **said)[1]


@pytest.mark.parametrize("said", [{"model": "ending-model"}, {"sku": GOING}])
def test_what_ends_tomorrow_still_works_today(said: dict[str, Any]) -> None:
    """The day of the retirement is the first without."""
    assert [] == planned(**said)[1]


def test_deployment_is_named_by_its_key() -> None:
    """Which has to please Azure."""
    _, [problem] = plan_deployment(
        "b", DeploymentSettings(), "plain-model", AROUND, endpoint_path="chat"
    )

    assert ("chat.deployments.b", "'b'") == (problem.path, problem.given)


def test_every_problem_of_a_deployment_is_told() -> None:
    """Name, model and SKU in one run."""
    settings = DeploymentSettings(sku="T4")

    _, problems = plan_deployment("b", settings, "plain-model", AROUND, endpoint_path="chat")

    assert ["chat.deployments.b", "chat.deployments.b.sku"] == [p.path for p in problems]


@pytest.mark.parametrize("model", ["own-model", "ended-model", "plain-model"])
def test_model_without_an_offer_is_served_by_vllm(model: str) -> None:
    """Whatever becomes of Azure's offers."""
    plan, problems = planned(model, vllm={"image": "{registry}/vllm:1"})

    assert [] == problems
    assert isinstance(plan.serving, VllmServing)
    assert f"publisher/{model}" == plan.environment_variables["MODEL_NAME"]


def test_vllm_uses_every_gpu_of_the_sku() -> None:
    """By tensor parallelism, in the type the GPUs know."""
    small, _ = planned(sku=SMALL, vllm={"image": "i:1"})
    big, _ = planned(sku=BIG, vllm={"image": "i:1"})

    def option(plan: DeploymentPlan, name: str) -> str:
        words = plan.environment_variables["VLLM_ARGS"].split()
        return words[words.index(name) + 1]

    assert ("1", "4") == (
        option(small, "--tensor-parallel-size"),
        option(big, "--tensor-parallel-size"),
    )
    assert ("half", "auto") == (option(small, "--dtype"), option(big, "--dtype"))


def test_sku_outside_vllms_list_is_refused() -> None:
    """It has lists of its own."""
    [problem] = planned(sku=GOING, vllm={"image": "i:1"})[1]

    assert problem.startswith(f"chat.deployments.blue.sku: given '{GOING}'; allowed: {BIG}, ")
