# SPDX-License-Identifier: Apache-2.0
"""What a vault shows of a secret or a key, and what its rights are called."""

from collections.abc import Callable
from dataclasses import dataclass

from azure_sandbox.arm.records import Resource
from azure_sandbox.arm.wire import JsonObject
from azure_sandbox.namespaces.key_vault import soft_deletion, vault_keys, vault_secrets
from azure_sandbox.namespaces.key_vault.access import KeyRight, Right, SecretRight

_DAY_SECONDS = 86_400
_EXPONENT = "AQAB"
"""65537, the public exponent of RSA keys."""

Shape = Callable[[Resource, Resource, str, str | None], JsonObject | None]


@dataclass(frozen=True, slots=True)
class ItemKind:
    """Secrets, or keys."""

    noun: str
    rights: type[Right]
    shown: Shape
    """Of the vault, the item, the vault's address and a version (None for the newest one); None
    when there is no such version."""
    value: Callable[[Resource, str | None], JsonObject]
    """What a GET shows in addition."""

    @property
    def plural(self) -> str:
        """How the items are called in paths."""
        return f"{self.noun}s"

    @property
    def missing(self) -> str:
        """The error code for one that does not exist."""
        return f"{self.noun.capitalize()}NotFound"


def shown_deleted(kind: ItemKind, vault: Resource, item: Resource, uri: str) -> JsonObject:
    """Return what a vault shows of a deleted item."""
    deleted = int(soft_deletion.deleted_at(item))
    return {
        "recoveryId": f"{uri}deleted{kind.plural}/{item.name}",
        "deletedDate": deleted,
        "scheduledPurgeDate": deleted + _retention_days(vault) * _DAY_SECONDS,
        **(kind.shown(vault, item, uri, None) or {}),
    }


def _shown_secret(
    vault: Resource, secret: Resource, uri: str, version_id: str | None
) -> JsonObject | None:
    version = vault_secrets.version_of(secret, version_id)
    if version is None:
        return None
    shape: JsonObject = {
        "id": f"{uri}secrets/{secret.name}/{version.id}",
        "attributes": _attributes(vault, version.attributes),
        "tags": version.tags,
    }
    return shape | ({"contentType": version.content_type} if version.content_type else {})


def _value_of_secret(secret: Resource, version_id: str | None) -> JsonObject:
    version = vault_secrets.version_of(secret, version_id)
    return {"value": version.value} if version else {}


def _shown_key(
    vault: Resource, key: Resource, uri: str, version_id: str | None
) -> JsonObject | None:
    version = vault_keys.version_of(key, version_id)
    if version is None:
        return None
    public: JsonObject = {
        "kid": f"{uri}keys/{key.name}/{version.id}",
        "kty": version.kty,
        "key_ops": list(version.operations),
    }
    if version.kty.startswith("RSA"):
        public |= {"n": version.modulus, "e": _EXPONENT}
    attributes = _attributes(vault, version.attributes)
    return {"key": public, "attributes": attributes, "tags": key.body.get("tags") or {}}


def _nothing_more(key: Resource, version_id: str | None) -> JsonObject:
    del key, version_id
    return {}


def _attributes(vault: Resource, attributes: JsonObject) -> JsonObject:
    protected = vault.properties.get("enablePurgeProtection")
    return {
        **attributes,
        "recoveryLevel": "Recoverable" if protected else "Recoverable+Purgeable",
        "recoverableDays": _retention_days(vault),
    }


def _retention_days(vault: Resource) -> int:
    return int(vault.properties["softDeleteRetentionInDays"])


SECRET = ItemKind("secret", SecretRight, _shown_secret, _value_of_secret)
KEY = ItemKind("key", KeyRight, _shown_key, _nothing_more)
KINDS = {kind.plural: kind for kind in (SECRET, KEY)}
