# SPDX-License-Identifier: Apache-2.0
"""What runs in a deployment's container: the catalogue's image, or vLLM in one of one's own."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi
from pulumi_azure_native import machinelearningservices as ml

from azure_model_endpoints.endpoint_args import ModelEndpointArgs
from azure_model_endpoints.foreign_fields import owner
from azure_model_endpoints.planning.addresses import CHAT_ROUTE
from azure_model_endpoints.planning.deployment import DeploymentPlan
from azure_model_endpoints.planning.serving import (
    MOUNT_PATH,
    VLLM_PORT,
    CatalogueServing,
    VllmServing,
)
from azure_model_endpoints.planning.tags import owned_tags

__all__ = ["Container", "container_of"]


@dataclass(frozen=True, slots=True)
class Container:
    """A container's model, image and variables, as inputs of a deployment."""

    model: pulumi.Input[str] | None = None
    """Id of the model Azure brings along; None when the container pulls its own."""
    model_mount_path: str | None = None
    """Where the model appears; None where the image knows."""
    environment_id: pulumi.Input[str] | None = None
    """Id of the environment; None for the catalogue's image."""
    variables: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    """Environment variables over those of the plan."""


def container_of(  # noqa: PLR0913  (each is a different noun)
    name: str,
    plan: DeploymentPlan,
    args: ModelEndpointArgs,
    *,
    endpoint: ml.OnlineEndpoint,
    token: pulumi.Output[str] | None,
    parent: pulumi.Resource,
) -> Container:
    """Return the container of a deployment, and create its environment where it has one.

    Args:
        name: the endpoint's name in the program.
        plan: the deployment.
        args: of the endpoint.
        endpoint: the endpoint.
        token: reference to the Hugging Face token, where there is one.
        parent: the component it belongs to.
    """
    given = args.get("deployments", {}).get(plan.name, {}).get("environment_variables", {})
    match plan.serving:
        case CatalogueServing(asset_id=asset_id):
            return Container(model=asset_id, variables=given)
        case VllmServing() as serving:
            label = f"{name}-{plan.name}-environment"
            versioned = pulumi.Output.concat(endpoint.name, "-", plan.name)
            environment = _environment(label, versioned, serving, args, parent)
            secret = {"HUGGING_FACE_HUB_TOKEN": token} if serving.needs_token and token else {}
            registered = serving.registered_model
            return Container(
                model=_registered_model(endpoint, *registered) if registered else None,
                model_mount_path=MOUNT_PATH if registered else None,
                environment_id=environment.id,
                variables={**secret, **given},
            )
        case None:
            raise AssertionError("a plan without problems says how every model is served")


def _environment(
    name: str,
    environment_name: pulumi.Output[str],
    serving: VllmServing,
    args: ModelEndpointArgs,
    parent: pulumi.Resource,
) -> ml.EnvironmentVersion:
    # vLLM answers /health only once the model is loaded. A route must name something: Azure's
    # specification has no "/".
    health = ml.RouteArgs(path="/health", port=VLLM_PORT)
    registry = pulumi.Output.from_input(args.get("registry_login_server", ""))
    return ml.EnvironmentVersion(
        name,
        name=environment_name,
        version=serving.environment_version,
        resource_group_name=args["resource_group_name"],
        workspace_name=args["workspace_name"],
        properties=ml.EnvironmentVersionPropertiesArgs(
            image=registry.apply(lambda server: serving.image.replace("{registry}", server)),
            os_type=ml.OperatingSystemType.LINUX,
            tags=owned_tags(args.get("tags", {}), owner()),
            inference_config=ml.InferenceContainerPropertiesArgs(
                liveness_route=health,
                readiness_route=health,
                scoring_route=ml.RouteArgs(path=CHAT_ROUTE, port=VLLM_PORT),
            ),
        ),
        # The running deployment keeps its version until it has moved to the next.
        opts=pulumi.ResourceOptions(parent=parent, delete_before_replace=False),
    )


def _registered_model(endpoint: ml.OnlineEndpoint, model: str, version: str) -> pulumi.Output[str]:
    return endpoint.id.apply(
        lambda resource_id: f"{resource_id.rsplit('/', 2)[0]}/models/{model}/versions/{version}"
    )
