# SPDX-License-Identifier: Apache-2.0
"""From what a deployment's settings say to what runs, and what Azure would have against it."""

from dataclasses import replace
from typing import Any

import pytest

from azure_model_endpoints.planning.deployment import DeploymentPlan, plan_deployment
from azure_model_endpoints.planning.serving import CatalogueServing, VllmServing
from azure_model_endpoints.settings import DeploymentSettings, EndpointSettings
from tests.unit.planning.catalogs import AROUND, BIG, CATALOG, GOING, GONE, SMALL, sku

OFFERED = "ended-model, ending-model, gated-model, lapsed-model, own-model, plain-model"
CURRENT = "ending-model, gated-model, plain-model from the catalogue"
SKUS = f"{BIG}, {GOING}, {GONE}, {SMALL}"
OFFERS = (
    f"{SMALL} (1 instance, 0.50 USD per hour), {GOING} (1 instance, 4.00 USD per hour), "
    f"{BIG} (1 instance, 12.00 USD per hour)"
)


def planned(
    inherited: str | None = "plain-model", /, **said: Any
) -> tuple[DeploymentPlan, list[str]]:
    """The plan of a deployment called blue, and its problems."""
    settings = DeploymentSettings.model_validate(said)
    endpoint = EndpointSettings(model=inherited)
    plan, problems = plan_deployment("blue", settings, endpoint, AROUND, endpoint_path="chat")
    return plan, [str(problem) for problem in problems]


def test_nothing_said_is_the_pinned_model_on_the_cheapest_sku() -> None:
    """Once, with as many requests at a time as its GPU holds, each with a worker."""
    plan, problems = planned()

    assert [] == problems
    assert plan.sizing
    streams = plan.sizing.candidate.max_concurrency
    assert streams > 8
    assert (SMALL, 1, streams) == (plan.sku, plan.instances, plan.max_concurrent_requests)
    asset_id = "azureml://registries/azureml/models/plain-model/versions/7"
    assert CatalogueServing(asset_id, streams, 1) == plan.serving
    assert {
        "WORKER_COUNT": str(streams),
        "TENSOR_PARALLEL": "1",
    } == plan.environment_variables


def test_more_load_takes_more_instances() -> None:
    """Of the SKU that is then the cheapest."""
    plan, problems = planned(workload={"concurrency": 500})

    assert [] == problems
    assert plan.sizing
    assert (SMALL, -(-500 // plan.max_concurrent_requests)) == (plan.sku, plan.instances)
    assert plan.instances > 1


def test_workload_of_the_endpoint_is_every_deployments() -> None:
    """Except for what the deployment itself says."""
    endpoint = EndpointSettings.model_validate(
        {"model": "plain-model", "workload": {"context_length": 1024, "concurrency": 2}}
    )
    settings = DeploymentSettings.model_validate({"workload": {"concurrency": 3}})

    plan, problems = plan_deployment("blue", settings, endpoint, AROUND, endpoint_path="chat")

    assert [] == problems
    assert plan.sizing
    assert (1024, 3) == (
        plan.sizing.workload.context_length,
        plan.sizing.workload.concurrency,
    )


def test_workload_beyond_the_model_is_refused() -> None:
    """With its limit."""
    assert [
        (
            "chat.deployments.blue.workload.context_length: given 4097; allowed: at most 4096, the "
            "limit of plain-model. Lower it."
        )
    ] == planned(workload={"context_length": 4097})[1]


def test_alternatives_have_no_price_where_the_region_is_not_known() -> None:
    """A program may give an endpoint its region only while it runs."""
    settings, endpoint = DeploymentSettings(sku=GONE), EndpointSettings(model="plain-model")
    around = replace(AROUND, region=None)

    _, [problem] = plan_deployment("blue", settings, endpoint, around, endpoint_path="chat")

    assert f"{BIG} (1 instance), {GOING} (1 instance), {SMALL} (1 instance)" == problem.allowed


def test_too_few_instances_for_the_load_are_refused() -> None:
    """A fixed number is a promise too."""
    [problem] = planned(sku=SMALL, instances=1, workload={"concurrency": 500})[1]

    assert (
        f"chat.deployments.blue.sku: given '{SMALL}'; allowed: no SKU holds this workload. "
        f"{SMALL}: 500 streams need 6 instances, 1 asked for."
    ) == problem


def test_more_requests_at_a_time_than_an_instance_holds_are_refused() -> None:
    """They would wait for each other's memory."""
    [problem] = planned(sku=SMALL, max_concurrent_requests=150)[1]

    assert problem.endswith("streams per instance, 150 asked for.")


def test_load_that_no_sku_holds_is_refused_with_what_would_do() -> None:
    """Not with a list of SKUs."""
    [problem] = planned(
        instances=1, workload={"concurrency": 10_000, "max_time_to_first_token_ms": 10}
    )[1]

    assert problem.startswith(
        "chat.deployments.blue.workload: given 10000 streams of 4096 tokens for plain-model; "
        "allowed: a workload that some SKU holds in eastus. "
    )
    assert "binds: with at " in problem


def test_what_is_said_holds() -> None:
    """Over every default."""
    plan, problems = planned(
        sku=BIG,
        instances=4,
        max_concurrent_requests=2,
        environment_variables={"WORKER_COUNT": "1", "LOG": "info"},
        tags={"team": "a"},
    )

    assert [] == problems
    assert (BIG, 4, 2) == (plan.sku, plan.instances, plan.max_concurrent_requests)
    assert {
        "WORKER_COUNT": "1",
        "TENSOR_PARALLEL": "4",
        "LOG": "info",
    } == plan.environment_variables
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
            (f"chat.deployments.blue.sku: given 'T4'; allowed: {SKUS}. `ame skus` shows them all."),
        ),
        (
            "plain-model",
            {"sku": GONE.lower()},
            (
                f"chat.deployments.blue.sku: given '{GONE.lower()}'; allowed: {OFFERS}. "
                f"{GONE}: withdrawn on 2026-06-01."
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
        "b",
        DeploymentSettings(),
        EndpointSettings(model="plain-model"),
        AROUND,
        endpoint_path="chat",
    )

    assert ("chat.deployments.b", "'b'") == (problem.path, problem.given)


def test_every_problem_of_a_deployment_is_told() -> None:
    """Name, model and SKU in one run."""
    settings = DeploymentSettings(sku="T4")

    endpoint = EndpointSettings(model="plain-model")
    _, problems = plan_deployment("b", settings, endpoint, AROUND, endpoint_path="chat")

    assert ["chat.deployments.b", "chat.deployments.b.sku"] == [p.path for p in problems]


@pytest.mark.parametrize("model", ["own-model", "ended-model", "plain-model"])
def test_model_without_an_offer_is_served_by_vllm(model: str) -> None:
    """Whatever becomes of Azure's offers."""
    plan, problems = planned(model, vllm={"image": "{registry}/vllm:1"})

    assert [] == problems
    assert isinstance(plan.serving, VllmServing)
    assert f"publisher/{model}" == plan.environment_variables["MODEL_NAME"]


def option(plan: DeploymentPlan, name: str) -> str:
    """An option of vLLM's command line."""
    words = plan.environment_variables["VLLM_ARGS"].split()
    return words[words.index(name) + 1]


def test_vllm_is_started_as_planned() -> None:
    """With the GPUs, the type and the streams that the figures are of."""
    small, problems = planned(sku=SMALL, vllm={"image": "i:1"})
    big, more = planned(sku=BIG, vllm={"image": "i:1"})

    assert [] == problems + more
    assert small.sizing
    assert big.sizing
    assert (SMALL, BIG) == (small.sku, big.sku)
    assert ("half", "bfloat16") == (option(small, "--dtype"), option(big, "--dtype"))
    for plan in (small, big):
        assert plan.sizing
        candidate = plan.sizing.candidate
        assert str(candidate.tensor_parallel) == option(plan, "--tensor-parallel-size")
        assert str(candidate.max_concurrency) == option(plan, "--max-num-seqs")


def test_vllm_takes_no_gpu_by_itself_that_it_no_longer_supports() -> None:
    """Who names one has an image that does."""
    plan, problems = planned(vllm={"image": "i:1"})

    assert [] == problems
    assert GOING == plan.sku


@pytest.mark.parametrize("offer", [{"skus": None}, {"stale": "names sizes that are gone"}])
def test_old_gpu_without_a_list_that_can_be_trusted_is_taken_only_by_name(
    offer: dict[str, Any],
) -> None:
    """The catalogue's image is vLLM too, and nobody says that it still starts there."""
    plain = CATALOG.models["plain-model"]
    assert plain.managed
    unsure = plain.model_copy(update={"managed": plain.managed.model_copy(update=offer)})
    around = replace(AROUND, catalog=replace(CATALOG, models={"plain-model": unsure}))
    endpoint = EndpointSettings(model="plain-model")

    def chosen(**said: Any) -> str:
        settings = DeploymentSettings.model_validate(said)
        plan, problems = plan_deployment("blue", settings, endpoint, around, endpoint_path="chat")
        assert [] == problems
        return plan.sku

    assert GOING == chosen()
    assert SMALL == chosen(sku=SMALL)
    assert SMALL == chosen(sku=[SMALL, GOING])


def test_alternatives_to_a_named_sku_are_those_that_would_be_taken_by_themselves() -> None:
    """Naming one size says nothing of the others."""
    [problem] = planned(sku=GONE, vllm={"image": "i:1"})[1]

    assert f"allowed: {OFFERS.partition(', ')[2].partition(', ')[2]}. {GONE}" in problem


def test_sku_that_the_azure_catalogue_does_not_list_is_refused() -> None:
    """Azure might refuse it; a container of one's own is free to use it."""
    own = replace(CATALOG, gpu_skus={**CATALOG.gpu_skus, "Standard_New": sku("Standard_New")})
    around = replace(AROUND, catalog=own)
    endpoint = EndpointSettings(model="plain-model")

    def problems(**said: Any) -> list[str]:
        settings = DeploymentSettings.model_validate({"sku": "Standard_New", **said})
        found = plan_deployment("blue", settings, endpoint, around, endpoint_path="chat")[1]
        return [str(problem) for problem in found]

    assert [
        (
            f"chat.deployments.blue.sku: given 'Standard_New'; allowed: {OFFERS}. Standard_New: "
            "the Azure catalogue does not list it for plain-model."
        )
    ] == problems()
    assert [] == problems(vllm={"image": "i:1"})
