# SPDX-License-Identifier: Apache-2.0
"""Resources in the store."""

import json
import sqlite3
import uuid
from dataclasses import replace

from azure_sandbox.arm.records import OperationStatus, Resource
from azure_sandbox.arm.rows.table import Table


class ResourceRows(Table):
    """Reads and writes resources; lists come in the order of names."""

    def get(self, resource_id: str) -> Resource | None:
        """The resource of this id, or None."""
        rows = self._resources("key = ?", resource_id.lower())
        return rows[0] if rows else None

    def children(self, parent_id: str, resource_type: str) -> list[Resource]:
        """The direct children of a resource, resource group or scope that have this type."""
        where = "parent_key = ? AND type_key = ?"
        return self._resources(where, parent_id.lower(), resource_type.lower())

    def under(self, resource_id: str) -> list[Resource]:
        """Everything below an id, however deep, extension resources too; deepest first."""
        prefix = resource_id.lower() + "/"
        found = self._resources("key >= ? AND key < ?", prefix, prefix[:-1] + "0")
        return sorted(found, key=lambda resource: (-resource.id.count("/"), resource.key))

    def of_type(
        self, resource_type: str, *, subscription: str = "", location: str = ""
    ) -> list[Resource]:
        """All resources of a type, in all subscriptions and regions unless one is given."""
        where, values = "type_key = ?", [resource_type.lower()]
        if subscription:
            where, values = where + " AND subscription = ?", [*values, subscription.lower()]
        if location:
            where, values = where + " AND location = ?", [*values, location]
        return self._resources(where, *values)

    def named(self, resource_type: str, name: str) -> list[Resource]:
        """All resources of a type with this name, whoever owns them."""
        where = "type_key = ? AND name_key = ?"
        return self._resources(where, resource_type.lower(), name.lower())

    def in_group(self, subscription: str, resource_group: str) -> list[Resource]:
        """All resources in a resource group."""
        where = "subscription = ? AND group_key = ?"
        return self._resources(where, subscription.lower(), resource_group.lower())

    def in_subscription(self, subscription: str) -> list[Resource]:
        """All resources of a subscription, resource groups among them."""
        return self._resources("subscription = ?", subscription.lower())

    def save(self, resource: Resource) -> Resource:
        """Writes a resource, new or changed, under a new etag; returns it as stored."""
        stored = replace(resource, etag=str(uuid.uuid4()))
        self.connection.execute(
            "INSERT OR REPLACE INTO resources VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
            (
                stored.key,
                stored.id,
                stored.type,
                stored.type.lower(),
                stored.name,
                stored.name.lower(),
                stored.parent,
                stored.parent.lower(),
                stored.subscription.lower(),
                stored.resource_group.lower(),
                stored.resource_group,
                stored.location,
                json.dumps(stored.body),
                json.dumps(stored.internal),
                stored.state,
                stored.etag,
                stored.created_at,
                stored.created_by,
                stored.modified_at,
                stored.modified_by,
            ),
        )
        return stored

    def delete(self, resource: Resource, at: float) -> None:
        """Forgets one resource, at ``at`` (epoch seconds), and the principals it owns.

        Its operations end here: a deletion has succeeded, any other is canceled.
        """
        self.connection.execute("DELETE FROM resources WHERE key = ?", (resource.key,))
        self.connection.execute("DELETE FROM principals WHERE owner_key = ?", (resource.key,))
        self.connection.execute(
            "UPDATE operations SET due_at = ?, status = CASE verb WHEN 'DELETE' THEN ? ELSE ? END"
            " WHERE resource_key = ? AND status = ?",
            (
                at,
                OperationStatus.SUCCEEDED,
                OperationStatus.CANCELED,
                resource.key,
                OperationStatus.IN_PROGRESS,
            ),
        )

    def _resources(self, where: str, *values: str) -> list[Resource]:
        query = f"SELECT * FROM resources WHERE {where} ORDER BY name_key, key"  # noqa: S608 - constants
        return [_resource(row) for row in self.connection.execute(query, values)]


def _resource(row: sqlite3.Row) -> Resource:
    return Resource(
        id=row["id"],
        type=row["type"],
        name=row["name"],
        parent=row["parent"],
        body=json.loads(row["body"]),
        subscription=row["subscription"],
        resource_group=row["resource_group"],
        location=row["location"],
        internal=json.loads(row["internal"]),
        state=row["state"],
        etag=row["etag"],
        created_at=row["created_at"],
        created_by=row["created_by"],
        modified_at=row["modified_at"],
        modified_by=row["modified_by"],
    )
