# SPDX-License-Identifier: Apache-2.0
"""One managed online deployment of an endpoint."""

from collections.abc import Mapping

import pulumi
from pulumi_azure_native import machinelearningservices as ml

from azure_model_endpoints.container import Container
from azure_model_endpoints.foreign_fields import owner
from azure_model_endpoints.planning.deployment import DeploymentPlan
from azure_model_endpoints.planning.foreign import DECLARED_INSTANCES
from azure_model_endpoints.planning.probes import Probe, duration
from azure_model_endpoints.planning.tags import owned_tags

__all__ = ["managed_deployment"]


def managed_deployment(  # noqa: PLR0913  (each is a different noun)
    name: str,
    plan: DeploymentPlan,
    container: Container,
    endpoint: ml.OnlineEndpoint,
    names: Mapping[str, pulumi.Input[str]],
    *,
    region: str,
    egress: pulumi.Input[str],
    tags: Mapping[str, str],
    opts: pulumi.ResourceOptions,
) -> ml.OnlineDeployment:
    """Create a deployment from its plan.

    Args:
        name: what the program calls it.
        plan: what it will be.
        container: what it runs.
        endpoint: the endpoint it belongs to; deleting that deletes it too.
        names: ``resourceGroupName`` and ``workspaceName`` of the endpoint.
        region: Azure region of the endpoint.
        egress: whether it may use the internet, in Azure's words.
        tags: those of the endpoint.
        opts: its parent, what it waits for, and how it keeps what others write.
    """
    marks = {DECLARED_INSTANCES: str(plan.instances)}
    return ml.OnlineDeployment(
        name,
        deployment_name=plan.name,
        endpoint_name=endpoint.name,
        workspace_name=names["workspaceName"],
        resource_group_name=names["resourceGroupName"],
        location=region,
        sku=ml.SkuArgs(name="Default", capacity=plan.instances),
        tags={**owned_tags({**tags, **plan.tags}, owner()), **marks},
        properties=ml.ManagedOnlineDeploymentArgs(
            endpoint_compute_type="Managed",
            model=container.model,
            model_mount_path=container.model_mount_path,
            environment_id=container.environment_id,
            instance_type=plan.sku,
            environment_variables={**plan.environment_variables, **container.variables},
            app_insights_enabled=True,
            egress_public_network_access=egress,
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
