# SPDX-License-Identifier: Apache-2.0
"""A managed online endpoint that serves open-weight models."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NotRequired, TypedDict

import pulumi
from pulumi_azure_native import authorization
from pulumi_azure_native import machinelearningservices as ml
from pydantic import ValidationError

from azure_model_endpoints._validation import problems_of
from azure_model_endpoints.catalog import load_catalog
from azure_model_endpoints.deployment import managed_deployment
from azure_model_endpoints.errors import PlanError, SettingsError
from azure_model_endpoints.failed_creations import (
    replacing_failed_deployment,
    replacing_failed_endpoint,
)
from azure_model_endpoints.foreign_fields import keeping_deployment, keeping_endpoint, owner
from azure_model_endpoints.planning.deployment import DeploymentPlan
from azure_model_endpoints.planning.endpoint import EndpointPlan, plan_endpoint
from azure_model_endpoints.planning.names import default_endpoint_name
from azure_model_endpoints.planning.tags import owned_tags
from azure_model_endpoints.settings import EndpointSettings
from azure_model_endpoints.traffic import traffic_step

__all__ = ["ModelDeploymentArgs", "ModelEndpoint", "ModelEndpointArgs"]


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
    public_network_access: NotRequired[bool]
    """Whether the internet may call the endpoint and its instances may call the internet; default
    no: callers come through the workspace's private endpoint."""
    tags: NotRequired[dict[str, str]]
    """Put on the endpoint and its deployments."""


class ModelEndpoint(pulumi.ComponentResource):
    """A managed online endpoint with its deployments and its traffic.

    Assumptions:

    - The workspace exists, or is created by the same program and passed as an output.
    - Nobody else deletes deployments; traffic, instance counts and tags may be changed by others
      and are carried through every update.
    - A user-assigned identity has its roles before this component is created.
    """

    endpoint_name: pulumi.Output[str]
    """Name in Azure."""
    endpoint_id: pulumi.Output[str]
    """Azure resource id."""
    scoring_uri: pulumi.Output[str]
    """Where to send requests."""

    def __init__(
        self, name: str, args: ModelEndpointArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Create an endpoint.

        Args:
            name: what the program calls it.
            args: what it shall be.
            opts: the usual options.

        Raises:
            SettingsError: the arguments are malformed.
            PlanError: Azure would refuse them.
        """
        super().__init__("azure-model-endpoints:index:ModelEndpoint", name, {}, opts)
        plan = _plan(name, args)
        names: dict[str, pulumi.Input[str]] = {
            "resourceGroupName": args["resource_group_name"],
            "workspaceName": args["workspace_name"],
            "endpointName": self._endpoint_name(name, args),
        }
        public = args.get("public_network_access", False)
        tags = dict(plan.tags)
        endpoint = ml.OnlineEndpoint(
            f"{name}-endpoint",
            endpoint_name=names["endpointName"],
            workspace_name=names["workspaceName"],
            resource_group_name=names["resourceGroupName"],
            location=args["region"],
            kind="Managed",
            identity=_identity(args.get("identity_id")),
            tags=owned_tags(tags, owner()),
            properties=ml.OnlineEndpointPropertiesArgs(
                auth_mode=ml.EndpointAuthMode.KEY,
                public_network_access="Enabled" if public else "Disabled",
            ),
            opts=pulumi.ResourceOptions.merge(
                keeping_endpoint(self, name), replacing_failed_endpoint(self)
            ),
        )
        # Azure answers 409 to an operation on an endpoint that has another one under way, so each
        # deployment waits for the one before it.
        created: list[pulumi.CustomResource] = [endpoint]
        for deployment in plan.deployments:
            created.append(
                managed_deployment(
                    f"{name}-{deployment.name}",
                    deployment,
                    endpoint,
                    resource_group_name=names["resourceGroupName"],
                    workspace_name=names["workspaceName"],
                    region=args["region"],
                    environment_variables=_variables(args, deployment.name),
                    tags=tags,
                    egress=public,
                    opts=self._deployment_options(name, deployment, created[-1]),
                )
            )
        traffic_step(
            f"{name}-traffic",
            endpoint,
            names,
            plan.traffic,
            pulumi.ResourceOptions(parent=self, depends_on=created),
        )
        self._endpoint = endpoint
        self._names = names
        self.endpoint_name = endpoint.name
        self.endpoint_id = endpoint.id
        self.scoring_uri = endpoint.properties.apply(lambda live: live.scoring_uri or "")
        self.register_outputs(
            {
                "endpointName": self.endpoint_name,
                "endpointId": self.endpoint_id,
                "scoringUri": self.scoring_uri,
            }
        )

    def _deployment_options(
        self, name: str, plan: DeploymentPlan, after: pulumi.Resource
    ) -> pulumi.ResourceOptions:
        keeping = keeping_deployment(self, f"{name}.deployments.{plan.name}")
        clearing = replacing_failed_deployment(self)
        clearing.depends_on = [after]
        return pulumi.ResourceOptions.merge(keeping, clearing)

    @property
    def endpoint(self) -> ml.OnlineEndpoint:
        """The endpoint resource itself."""
        return self._endpoint

    def primary_key(self) -> pulumi.Output[str]:
        """Return the endpoint's primary key, a secret; read when it is asked for."""
        keys = ml.list_online_endpoint_keys_output(
            endpoint_name=self.endpoint_name,
            resource_group_name=self._names["resourceGroupName"],
            workspace_name=self._names["workspaceName"],
            opts=pulumi.InvokeOutputOptions(parent=self, depends_on=[self._endpoint]),
        )
        return pulumi.Output.secret(keys.apply(lambda pair: pair.primary_key or ""))

    def _endpoint_name(self, name: str, args: ModelEndpointArgs) -> pulumi.Input[str]:
        given = args.get("endpoint_name")
        if given is not None:
            return given
        client = authorization.get_client_config_output(pulumi.InvokeOutputOptions(parent=self))
        return pulumi.Output.all(
            client.subscription_id, args["resource_group_name"], args["workspace_name"]
        ).apply(lambda where: default_endpoint_name(name, *where))


def _plan(name: str, args: Mapping[str, Any]) -> EndpointPlan:
    """Return the plan of what the arguments say, leaving the inputs among them aside."""
    plain = {key: args[key] for key in ("model", "traffic", "tags") if key in args}
    if "deployments" in args:
        plain["deployments"] = {
            key: {k: v for k, v in deployment.items() if k != "environment_variables"}
            for key, deployment in args["deployments"].items()
        }
    given = args.get("endpoint_name")
    if isinstance(given, str):
        plain["endpoint_name"] = given
    try:
        settings = EndpointSettings.model_validate(plain)
    except ValidationError as error:
        raise SettingsError(problems_of(error, EndpointSettings), source=name) from None
    today = datetime.now(UTC).date()
    plan, problems = plan_endpoint(name, settings, load_catalog(), today)
    if problems:
        raise PlanError(problems, source=name)
    return plan


def _variables(args: ModelEndpointArgs, deployment: str) -> Mapping[str, pulumi.Input[str]]:
    given = args.get("deployments", {}).get(deployment, {})
    return given.get("environment_variables", {})


def _identity(identity_id: pulumi.Input[str] | None) -> ml.ManagedServiceIdentityArgs:
    if identity_id is None:
        return ml.ManagedServiceIdentityArgs(type=ml.ManagedServiceIdentityType.SYSTEM_ASSIGNED)
    return ml.ManagedServiceIdentityArgs(
        type=ml.ManagedServiceIdentityType.USER_ASSIGNED, user_assigned_identities=[identity_id]
    )
