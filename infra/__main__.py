# SPDX-License-Identifier: Apache-2.0
"""What `pulumi up` creates: a resource group, a workspace and the stack's endpoints."""

from typing import cast

import pulumi
from pulumi_azure_native.resources import ResourceGroup

from azure_model_endpoints import (
    ModelEndpoint,
    ModelEndpointArgs,
    ModelWorkspace,
    plan_of_program,
)
from azure_model_endpoints.foreign_fields import owner
from azure_model_endpoints.planning.tags import owned_tags

plan = plan_of_program()
settings = plan.settings
group = ResourceGroup(
    "group",
    resource_group_name=plan.resource_group_name,
    location=settings.region,
    tags=owned_tags(settings.tags, owner()),
)
workspace = ModelWorkspace(
    settings.name,
    {
        "resource_group_name": group.name,
        "region": settings.region,
        "public_network_access": settings.public_network_access,
        "tags": settings.tags,
    },
)
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
    endpoint = ModelEndpoint(key, cast("ModelEndpointArgs", arguments))
    pulumi.export(
        key, {"endpoint_name": endpoint.endpoint_name, "scoring_uri": endpoint.scoring_uri}
    )
