# SPDX-License-Identifier: Apache-2.0
"""What all tables have in common."""

import sqlite3


class Table:
    """Queries on one connection, within the transaction it is in."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
