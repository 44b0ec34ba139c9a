# SPDX-License-Identifier: Apache-2.0
"""Keys of vaults: made by Azure Resource Manager, deleted and recovered by their vault."""

import secrets
import uuid
from dataclasses import asdict, dataclass, replace

from azure_sandbox.arm.call import Call
from azure_sandbox.arm.errors import ArmError
from azure_sandbox.arm.records import Resource
from azure_sandbox.arm.rules import one_of
from azure_sandbox.arm.wire import JsonObject
from azure_sandbox.namespaces.key_vault.items import VERSIONS, Items, stored_version

KEYS = "Microsoft.KeyVault/vaults/keys"

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


class Keys(Items):
    """`vaults/keys`: a PUT makes the first version; of a key that exists it changes nothing.

    That is how the REST API documents it ("Keys - Create If Not Exist").
    """

    noun = "key"
    path = "vaults/keys"

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
        return self.addressed(replace(resource, internal={VERSIONS: [asdict(version)]}), call)


def version_of(key: Resource, version_id: str | None = None) -> KeyVersion | None:
    """A version of a key, the newest one unless an id is given; None when there is none."""
    stored = stored_version(key, version_id)
    return KeyVersion(**stored) if stored else None


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
