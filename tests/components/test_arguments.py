# SPDX-License-Identifier: Apache-2.0
"""Wrong arguments of components: one error with everything that is wrong, and no traceback."""

from collections.abc import Callable
from typing import Any

import pulumi
import pytest

from azure_model_endpoints import ModelEndpoint, ModelWorkspace
from azure_model_endpoints._wording import listed
from azure_model_endpoints.arguments import ArgumentsError
from azure_model_endpoints.catalog import load_catalog
from azure_model_endpoints.endpoint_args import ModelEndpointArgs
from azure_model_endpoints.errors import AmeError
from tests.components.engine import Engine

ENDPOINT = {"resource_group_name": "rg", "workspace_name": "mlw", "region": "eastus"}
WORKSPACE = {"resource_group_name": "rg", "region": "eastus"}
DECIDES = "It decides what is created, so it must be known before anything is: say it plainly."


def refusal(engine: Engine, component: Callable[..., Any], args: dict[str, Any]) -> list[str]:
    """What a component says of its arguments; nothing below it is registered."""
    with pytest.raises(ArgumentsError) as error:
        engine.run(lambda: component("chat", args))
    assert {} == engine.children("chat")
    return [str(problem) for problem in error.value.problems]


@pytest.mark.parametrize(
    ("args", "problem"),
    [
        (
            {"model": "phi2"},
            (
                f"chat.model: given 'phi2'; allowed: {listed(load_catalog().models)}. Did you mean "
                "'phi-2'?"
            ),
        ),
        (
            {"model": "phi-2", "trafic": {"blue": 100}},
            (
                "chat.trafic: given the unknown setting 'trafic'; allowed: "
                f"{listed(ModelEndpointArgs.__annotations__)}. Did you mean 'traffic'?"
            ),
        ),
        (
            {"model": "phi-2", "region": None},
            "chat.region: given nothing; allowed: a text. Put it in quotes.",
        ),
        (
            {"model": "phi-2", "deployments": ["blue"]},
            (
                "chat.deployments: given ['blue']; allowed: a mapping of names to values. Indent "
                "its entries below it."
            ),
        ),
        (
            {"model": "phi-2", "deployments": {"blue": {"instances": 1.5}}},
            (
                "chat.deployments.blue.instances: given 1.5; allowed: a whole number. Write it "
                "without quotes or a fraction."
            ),
        ),
        (
            {"model": "phi-2", "deployments": {"b": {}}},
            (
                "chat.deployments.b: given 'b'; allowed: 3 to 32 letters, digits and single "
                "dashes, beginning with a letter and not ending with a dash. Choose another "
                "deployment name."
            ),
        ),
        (
            {"model": "phi-2", "deployments": {"blue": {"environment_variables": {"A": 1}}}},
            (
                "chat.deployments.blue.environment_variables.A: given 1; allowed: a text. Put it "
                "in quotes."
            ),
        ),
        (
            {"model": "phi-2", "endpoint_name": "x"},
            (
                "chat.endpoint_name: given 'x'; allowed: 3 to 32 letters, digits and single "
                "dashes, beginning with a letter and not ending with a dash. Choose another "
                "endpoint name."
            ),
        ),
        (
            {"model": "phi-2", "hugging_face_token": "hf_s3cret"},
            (
                "chat.hugging_face_token: given a token in plain text; allowed: a secret output. "
                "Take it from `pulumi.Config().require_secret(…)` or wrap it in `Output.secret`."
            ),
        ),
    ],
)
def test_wrong_argument_of_an_endpoint_is_told(
    engine: Engine, args: dict[str, Any], problem: str
) -> None:
    """By its path, with what was given, what is allowed and what to do."""
    assert [problem] == refusal(engine, ModelEndpoint, {**ENDPOINT, **args})


@pytest.mark.parametrize(
    ("args", "problem"),
    [
        (
            {"workload": "My_Models"},
            (
                "chat.workload: given 'My_Models'; allowed: 2 to 12 lower-case letters, digits and "
                "single dashes, beginning with a letter and not ending with a dash. Choose another "
                "workload name."
            ),
        ),
        (
            {"public_network_access": "yes"},
            (
                "chat.public_network_access: given 'yes'; allowed: true or false. Write it without "
                "quotes."
            ),
        ),
        (
            {"tags": {"a/b": "c"}},
            (
                "chat.tags: given a tag named 'a/b'; allowed: names without < > % & \\ ? / or "
                "commas that do not begin with 'ame-'. Rename the tag."
            ),
        ),
        (
            {"worklaod": "models"},
            (
                "chat.worklaod: given the unknown setting 'worklaod'; allowed: "
                "customer_managed_key, diagnostics, encryption_key, high_business_impact, "
                "identity, isolation_mode, log_analytics_workspace_id, outbound_rules, "
                "private_endpoints, public_network_access, quotas, region, resource_group_name, "
                "tags, workload. Did you mean 'workload'?"
            ),
        ),
    ],
)
def test_wrong_argument_of_a_workspace_is_told(
    engine: Engine, args: dict[str, Any], problem: str
) -> None:
    """By its path, with what was given, what is allowed and what to do."""
    assert [problem] == refusal(engine, ModelWorkspace, {**WORKSPACE, **args})


def test_everything_that_is_wrong_is_told_at_once(engine: Engine) -> None:
    """Malformed, missing, refused by Azure: one error, not one per run."""
    args = {
        "region": 5,
        "model": "phi2",
        "tags": {"ame-x": "1", "a/b": "2"},
        "deployments": {"blue": {"instances": -1}, "b": {"skuu": "x"}},
        "traffic": {"blue": 50, "red": 50},
    }

    with pytest.raises(ArgumentsError) as error:
        engine.run(lambda: ModelEndpoint("chat", args))  # type: ignore[arg-type]

    assert sorted(
        [
            "chat.resource_group_name",
            "chat.workspace_name",
            "chat.region",
            "chat.model",
            "chat.tags",
            "chat.tags",
            "chat.deployments.blue.instances",
            "chat.deployments.b",
            "chat.deployments.b.skuu",
            "chat.traffic.red",
        ]
    ) == sorted(problem.path for problem in error.value.problems)


@pytest.mark.parametrize(
    ("component", "args", "path", "allowed"),
    [
        (ModelEndpoint, ENDPOINT, "model", "a text"),
        (ModelEndpoint, {**ENDPOINT, "model": "phi-2"}, "region", "a text"),
        (ModelEndpoint, {**ENDPOINT, "model": "phi-2"}, "public_network_access", "true or false"),
        (ModelWorkspace, WORKSPACE, "public_network_access", "true or false"),
        (ModelWorkspace, WORKSPACE, "workload", "a text"),
    ],
)
def test_output_is_refused_where_it_would_decide_what_is_created(
    engine: Engine, component: Callable[..., Any], args: dict[str, Any], path: str, allowed: str
) -> None:
    """An output counts as true whatever it will be: it must not open a network."""

    def make(name: str, _args: dict[str, Any]) -> Any:
        return component(name, {**args, path: pulumi.Output.from_input("")})

    assert [f"chat.{path}: given an output; allowed: {allowed}. {DECIDES}"] == refusal(
        engine, make, {}
    )


def test_error_ends_a_program_without_a_traceback(engine: Engine) -> None:
    """The engine shows the text of a `RunError` alone; Python programs can catch it as ours."""
    with pytest.raises(ArgumentsError) as error:
        engine.run(lambda: ModelWorkspace("chat", {**WORKSPACE, "tags": {"?": ""}}))  # type: ignore[typeddict-item]

    assert isinstance(error.value, pulumi.RunError)
    assert isinstance(error.value, AmeError)
    assert str(error.value).startswith("1 problem in chat:\n")


def test_gated_model_without_what_it_needs_is_told(engine: Engine) -> None:
    """Its token, and where to keep it."""
    vllm = {"image": "{registry}/vllm:1"}
    args = {
        **ENDPOINT,
        "model": "mistral-7b-instruct-v0-2",
        "deployments": {"blue": {"vllm": vllm}},
        "identity_id": "an identity that shall read the token",
    }

    paths = [problem.partition(":")[0] for problem in refusal(engine, ModelEndpoint, args)]

    assert {
        "chat.deployments.blue.vllm",
        "chat.key_vault_name",
        "chat.identity_principal_id",
        "chat.registry_login_server",
    } == set(paths)
