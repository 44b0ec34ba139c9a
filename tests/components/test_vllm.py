# SPDX-License-Identifier: Apache-2.0
"""`ModelEndpoint` with vLLM: its environment, and the token that nobody sees."""

from typing import Any

import pulumi
import pytest

from azure_model_endpoints import ModelEndpoint, ModelEndpointArgs
from azure_model_endpoints.planning.tags import OWNED, OWNER
from azure_model_endpoints.roles import Role
from tests.components.engine import PRINCIPAL, SUBSCRIPTION, Engine


def arguments(**vllm: Any) -> ModelEndpointArgs:
    """An endpoint whose only deployment serves a gated model with vLLM."""
    args: Any = {
        "resource_group_name": "rg",
        "workspace_name": "mlw",
        "region": "eastus",
        "endpoint_name": "my-chat",
        "model": "mistral-7b-instruct-v0-2",
        "deployments": {"blue": {"vllm": {"image": "{registry}/vllm:1", **vllm}}},
        "registry_login_server": "cr.azurecr.io",
        "key_vault_name": "kv",
        "identity_principal_id": PRINCIPAL,
    }
    return args  # type: ignore[no-any-return]


def program(**vllm: Any) -> ModelEndpoint:
    """One such endpoint with a token."""
    token = pulumi.Output.secret("hf_s3cret")
    return ModelEndpoint("chat", {**arguments(**vllm), "hugging_face_token": token})


def test_container_runs_the_given_image(engine: Engine) -> None:
    """From the workspace's own registry, asked on vLLM's port and path."""
    engine.run(program)

    environment = engine.resources["chat-blue-environment"].inputs
    health = {"path": "/health", "port": 8000}
    assert "my-chat-blue" == environment["name"]
    assert "cr.azurecr.io/vllm:1" == environment["properties"]["image"]
    assert {
        "livenessRoute": health,
        "readinessRoute": health,
        "scoringRoute": {"path": "/v1/chat/completions", "port": 8000},
    } == environment["properties"]["inferenceConfig"]


def test_another_image_is_another_version(engine: Engine) -> None:
    """Azure never changes a version's image."""
    other = Engine()
    engine.run(program)
    other.run(lambda: program(image="{registry}/vllm:2"))

    versions = {e.resources["chat-blue-environment"].inputs["version"] for e in (engine, other)}
    assert 2 == len(versions)


def test_deployment_brings_no_model_of_the_catalogue(engine: Engine) -> None:
    """The container pulls its own."""
    engine.run(program)

    deployment = engine.resources["chat-blue"].inputs["properties"]
    assert "model" not in deployment
    assert deployment["environmentId"].endswith("/chat-blue-environment")
    assert "mistralai/Mistral-7B-Instruct-v0.2" == deployment["environmentVariables"]["MODEL_NAME"]


def test_token_goes_to_the_key_vault_and_nowhere_else(engine: Engine) -> None:
    """The container is told where it is, not what it is."""
    engine.run(program)

    assert engine.resources["chat-token"].is_secret("properties", "value")
    reference = engine.resources["chat-blue"].inputs["properties"]["environmentVariables"]
    assert "${{keyvault:https://kv/secrets/t/1}}" == reference["HUGGING_FACE_HUB_TOKEN"]
    others = [r.inputs for name, r in engine.resources.items() if name != "chat-token"]
    assert "hf_s3cret" not in str(others)


def test_token_in_a_plain_output_is_refused(engine: Engine) -> None:
    """The state would show it; as of one that is no output at all, one paragraph says so."""
    args: Any = {**arguments(), "hugging_face_token": pulumi.Output.from_input("hf_s3cret")}

    with pytest.raises(pulumi.RunError) as failure:
        engine.run(lambda: ModelEndpoint("chat", args))

    assert (
        "chat.hugging_face_token: given a token in plain text; allowed: a secret output. Take it "
        "from `pulumi.Config().require_secret(…)` or wrap it in `Output.secret`."
    ) in str(failure.value)
    assert "hf_s3cret" not in str([each.inputs for each in engine.resources.values()])


def test_environment_and_token_carry_the_tags(engine: Engine) -> None:
    """The token's stay as they were first: writing them again makes a new version of the secret."""
    args: Any = {**arguments(), "hugging_face_token": pulumi.Output.secret("hf_s3cret")}
    args["tags"] = {"team": "a"}

    engine.run(lambda: ModelEndpoint("chat", args))

    tags = {"team": "a", OWNER: "models/dev", OWNED: "team"}
    token = engine.resources["chat-token"]
    assert tags == engine.resources["chat-blue-environment"].inputs["properties"]["tags"]
    assert tags == token.inputs["tags"]
    assert ["tags"] == list(token.request.ignoreChanges)


def test_only_the_token_is_readable_to_the_identity(engine: Engine) -> None:
    """Not the vault it is in."""
    engine.run(program)

    reader = engine.resources["chat-read-token"].inputs
    assert f"/subscriptions/{SUBSCRIPTION}/chat-token" == reader["scope"]
    assert PRINCIPAL == reader["principalId"]
    assert reader["roleDefinitionId"].endswith(f"/{Role.KEY_VAULT_SECRETS_USER.value}")


def test_container_starts_only_once_the_token_is_readable(engine: Engine) -> None:
    """Azure resolves the reference when it creates the deployment."""
    engine.run(program)

    assert {"chat-token", "chat-read-token"} <= engine.resources["chat-blue"].waits_for


def test_registered_weights_need_no_token(engine: Engine) -> None:
    """They are in the workspace, and mounted."""
    vllm = {"registered_model": "mistral:3", "folder": "weights"}

    engine.run(lambda: ModelEndpoint("chat", arguments(**vllm)))

    deployment = engine.resources["chat-blue"].inputs["properties"]
    assert "chat-token" not in engine.resources
    assert deployment["model"].endswith("/models/mistral/versions/3")
    assert "/models" == deployment["modelMountPath"]
    assert "/models/mistral/3/weights" == deployment["environmentVariables"]["MODEL_NAME"]


def test_children_of_vllm_belong_to_the_component(engine: Engine) -> None:
    """With names that are a contract."""
    engine.run(program)

    assert {
        "chat-endpoint",
        "chat-token",
        "chat-read-token",
        "chat-blue-environment",
        "chat-blue",
        "chat-traffic",
    } == set(engine.children("chat"))
