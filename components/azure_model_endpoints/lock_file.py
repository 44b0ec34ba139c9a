# SPDX-License-Identifier: Apache-2.0
"""The file of a lock: ``stacks/<stack>.lock.yaml``, written by a command and read by every run."""

from pathlib import Path

import yaml

from azure_model_endpoints.catalog.user_files import UniqueKeys
from azure_model_endpoints.errors import Problem, SettingsError
from azure_model_endpoints.planning.lock import FORMAT, Lock
from azure_model_endpoints.settings import parse

__all__ = ["lock_path", "read_lock", "write_lock"]


class _Loader(UniqueKeys, yaml.SafeLoader):
    """Reads YAML in which a key is there once."""


_HEADER = """\
# What was chosen for every deployment. Written by `ame plan --stack {stack} --write`, reviewed like
# code, obeyed by every run: nothing moves a deployment but a new choice.
"""


def lock_path(directory: Path, stack: str) -> Path:
    """Return where the lock of a stack is, whether there is one or not."""
    return directory / f"{stack}.lock.yaml"


def read_lock(directory: Path, stack: str) -> Lock | None:
    """Return the lock of a stack, or None where nothing was locked.

    Raises:
        SettingsError: with everything that is wrong with the file.
    """
    path = lock_path(directory, stack)
    if not path.exists():
        return None
    remedy = f"Delete it, and run `ame plan --stack {stack} --write`."
    try:
        document = yaml.load(path.read_text(encoding="utf-8"), _Loader)  # noqa: S506  (it is safe)
    except OSError as error:
        problem = Problem(path.name, f"no readable file ({error.strerror})", "a lock", remedy)
        raise SettingsError([problem], source=path.name) from None
    # A ValueError comes from a text that is not UTF-8, or a date or number that cannot be; a
    # RecursionError from brackets without an end.
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        reason = " ".join(str(error).split())
        raise SettingsError(
            [Problem(path.name, f"no YAML ({reason})", "a lock", remedy)], source=path.name
        ) from None
    if not isinstance(document, dict):
        raise SettingsError(
            [Problem(path.name, repr(document), "a mapping", remedy)], source=path.name
        )
    form = document.get("format")
    if isinstance(form, int) and form != FORMAT:
        given = f"format {form}, written by release {document.get('written_by', 'unknown')}"
        instead = f"Install a release that reads that, or choose anew. {remedy}"
        raise SettingsError(
            [Problem(f"{path.name}: format", given, f"format {FORMAT}", instead)], source=path.name
        )
    lock, problems = parse(document, Lock, {})
    if problems or lock is None:
        raise SettingsError(problems, source=path.name)
    return lock


def write_lock(directory: Path, stack: str, lock: Lock) -> Path:
    """Write the lock of a stack, sorted, so that a change is a readable difference."""
    path = lock_path(directory, stack)
    document = lock.model_dump(mode="json", exclude_none=True)
    text = yaml.safe_dump(document, sort_keys=True, allow_unicode=True, width=100)
    path.write_text(_HEADER.format(stack=stack) + text, encoding="utf-8")
    return path
