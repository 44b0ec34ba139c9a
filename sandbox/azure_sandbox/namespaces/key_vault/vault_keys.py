# SPDX-License-Identifier: Apache-2.0
"""Keys of vaults: made by Azure Resource Manager, deleted and recovered by their vault."""

import secrets
import uuid
from dataclasses import asdict, dataclass, replace

from azure_sandbox.arm.call import Call, Ending
from azure_sandbox.arm.errors import ArmError
from azure_sandbox.arm.records import Resource
from azure_sandbox.arm.resource_type import ResourceType
from azure_sandbox.arm.rules import one_of
from azure_sandbox.arm.wire import JsonObject
from azure_sandbox.namespaces.key_vault import soft_deletion
from azure_sandbox.namespaces.key_vault.addresses import vault_uri
from azure_sandbox.namespaces.key_vault.versions import API_VERSIONS

KEYS = "Microsoft.KeyVault/vaults/keys"

_VERSIONS = "versions"
_TYPES = ("RSA", "RSA-HSM", "EC", "EC-HSM")
_SIZES = (2048, 3072, 4096)
_CURVES = ("P-256", "P-384", "P-521", "P-256K")
_OPERATIONS = ("encrypt", "decrypt", "sign", "verify", "wrapKey", "unwrapKey")
_CURVE_OPERATIONS = ("sign", "verify")


@dataclass(frozen=True, slots=True)
class KeyVersion:
    """One version of a key; times are whole epoch seconds. There is no private part."""

    id: str
    kty: str
    operations: tuple[str, ...]
    modulus: str
    attributes: JsonObject


class Keys(ResourceType):
    """`vaults/keys`: a PUT makes the first version; of a key that exists it changes nothing.

    That is how the REST API documents it ("Keys - Create If Not Exist"). There is no DELETE: that
    is the vault's.
    """

    namespace = "Microsoft.KeyVault"
    path = "vaults/keys"
    api_versions = API_VERSIONS
    name_pattern = r"[A-Za-z0-9-]{1,127}"
    name_rule = "1 to 127 letters, digits and hyphens"
    tracked = False
    shows_state = False
    shows_system_data = False
    methods = frozenset({"GET", "PUT"})

    def check_name(self, call: Call) -> None:
        """A key that was deleted holds its name until it is purged."""
        super().check_name(call)
        key = call.tx.get(call.target.path)
        if key and soft_deletion.is_deleted(key):
            raise ArmError(
                409,
                "Conflict",
                f"Key {key.name} is currently in a deleted but recoverable state, and its name "
                "cannot be reused; in this state, the key can only be recovered or purged.",
            )

    def find(self, call: Call) -> Resource | None:
        """The key, unless it was deleted, with the addresses of this server."""
        key = super().find(call)
        return _addressed(key, call) if key and not soft_deletion.is_deleted(key) else None

    def listed(self, call: Call, parent_id: str) -> list[Resource]:
        """The keys of a vault that were not deleted."""
        keys = super().listed(call, parent_id)
        return [_addressed(key, call) for key in keys if not soft_deletion.is_deleted(key)]

    def desired(self, call: Call, existing: Resource | None) -> JsonObject:
        """The key; one that exists stays as it is."""
        if existing:
            return existing.body
        given = call.body.get("properties") or {}
        kind = one_of(given, "kty", _TYPES) or "RSA"
        properties: JsonObject = {"kty": kind}
        if kind.startswith("RSA"):
            properties["keySize"] = _choice(given, "keySize", _SIZES)
        else:
            properties["curveName"] = one_of(given, "curveName", _CURVES) or _CURVES[0]
        operations = _OPERATIONS if kind.startswith("RSA") else _CURVE_OPERATIONS
        wanted = given.get("keyOps") or operations
        for operation in wanted:
            if operation not in _OPERATIONS:
                text = f"The key operation '{operation}' is invalid."
                raise ArmError(400, "BadRequest", text)
        for name in ("rotationPolicy", "release_policy"):
            if given.get(name):
                properties[name] = given[name]
        times = given.get("attributes") or {}
        now = int(call.at)
        attributes = {
            "enabled": times.get("enabled") is not False,
            **{name: times[name] for name in ("exp", "nbf") if times.get(name) is not None},
            "created": now,
            "updated": now,
            "recoveryLevel": _recovery_level(call),
            "exportable": bool(times.get("exportable")),
        }
        vault = call.tx.get(call.target.parent)
        return {
            "location": vault.location if vault else "",
            "tags": call.body.get("tags") or {},
            "properties": {**properties, "keyOps": list(wanted), "attributes": attributes},
        }

    def written(self, call: Call, resource: Resource, existing: Resource | None) -> Resource:
        """A new key has one version."""
        if existing:
            return existing
        properties = resource.properties
        version = KeyVersion(
            id=uuid.uuid4().hex,
            kty=properties["kty"],
            operations=tuple(properties["keyOps"]),
            modulus=secrets.token_urlsafe(256),
            attributes=properties["attributes"],
        )
        return _addressed(replace(resource, internal={_VERSIONS: [asdict(version)]}), call)

    def removed(self, ending: Ending) -> None:
        """A key whose vault was deleted waits for the vault to be recovered or purged."""
        soft_deletion.wait_for_vault(ending)


def version_of(key: Resource, version_id: str | None = None) -> KeyVersion | None:
    """A version of a key, the newest one unless an id is given; None when there is none."""
    for stored in reversed(key.internal[_VERSIONS]):
        if version_id is None or stored["id"] == version_id.lower():
            return KeyVersion(**stored)
    return None


def _addressed(key: Resource, call: Call) -> Resource:
    vault = key.parent.rpartition("/")[2]
    uri = f"{vault_uri(call.base_url, vault)}keys/{key.name}"
    newest = version_of(key)
    addresses = {"keyUri": uri, "keyUriWithVersion": f"{uri}/{newest.id if newest else ''}"}
    return replace(key, body={**key.body, "properties": {**key.properties, **addresses}})


def _recovery_level(call: Call) -> str:
    vault = call.tx.get(call.target.parent)
    protected = bool(vault and vault.properties.get("enablePurgeProtection"))
    return "Recoverable" if protected else "Recoverable+Purgeable"


def _choice(given: JsonObject, name: str, allowed: tuple[int, ...]) -> int:
    value = given.get(name, allowed[0])
    if value not in allowed:
        listed = ", ".join(str(one) for one in allowed)
        text = f"The value '{value}' of property '{name}' is invalid. Allowed: {listed}."
        raise ArmError(400, "BadRequest", text)
    return int(value)
