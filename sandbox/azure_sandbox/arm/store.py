# SPDX-License-Identifier: Apache-2.0
"""The state of the sandbox: one SQLite file, one writer at a time, short transactions."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import Empty, SimpleQueue

from azure_sandbox.arm.errors import StoreCorruptError
from azure_sandbox.arm.transaction import Transaction

_SCHEMA_VERSION = 2
_BUSY_TIMEOUT_SECONDS = 30.0

_SCHEMA = """
CREATE TABLE resources (
    key TEXT PRIMARY KEY, id TEXT NOT NULL, type TEXT NOT NULL, type_key TEXT NOT NULL,
    name TEXT NOT NULL, name_key TEXT NOT NULL, parent TEXT NOT NULL, parent_key TEXT NOT NULL,
    subscription TEXT NOT NULL, group_key TEXT NOT NULL, resource_group TEXT NOT NULL,
    location TEXT NOT NULL, body TEXT NOT NULL, internal TEXT NOT NULL, state TEXT NOT NULL,
    etag TEXT NOT NULL, created_at REAL NOT NULL, created_by TEXT NOT NULL,
    modified_at REAL NOT NULL, modified_by TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX resources_by_parent ON resources (parent_key, type_key, name_key);
CREATE INDEX resources_by_type ON resources (type_key, name_key);
CREATE INDEX resources_by_group ON resources (subscription, group_key);
CREATE TABLE operations (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
    resource_id TEXT NOT NULL, resource_key TEXT NOT NULL, type TEXT NOT NULL, verb TEXT NOT NULL,
    api_version TEXT NOT NULL, started_at REAL NOT NULL, due_at REAL NOT NULL,
    status TEXT NOT NULL, payload TEXT NOT NULL, result TEXT, error TEXT
);
CREATE INDEX operations_by_due ON operations (status, due_at, sequence);
CREATE INDEX operations_by_resource ON operations (resource_key, status);
CREATE TABLE routing (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL, endpoint_id TEXT NOT NULL,
    endpoint_key TEXT NOT NULL, traffic TEXT NOT NULL, mirror_traffic TEXT NOT NULL,
    instances TEXT NOT NULL, cause TEXT NOT NULL
);
CREATE INDEX routing_by_endpoint ON routing (endpoint_key, sequence);
CREATE TABLE requests (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL, method TEXT NOT NULL,
    path TEXT NOT NULL, status INTEGER NOT NULL, code TEXT, operation TEXT
);
CREATE TABLE principals (
    object_id TEXT PRIMARY KEY, client_id TEXT NOT NULL, name TEXT NOT NULL,
    owner_key TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX principals_by_owner ON principals (owner_key);
CREATE TABLE registrations (
    subscription TEXT NOT NULL, namespace_key TEXT NOT NULL, state TEXT NOT NULL,
    PRIMARY KEY (subscription, namespace_key)
) WITHOUT ROWID;
CREATE TABLE documents (name TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;
"""


class Store:
    """Opens transactions on the state database; safe from many threads and processes.

    Raises StoreCorruptError, here or in a transaction, when the file is damaged.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._idle: SimpleQueue[sqlite3.Connection] = SimpleQueue()
        self._writer = threading.Lock()
        path.parent.mkdir(parents=True, exist_ok=True)
        with self.write() as transaction:
            self._migrate(transaction.connection)

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """A consistent view; nothing may be written in it."""
        with self._transaction("BEGIN") as transaction:
            yield transaction

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """The only transaction that writes at this moment: all of it happens, or nothing."""
        with self._writer, self._transaction("BEGIN IMMEDIATE") as transaction:
            yield transaction

    def close(self) -> None:
        """Closes the connections; the next transaction opens a new one."""
        with suppress(Empty):
            while True:
                self._idle.get_nowait().close()

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[Transaction]:
        try:
            with self._connection() as connection:
                connection.execute(begin)
                try:
                    yield Transaction(connection)
                except BaseException:
                    connection.execute("ROLLBACK")
                    raise
                connection.execute("COMMIT")
        except sqlite3.DatabaseError as error:
            if type(error) is not sqlite3.DatabaseError:  # its subclasses are other mishaps
                raise
            raise StoreCorruptError(self.path, str(error)) from error

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        """A connection nobody else uses now; it is kept for the next one unless it failed."""
        try:
            connection = self._idle.get_nowait()
        except Empty:
            connection = self._opened()
        try:
            yield connection
        except sqlite3.Error:
            connection.close()
            raise
        except BaseException:
            self._idle.put(connection)
            raise
        self._idle.put(connection)

    def _opened(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self.path,
            timeout=_BUSY_TIMEOUT_SECONDS,
            isolation_level=None,
            check_same_thread=False,  # one thread after the other
        )
        connection.row_factory = sqlite3.Row
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=NORMAL")
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    def _migrate(self, connection: sqlite3.Connection) -> None:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version == _SCHEMA_VERSION:
            return
        tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if tables:
            raise StoreCorruptError(self.path, f"schema version {version}, not {_SCHEMA_VERSION}")
        for statement in _SCHEMA.split(";\n"):
            if statement.strip():
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version={_SCHEMA_VERSION}")
