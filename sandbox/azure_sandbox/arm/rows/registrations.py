# SPDX-License-Identifier: Apache-2.0
"""The registrations of resource providers in the store."""

from azure_sandbox.arm.rows.table import Table


class RegistrationRows(Table):
    """Reads and writes registration states."""

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
