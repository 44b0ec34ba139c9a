# SPDX-License-Identifier: Apache-2.0
"""Long-running operations in the store."""

import json
import sqlite3
from dataclasses import replace
from typing import Any

from azure_sandbox.arm.records import Operation, OperationStatus
from azure_sandbox.arm.rows.table import Table
from azure_sandbox.arm.wire import JsonObject

_RUNNING = OperationStatus.IN_PROGRESS


class OperationRows(Table):
    """Reads and writes operations; lists come in the order in which operations end."""

    def begin(self, operation: Operation) -> Operation:
        """Records an operation that has just started; its sequence is given here."""
        cursor = self.connection.execute(
            "INSERT INTO operations (id, resource_id, resource_key, type, verb, api_version,"
            " started_at, due_at, status, payload, error)"
            " VALUES (?,?,?,?,?,?,?,?,?,?,?)",
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

    def _operations(self, where: str, *values: Any) -> list[Operation]:
        query = f"SELECT * FROM operations WHERE {where} ORDER BY due_at, sequence"  # noqa: S608
        return [_operation(row) for row in self.connection.execute(query, values)]


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
    )


def _dumped(value: JsonObject | None) -> str | None:
    return None if value is None else json.dumps(value)


def _loaded(text: str | None) -> JsonObject | None:
    return None if text is None else json.loads(text)
