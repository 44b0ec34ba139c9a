# SPDX-License-Identifier: Apache-2.0
"""Named JSON documents in the store."""

import json

from azure_sandbox.arm.rows.table import Table
from azure_sandbox.arm.wire import JsonObject


class DocumentRows(Table):
    """Reads and writes documents."""

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
