# SPDX-License-Identifier: Apache-2.0
"""Weights that vLLM would not find: on the Hugging Face Hub, or in the workspace."""

from http import HTTPStatus
from typing import TYPE_CHECKING

from azure_model_endpoints.errors import Problem
from azure_model_endpoints.planning.serving import VllmServing

if TYPE_CHECKING:
    from azure_model_endpoints.catalog import Catalog
    from azure_model_endpoints.planning.stack_plan import StackPlan

__all__ = ["hub_problem", "new_workspace_problem", "of_the_hub", "of_the_workspace"]


def of_the_hub(plan: "StackPlan", shipped: "Catalog") -> dict[str, VllmServing]:
    """Return what pulls a revision that somebody wrote, by the path of its ``vllm`` section.

    Args:
        plan: of the stack.
        shipped: the package's own catalogue, whose revisions are known to exist.
    """
    known = {(model.hugging_face_id, model.revision) for model in shipped.models.values()}
    return {
        path: serving
        for path, serving in _by_path(plan).items()
        if serving.revision and (serving.model_name, serving.revision) not in known
    }


def of_the_workspace(plan: "StackPlan") -> dict[str, VllmServing]:
    """Return what mounts registered weights, by the path of its ``vllm`` section."""
    return {path: serving for path, serving in _by_path(plan).items() if serving.registered_model}


def hub_problem(path: str, serving: VllmServing, status: int, *, has_token: bool) -> Problem | None:
    """Return what the Hub's answer about a revision means.

    Args:
        path: of the ``vllm`` section.
        serving: what pulls it.
        status: of the answer.
        has_token: whether a token was shown.
    """
    page = f"https://huggingface.co/{serving.model_name}"
    match status:
        case HTTPStatus.NOT_FOUND:
            given = f"{serving.revision!r}, which the Hub does not have"
            rule = f"a commit of {serving.model_name}"
            return Problem(f"{path}.revision", given, rule, f"Copy one from {page}/commits/main.")
        case HTTPStatus.UNAUTHORIZED | HTTPStatus.FORBIDDEN:
            who = "the Hugging Face token" if has_token else "anybody without a token"
            given = f"{serving.model_name}, which the Hub does not show to {who}"
            remedy = f"Accept the licence on {page} with the token's account, or correct the token."
            return Problem(path, given, "a repository that the token may read", remedy)
        case _:
            return None


def new_workspace_problem(path: str, model: tuple[str, str], workspace: str) -> Problem:
    """Return the problem of a registered model in a workspace that is not there yet.

    Args:
        path: of the setting ``registered_model``.
        model: its name and version.
        workspace: name of the workspace.
    """
    return Problem(
        path,
        repr(":".join(model)),
        f"nothing yet: the workspace {workspace} does not exist, so nothing is registered in it",
        "Run `pulumi up` without this deployment, register the model with `az ml model create "
        f"--name {model[0]} --version {model[1]}`, then add the deployment.",
    )


def _by_path(plan: "StackPlan") -> dict[str, VllmServing]:
    return {
        f"{path}.vllm": deployment.serving
        for path, deployment in plan.deployments()
        if isinstance(deployment.serving, VllmServing)
    }
