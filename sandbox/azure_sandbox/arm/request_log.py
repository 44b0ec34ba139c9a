# SPDX-License-Identifier: Apache-2.0
"""The log of requests: what was asked and answered, never a secret, a query or a body."""

from azure_sandbox.arm.clock import timestamp
from azure_sandbox.arm.transaction import Transaction
from azure_sandbox.arm.wire import Answer, Exchange, JsonObject


def record(tx: Transaction, at: float, exchange: Exchange, answer: Answer) -> None:
    """Adds one request."""
    tx.connection.execute(
        "INSERT INTO requests (at, method, path, status, code, operation) VALUES (?,?,?,?,?,?)",
        (at, exchange.method, exchange.path, answer.status, _code(answer), _operation(answer)),
    )


def entries(tx: Transaction, since: int = 0) -> list[JsonObject]:
    """The requests after number ``since``, oldest first."""
    query = "SELECT * FROM requests WHERE sequence > ? ORDER BY sequence"
    return [
        {
            "seq": row["sequence"],
            "time": timestamp(row["at"]),
            "method": row["method"],
            "path": row["path"],
            "status": row["status"],
            "code": row["code"],
            "operation": row["operation"],
        }
        for row in tx.connection.execute(query, (since,))
    ]


def _code(answer: Answer) -> str | None:
    """The error code of ARM's envelope or of an OAuth error."""
    error = answer.body.get("error") if isinstance(answer.body, dict) else None
    if isinstance(error, dict):
        return str(error.get("code"))
    return error if isinstance(error, str) else None


def _operation(answer: Answer) -> str | None:
    """The id of the long-running operation the answer speaks of."""
    url = answer.headers.get("Azure-AsyncOperation") or answer.headers.get("Location")
    return url.partition("?")[0].rpartition("/")[2] if url else None
