# SPDX-License-Identifier: Apache-2.0
"""The built-in roles that endpoints need, and how they are granted."""

from enum import Enum

import pulumi
from pulumi_azure_native import authorization

from azure_model_endpoints.planning.names import role_assignment_name

__all__ = ["Role", "grant"]


class Role(Enum):
    """Built-in roles by their GUIDs (Azure docs, "Azure built-in roles")."""

    ACR_PULL = "7f951dda-4ed3-4680-a7ca-43fe172d538d"
    STORAGE_BLOB_DATA_READER = "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1"
    KEY_VAULT_SECRETS_USER = "4633458b-17de-408a-b874-0445c86b69e6"
    AZUREML_METRICS_WRITER = "635dd51f-9968-44d3-b7fb-6d9a6bd613ae"


def grant(
    name: str,
    role: Role,
    principal_id: pulumi.Input[str],
    scope: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
) -> "authorization.RoleAssignment":
    """Grant a service principal one role on one resource.

    Saying that it is a service principal spares Azure the look-up that fails while a new identity
    is not yet known everywhere (Azure docs, "Troubleshoot Azure RBAC").
    """
    definition = pulumi.Output.from_input(scope).apply(
        lambda resource_id: (
            "/".join(resource_id.split("/")[:3])
            + f"/providers/Microsoft.Authorization/roleDefinitions/{role.value}"
        )
    )
    return authorization.RoleAssignment(
        name,
        role_assignment_name=pulumi.Output.all(scope, principal_id).apply(
            lambda ids: role_assignment_name(scope=ids[0], principal=ids[1], role=role.value)
        ),
        scope=scope,
        principal_id=principal_id,
        principal_type=authorization.PrincipalType.SERVICE_PRINCIPAL,
        role_definition_id=definition,
        opts=opts,
    )
