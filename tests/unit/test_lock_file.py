# SPDX-License-Identifier: Apache-2.0
"""The file of a lock, as it is written, read and spoilt."""

from pathlib import Path

import pytest

from azure_model_endpoints.errors import SettingsError
from azure_model_endpoints.lock_file import lock_path, read_lock, write_lock
from azure_model_endpoints.planning.lock import Lock, LockedDeployment

LOCK = Lock(
    format=1,
    written_by="0.1.0",
    region="eastus",
    deployments={
        "chat.blue": LockedDeployment(
            inputs="0123456789abcdef",
            model="phi-2",
            version="22",
            sku="Standard_NC4as_T4_v3",
            instances=1,
            tensor_parallel=1,
            max_concurrent_requests=9,
            serving={"WORKER_COUNT": "9"},
            reason="the cheapest: it holds the workload",
        )
    },
)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    """And written again, it is the same file."""
    path = write_lock(tmp_path, "dev", LOCK)
    text = path.read_text()

    assert LOCK == read_lock(tmp_path, "dev")
    assert text == write_lock(tmp_path, "dev", LOCK).read_text()
    assert text.startswith(
        "# What was chosen for every deployment. Written by `ame plan --stack dev"
    )


def test_without_a_file_nothing_is_locked(tmp_path: Path) -> None:
    """Every choice is the planner's."""
    assert read_lock(tmp_path, "dev") is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "dev.lock.yaml: given no YAML ("),
        ("[" * 10_000, "dev.lock.yaml: given no YAML (maximum recursion depth exceeded"),
        ("format: 1\nformat: 1", "dev.lock.yaml: given no YAML ('format' is there twice"),
        ("- a", "dev.lock.yaml: given ['a']; allowed: a mapping. Delete it, and run `ame plan"),
        ("format: one", "format: given 'one'; allowed: a whole number"),
        ("format: 1\nregoin: x", "regoin: given the unknown setting 'regoin'"),
        ("format: 1\nregion: 5", "region: given 5; allowed: a text."),
        (
            "format: 1\nwritten_by: x\nregion: eastus\ndeployments: {chat.blue: {instances: 0}}",
            "deployments.chat.blue.instances: given 0; allowed: 1 or more.",
        ),
    ],
)
def test_nonsense_is_told(tmp_path: Path, text: str, told: str) -> None:
    """All of it at once, and without a traceback."""
    lock_path(tmp_path, "dev").write_text(text)

    with pytest.raises(SettingsError) as failure:
        read_lock(tmp_path, "dev")

    assert told in str(failure.value)


def test_lock_of_another_release_is_told(tmp_path: Path) -> None:
    """By its format alone, since its fields may be others; with who wrote it."""
    lock_path(tmp_path, "dev").write_text("format: 2\nwritten_by: 9.0.1\nclouds: [eastus]")

    with pytest.raises(SettingsError) as failure:
        read_lock(tmp_path, "dev")

    [problem] = failure.value.problems
    assert (
        "dev.lock.yaml: format: given format 2, written by release 9.0.1; allowed: format 1. "
        "Install a release that reads that, or choose anew. Delete it, and run `ame plan --stack "
        "dev --write`."
    ) == str(problem)


def test_what_is_no_file_is_told(tmp_path: Path) -> None:
    """It is not taken for the absence of a lock."""
    lock_path(tmp_path, "dev").mkdir()

    with pytest.raises(SettingsError, match=r"given no readable file \(Is a directory\)"):
        read_lock(tmp_path, "dev")
