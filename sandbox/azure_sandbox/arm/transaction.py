# SPDX-License-Identifier: Apache-2.0
"""Everything that can be read from and written to the store within one transaction."""

from collections.abc import Iterator
from contextlib import contextmanager

from azure_sandbox.arm.rows.documents import DocumentRows
from azure_sandbox.arm.rows.operations import OperationRows
from azure_sandbox.arm.rows.principals import PrincipalRows
from azure_sandbox.arm.rows.registrations import RegistrationRows
from azure_sandbox.arm.rows.resources import ResourceRows
from azure_sandbox.arm.rows.routing import RoutingRows


class Transaction(
    ResourceRows, OperationRows, RoutingRows, PrincipalRows, RegistrationRows, DocumentRows
):
    """One transaction. Ids and type names are compared without regard to case."""

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
