# SPDX-License-Identifier: Apache-2.0
"""The identity that a workspace acts with, where it is a resource of its own."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_azure_native import managedidentity

from azure_model_endpoints.roles import Role, after, grant

__all__ = ["OwnIdentity", "empowered"]

# Azure docs, "Set up authentication between Azure Machine Learning and other services" (workspace
# with a user-assigned identity): what it needs on each of the resources it stands on. It reads and
# writes data with the account's key; the data role that the page calls optional is for previews in
# the studio.
_ROLES = {
    "storage": (Role.CONTRIBUTOR,),
    "vault": (Role.CONTRIBUTOR, Role.KEY_VAULT_ADMINISTRATOR),
    "registry": (Role.CONTRIBUTOR,),
    "insights": (Role.CONTRIBUTOR,),
}

_PRIVATELY_REACHED = ("workspace", "storage", "vault", "registry")


@dataclass(frozen=True, slots=True)
class OwnIdentity:
    """The user-assigned identity of a workspace."""

    name: str
    """What the program calls the workspace."""
    identity: managedidentity.UserAssignedIdentity
    identity_id: pulumi.Output[str]
    """Its Azure resource id, usable once it has its roles."""
    opts: pulumi.ResourceOptions
    """Those of its grants."""

    def managing(self, workspace_id: pulumi.Input[str]) -> pulumi.CustomResource:
        """Let it manage the workspace itself, which the same page asks for.

        Args:
            workspace_id: Azure resource id of the workspace.
        """
        return grant(
            f"{self.name}-workspace-itself-{Role.CONTRIBUTOR.name.lower()}",
            Role.CONTRIBUTOR,
            self.identity.principal_id,
            workspace_id,
            self.opts,
        )

    def approving(self, scopes: Mapping[str, pulumi.Input[str]]) -> list[pulumi.CustomResource]:
        """Let it approve the private endpoints of the workspace's managed network.

        Where Azure assigns the identity, it has that right (Azure docs, "Workspace managed virtual
        network isolation").

        Args:
            scopes: Azure resource ids of the workspace and of what it stands on.
        """
        return [
            grant(
                f"{self.name}-approve-{label}",
                Role.NETWORK_CONNECTION_APPROVER,
                self.identity.principal_id,
                scopes[label],
                self.opts,
            )
            for label in _PRIVATELY_REACHED
        ]


def empowered(
    name: str,
    identity: managedidentity.UserAssignedIdentity,
    scopes: Mapping[str, pulumi.Input[str]],
    opts: pulumi.ResourceOptions,
) -> OwnIdentity:
    """Grant an identity what a workspace needs.

    Args:
        name: what the program calls the workspace.
        identity: the workspace's identity-to-be.
        scopes: Azure resource ids of what the workspace stands on.
        opts: the parent of the grants.
    """
    grants = [
        grant(
            f"{name}-workspace-{label}-{role.name.lower().replace('_', '-')}",
            role,
            identity.principal_id,
            scopes[label],
            opts,
        )
        for label, roles in _ROLES.items()
        for role in roles
    ]
    return OwnIdentity(name, identity, after(grants, identity.id), opts)
