# SPDX-License-Identifier: Apache-2.0
"""Keys of customers with which services encrypt: what every service demands of them.

Azure docs, customer-managed-keys-overview of storage, container-registry and machine learning: a
vault with soft deletion and purge protection, that trusted services reach; a key; and an identity
that may get, wrap and unwrap it.
"""

from dataclasses import dataclass
from enum import Enum

from azure_sandbox.arm.call import Call
from azure_sandbox.arm.records import Resource
from azure_sandbox.arm.rules import member
from azure_sandbox.arm.transaction import Transaction
from azure_sandbox.arm.wire import JsonObject
from azure_sandbox.namespaces.key_vault import soft_deletion
from azure_sandbox.namespaces.key_vault.access import Access, KeyRight
from azure_sandbox.namespaces.key_vault.addresses import KeyAddress
from azure_sandbox.namespaces.key_vault.vault_keys import version_of
from azure_sandbox.namespaces.network.link_targets import VAULTS

_NEEDED = (KeyRight.GET, KeyRight.WRAP, KeyRight.UNWRAP)


class Problem(Enum):
    """Why a service cannot encrypt with a key, in the order in which it finds out."""

    VAULT = "the vault does not exist"
    PROTECTION = "the vault has no purge protection"
    UNREACHABLE = "the vault does not let trusted services in"
    KEY = "the key, or this version of it, does not exist"
    TYPE = "the key is no RSA key"
    DISABLED = "the key is disabled"
    RIGHTS = "the identity may not get, wrap and unwrap with the key"


@dataclass(frozen=True, slots=True)
class KeyUse:
    """A service that wants to encrypt with a key, at one moment (epoch seconds)."""

    tx: Transaction
    address: KeyAddress
    principals: tuple[str, ...] | None
    """Who would use the key; None when that is an identity of Azure's own."""
    at: float

    @property
    def vault(self) -> Resource | None:
        """The vault of the key."""
        found = self.tx.named(VAULTS, self.address.vault)
        return found[0] if found else None

    def problem(self) -> Problem | None:
        """Return the first thing that keeps the service from it."""
        vault = self.vault
        if vault is None:
            return Problem.VAULT
        if not vault.properties.get("enablePurgeProtection"):
            return Problem.PROTECTION
        return _unreachable(vault) or self._problem_of_key(vault)

    def _problem_of_key(self, vault: Resource) -> Problem | None:
        key = self.tx.get(f"{vault.id}/keys/{self.address.key}")
        version = version_of(key, self.address.version) if key else None
        if key is None or version is None or soft_deletion.is_deleted(key):
            return Problem.KEY
        if not version.kty.startswith("RSA"):
            return Problem.TYPE
        if not version.attributes["enabled"]:
            return Problem.DISABLED
        access = Access(self.tx, vault, key.id, self.at)
        for principal in self.principals or ():
            if not all(access.has(principal, right) for right in _NEEDED):
                return Problem.RIGHTS
        return Problem.RIGHTS if self.principals == () else None


def user_assigned(call: Call, existing: Resource | None, identity_id: str) -> Resource | None:
    """Return a user-assigned identity that a resource has, or is about to have."""
    ids = {one.lower() for one in user_assigned_ids(call, existing)}
    return call.tx.get(identity_id) if identity_id.lower() in ids else None


def user_assigned_ids(call: Call, existing: Resource | None) -> list[str]:
    """Return the ids of all user-assigned identities that a resource has, or is about to have."""
    given = call.body.get("identity") or (existing.body if existing else {}).get("identity") or {}
    assigned: JsonObject = given.get("userAssignedIdentities") or {}
    return [one for one, value in assigned.items() if value is not None]


def system_assigned(existing: Resource | None) -> list[str]:
    """Return the principal of a resource's own identity; a new resource has none yet."""
    principal = member(existing.body, "identity.principalId") if existing else None
    return [str(principal)] if principal else []


def principal_of(identity: Resource) -> str:
    """Return the object id of a user-assigned identity."""
    return str(identity.properties["principalId"])


def _unreachable(vault: Resource) -> Problem | None:
    closed = str(vault.properties.get("publicNetworkAccess")).lower() == "disabled"
    rules = vault.properties.get("networkAcls") or {}
    restricted = closed or rules.get("defaultAction") == "Deny"
    lets_in = rules.get("bypass", "AzureServices") == "AzureServices"
    return Problem.UNREACHABLE if restricted and not lets_in else None
