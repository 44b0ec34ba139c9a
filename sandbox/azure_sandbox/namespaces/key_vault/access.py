# SPDX-License-Identifier: Apache-2.0
"""Who may do what with a secret: by Azure roles, or by the access policies of older vaults.

The sandbox's own service principal may do everything, as everywhere in the sandbox.
"""

from dataclasses import dataclass
from enum import Enum

from azure_sandbox import identity
from azure_sandbox.arm.records import Resource
from azure_sandbox.arm.transaction import Transaction
from azure_sandbox.namespaces import authorization

SECRETS_USER = "4633458b-17de-408a-b874-0445c86b69e6"
_SECRETS_OFFICER = "b86a8fe4-44ce-4948-aee5-eccb2c155cd7"
_ADMINISTRATOR = "00482a5a-887f-4fb3-b363-3b7fe8e74483"
_MANAGERS = (_SECRETS_OFFICER, _ADMINISTRATOR)


class Right(Enum):
    """Something one may be allowed to do: the data action of roles, the word of policies."""

    GET = ("getSecret/action", "get")
    DELETE = ("delete", "delete")
    READ_DELETED = ("readMetadata/action", "get")
    RECOVER = ("recover/action", "recover")
    PURGE = ("purge/action", "purge")

    @property
    def action(self) -> str:
        """The data action (Azure docs, resource provider operations of Microsoft.KeyVault)."""
        return f"Microsoft.KeyVault/vaults/secrets/{self.value[0]}"

    @property
    def permission(self) -> str:
        """The word in ``permissions.secrets`` of an access policy."""
        return self.value[1]

    @property
    def roles(self) -> tuple[str, ...]:
        """The built-in roles that have it (Azure docs, key-vault rbac-guide)."""
        reads = self in {Right.GET, Right.READ_DELETED}
        return (SECRETS_USER, *_MANAGERS) if reads else _MANAGERS


@dataclass(frozen=True, slots=True)
class Access:
    """The rights on one secret of one vault at one moment (epoch seconds)."""

    tx: Transaction
    vault: Resource
    secret_id: str
    at: float

    def has(self, principal_id: str, right: Right) -> bool:
        """Whether a principal has a right; a new role counts once it has propagated."""
        if principal_id == identity.OBJECT_ID:
            return True
        if self.vault.properties.get("enableRbacAuthorization"):
            return any(
                authorization.is_effective(self.tx, principal_id, role, self.secret_id, self.at)
                for role in right.roles
            )
        return any(
            {right.permission, "all"} & _permissions(policy)
            for policy in self.vault.properties.get("accessPolicies") or ()
            if str(policy.get("objectId", "")).lower() == principal_id.lower()
        )


def _permissions(policy: dict[str, dict[str, list[str]]]) -> set[str]:
    given = (policy.get("permissions") or {}).get("secrets") or ()
    return {permission.lower() for permission in given}
