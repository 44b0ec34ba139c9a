# SPDX-License-Identifier: Apache-2.0
"""The routing history in the store."""

import json

from azure_sandbox.arm.records import RoutingChange
from azure_sandbox.arm.rows.table import Table


class RoutingRows(Table):
    """Appends to and reads the routing history."""

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
