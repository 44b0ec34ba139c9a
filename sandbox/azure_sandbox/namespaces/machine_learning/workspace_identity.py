# SPDX-License-Identifier: Apache-2.0
"""What a workspace may do with a user-assigned identity: only what that was given roles for.

Azure docs, how-to-identity-based-service-authentication. An identity that Azure assigns has what it
needs from the start, and is not checked.
"""

from dataclasses import dataclass

from azure_sandbox.arm.errors import OperationFailedError
from azure_sandbox.arm.records import Resource
from azure_sandbox.arm.transaction import Transaction
from azure_sandbox.arm.wire import JsonObject
from azure_sandbox.namespaces import authorization
from azure_sandbox.namespaces.key_vault.access import ADMINISTRATOR, Access, SecretRight
from azure_sandbox.namespaces.role_definitions import CONTRIBUTOR, OWNER

_CONTRIBUTES_TO = ("storageAccount", "keyVault", "containerRegistry", "applicationInsights")


@dataclass(frozen=True, slots=True)
class Acting:
    """The identities that a workspace may act with, at one moment (epoch seconds)."""

    tx: Transaction
    principals: tuple[str, ...]
    at: float

    def has(self, role: str, scope: str) -> bool:
        """Whether one of them has a role somewhere, and it has propagated."""
        return any(
            authorization.is_effective(self.tx, one, role, scope, self.at)
            for one in self.principals
        )

    def contributes(self, scope: str) -> bool:
        """Whether one of them may manage a resource."""
        return self.has(CONTRIBUTOR, scope) or self.has(OWNER, scope)

    def keeps_secrets(self, vault: Resource) -> bool:
        """Whether one of them may keep secrets in a vault, by role or by access policy."""
        if vault.properties.get("enableRbacAuthorization"):
            return self.has(ADMINISTRATOR, vault.id)
        access = Access(self.tx, vault, vault.id, self.at)
        return any(access.has(one, SecretRight.SET) for one in self.principals)


def acting(
    tx: Transaction, identity: JsonObject, properties: JsonObject, at: float
) -> Acting | None:
    """Return what a workspace acts with; None when that is an identity that Azure assigned."""
    primary = str(properties.get("primaryUserAssignedIdentity") or "").lower()
    kinds = [kind.strip() for kind in str(identity.get("type", "")).split(",")]
    if kinds != ["UserAssigned"] and not primary:
        return None
    given: JsonObject = identity.get("userAssignedIdentities") or {}
    ids = [one for one, value in given.items() if value is not None]
    if not ids:
        return None
    found = [tx.get(one) for one in ids if one.lower() == primary] or [tx.get(one) for one in ids]
    return Acting(tx, tuple(str(one.properties["principalId"]) for one in found if one), at)


def check_workspace_roles(tx: Transaction, workspace: Resource, at: float) -> None:
    """Fail a start for which the identity of the workspace lacks roles at a moment.

    It manages the workspace and what that stands on, and keeps the keys of endpoints in the vault.
    """
    properties = workspace.properties
    actor = acting(tx, workspace.body.get("identity") or {}, properties, at)
    if actor is None:
        return
    managed = [properties.get(name) for name in _CONTRIBUTES_TO]
    missing = [
        f"Contributor on {scope}"
        for scope in (*managed, workspace.id)
        if scope and not actor.contributes(scope)
    ]
    vault = tx.get(str(properties.get("keyVault")))
    if vault and not actor.keeps_secrets(vault):
        missing.append(f"Key Vault Administrator on {vault.id}")
    if missing:
        raise OperationFailedError(
            "BadArgument",
            f"The identity of workspace {workspace.name} is not authorized to start the "
            f"deployment: it does not have the role {', nor '.join(missing)}. Assign the roles, "
            "wait until they have propagated, delete the failed deployment and create it again.",
        )
