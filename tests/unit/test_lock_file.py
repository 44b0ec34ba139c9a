# SPDX-License-Identifier: Apache-2.0
"""The file of a lock, as it is written, read and spoilt."""

import os
from pathlib import Path

import pytest

from azure_model_endpoints.errors import SettingsError
from azure_model_endpoints.lock_file import lock_path, read_lock, this_release, write_lock
from azure_model_endpoints.planning.lock import Lock, LockedDeployment

LOCK = Lock(
    format=2,
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


ANEW = "Run `ame plan --stack dev --write`, which chooses anew and overwrites it."
CONFLICT = """\
format: 2
<<<<<<< HEAD
region: eastus
=======
region: westus
>>>>>>> feature
"""


def test_what_is_written_is_read(tmp_path: Path) -> None:
    """And written again, it is the same file."""
    path = write_lock(tmp_path, "dev", LOCK)
    text = path.read_text()

    assert LOCK == read_lock(tmp_path, "dev")
    assert text == write_lock(tmp_path, "dev", LOCK).read_text()
    assert [path] == list(tmp_path.iterdir())
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
        ("format: 2\nformat: 2", "dev.lock.yaml: given no YAML ('format' is there twice"),
        ("- a", f"dev.lock.yaml: given ['a']; allowed: a mapping. {ANEW}"),
        (CONFLICT, "dev.lock.yaml: given no YAML ("),
        ("format: one", "dev.lock.yaml: format: given 'one'; allowed: a whole number"),
        ("format: 2\nregoin: x", "dev.lock.yaml: regoin: given the unknown setting 'regoin'"),
        ("format: 2\nregion: 5", f"dev.lock.yaml: region: given 5; allowed: a text. {ANEW}"),
        (
            "format: 2\nwritten_by: x\nregion: eastus\ndeployments: {chat.blue: {instances: 0}}",
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


OTHER = f"Release 9.0.1 wrote it, and this is release {this_release()}: install that one. Or: "


@pytest.mark.parametrize("form", [1, 3])
def test_lock_of_another_format_is_told(tmp_path: Path, form: int) -> None:
    """By its format alone, since its fields may be others; with who wrote it."""
    lock_path(tmp_path, "dev").write_text(f"format: {form}\nwritten_by: 9.0.1\nclouds: [eastus]")

    with pytest.raises(SettingsError) as failure:
        read_lock(tmp_path, "dev")

    [problem] = failure.value.problems
    assert (
        f"dev.lock.yaml: format: given format {form}, written by release 9.0.1; allowed: format 2. "
        f"{OTHER}{ANEW}"
    ) == str(problem)


def test_field_of_another_release_is_not_to_be_removed(tmp_path: Path) -> None:
    """Who wrote it and who reads it are told instead."""
    path = write_lock(tmp_path, "dev", LOCK.model_copy(update={"written_by": "9.0.1"}))
    path.write_text(f"{path.read_text()}clouds: [azure]\n")

    with pytest.raises(SettingsError) as failure:
        read_lock(tmp_path, "dev")

    [problem] = failure.value.problems
    assert ("dev.lock.yaml: clouds", f"{OTHER}{ANEW}") == (problem.path, problem.remedy)


class Killed(BaseException):
    """What ends a process wherever it is."""


def test_lock_is_whole_whenever_its_writer_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The old one stays until the new one is complete."""
    write_lock(tmp_path, "dev", LOCK)
    whole = Path.write_text

    def killed(path: Path, text: str, **options: str) -> int:
        whole(path, text[:100], **options)
        raise Killed

    monkeypatch.setattr(Path, "write_text", killed)
    with pytest.raises(Killed):
        write_lock(tmp_path, "dev", LOCK.model_copy(update={"region": "westus"}))

    assert LOCK == read_lock(tmp_path, "dev")
    assert [lock_path(tmp_path, "dev")] == list(tmp_path.iterdir())


def test_link_and_permissions_stay(tmp_path: Path) -> None:
    """What is replaced is the file that the link leads to."""
    target, link = tmp_path / "kept.yaml", lock_path(tmp_path, "dev")
    target.write_text("")
    target.chmod(0o640)
    link.symlink_to(target)

    write_lock(tmp_path, "dev", LOCK)

    assert (True, 0o100640) == (link.is_symlink(), target.stat().st_mode)
    assert LOCK == read_lock(tmp_path, "dev")


def test_new_lock_is_readable_like_any_new_file(tmp_path: Path) -> None:
    """By whom the process lets read."""
    (tmp_path / "other").touch()

    path = write_lock(tmp_path, "dev", LOCK)

    assert (tmp_path / "other").stat().st_mode == path.stat().st_mode


def test_write_protected_lock_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Though its directory would let it be replaced."""
    text = write_lock(tmp_path, "dev", LOCK).read_text()
    monkeypatch.setattr(os, "access", lambda _, mode: mode != os.W_OK)

    with pytest.raises(PermissionError):
        write_lock(tmp_path, "dev", LOCK.model_copy(update={"region": "westus"}))

    assert text == lock_path(tmp_path, "dev").read_text()


def test_what_is_no_file_is_told(tmp_path: Path) -> None:
    """It is not taken for the absence of a lock."""
    lock_path(tmp_path, "dev").mkdir()

    with pytest.raises(SettingsError, match=r"given no readable file \(Is a directory\)"):
        read_lock(tmp_path, "dev")
