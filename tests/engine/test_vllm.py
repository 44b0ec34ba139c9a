# SPDX-License-Identifier: Apache-2.0
"""Serving with vLLM: weights of the Hub, weights of the workspace, and none that are there."""

import pulumi
import pytest
from pulumi import automation

from azure_model_endpoints.errors import ArmError
from azure_model_endpoints.roles import Role
from tests.engine.world import GROUP, ML, Stack, World

NO_CHANGES: dict[str, int] = {}
IMAGE = "docker.io/acme/vllm:v0.20.2"


def test_weights_of_the_workspace_are_mounted_and_served(world: World) -> None:
    """A registered model needs no token, and is served under its catalogue name."""
    world.arm.put(f"{world.workspace_id}/models/tuned/versions/1", ML, {"properties": WEIGHTS})
    stack = world.endpoint_stack(model="llama-3.1-8b-instruct", deployments=own_weights("tuned:1"))

    stack.up()

    live = stack.deployment("blue")["properties"]
    assert "/models" == live["modelMountPath"]
    assert "/models/tuned/1" == live["environmentVariables"]["MODEL_NAME"]
    assert live["model"].endswith("/models/tuned/versions/1")
    assert {"blue": 100} == stack.live()["properties"]["traffic"]
    assert NO_CHANGES == stack.changes()


def test_the_token_of_the_hub_needs_its_role(world: World) -> None:
    """Containers get it from the vault, when they start, by the one grant that is for it alone."""
    arm = world.arm
    stack = world.endpoint_stack(
        model="llama-3.1-8b-instruct",
        deployments={"blue": {"vllm": {"image": IMAGE}}},
        key_vault_name="kv-existing",
    )
    stack.program = with_token
    stack.up()
    live = stack.deployment("blue")
    live["properties"].pop("provisioningState")
    body = {key: live[key] for key in ("location", "properties", "sku")}
    group = f"/subscriptions/{world.subscription}/resourceGroups/{GROUP}"
    secret = f"{group}/providers/Microsoft.KeyVault/vaults/kv-existing/secrets"
    secret += "/chat-hugging-face-token"
    own = live_grants(world, secret)
    assert {Role.KEY_VAULT_SECRETS_USER} == own.keys()
    green = f"{stack.endpoint_id}/deployments/green"
    arm.put(green, ML, body)
    arm.delete(green, ML)

    arm.delete(own[Role.KEY_VAULT_SECRETS_USER], "2022-04-01")

    with pytest.raises(ArmError, match="does not have the role Key Vault Secrets User"):
        arm.put(green, ML, body)


def with_token(stack: Stack) -> None:
    """Create the endpoint, with a token for gated models."""
    stack.endpoint(hugging_face_token=pulumi.Output.secret("hf_" + "a" * 34))


def live_grants(world: World, scope: str) -> dict[Role, str]:
    """The role assignments at one scope, by their roles."""
    path = f"{scope}/providers/Microsoft.Authorization/roleAssignments"
    found = world.arm.list(path, "2022-04-01", query={"$filter": "atScope()"})
    return {
        Role(one["properties"]["roleDefinitionId"].rpartition("/")[2]): one["id"]
        for one in found
        if one["properties"]["scope"].lower() == scope.lower()
    }


def test_weights_that_are_not_registered_are_refused_at_preview(world: World) -> None:
    """Azure would say no more than that the request is invalid."""
    stack = world.endpoint_stack(model="llama-3.1-8b-instruct", deployments=own_weights("other:7"))

    with pytest.raises(automation.RuntimeError) as failure:
        stack.changes()

    text = str(failure.value)
    assert (
        "chat.deployments.blue.vllm.registered_model: given 'other:7'; allowed: a model registered "
        "in the workspace mlw-existing. Register it with `az ml model create --name other "
        "--version 7`."
    ) in text
    assert "Traceback" not in text


def test_weights_of_a_workspace_to_come_are_refused_at_preview(world: World) -> None:
    """Nothing can be registered in it before it is there."""
    stack = world.endpoint_stack(
        model="llama-3.1-8b-instruct",
        workspace_name="mlw-to-come",
        deployments=own_weights("tuned:1"),
    )

    with pytest.raises(automation.RuntimeError) as failure:
        stack.changes()

    assert (
        "chat.deployments.blue.vllm.registered_model: given 'tuned:1'; allowed: nothing yet: the "
        "workspace mlw-to-come does not exist"
    ) in str(failure.value)


def test_fine_tune_of_ones_own_runs_as_it_was_planned(world: World) -> None:
    """On the cheapest SKU that holds the load, with the figures of the plan as its arguments."""
    world.arm.put(f"{world.workspace_id}/models/tuned/versions/1", ML, {"properties": WEIGHTS})
    stack = world.endpoint_stack(
        model="support-mistral",
        models={"support-mistral": {"base": "mistral-7b-instruct-v0-2"}},
        workload={"context_length": 4096, "concurrency": 3},
        deployments=own_weights("tuned:1"),
    )

    stack.up()

    live = stack.deployment("blue")["properties"]
    assert "Standard_NC24ads_A100_v4" == live["instanceType"]
    arguments = live["environmentVariables"]["VLLM_ARGS"].split()
    streams = live["requestSettings"]["maxConcurrentRequestsPerInstance"]
    assert {
        "--served-model-name": "support-mistral",
        "--max-model-len": "4096",
        "--max-num-seqs": str(streams),
        "--max-num-batched-tokens": "4096",
        "--tensor-parallel-size": "1",
        "--gpu-memory-utilization": "0.9",
        "--dtype": "bfloat16",
        "--port": "8000",
    } == dict(zip(arguments[::2], arguments[1::2], strict=True))
    assert NO_CHANGES == stack.changes()


WEIGHTS = {"modelUri": "azureml://datastores/weights/paths/tuned", "modelType": "custom_model"}


def own_weights(registered: str) -> dict[str, object]:
    """A deployment that mounts a registered model."""
    return {"blue": {"vllm": {"image": IMAGE, "registered_model": registered}}}
