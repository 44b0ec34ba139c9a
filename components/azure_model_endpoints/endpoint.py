# SPDX-License-Identifier: Apache-2.0
"""A managed online endpoint that serves open-weight models."""

from collections.abc import Mapping

import pulumi
from pulumi_azure_native import machinelearningservices as ml

from azure_model_endpoints.access import key_in_vault, key_of, letting_call
from azure_model_endpoints.callback_server import share_callback_server
from azure_model_endpoints.component_outputs import declared_outputs
from azure_model_endpoints.container import container_of
from azure_model_endpoints.deployment import managed_deployment
from azure_model_endpoints.diagnostics import ENDPOINT_LOGS, report
from azure_model_endpoints.egress import egress_of
from azure_model_endpoints.endpoint_args import ModelEndpointArgs
from azure_model_endpoints.failed_creations import (
    replacing_failed_deployment,
    replacing_failed_endpoint,
)
from azure_model_endpoints.foreign_fields import (
    guarding_deployment,
    guarding_endpoint,
    keeping_live_fields,
    owner,
)
from azure_model_endpoints.hub_token import hub_token
from azure_model_endpoints.moving_in import moving_in_step, network_mark
from azure_model_endpoints.planning.access import AZURE_AUTH_MODES
from azure_model_endpoints.planning.addresses import openai_base_url
from azure_model_endpoints.planning.deployment import DeploymentPlan
from azure_model_endpoints.planning.endpoint import EndpointPlan
from azure_model_endpoints.planning.names import default_endpoint_name
from azure_model_endpoints.planning.serving import VllmServing
from azure_model_endpoints.planning.tags import owned_tags
from azure_model_endpoints.quota_check import within_quota
from azure_model_endpoints.registered_model import requiring_registered_model
from azure_model_endpoints.subscription.provider import client_config
from azure_model_endpoints.traffic import traffic_step
from azure_model_endpoints.vocabulary import Preflight

__all__ = ["ModelEndpoint"]


class ModelEndpoint(pulumi.ComponentResource):
    """A managed online endpoint with its deployments and its traffic.

    Assumptions:

    - The workspace exists, or is created by the same program and passed as an output.
    - Nobody else deletes deployments; traffic, instance counts and tags may be changed by others
      and are carried through every update.
    - A user-assigned identity has its roles before this component is created.
    - A transform that changes the endpoint or its deployments is among the component's own
      ``transforms``; a stack-wide one takes effect only at creation and along with other changes.
    """

    endpoint_name: pulumi.Output[str]
    """Name in Azure."""
    endpoint_id: pulumi.Output[str]
    """Azure resource id."""
    scoring_uri: pulumi.Output[str]
    """Azure's address for requests; its path is that of what was deployed last."""
    openai_base_url: pulumi.Output[str]
    """The ``base_url`` of OpenAI's clients, whatever serves the model."""

    def __init__(
        self, name: str, args: ModelEndpointArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Create an endpoint.

        Args:
            name: what the program calls it.
            args: what it shall be.
            opts: the usual options.

        Raises:
            ArgumentsError: the arguments are malformed, or Azure would refuse them.
        """
        # Brings pydantic and the catalogue, which importing this class shall not cost.
        from azure_model_endpoints.endpoint_plan import plan_of_arguments

        share_callback_server()
        opts = pulumi.ResourceOptions.merge(opts, keeping_live_fields(self, name))
        super().__init__("azure-model-endpoints:index:ModelEndpoint", name, {}, opts)
        plan = plan_of_arguments(name, args)
        for warning in plan.warnings:
            pulumi.log.warn(f"{name}.{warning}", self)
        names: dict[str, pulumi.Input[str]] = {
            "resourceGroupName": args["resource_group_name"],
            "workspaceName": args["workspace_name"],
            "endpointName": self._endpoint_name(name, args),
        }
        endpoint = self._created(name, plan, args, names)
        deployments = self._deployments(name, plan, args, endpoint, names)
        traffic_step(
            f"{name}-traffic",
            endpoint,
            names,
            plan.traffic,
            pulumi.ResourceOptions(parent=self, depends_on=[endpoint, *deployments]),
        )
        self._endpoint = endpoint
        self._names = names
        self._let_in(name, plan, args)
        if logs := args.get("log_analytics_workspace_id"):
            child = pulumi.ResourceOptions(parent=self)
            report(f"{name}-report", endpoint.id, logs, child, categories=ENDPOINT_LOGS)
        self.endpoint_name = endpoint.name
        self.endpoint_id = endpoint.id
        self.scoring_uri = endpoint.properties.apply(lambda live: live.scoring_uri or "")
        self.openai_base_url = self.scoring_uri.apply(openai_base_url)
        self.register_outputs(declared_outputs(self, ModelEndpoint))

    def _created(
        self,
        name: str,
        plan: EndpointPlan,
        args: ModelEndpointArgs,
        names: Mapping[str, pulumi.Input[str]],
    ) -> ml.OnlineEndpoint:
        """Create the endpoint itself, without traffic."""
        public = args.get("public_network_access", False)
        managed = args.get("managed_network", False)
        before = [moving_in_step(f"{name}-moving-in", names, self)] if managed else []
        care = pulumi.ResourceOptions.merge(
            guarding_endpoint(self, name), replacing_failed_endpoint(self)
        )
        tags = owned_tags(dict(plan.tags), owner())
        return ml.OnlineEndpoint(
            f"{name}-endpoint",
            endpoint_name=names["endpointName"],
            workspace_name=names["workspaceName"],
            resource_group_name=names["resourceGroupName"],
            location=args["region"],
            kind="Managed",
            identity=_identity(args.get("identity_id")),
            tags={**tags, **network_mark(managed=managed)},
            properties=ml.OnlineEndpointPropertiesArgs(
                auth_mode=AZURE_AUTH_MODES[plan.auth_mode],
                public_network_access="Enabled" if public else "Disabled",
            ),
            opts=pulumi.ResourceOptions.merge(care, pulumi.ResourceOptions(depends_on=before)),
        )

    def _deployments(
        self,
        name: str,
        plan: EndpointPlan,
        args: ModelEndpointArgs,
        endpoint: ml.OnlineEndpoint,
        names: Mapping[str, pulumi.Input[str]],
    ) -> list[ml.OnlineDeployment]:
        """Create the deployments, each after the one before it.

        Azure answers 409 to an operation on an endpoint that has another one under way.
        """
        vault = _vault(args)
        token = hub_token(name, args, endpoint, vault, self) if plan.needs_token else None
        egress = egress_of(args, names, self)
        created: list[ml.OnlineDeployment] = []
        for deployment in plan.deployments:
            container = container_of(
                name, deployment, args, endpoint=endpoint, token=token, parent=self
            )
            waiting = pulumi.ResourceOptions(depends_on=created[-1:])
            care = pulumi.ResourceOptions.merge(self._care_for(name, deployment), waiting)
            path = f"{name}.deployments.{deployment.name}"
            preflight = Preflight(args.get("preflight", Preflight.ENFORCE))
            within = within_quota(self, path, deployment, args["region"], preflight)
            opts = pulumi.ResourceOptions.merge(care, within)
            created.append(
                managed_deployment(
                    f"{name}-{deployment.name}",
                    deployment,
                    container,
                    endpoint,
                    names,
                    region=args["region"],
                    egress=egress,
                    tags=plan.tags,
                    opts=opts,
                )
            )
        return created

    def _care_for(self, name: str, plan: DeploymentPlan) -> pulumi.ResourceOptions:
        """Return what keeps a deployment from doing harm, and from being created in vain."""
        path = f"{name}.deployments.{plan.name}"
        care = pulumi.ResourceOptions.merge(
            guarding_deployment(self, name, plan.name),
            replacing_failed_deployment(f"{name}-{plan.name}", path, plan, self),
        )
        match plan.serving:
            case VllmServing(registered_model=(model, version)):
                requiring = requiring_registered_model(
                    model, version, self, f"{path}.vllm.registered_model"
                )
                return pulumi.ResourceOptions.merge(care, requiring)
            case _:
                return care

    @property
    def endpoint(self) -> ml.OnlineEndpoint:
        """The endpoint resource itself."""
        return self._endpoint

    def primary_key(self) -> pulumi.Output[str]:
        """Return the endpoint's primary key, a secret; read when it is asked for."""
        return key_of(self._endpoint, self._names, self)

    def _let_in(self, name: str, plan: EndpointPlan, args: ModelEndpointArgs) -> None:
        secret_id = None
        if plan.keys_in_vault:
            tags = owned_tags(dict(plan.tags), owner())
            key = self.primary_key()
            vault = _vault(args)
            secret_id = key_in_vault(name, self._endpoint, key, vault, tags=tags, parent=self)
        letting_call(name, plan.invokers, self._endpoint, secret_id, self)

    def _endpoint_name(self, name: str, args: ModelEndpointArgs) -> pulumi.Input[str]:
        given = args.get("endpoint_name")
        if given is not None:
            return given
        client = client_config(self)
        return pulumi.Output.all(
            client["subscriptionId"], args["resource_group_name"], args["workspace_name"]
        ).apply(lambda where: default_endpoint_name(name, *where))


def _vault(args: ModelEndpointArgs) -> dict[str, pulumi.Input[str]]:
    group = args.get("key_vault_resource_group_name") or args["resource_group_name"]
    return {"resourceGroupName": group, "vaultName": args.get("key_vault_name", "")}


def _identity(identity_id: pulumi.Input[str] | None) -> ml.ManagedServiceIdentityArgs:
    if identity_id is None:
        return ml.ManagedServiceIdentityArgs(type=ml.ManagedServiceIdentityType.SYSTEM_ASSIGNED)
    return ml.ManagedServiceIdentityArgs(
        type=ml.ManagedServiceIdentityType.USER_ASSIGNED, user_assigned_identities=[identity_id]
    )
