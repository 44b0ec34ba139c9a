# SPDX-License-Identifier: Apache-2.0
"""The state database: damage, concurrency, atomicity."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from azure_sandbox.arm.errors import StoreCorruptError
from azure_sandbox.arm.records import Resource
from azure_sandbox.arm.store import Store
from tests.sandbox.conftest import Azure

IDENTITIES = "providers/Microsoft.ManagedIdentity/userAssignedIdentities"


def _resource(name: str, **more: object) -> Resource:
    return Resource(f"/things/{name}", "X/things", name, "/things", {}, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("content", [b"not a database at all" * 100, b"SQLite format 3\0" * 300])
def test_corrupt_file_is_named_with_the_remedy(tmp_path: Path, content: bytes) -> None:
    """The message says which file and what to run."""
    path = tmp_path / "state.sqlite3"
    path.write_bytes(content)

    with pytest.raises(StoreCorruptError) as refusal:
        Store(path)

    assert str(path) in str(refusal.value)
    assert "ame sandbox reset" in str(refusal.value)


def test_database_of_something_else_is_left_alone(tmp_path: Path) -> None:
    """A SQLite file without the sandbox's tables is not written to."""
    path = tmp_path / "state.sqlite3"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE photos (name TEXT)")
    connection.close()

    with pytest.raises(StoreCorruptError, match="schema version 0"):
        Store(path)


def test_transaction_that_fails_leaves_nothing(tmp_path: Path) -> None:
    """All of a transaction happens, or nothing."""
    store = Store(tmp_path / "state.sqlite3")

    with suppress(ZeroDivisionError), store.write() as tx:
        tx.save(_resource("one"))
        raise ZeroDivisionError

    with store.read() as tx:
        assert None is tx.get("/things/one")


def test_savepoint_that_fails_leaves_the_rest(tmp_path: Path) -> None:
    """Only what was written inside the savepoint is undone."""
    store = Store(tmp_path / "state.sqlite3")

    with store.write() as tx:
        tx.save(_resource("outside"))
        with suppress(ZeroDivisionError), tx.savepoint():
            tx.save(_resource("inside"))
            raise ZeroDivisionError

    with store.read() as tx:
        assert ["outside"] == [row.name for row in tx.children("/things", "X/things")]


def test_everything_below_an_id_is_found_deepest_first(tmp_path: Path) -> None:
    """Names that merely begin alike are not below."""
    store = Store(tmp_path / "state.sqlite3")
    ids = ("/a", "/a/b", "/a/b/c", "/ab/c", "/a-b/c")

    with store.write() as tx:
        for path in ids:
            tx.save(Resource(path, "X/things", path, "/", {}))
        below = [row.id for row in tx.under("/A")]

    assert ["/a/b/c", "/a/b"] == below


def test_two_stores_on_one_file_see_each_other(tmp_path: Path) -> None:
    """Several processes may open the same state."""
    first, second = (Store(tmp_path / "state.sqlite3") for _ in range(2))

    with first.write() as tx:
        tx.save(_resource("one"))

    with second.read() as tx:
        assert tx.get("/THINGS/ONE") is not None


def test_secrets_are_not_in_the_repr() -> None:
    """Keys kept beside a resource do not reach a log."""
    assert "hush" not in repr(_resource("one", internal={"key": "hush"}))


def test_concurrent_requests_are_all_kept(azure: Azure, group: str) -> None:
    """Writers queue up; none is lost and none fails."""
    paths = [f"{group}/{IDENTITIES}/id-{number:03}" for number in range(40)]

    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(lambda path: azure.send("PUT", path, {"location": "eastus"}), paths)
        )

    assert {201} == {answer.status_code for answer in answers}
    assert 40 == len(azure.get(f"{group}/{IDENTITIES}")["value"])


def test_one_of_many_concurrent_creations_creates(azure: Azure, group: str) -> None:
    """With ``If-None-Match: *`` exactly one of several equal requests wins."""
    path = f"{group}/{IDENTITIES}/id-chat"

    def create(_: int) -> int:
        guard = {"If-None-Match": "*"}
        return azure.send("PUT", path, {"location": "eastus"}, headers=guard).status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(pool.map(create, range(8)))

    assert [201, *[412] * 7] == statuses
