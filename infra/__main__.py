# SPDX-License-Identifier: Apache-2.0
"""What `pulumi up` creates: a workspace, what protects it, and the stack's endpoints."""

from typing import cast

import pulumi
from pulumi_azure_native.resources import ResourceGroup

from azure_model_endpoints import (
    ModelEndpoint,
    ModelEndpointArgs,
    ModelWorkspace,
    ModelWorkspaceArgs,
    PrivateNetwork,
    PrivateNetworkArgs,
    ResourceLocks,
    plan_of_program,
)
from azure_model_endpoints.foreign_fields import owner
from azure_model_endpoints.planning.tags import owned_tags
from azure_model_endpoints.vocabulary import LockKind

plan = plan_of_program()
settings = plan.settings
group = ResourceGroup(
    "group",
    resource_group_name=plan.resource_group_name,
    location=settings.region,
    tags=owned_tags(settings.tags, owner()),
)
in_group = {"resource_group_name": group.name}
workspace = ModelWorkspace(
    settings.name, cast("ModelWorkspaceArgs", plan.workspace_arguments() | in_group)
)
protected: list[pulumi.Resource] = [workspace]
if settings.network:
    targets = {
        "workspace_id": workspace.workspace_id,
        "storage_account_id": workspace.storage_account_id,
        "key_vault_id": workspace.key_vault_id,
        "container_registry_id": workspace.container_registry_id,
    }
    arguments = plan.network_arguments() | in_group | targets
    protected.append(PrivateNetwork("network", cast("PrivateNetworkArgs", arguments)))
given = settings.hugging_face_token
token = pulumi.Output.secret(given.get_secret_value()) if given else None
for key in settings.endpoints:
    arguments = plan.endpoint_arguments(key) | {
        "resource_group_name": group.name,
        "workspace_name": workspace.workspace_name,
        "identity_id": workspace.identity_id,
        "identity_principal_id": workspace.identity_principal_id,
        "key_vault_name": workspace.key_vault_name,
        "registry_login_server": workspace.registry_login_server,
        "hugging_face_token": token,
    }
    if settings.workspace.diagnostics:
        arguments["log_analytics_workspace_id"] = workspace.log_analytics_workspace_id
    endpoint = ModelEndpoint(key, cast("ModelEndpointArgs", arguments))
    protected.append(endpoint)
    pulumi.export(
        key, {"endpoint_name": endpoint.endpoint_name, "scoring_uri": endpoint.scoring_uri}
    )
if settings.workspace.lock is not LockKind.NONE:
    # Last of all: what is locked cannot be changed back.
    ResourceLocks(
        "locks",
        {"kind": settings.workspace.lock, "resource_ids": dict(workspace.lockable_ids)},
        pulumi.ResourceOptions(depends_on=protected),
    )
