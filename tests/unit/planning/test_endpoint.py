# SPDX-License-Identifier: Apache-2.0
"""From what an endpoint's settings say to what is deployed."""

from typing import Any

import pytest

from azure_model_endpoints.planning.endpoint import EndpointPlan, plan_endpoint
from azure_model_endpoints.settings import EndpointSettings
from tests.unit.planning.catalogs import AROUND, GOING, SMALL

VLLM = {"image": "vllm:1"}


def planned(key: str = "chat", **said: Any) -> tuple[EndpointPlan, list[str]]:
    """The plan of an endpoint, and the paths of its problems."""
    settings = EndpointSettings.model_validate({"model": "plain-model", **said})
    plan, problems = plan_endpoint(key, settings, AROUND)
    return plan, [problem.path for problem in problems]


def test_one_deployment_with_all_the_traffic_is_the_default() -> None:
    """One line is enough for a model."""
    plan, problems = planned()

    assert [] == problems
    assert [("blue", SMALL)] == [(each.name, each.sku) for each in plan.deployments]
    assert {"blue": 100} == plan.traffic


def test_deployments_keep_their_order() -> None:
    """They are made one after the other."""
    plan, _ = planned(deployments={"green": {}, "blue": {}}, traffic={"blue": 100})

    assert ["green", "blue"] == [each.name for each in plan.deployments]


@pytest.mark.parametrize(
    ("key", "said", "path"),
    [
        ("c", {}, "c"),
        ("chat", {"endpoint_name": "c"}, "chat.endpoint_name"),
        ("chat", {"tags": {"a/b": ""}}, "chat.tags"),
        ("chat", {"model": "phi"}, "chat.model"),
        ("chat", {"deployments": {"blue": {"model": "phi"}}}, "chat.deployments.blue.model"),
        ("chat", {"deployments": {"blue": {"sku": "x"}}}, "chat.deployments.blue.sku"),
        ("chat", {"deployments": {"blue": {"tags": {"?": ""}}}}, "chat.deployments.blue.tags"),
        ("chat", {"deployments": {"blue": {}, "green": {}}}, "chat.traffic"),
        ("chat", {"traffic": {"green": 100}}, "chat.traffic.green"),
        (
            "chat",
            {"deployments": {f"d-{n}": {} for n in range(21)}, "traffic": {"d-1": 100}},
            "chat.deployments",
        ),
    ],
)
def test_problem_is_told_where_it_is_written(key: str, said: dict[str, Any], path: str) -> None:
    """So that a reader finds it."""
    assert [path] == planned(key, **said)[1]


def test_twenty_deployments_are_what_azure_takes() -> None:
    """At the border."""
    many: dict[str, Any] = {f"d-{n}": {} for n in range(20)}

    assert [] == planned(deployments=many, traffic={"d-1": 100})[1]


def test_key_of_a_named_endpoint_is_free() -> None:
    """Only the name goes to Azure."""
    assert [] == planned("c", endpoint_name="chat")[1]


def test_problem_of_a_shared_model_is_told_once() -> None:
    """Not once for each deployment that inherits it."""
    _, problems = planned(model="phi", deployments={"blue": {}, "green": {}}, traffic={"blue": 100})

    assert ["chat.model"] == problems


def test_every_problem_is_told() -> None:
    """Whatever it is about."""
    _, problems = planned(
        "c",
        model="phi",
        tags={"a/b": ""},
        deployments={"b": {}},
        traffic={"b": 50},
    )

    assert {"c", "c.tags", "c.model", "c.deployments.b", "c.traffic"} == set(problems)


def test_token_is_needed_where_gated_weights_are_pulled() -> None:
    """By any of the deployments."""
    deployments = {"blue": {}, "green": {"model": "gated-model", "vllm": VLLM}}

    plan, _ = planned(deployments=deployments, traffic={"blue": 100})

    assert plan.needs_token
    assert not planned()[0].needs_token


def test_warnings_of_skus_are_the_endpoints() -> None:
    """With the path of the deployment."""
    settings = EndpointSettings.model_validate(
        {"model": "plain-model", "deployments": {"blue": {"sku": GOING}}}
    )

    plan, problems = plan_endpoint("chat", settings, AROUND)

    assert [] == problems
    assert (f"deployments.blue.sku: {GOING}: will be withdrawn on 2026-06-02",) == plan.warnings
