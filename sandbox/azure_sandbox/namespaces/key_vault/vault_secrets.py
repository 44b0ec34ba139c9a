# SPDX-License-Identifier: Apache-2.0
"""Secrets of vaults: made by Azure Resource Manager, deleted and recovered by their vault."""

import uuid
from dataclasses import asdict, dataclass, field, replace

from azure_sandbox.arm.call import Call
from azure_sandbox.arm.errors import ArmError
from azure_sandbox.arm.records import Resource
from azure_sandbox.arm.rules import member
from azure_sandbox.arm.wire import JsonObject
from azure_sandbox.namespaces.key_vault.items import VERSIONS, Items, stored_version

SECRETS = "Microsoft.KeyVault/vaults/secrets"
VALUE_LIMIT_BYTES = 25 * 1024
"""Azure docs, about-secrets."""


@dataclass(frozen=True, slots=True)
class SecretVersion:
    """One value a secret has or had; times are whole epoch seconds."""

    id: str
    value: str = field(repr=False)
    attributes: JsonObject
    content_type: str | None
    tags: JsonObject


class Secrets(Items):
    """`vaults/secrets`: each PUT adds a version."""

    noun = "secret"
    path = "vaults/secrets"

    def desired(self, call: Call, existing: Resource | None) -> JsonObject:  # noqa: ARG002 - a hook
        """The secret without its value, which is never shown."""
        version = _version(call)
        properties = {"attributes": version.attributes, "contentType": version.content_type}
        vault = call.tx.get(call.target.parent)
        return {
            "location": vault.location if vault else "",
            "tags": version.tags,
            "properties": {key: value for key, value in properties.items() if value is not None},
        }

    def written(self, call: Call, resource: Resource, existing: Resource | None) -> Resource:
        """The newest version is the one that counts; the older ones stay readable."""
        before = existing.internal[VERSIONS] if existing else []
        internal = {VERSIONS: [*before, asdict(_version(call))]}
        return self.addressed(replace(resource, internal=internal), call)


def version_of(secret: Resource, version_id: str | None = None) -> SecretVersion | None:
    """A version of a secret, the newest one unless an id is given; None when there is none."""
    stored = stored_version(secret, version_id)
    return SecretVersion(**stored) if stored else None


def _version(call: Call) -> SecretVersion:
    value = member(call.body, "properties.value")
    if not isinstance(value, str) or not value:
        raise ArmError(400, "BadRequest", 'The property "value" of a secret must be a text.')
    if len(value.encode()) > VALUE_LIMIT_BYTES:
        text = f"The value of a secret can have at most {VALUE_LIMIT_BYTES} bytes."
        raise ArmError(400, "BadRequest", text)
    given = member(call.body, "properties.attributes") or {}
    now = int(call.at)
    times = {name: given[name] for name in ("exp", "nbf") if given.get(name) is not None}
    enabled = given.get("enabled") is not False
    return SecretVersion(
        id=uuid.uuid4().hex,
        value=value,
        attributes={"enabled": enabled, **times, "created": now, "updated": now},
        content_type=member(call.body, "properties.contentType"),
        tags=call.body.get("tags") or {},
    )
