# SPDX-License-Identifier: Apache-2.0
"""Who has locked a stack, by what the engine and the system say."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from azure_model_endpoints.cli.lock_holder import LockHolder, named_holders, refuse_unless_stale
from azure_model_endpoints.errors import AmeError

LOCKED = (
    "`pulumi stack import` failed: could not import deployment: the stack is currently locked by 2 "
    "lock(s). Either wait for the other process(es) to end or delete the lock file with `pulumi "
    "cancel`."
)


def holder(process: int, host: str = socket.gethostname()) -> LockHolder:
    """Somebody who has locked a stack."""
    return LockHolder(process, "ada", host, "2026-01-01T00:00:00Z")


def test_engine_names_holders_when_it_refuses_to_write() -> None:
    """As it does on Azure Storage and S3."""
    said = (
        f"{LOCKED} azblob://states/.pulumi/locks/organization/p/dev/1.json: created by ada@there "
        "(pid 7) at 2026-01-01T00:00:00Z azblob://states/.pulumi/locks/organization/p/dev/2.json: "
        "created by bob@here (pid 8) at 2026-01-02T00:00:00Z"
    )

    assert [
        LockHolder(7, "ada", "there", "2026-01-01T00:00:00Z"),
        LockHolder(8, "bob", "here", "2026-01-02T00:00:00Z"),
    ] == named_holders(said)


@pytest.mark.parametrize(
    "said",
    [
        f"{LOCKED} azblob://states/1.json: created by @ (pid 0) at 0001-01-01T00:00:00Z",
        "[409] Conflict: Another update is currently in progress.",
    ],
)
def test_nameless_lock_is_somebodys(said: str) -> None:
    """Of a lock that was cut off, and of any on Pulumi Cloud, nobody is known."""
    assert [LockHolder.unknown()] == named_holders(said)
    assert not LockHolder.unknown().is_here


def test_other_refusals_name_nobody() -> None:
    """They are told as they are."""
    assert [] == named_holders("no stack named 'dev' found, created by nobody")


def test_holder_that_cannot_be_seen_needs_force() -> None:
    """Whether it lives can only be seen where it runs."""
    elsewhere = [holder(1, "elsewhere")]

    with pytest.raises(AmeError, match=r"^dev: locked by ada@elsewhere \(process 1, since .*force"):
        refuse_unless_stale("dev", elsewhere, force=False)
    refuse_unless_stale("dev", elsewhere, force=True)


def test_dead_process_is_not_alive() -> None:
    """A number that no process has any more."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()

    assert not holder(ended.pid).is_alive


def test_other_program_under_the_same_number_is_not_alive() -> None:
    """The system gives numbers out again; this process is no Pulumi."""
    assert not holder(os.getpid()).is_alive


def test_running_engine_is_alive(tmp_path: Path) -> None:
    """A process that is called pulumi may hold the lock."""
    engine = tmp_path / "pulumi"
    engine.symlink_to("/bin/sleep")
    with subprocess.Popen([engine, "600"]) as running:
        alive = holder(running.pid).is_alive
        running.kill()

    assert alive


def test_host_tells_whether_it_is_here() -> None:
    """Processes of other machines cannot be seen."""
    assert holder(1).is_here
    assert not holder(1, "elsewhere").is_here
