# SPDX-License-Identifier: Apache-2.0
"""The file of a lock: ``stacks/<stack>.lock.yaml``, written by a command and read by every run."""

import errno
import os
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from azure_model_endpoints.catalog.user_files import UniqueKeys
from azure_model_endpoints.errors import Problem, SettingsError
from azure_model_endpoints.planning.lock import FORMAT, Lock
from azure_model_endpoints.settings import parse

__all__ = ["lock_path", "read_lock", "this_release", "write_lock"]


class _Loader(UniqueKeys, yaml.SafeLoader):
    """Reads YAML in which a key is there once."""


_HEADER = """\
# What was chosen for every deployment. Written by `ame plan --stack {stack} --write`, reviewed like
# code, obeyed by every run: nothing moves a deployment but a new choice. Not to be edited by hand.
"""


def lock_path(directory: Path, stack: str) -> Path:
    """Return where the lock of a stack is, whether there is one or not."""
    return directory / f"{stack}.lock.yaml"


def this_release() -> str:
    """Return the release of this package, as a lock names it."""
    from importlib.metadata import version

    return version("azure-model-endpoints")


def read_lock(directory: Path, stack: str) -> Lock | None:
    """Return the lock of a stack, or None where nothing was locked.

    Raises:
        SettingsError: with everything that is wrong with the file.
    """
    path = lock_path(directory, stack)
    if not path.exists():
        return None
    anew = f"Run `ame plan --stack {stack} --write`, which chooses anew and overwrites it."
    document = _document(path, anew)
    form = document.get("format")
    if isinstance(form, int) and form != FORMAT:
        given = f"format {form}, written by release {document.get('written_by', 'unknown')}"
        remedy = _remedy(document, anew)
        raise SettingsError(
            [Problem(f"{path.name}: format", given, f"format {FORMAT}", remedy)], source=path.name
        )
    lock, problems = parse(document, Lock, {})
    if problems or lock is None:
        remedy = _remedy(document, anew)
        told = [replace(each, path=f"{path.name}: {each.path}", remedy=remedy) for each in problems]
        raise SettingsError(told, source=path.name)
    return lock


def write_lock(directory: Path, stack: str, lock: Lock) -> Path:
    """Write the lock of a stack, sorted, so that a change is a readable difference.

    Whoever is killed meanwhile leaves the old one whole. What a link leads to is written, and keeps
    its permissions.

    Raises:
        OSError: it cannot be written, or must not be.
    """
    path = lock_path(directory, stack)
    document = lock.model_dump(mode="json", exclude_none=True)
    text = yaml.safe_dump(document, sort_keys=True, allow_unicode=True, width=100)
    _replace(path.resolve(), _HEADER.format(stack=stack) + text)
    return path


def _document(path: Path, remedy: str) -> Mapping[Any, Any]:
    """Return the mapping in a file."""
    try:
        document = yaml.load(path.read_text(encoding="utf-8"), _Loader)  # noqa: S506  (it is safe)
    except OSError as error:
        given, allowed = f"no readable file ({error.strerror})", "a lock"
    # A ValueError comes from a text that is not UTF-8, or a date or number that cannot be; a
    # RecursionError from brackets without an end.
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        given, allowed = f"no YAML ({' '.join(str(error).split())})", "a lock"
    else:
        if isinstance(document, dict):
            return document
        given, allowed = repr(document), "a mapping"
    raise SettingsError([Problem(path.name, given, allowed, remedy)], source=path.name)


def _remedy(document: Mapping[Any, Any], anew: str) -> str:
    """Return what to do about a lock that this release cannot use: nobody edits one by hand."""
    writer, reader = document.get("written_by"), this_release()
    if writer in (None, reader):
        return anew
    return f"Release {writer} wrote it, and this is release {reader}: install that one. Or: {anew}"


def _replace(path: Path, text: str) -> None:
    """Put a text in a file's place in one step."""
    exists = path.exists()
    if exists and not os.access(path, os.W_OK):  # replacing asks for the directory's permission
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
    beside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        beside.write_text(text, encoding="utf-8")
        if exists:
            shutil.copymode(path, beside)
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
