# SPDX-License-Identifier: Apache-2.0
"""The steps by which a stack becomes sound again after a run that was killed."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from azure_model_endpoints.cli import interruptions
from azure_model_endpoints.cli.file_backend import FileBackend
from azure_model_endpoints.cli.lock_holder import LockHolder, named_holders, refuse_unless_stale
from azure_model_endpoints.cli.stack_state import StackState
from azure_model_endpoints.errors import AmeError, EngineError
from azure_model_endpoints.planning.recovery import Finding, without_interruptions

__all__ = ["Step", "recovery", "sentence"]

Step = LockHolder | Path | Finding
"""A lock that was released, a file that was removed, or an operation that was looked into."""


def recovery(state: StackState, project: str, *, force: bool) -> Iterator[Step]:
    """Make a stack sound, and give each step once it is done, since the next one may fail.

    Args:
        state: the state of the stack.
        project: the name of its project.
        force: whether locks are released whose holders cannot be seen from here.

    Raises:
        AmeError: another run is or was at work, or Azure cannot be asked.
    """
    files = FileBackend.at(state.backend_url())
    holders = files.lock_holders(project, state.stack.rpartition("/")[2]) if files else []
    refuse_unless_stale(state.stack, holders, force=force)
    yield from files.mend() if files else ()
    exported = state.export()
    findings = interruptions.found(exported)
    # Until here the killed run's lock has kept others out.
    if holders:
        state.release()
        yield from holders
    # Other backends name the holder of a lock only when they refuse a write.
    if findings or files is None:
        sound = without_interruptions(exported, findings)
        yield from _replaced(state, exported, sound, force=force)
    interruptions.adopt(state, findings)
    yield from findings


def sentence(step: Step) -> str:
    """Return what was done."""
    match step:
        case LockHolder():
            return f"Released the lock of {step}."
        case Path():
            return f"Removed {step}, which was cut off."
        case Finding():
            return interruptions.sentence(step)


def _replaced(
    state: StackState, exported: Mapping[str, Any], sound: Mapping[str, Any], *, force: bool
) -> Iterator[LockHolder]:
    """Put a sound state in the place of the exported one; give whose locks were released for it."""
    _check_unchanged(state, exported)
    try:
        state.replace(sound)
    except EngineError as refusal:
        holders = named_holders(str(refusal))
        if not holders:
            raise
        refuse_unless_stale(state.stack, holders, force=force)
        state.release()
        yield from holders
        _check_unchanged(state, exported)
        state.replace(sound)


def _check_unchanged(state: StackState, exported: Mapping[str, Any]) -> None:
    if state.export() != exported:
        raise AmeError(
            f"{state.stack}: another run has changed the stack meanwhile. Once it has ended, run "
            "the same command again. The stack's state was not changed."
        )
