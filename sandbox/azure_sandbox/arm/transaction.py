# SPDX-License-Identifier: Apache-2.0
"""Everything that can be read from and written to the store within one transaction."""

import json
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from azure_sandbox.arm.records import Operation, OperationStatus, Resource, RoutingChange
from azure_sandbox.arm.wire import JsonObject

_RUNNING = OperationStatus.IN_PROGRESS


class Transaction:
    """One transaction. Ids and type names are compared without regard to case.

    Lists come in the order of names, operations in the order in which they end.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undoes what was written inside when an exception leaves the block."""
        self.connection.execute("SAVEPOINT attempt")
        try:
            yield
        except BaseException:
            self.connection.execute("ROLLBACK TO attempt")
            self.connection.execute("RELEASE attempt")
            raise
        self.connection.execute("RELEASE attempt")

    # --- resources ---------------------------------------------------------------------------

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

    def delete(self, resource: Resource) -> None:
        """Forgets one resource and the principals it owns.

        Its operations end here: a deletion has succeeded, any other is canceled.
        """
        self.connection.execute("DELETE FROM resources WHERE key = ?", (resource.key,))
        self.connection.execute("DELETE FROM principals WHERE owner_key = ?", (resource.key,))
        self.connection.execute(
            "UPDATE operations SET status = CASE verb WHEN 'DELETE' THEN ? ELSE ? END"
            " WHERE resource_key = ? AND status = ?",
            (OperationStatus.SUCCEEDED, OperationStatus.CANCELED, resource.key, _RUNNING),
        )

    def _resources(self, where: str, *values: str) -> list[Resource]:
        query = f"SELECT * FROM resources WHERE {where} ORDER BY name_key, key"  # noqa: S608 - constants
        return [_resource(row) for row in self.connection.execute(query, values)]

    # --- operations --------------------------------------------------------------------------

    def begin(self, operation: Operation) -> Operation:
        """Records an operation that has just started; its sequence is given here."""
        cursor = self.connection.execute(
            "INSERT INTO operations (id, resource_id, resource_key, type, verb, api_version,"
            " started_at, due_at, status, payload, error, final_status)"
            " VALUES (?,?,?,?,?,?,?,?,?,?,?,?)",
            (
                operation.id,
                operation.resource_id,
                operation.resource_id.lower(),
                operation.type,
                operation.verb,
                operation.api_version,
                operation.started_at,
                operation.due_at,
                operation.status,
                json.dumps(operation.payload),
                _dumped(operation.error),
                operation.final_status,
            ),
        )
        return replace(operation, sequence=int(cursor.lastrowid or 0))

    def end(self, operation: Operation) -> None:
        """Writes status, result and error of an operation."""
        self.connection.execute(
            "UPDATE operations SET status = ?, due_at = ?, result = ?, error = ? WHERE id = ?",
            (
                operation.status,
                operation.due_at,
                _dumped(operation.result),
                _dumped(operation.error),
                operation.id,
            ),
        )

    def operation(self, operation_id: str) -> Operation | None:
        """The operation of this id, or None."""
        found = self._operations("id = ?", operation_id)
        return found[0] if found else None

    def running_on(self, resource_id: str) -> list[Operation]:
        """The operations under way on exactly this resource."""
        return self._operations("resource_key = ? AND status = ?", resource_id.lower(), _RUNNING)

    def running_under(self, resource_id: str) -> list[Operation]:
        """The operations under way on this resource or on anything below it."""
        key = resource_id.lower()
        where = "status = ? AND (resource_key = ? OR (resource_key >= ? AND resource_key < ?))"
        return self._operations(where, _RUNNING, key, key + "/", key + "0")

    def due(self, at: float) -> list[Operation]:
        """The operations that should have ended by ``at``, in the order in which they end."""
        return self._operations("status = ? AND due_at <= ?", _RUNNING, at)

    def next_due(self) -> float | None:
        """When the next operation ends (epoch seconds), or None when nothing is under way."""
        query = "SELECT min(due_at) FROM operations WHERE status = ?"
        due: float | None = self.connection.execute(query, (_RUNNING,)).fetchone()[0]
        return due

    def _operations(self, where: str, *values: Any) -> list[Operation]:
        query = f"SELECT * FROM operations WHERE {where} ORDER BY due_at, sequence"  # noqa: S608
        return [_operation(row) for row in self.connection.execute(query, values)]

    # --- routing history ---------------------------------------------------------------------

    def append_routing(self, change: RoutingChange) -> None:
        """Adds a row to the routing history; its sequence is given here."""
        self.connection.execute(
            "INSERT INTO routing (at, endpoint_id, endpoint_key, traffic, mirror_traffic,"
            " instances, cause) VALUES (?,?,?,?,?,?,?)",
            (
                change.at,
                change.endpoint_id,
                change.endpoint_id.lower(),
                json.dumps(change.traffic),
                json.dumps(change.mirror_traffic),
                json.dumps(change.instances),
                change.cause,
            ),
        )

    def routing(self, endpoint_id: str = "") -> list[RoutingChange]:
        """The routing history, of one endpoint or of all, oldest first."""
        where, values = (
            ("WHERE endpoint_key = ?", [endpoint_id.lower()]) if endpoint_id else ("", [])
        )
        query = f"SELECT * FROM routing {where} ORDER BY sequence"  # noqa: S608 - constants
        return [
            RoutingChange(
                row["sequence"],
                row["at"],
                row["endpoint_id"],
                json.loads(row["traffic"]),
                json.loads(row["mirror_traffic"]),
                json.loads(row["instances"]),
                row["cause"],
            )
            for row in self.connection.execute(query, values)
        ]

    # --- principals, registrations, documents ------------------------------------------------

    def add_principal(self, object_id: str, client_id: str, name: str, owner_id: str = "") -> None:
        """Makes an identity known; it disappears with the resource that owns it."""
        self.connection.execute(
            "INSERT OR REPLACE INTO principals VALUES (?,?,?,?)",
            (object_id.lower(), client_id.lower(), name, owner_id.lower()),
        )

    def principal_exists(self, object_id: str) -> bool:
        """Whether the directory knows this object id."""
        query = "SELECT 1 FROM principals WHERE object_id = ?"
        return self.connection.execute(query, (object_id.lower(),)).fetchone() is not None

    def object_id_of(self, client_id: str) -> str | None:
        """The object id of the identity with this client id, or None."""
        query = "SELECT object_id FROM principals WHERE client_id = ?"
        row = self.connection.execute(query, (client_id.lower(),)).fetchone()
        return row["object_id"] if row else None

    def drop_principals(self, owner_id: str) -> None:
        """Forgets the identities a resource owns."""
        self.connection.execute("DELETE FROM principals WHERE owner_key = ?", (owner_id.lower(),))

    def registration(self, subscription: str, namespace: str) -> str | None:
        """The registration state of a resource provider, or None when it was never changed."""
        query = "SELECT state FROM registrations WHERE subscription = ? AND namespace_key = ?"
        key = (subscription.lower(), namespace.lower())
        row = self.connection.execute(query, key).fetchone()
        return row["state"] if row else None

    def set_registration(self, subscription: str, namespace: str, state: str) -> None:
        """Writes the registration state of a resource provider."""
        self.connection.execute(
            "INSERT OR REPLACE INTO registrations VALUES (?,?,?)",
            (subscription.lower(), namespace.lower(), state),
        )

    def document(self, name: str) -> JsonObject | None:
        """A named JSON document (quota limits, faults, signing key), or None."""
        query = "SELECT body FROM documents WHERE name = ?"
        row = self.connection.execute(query, (name,)).fetchone()
        return json.loads(row["body"]) if row else None

    def put_document(self, name: str, body: JsonObject) -> None:
        """Writes a named JSON document."""
        self.connection.execute(
            "INSERT OR REPLACE INTO documents VALUES (?,?)", (name, json.dumps(body))
        )

    # --- the whole store ---------------------------------------------------------------------

    def counts(self) -> dict[str, int]:
        """How many resources there are, operations under way, and requests so far."""
        queries = {
            "resources": "SELECT count(*) FROM resources",
            "operations": "SELECT count(*) FROM operations WHERE status = 'InProgress'",
            "requests": "SELECT count(*) FROM requests",
        }
        return {name: self.connection.execute(sql).fetchone()[0] for name, sql in queries.items()}

    def clear(self) -> None:
        """Forgets everything."""
        for table in _TABLES:
            self.connection.execute(f"DELETE FROM {table}")  # noqa: S608 - constants


_TABLES = (
    "resources",
    "operations",
    "routing",
    "requests",
    "principals",
    "registrations",
    "documents",
)


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


def _operation(row: sqlite3.Row) -> Operation:
    return Operation(
        id=row["id"],
        sequence=row["sequence"],
        resource_id=row["resource_id"],
        type=row["type"],
        verb=row["verb"],
        api_version=row["api_version"],
        started_at=row["started_at"],
        due_at=row["due_at"],
        status=OperationStatus(row["status"]),
        payload=json.loads(row["payload"]),
        result=_loaded(row["result"]),
        error=_loaded(row["error"]),
        final_status=row["final_status"],
    )


def _dumped(value: JsonObject | None) -> str | None:
    return None if value is None else json.dumps(value)


def _loaded(text: str | None) -> JsonObject | None:
    return None if text is None else json.loads(text)
