# SPDX-License-Identifier: Apache-2.0
"""What an endpoint's identity may do on registries and on the workspace's storage."""

from azure_sandbox.arm.call import Call
from azure_sandbox.arm.errors import OperationFailedError
from azure_sandbox.arm.records import Resource
from azure_sandbox.arm.transaction import Transaction
from azure_sandbox.namespaces import authorization
from azure_sandbox.namespaces.machine_learning.container_images import Image

ACR_PULL = "7f951dda-4ed3-4680-a7ca-43fe172d538d"
STORAGE_BLOB_DATA_READER = "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1"
METRICS_WRITER = "635dd51f-9968-44d3-b7fb-6d9a6bd613ae"

_REGISTRY, _STORAGE = "containerRegistry", "storageAccount"
_NEEDED = ((_REGISTRY, ACR_PULL), (_STORAGE, STORAGE_BLOB_DATA_READER))


def assign_to_system_identity(call: Call, endpoint: Resource, existing: Resource | None) -> None:
    """Give a new system-assigned identity the roles that Azure gives it.

    Azure docs, concept-endpoints-online-auth. A user-assigned identity gets nothing.
    """
    principal = _system_principal(endpoint)
    workspace = call.tx.get(endpoint.parent)
    if not principal or workspace is None or (existing and _system_principal(existing)):
        return
    scopes = [(workspace.properties.get(name), role) for name, role in _NEEDED]
    for scope, role in [*scopes, (workspace.id, METRICS_WRITER)]:
        if scope:
            authorization.assign(
                call.tx, call.clock, call.caller.object_id, principal, role, scope, call.at
            )


def check_roles(
    tx: Transaction, endpoint: Resource, workspace: Resource, image: Image | None, at: float
) -> None:
    """Fail a deployment whose endpoint could not pull its image or read its model at a moment.

    Without an image of its own a deployment pulls from the workspace's registry. A role counts
    once it has propagated. An endpoint without an identity is not checked.
    """
    principals = principals_of(endpoint)
    for scope, title, role in (
        (_registry(tx, workspace, image), "AcrPull", ACR_PULL),
        (
            workspace.properties.get(_STORAGE),
            "Storage Blob Data Reader",
            STORAGE_BLOB_DATA_READER,
        ),
    ):
        if principals and scope and not _any_effective(tx, principals, role, scope, at):
            raise OperationFailedError(
                "BadArgument",
                f"The identity of endpoint {endpoint.name} is not authorized to start the "
                f"deployment: it does not have the role {title} on {scope}. Assign the role, wait "
                "until it has propagated, delete the failed deployment and create it again.",
            )


def may_write_metrics(tx: Transaction, endpoint: Resource, at: float) -> bool:
    """Whether the identity of an endpoint may write metrics to its workspace at a moment."""
    return _any_effective(tx, principals_of(endpoint), METRICS_WRITER, endpoint.parent, at)


def _registry(tx: Transaction, workspace: Resource, image: Image | None) -> str | None:
    """The registry that a role must open; None for one outside Azure, which must be public."""
    if image is None:
        registry: str | None = workspace.properties.get(_REGISTRY)
        return registry
    if image.azure_registry is None:
        return None
    found = tx.named("Microsoft.ContainerRegistry/registries", image.azure_registry)
    if not found:
        raise OperationFailedError(
            "BadArgument",
            f"The image {image.path} could not be pulled: there is no registry {image.host}.",
        )
    return found[0].id


def principals_of(endpoint: Resource) -> list[str]:
    """Return the object ids of an endpoint's identities."""
    identity = endpoint.body.get("identity") or {}
    assigned = (identity.get("userAssignedIdentities") or {}).values()
    found = [_system_principal(endpoint), *(one.get("principalId") for one in assigned if one)]
    return [principal for principal in found if principal]


def _system_principal(endpoint: Resource) -> str:
    return str((endpoint.body.get("identity") or {}).get("principalId") or "")


def _any_effective(
    tx: Transaction, principals: list[str], role: str, scope: str, at: float
) -> bool:
    return any(authorization.is_effective(tx, one, role, scope, at) for one in principals)
