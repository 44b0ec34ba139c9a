# SPDX-License-Identifier: Apache-2.0
"""Locks of a file backend, and files that were cut off."""

import json
from pathlib import Path

import pytest

from azure_model_endpoints.cli.file_backend import FileBackend
from azure_model_endpoints.cli.lock_holder import LockHolder


def lock(backend: FileBackend, *place: str, text: str | None = None) -> None:
    """Write the lock file of a run."""
    file = backend.directory.joinpath("locks", *place, "1.json")
    file.parent.mkdir(parents=True)
    said = {"pid": 7, "username": "ada", "hostname": "there", "timestamp": "now"}
    file.write_text(json.dumps(said) if text is None else text)


@pytest.mark.parametrize("place", [("organization", "models", "dev"), ("dev",)])
def test_holders_of_a_stack(tmp_path: Path, place: tuple[str, ...]) -> None:
    """Old and new backends keep locks in different directories."""
    backend = FileBackend(tmp_path)
    lock(backend, *place)

    assert [LockHolder(7, "ada", "there", "now")] == backend.lock_holders("models", "dev")
    assert [] == backend.lock_holders("models", "prod")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": 1}'])
def test_unreadable_lock_is_somebodys(tmp_path: Path, text: str) -> None:
    """Nobody can tell whose it was, so it is not taken for one of this machine."""
    backend = FileBackend(tmp_path)
    lock(backend, "dev", text=text)

    (found,) = backend.lock_holders("models", "dev")

    assert not found.is_here


@pytest.mark.parametrize(
    ("url", "directory"),
    [
        ("file:///srv/states", "/srv/states/.pulumi"),
        ("file:///srv/states?no_tmp_dir=true", "/srv/states/.pulumi"),
        ("file://~", str(Path.home() / ".pulumi")),
    ],
)
def test_directory_of_a_backend(url: str, directory: str) -> None:
    """As the engine understands its addresses."""
    assert FileBackend(Path(directory)) == FileBackend.at(url)


def test_other_backends_are_not_files() -> None:
    """Who has locked a stack there, only they know."""
    assert FileBackend.at("azblob://states") is None


def test_cut_off_attributes_are_removed(tmp_path: Path) -> None:
    """The engine reads a file without attributes, but not one whose attributes are empty."""
    stacks = tmp_path / "stacks" / "models"
    stacks.mkdir(parents=True)
    cut_off, whole = stacks / "dev.json.attrs", stacks / "prod.json.attrs"
    cut_off.touch()
    whole.write_text("{}")

    assert [cut_off] == FileBackend(tmp_path).mend()
    assert [whole] == list(stacks.iterdir())
