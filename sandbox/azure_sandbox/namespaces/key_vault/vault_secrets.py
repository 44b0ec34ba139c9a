# SPDX-License-Identifier: Apache-2.0
"""Secrets of vaults: made by Azure Resource Manager, deleted and recovered by their vault."""

import uuid
from dataclasses import asdict, dataclass, field, replace

from azure_sandbox.arm.call import Call, Ending
from azure_sandbox.arm.errors import ArmError
from azure_sandbox.arm.records import Resource
from azure_sandbox.arm.resource_type import ResourceType
from azure_sandbox.arm.rules import member
from azure_sandbox.arm.wire import JsonObject
from azure_sandbox.namespaces.key_vault import soft_deletion
from azure_sandbox.namespaces.key_vault.addresses import vault_uri
from azure_sandbox.namespaces.key_vault.versions import API_VERSIONS

SECRETS = "Microsoft.KeyVault/vaults/secrets"
VALUE_LIMIT_BYTES = 25 * 1024
"""Azure docs, about-secrets."""

_VERSIONS = "versions"


@dataclass(frozen=True, slots=True)
class SecretVersion:
    """One value a secret has or had; times are whole epoch seconds."""

    id: str
    value: str = field(repr=False)
    attributes: JsonObject
    content_type: str | None
    tags: JsonObject


class Secrets(ResourceType):
    """`vaults/secrets`: each PUT adds a version. There is no DELETE: that is the vault's."""

    namespace = "Microsoft.KeyVault"
    path = "vaults/secrets"
    api_versions = API_VERSIONS
    name_pattern = r"[A-Za-z0-9-]{1,127}"
    name_rule = "1 to 127 letters, digits and hyphens"
    tracked = False
    shows_state = False
    shows_system_data = False
    methods = frozenset({"GET", "PUT"})

    def check_name(self, call: Call) -> None:
        """A secret that was deleted holds its name until it is purged."""
        super().check_name(call)
        secret = call.tx.get(call.target.path)
        if secret and soft_deletion.is_deleted(secret):
            raise ArmError(
                409,
                "Conflict",
                f"Secret {secret.name} is currently in a deleted but recoverable state, and its "
                "name cannot be reused; in this state, the secret can only be recovered or "
                "purged.",
            )

    def find(self, call: Call) -> Resource | None:
        """The secret, unless it was deleted, with the addresses of this server."""
        secret = super().find(call)
        return _addressed(secret, call) if secret and not soft_deletion.is_deleted(secret) else None

    def listed(self, call: Call, parent_id: str) -> list[Resource]:
        """The secrets of a vault that were not deleted."""
        secrets = super().listed(call, parent_id)
        return [
            _addressed(secret, call) for secret in secrets if not soft_deletion.is_deleted(secret)
        ]

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
        before = existing.internal[_VERSIONS] if existing else []
        internal = {_VERSIONS: [*before, asdict(_version(call))]}
        return _addressed(replace(resource, internal=internal), call)

    def removed(self, ending: Ending) -> None:
        """A secret whose vault was deleted waits for the vault to be recovered or purged."""
        soft_deletion.wait_for_vault(ending)


def version_of(secret: Resource, version_id: str | None = None) -> SecretVersion | None:
    """A version of a secret, the newest one unless an id is given; None when there is none."""
    for stored in reversed(secret.internal[_VERSIONS]):
        if version_id is None or stored["id"] == version_id.lower():
            return SecretVersion(**stored)
    return None


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


def _addressed(secret: Resource, call: Call) -> Resource:
    vault = secret.parent.rpartition("/")[2]
    uri = f"{vault_uri(call.base_url, vault)}secrets/{secret.name}"
    newest = version_of(secret)
    addresses = {"secretUri": uri, "secretUriWithVersion": f"{uri}/{newest.id if newest else ''}"}
    properties = {**secret.properties, **addresses}
    return replace(secret, body={**secret.body, "properties": properties})
