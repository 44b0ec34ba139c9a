# SPDX-License-Identifier: Apache-2.0
"""One managed online deployment of an endpoint."""

from collections.abc import Mapping

import pulumi
from pulumi_azure_native import machinelearningservices as ml

from azure_model_endpoints.foreign_fields import owner
from azure_model_endpoints.planning.deployment import DeploymentPlan
from azure_model_endpoints.planning.foreign import DECLARED_INSTANCES
from azure_model_endpoints.planning.probes import Probe, duration
from azure_model_endpoints.planning.tags import owned_tags

__all__ = ["managed_deployment"]


def managed_deployment(  # noqa: PLR0913  (each is a different noun)
    name: str,
    plan: DeploymentPlan,
    endpoint: ml.OnlineEndpoint,
    *,
    resource_group_name: pulumi.Input[str],
    workspace_name: pulumi.Input[str],
    region: str,
    environment_variables: Mapping[str, pulumi.Input[str]],
    tags: Mapping[str, str],
    egress: bool,
    opts: pulumi.ResourceOptions,
) -> ml.OnlineDeployment:
    """Create a deployment from its plan.

    Args:
        name: what the program calls it.
        plan: what it will be.
        endpoint: the endpoint it belongs to; deleting that deletes it too.
        resource_group_name: of the workspace.
        workspace_name: of the workspace.
        region: Azure region.
        environment_variables: for the model server, over those of the plan; may be secret.
        tags: those of the endpoint.
        egress: whether its instances may reach the internet.
        opts: its parent, what it waits for, and how it keeps what others write.
    """
    marks = {DECLARED_INSTANCES: str(plan.instances)}
    return ml.OnlineDeployment(
        name,
        deployment_name=plan.name,
        endpoint_name=endpoint.name,
        workspace_name=workspace_name,
        resource_group_name=resource_group_name,
        location=region,
        sku=ml.SkuArgs(name="Default", capacity=plan.instances),
        tags={**owned_tags({**tags, **plan.tags}, owner()), **marks},
        properties=ml.ManagedOnlineDeploymentArgs(
            endpoint_compute_type="Managed",
            model=plan.asset_id,
            instance_type=plan.sku,
            environment_variables={**plan.environment_variables, **environment_variables},
            app_insights_enabled=True,
            egress_public_network_access="Enabled" if egress else "Disabled",
            request_settings=ml.OnlineRequestSettingsArgs(
                request_timeout=duration(plan.request_timeout_seconds),
                max_concurrent_requests_per_instance=plan.max_concurrent_requests,
            ),
            liveness_probe=_probe(plan.liveness),
            readiness_probe=_probe(plan.readiness),
        ),
        opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(deleted_with=endpoint)),
    )


def _probe(plan: Probe) -> ml.ProbeSettingsArgs:
    return ml.ProbeSettingsArgs(
        initial_delay=duration(plan.initial_delay_seconds),
        period=duration(plan.period_seconds),
        timeout=duration(plan.timeout_seconds),
        failure_threshold=plan.failure_threshold,
        success_threshold=plan.success_threshold,
    )
