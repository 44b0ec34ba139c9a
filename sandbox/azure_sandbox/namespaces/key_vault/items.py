# SPDX-License-Identifier: Apache-2.0
"""What lives in a vault: made by Azure Resource Manager, deleted and recovered by its vault."""

from dataclasses import replace
from typing import ClassVar

from azure_sandbox.arm.call import Call, Ending
from azure_sandbox.arm.errors import ArmError
from azure_sandbox.arm.records import Resource
from azure_sandbox.arm.resource_type import ResourceType
from azure_sandbox.arm.wire import JsonObject
from azure_sandbox.namespaces.key_vault import soft_deletion
from azure_sandbox.namespaces.key_vault.addresses import vault_uri
from azure_sandbox.namespaces.key_vault.versions import API_VERSIONS

VERSIONS = "versions"
"""Where an item keeps its versions, the newest one last, each with an ``id``."""


class Items(ResourceType):
    """One kind of item, such as secrets. There is no DELETE: that is the vault's."""

    noun: ClassVar[str]
    """What one is called: ``secret``."""
    namespace = "Microsoft.KeyVault"
    api_versions = API_VERSIONS
    name_pattern = r"[A-Za-z0-9-]{1,127}"
    name_rule = "1 to 127 letters, digits and hyphens"
    tracked = False
    shows_state = False
    shows_system_data = False
    methods = frozenset({"GET", "PUT"})

    def check_name(self, call: Call) -> None:
        """One that was deleted holds its name until it is purged."""
        super().check_name(call)
        item = call.tx.get(call.target.path)
        if item and soft_deletion.is_deleted(item):
            raise ArmError(
                409,
                "Conflict",
                f"{self.noun.capitalize()} {item.name} is currently in a deleted but recoverable "
                "state, and its name cannot be reused; in this state, the "
                f"{self.noun} can only be recovered or purged.",
            )

    def find(self, call: Call) -> Resource | None:
        """The item, unless it was deleted, with the addresses of this server."""
        item = super().find(call)
        return self.addressed(item, call) if item and not soft_deletion.is_deleted(item) else None

    def listed(self, call: Call, parent_id: str) -> list[Resource]:
        """The items of a vault that were not deleted."""
        items = super().listed(call, parent_id)
        return [self.addressed(item, call) for item in items if not soft_deletion.is_deleted(item)]

    def removed(self, ending: Ending) -> None:
        """One whose vault was deleted waits for the vault to be recovered or purged."""
        soft_deletion.wait_for_vault(ending)

    def addressed(self, item: Resource, call: Call) -> Resource:
        """The item with its address at this server, and that of its newest version."""
        vault = item.parent.rpartition("/")[2]
        uri = f"{vault_uri(call.base_url, vault)}{self.noun}s/{item.name}"
        newest = stored_version(item) or {"id": ""}
        addresses = {f"{self.noun}Uri": uri, f"{self.noun}UriWithVersion": f"{uri}/{newest['id']}"}
        return replace(item, body={**item.body, "properties": {**item.properties, **addresses}})


def stored_version(item: Resource, version_id: str | None = None) -> JsonObject | None:
    """A version of an item, the newest one unless an id is given; None when there is none."""
    versions: list[JsonObject] = item.internal[VERSIONS]
    for stored in reversed(versions):
        if version_id is None or stored["id"] == version_id.lower():
            return stored
    return None
