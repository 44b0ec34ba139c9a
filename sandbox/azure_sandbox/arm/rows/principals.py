# SPDX-License-Identifier: Apache-2.0
"""The directory: identities known to the sandbox."""

from azure_sandbox.arm.rows.table import Table


class PrincipalRows(Table):
    """Reads and writes identities."""

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
