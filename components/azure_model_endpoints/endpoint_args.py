# SPDX-License-Identifier: Apache-2.0
"""What a `ModelEndpoint` is asked for, and the plan that follows from it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NotRequired, TypedDict

import pulumi
from pydantic import SecretStr

from azure_model_endpoints.arguments import ArgumentsError, parse_arguments
from azure_model_endpoints.catalog import load_catalog
from azure_model_endpoints.errors import Problem
from azure_model_endpoints.planning.deployment import Surroundings
from azure_model_endpoints.planning.endpoint import EndpointPlan, plan_endpoint
from azure_model_endpoints.planning.names import region_problem
from azure_model_endpoints.planning.serving import VllmServing
from azure_model_endpoints.settings import EndpointSettings

__all__ = ["ModelDeploymentArgs", "ModelEndpointArgs", "VllmArgs", "plan_of_arguments"]


class VllmArgs(TypedDict):
    """Serving by vLLM in a container of one's own."""

    image: str
    """Image that starts vLLM from the variables ``MODEL_NAME`` and ``VLLM_ARGS``, pinned by tag or
    digest. ``{registry}`` stands for `registry_login_server`."""
    context_length: NotRequired[int]
    """Most tokens of prompt and answer together; default: what the model can."""
    revision: NotRequired[str]
    """Commit of the model's Hugging Face repository; default: the catalogue's."""
    registered_model: NotRequired[str]
    """``name:version`` of weights registered in the workspace, instead of the Hub's."""
    folder: NotRequired[str]
    """Folder of the registered model that holds the weights; default: its root."""


class ModelDeploymentArgs(TypedDict):
    """One deployment of an endpoint. Plain values, since they decide what is created."""

    model: NotRequired[str]
    """Catalogue name of the model; default: the endpoint's."""
    sku: NotRequired[str]
    """Azure VM size; default: the smallest the catalogue lists for the model."""
    instances: NotRequired[int]
    """Number of instances, 1 to 50; default 1. A count that somebody raised is never lowered."""
    max_concurrent_requests: NotRequired[int]
    """Requests one instance works on at a time; default 8."""
    vllm: NotRequired[VllmArgs]
    """Serve with vLLM in a container of your own; default: the catalogue's model and image."""
    environment_variables: NotRequired[dict[str, pulumi.Input[str]]]
    """Given to the model server; values may be outputs and secrets. Default: none of your own."""
    tags: NotRequired[dict[str, str]]
    """Added to the endpoint's tags."""


class ModelEndpointArgs(TypedDict):
    """The arguments of a `ModelEndpoint`.

    What decides which resources exist is plain; names and ids of other resources are inputs.
    """

    resource_group_name: pulumi.Input[str]
    """Resource group of the workspace."""
    workspace_name: pulumi.Input[str]
    """Azure Machine Learning workspace the endpoint lives in."""
    region: str
    """Azure region of the workspace, for example ``eastus``."""
    model: NotRequired[str]
    """Catalogue name of the model every deployment serves unless it says otherwise."""
    deployments: NotRequired[dict[str, ModelDeploymentArgs]]
    """Deployments by name; default: one called ``blue``."""
    traffic: NotRequired[dict[str, int]]
    """Percent of the live traffic per deployment, adding up to 100, or to 0 to turn the endpoint
    off. Default: all of it to the only deployment."""
    endpoint_name: NotRequired[pulumi.Input[str]]
    """Name in Azure, unique in the region; default: the component's name and a suffix that follows
    from the subscription, the resource group and the workspace."""
    identity_id: NotRequired[pulumi.Input[str]]
    """Id of a user-assigned identity that may pull images and read models; default: an identity of
    the endpoint's own, to which Azure grants that."""
    registry_login_server: NotRequired[pulumi.Input[str]]
    """Login server of the registry that ``{registry}`` in an image stands for."""
    hugging_face_token: NotRequired[pulumi.Input[str]]
    """Token for gated models, a secret; kept in the key vault."""
    key_vault_name: NotRequired[pulumi.Input[str]]
    """Key vault for the token, in the workspace's resource group."""
    identity_principal_id: NotRequired[pulumi.Input[str]]
    """Principal of `identity_id`, which is let read the token."""
    public_network_access: NotRequired[bool]
    """Whether the internet may call the endpoint and its instances may call the internet; default
    no: callers come through the workspace's private endpoint."""
    tags: NotRequired[dict[str, str]]
    """Put on the endpoint and its deployments."""


class _Arguments(EndpointSettings):
    resource_group_name: str
    workspace_name: str
    region: str
    identity_id: str | None = None
    registry_login_server: str | None = None
    hugging_face_token: SecretStr | None = None
    key_vault_name: str | None = None
    identity_principal_id: str | None = None
    public_network_access: bool = False


_REQUIRED = {name for name, field in _Arguments.model_fields.items() if field.is_required()}
_INPUTS = _Arguments.model_fields.keys() - EndpointSettings.model_fields.keys() - {
    "region",
    "public_network_access",
} | {"endpoint_name", "environment_variables"}


def plan_of_arguments(name: str, args: ModelEndpointArgs) -> EndpointPlan:
    """Return the plan of what the arguments say.

    Raises:
        ArgumentsError: they are malformed, Azure would refuse them, or something that they need is
            missing.
    """
    settings, problems = parse_arguments(name, args, _Arguments, required=_REQUIRED, inputs=_INPUTS)
    if settings is None:
        raise ArgumentsError(problems, source=name)
    around = Surroundings(
        load_catalog(),
        datetime.now(UTC).date(),
        has_token=settings.hugging_face_token is not None,
    )
    plan, found = plan_endpoint(name, settings, around)
    # What was left out for being malformed is not also missing.
    malformed = {problem.path for problem in problems}
    region = region_problem(f"{name}.region", settings.region)
    found += [*([region] if region else []), *_missing_inputs(name, plan, args)]
    problems += [problem for problem in found if problem.path not in malformed]
    if problems:
        raise ArgumentsError(problems, source=name)
    return plan


def _missing_inputs(name: str, plan: EndpointPlan, args: Mapping[str, Any]) -> list[Problem]:
    """Return the problems of inputs that only some deployments need."""
    problems = []
    if isinstance(args.get("hugging_face_token"), str):
        path = f"{name}.hugging_face_token"
        remedy = "Take it from `pulumi.Config().require_secret(…)` or wrap it in `Output.secret`."
        problems.append(Problem(path, "a token in plain text", "a secret output", remedy))
    needed = []
    if plan.needs_token:
        needed += ["key_vault_name", "identity_principal_id"]
    if any(_from_own_registry(deployment.serving) for deployment in plan.deployments):
        needed.append("registry_login_server")
    return problems + [
        Problem(f"{name}.{key}", "nothing", "an output of ModelWorkspace, or a value", "Add it.")
        for key in needed
        if args.get(key) is None
    ]


def _from_own_registry(serving: object) -> bool:
    return isinstance(serving, VllmServing) and serving.image.startswith("{registry}")
