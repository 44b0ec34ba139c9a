# SPDX-License-Identifier: Apache-2.0
"""Who may do what with secrets and keys: by Azure roles, or by access policies of older vaults.

The sandbox's own service principal may do everything, as everywhere in the sandbox.
"""

from dataclasses import dataclass
from enum import Enum

from azure_sandbox import identity
from azure_sandbox.arm.records import Resource
from azure_sandbox.arm.transaction import Transaction
from azure_sandbox.namespaces import authorization

SECRETS_USER = "4633458b-17de-408a-b874-0445c86b69e6"
ADMINISTRATOR = "00482a5a-887f-4fb3-b363-3b7fe8e74483"
CRYPTO_SERVICE_ENCRYPTION_USER = "e147488a-f6f5-4113-8e2d-b22465e65bf6"
_SECRETS_OFFICER = "b86a8fe4-44ce-4948-aee5-eccb2c155cd7"
_CRYPTO_OFFICER = "14b46e9e-c2b7-41b4-b07b-48a6ebf60603"
_CRYPTO_USER = "12338af0-0e69-4776-bea7-57ae8d297424"


class Right(Enum):
    """Something one may be allowed to do: the data action of roles, the word of policies."""

    @property
    def what(self) -> str:
        """``secrets`` or ``keys``."""
        raise NotImplementedError

    @property
    def roles(self) -> tuple[str, ...]:
        """The built-in roles that have it (Azure docs, key-vault rbac-guide)."""
        raise NotImplementedError

    @property
    def action(self) -> str:
        """The data action (Azure docs, resource provider operations of Microsoft.KeyVault)."""
        return f"Microsoft.KeyVault/vaults/{self.what}/{self.value[0]}"

    @property
    def permission(self) -> str:
        """The word in ``permissions`` of an access policy."""
        return str(self.value[1])


class SecretRight(Right):
    """A right on secrets."""

    GET = ("getSecret/action", "get")
    SET = ("setSecret/action", "set")
    DELETE = ("delete", "delete")
    READ_DELETED = ("readMetadata/action", "get")
    RECOVER = ("recover/action", "recover")
    PURGE = ("purge/action", "purge")

    @property
    def what(self) -> str:
        """``secrets``."""
        return "secrets"

    @property
    def roles(self) -> tuple[str, ...]:
        """Users read, officers do all."""
        reads = self in {SecretRight.GET, SecretRight.READ_DELETED}
        return (*((SECRETS_USER,) if reads else ()), _SECRETS_OFFICER, ADMINISTRATOR)


class KeyRight(Right):
    """A right on keys."""

    GET = ("read", "get")
    DELETE = ("delete", "delete")
    READ_DELETED = GET
    RECOVER = ("recover/action", "recover")
    PURGE = ("purge/action", "purge")
    WRAP = ("wrap/action", "wrapKey")
    UNWRAP = ("unwrap/action", "unwrapKey")

    @property
    def what(self) -> str:
        """``keys``."""
        return "keys"

    @property
    def roles(self) -> tuple[str, ...]:
        """Users use keys, services wrap with them, officers do all."""
        uses = self in {KeyRight.GET, KeyRight.WRAP, KeyRight.UNWRAP}
        users = (CRYPTO_SERVICE_ENCRYPTION_USER, _CRYPTO_USER) if uses else ()
        return (*users, _CRYPTO_OFFICER, ADMINISTRATOR)


@dataclass(frozen=True, slots=True)
class Access:
    """The rights on one secret or key of one vault at one moment (epoch seconds)."""

    tx: Transaction
    vault: Resource
    item_id: str
    at: float

    def has(self, principal_id: str, right: Right) -> bool:
        """Whether a principal has a right; a new role counts once it has propagated."""
        if principal_id == identity.OBJECT_ID:
            return True
        if self.vault.properties.get("enableRbacAuthorization"):
            return any(
                authorization.is_effective(self.tx, principal_id, role, self.item_id, self.at)
                for role in right.roles
            )
        return any(
            {right.permission.lower(), "all"} & _permissions(policy, right.what)
            for policy in self.vault.properties.get("accessPolicies") or ()
            if str(policy.get("objectId", "")).lower() == principal_id.lower()
        )


def _permissions(policy: dict[str, dict[str, list[str]]], what: str) -> set[str]:
    given = (policy.get("permissions") or {}).get(what) or ()
    return {permission.lower() for permission in given}
