# SPDX-License-Identifier: Apache-2.0
"""The built-in roles that this library grants, and how they are granted."""

from collections.abc import Iterable
from enum import Enum

import pulumi
from pulumi_azure_native import authorization

from azure_model_endpoints.planning.names import role_assignment_name

__all__ = ["Role", "after", "grant"]


class Role(Enum):
    """Built-in roles by their GUIDs (Azure docs, "Azure built-in roles")."""

    ACR_PULL = "7f951dda-4ed3-4680-a7ca-43fe172d538d"
    STORAGE_BLOB_DATA_READER = "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1"
    KEY_VAULT_SECRETS_USER = "4633458b-17de-408a-b874-0445c86b69e6"
    AZUREML_METRICS_WRITER = "635dd51f-9968-44d3-b7fb-6d9a6bd613ae"
    AZUREML_DATA_SCIENTIST = "f6c7c914-8db3-469d-8ca1-694a8f32e121"
    CONTRIBUTOR = "b24988ac-6180-42a0-ab88-20f7382dd24c"
    KEY_VAULT_ADMINISTRATOR = "00482a5a-887f-4fb3-b363-3b7fe8e74483"
    KEY_VAULT_CRYPTO_SERVICE_ENCRYPTION_USER = "e147488a-f6f5-4113-8e2d-b22465e65bf6"
    NETWORK_CONNECTION_APPROVER = "b556d68e-0be0-4f35-a333-ad7ee1ce17ea"


def grant(  # noqa: PLR0913  (who, what, where)
    name: str,
    role: Role,
    principal_id: pulumi.Input[str],
    scope: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
    *,
    new_principal: bool = True,
) -> "authorization.RoleAssignment":
    """Grant a principal one role on one resource.

    Args:
        name: what the program calls the grant.
        role: what it allows.
        principal_id: object id of who gets it.
        scope: Azure resource id of what it is about.
        opts: the parent of the grant.
        new_principal: whether it is a service principal, which may be as new as this run. Saying so
            spares Azure the look-up that fails while a new identity is not yet known everywhere
            (Azure docs, "Troubleshoot Azure RBAC"). Anybody else is looked up.
    """
    definition = pulumi.Output.from_input(scope).apply(
        lambda resource_id: (
            "/".join(resource_id.split("/")[:3])
            + f"/providers/Microsoft.Authorization/roleDefinitions/{role.value}"
        )
    )
    if not new_principal:
        looked_up = pulumi.ResourceOptions(transformations=[_without_principal_type])
        opts = pulumi.ResourceOptions.merge(opts, looked_up)
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


def _without_principal_type(
    args: pulumi.ResourceTransformationArgs,
) -> pulumi.ResourceTransformationResult:
    """Let Azure look up what a principal is; left out, the SDK would say that it is a user."""
    props = {name: value for name, value in args.props.items() if name != "principal_type"}
    return pulumi.ResourceTransformationResult(props, args.opts)


def after(
    waited_for: Iterable[pulumi.CustomResource], value: pulumi.Output[str]
) -> pulumi.Output[str]:
    """Return a value that whoever uses it gets only once some resources are there."""
    # Their URNs, because those are known at preview even of resources that are still to come.
    urns = [resource.urn for resource in waited_for]
    return pulumi.Output.all(value, *urns).apply(lambda values: str(values[0]))
