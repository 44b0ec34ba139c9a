# SPDX-License-Identifier: Apache-2.0
"""Serving with vLLM: weights registered in the workspace, and weights that are not there."""

import pytest
from pulumi import automation

from tests.engine.world import ML, World

NO_CHANGES: dict[str, int] = {}
IMAGE = "docker.io/acme/vllm:v0.20.2"


def test_weights_of_the_workspace_are_mounted_and_served(world: World) -> None:
    """A registered model needs no token, and is served under its catalogue name."""
    world.arm.put(f"{world.workspace_id}/models/tuned/versions/1", ML, {"properties": WEIGHTS})
    stack = world.endpoint_stack(model="llama-3.1-8b-instruct", deployments=own_weights("tuned:1"))

    stack.up()

    live = stack.deployment("blue")["properties"]
    assert "/models" == live["modelMountPath"]
    assert "/models" == live["environmentVariables"]["MODEL_NAME"]
    assert live["model"].endswith("/models/tuned/versions/1")
    assert {"blue": 100} == stack.live()["properties"]["traffic"]
    assert NO_CHANGES == stack.changes()


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


WEIGHTS = {"modelUri": "azureml://datastores/weights/paths/tuned", "modelType": "custom_model"}


def own_weights(registered: str) -> dict[str, object]:
    """A deployment that mounts a registered model."""
    return {"blue": {"vllm": {"image": IMAGE, "registered_model": registered}}}
