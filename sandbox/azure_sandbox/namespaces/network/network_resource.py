# SPDX-License-Identifier: Apache-2.0
"""What all resources of Microsoft.Network have in common."""

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from azure_sandbox.arm.call import Call
from azure_sandbox.arm.records import Resource
from azure_sandbox.arm.resource_type import ResourceType
from azure_sandbox.arm.transaction import Transaction
from azure_sandbox.arm.wire import JsonObject
from azure_sandbox.namespaces.network.versions import NAMESPACE_NAME, VERSIONS


class NetworkResource(ResourceType):
    """A resource of Microsoft.Network; its etag is in its body, the time of its making is not."""

    namespace = NAMESPACE_NAME
    api_versions: ClassVar[tuple[str, ...]] = VERSIONS
    name_pattern = r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,78}[A-Za-z0-9_])?"
    name_rule = (
        "1 to 80 letters, digits, underscores, periods and hyphens, first a letter, digit or "
        "underscore, last no period or hyphen"
    )
    creating = "Updating"
    shows_system_data = False
    computed: ClassVar[tuple[str, ...]] = ()
    """Properties that are never stored, because they depend on other resources."""

    def find(self, call: Call) -> Resource | None:
        """The resource with what others add to it."""
        found = super().find(call)
        return found and self.completed(call.tx, self._bare(found))

    def listed(self, call: Call, parent_id: str) -> list[Resource]:
        """The resources with what others add to them."""
        rows = super().listed(call, parent_id)
        return [self.completed(call.tx, self._bare(row)) for row in rows]

    def written(self, call: Call, resource: Resource, existing: Resource | None) -> Resource:
        """The resource without what others add to it."""
        del call, existing
        return self._bare(resource)

    def shown(self, resource: Resource, api_version: str) -> JsonObject:
        """The resource with its etag."""
        return {**super().shown(resource, api_version), "etag": f'W/"{resource.etag}"'}

    def completed(self, tx: Transaction, resource: Resource) -> Resource:  # noqa: ARG002 - a hook
        """The resource with properties that depend on other resources; here without any."""
        return resource

    def _bare(self, resource: Resource) -> Resource:
        properties = without(resource.properties, self.computed)
        return replace(resource, body={**resource.body, "properties": properties})


def with_properties(resource: Resource, properties: JsonObject) -> Resource:
    """Return the resource with some properties added or changed."""
    changed = {**resource.properties, **properties}
    return replace(resource, body={**resource.body, "properties": changed})


def without(properties: JsonObject, names: Sequence[str]) -> JsonObject:
    """Return the properties that have a value, except some."""
    return {
        name: value for name, value in properties.items() if value is not None and name not in names
    }
