# SPDX-License-Identifier: Apache-2.0
"""``ame recover``: makes a stack sound again after a run that was killed."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from azure_model_endpoints.cli import options
from azure_model_endpoints.cli.engine import find_engine
from azure_model_endpoints.errors import AmeError

if TYPE_CHECKING:
    from azure_model_endpoints.cli.file_backend import FileBackend, LockHolder


def recover(
    stack: Annotated[str, typer.Option("--stack", "-s", help="The stack of the killed run.")],
    force: Annotated[
        bool, typer.Option("--force", help="Release the lock of a run on another machine, too.")
    ] = False,
    as_json: options.AsJson = False,
) -> None:
    """Release a killed run's lock and adopt what it had created.

    Says what was done, a line each; exit 1 when something is left to decide.
    """
    from azure_model_endpoints.cli import interruptions
    from azure_model_endpoints.cli.file_backend import FileBackend
    from azure_model_endpoints.cli.stack_state import StackState

    state = StackState(find_engine().path, stack)
    holders: list[LockHolder] = []
    mended: list[Path] = []
    if files := FileBackend.at(state.backend_url()):
        holders = _stale_holders(files, stack, force=force)
        mended = files.mend()
    else:
        state.replace(state.export())  # elsewhere only a write tells who has locked a stack
    if holders:
        state.release()
    findings = interruptions.recovered(state)
    sound = interruptions.is_sound(findings)
    if as_json:
        report = {
            "stack": stack,
            "sound": sound,
            "released": [asdict(holder) for holder in holders],
            "mended": [str(file) for file in mended],
            "interrupted": [interruptions.document(finding) for finding in findings],
        }
        typer.echo(json.dumps(report, indent=2))
    else:
        done = [
            *(f"Released the lock of {holder}." for holder in holders),
            *(f"Removed {file}, which was cut off." for file in mended),
            *(interruptions.sentence(finding) for finding in findings),
        ]
        typer.echo("\n".join(done) or f"The stack {stack} is sound; there was nothing to do.")
    if not sound:
        raise typer.Exit(1)


def _stale_holders(files: "FileBackend", stack: str, *, force: bool) -> "list[LockHolder]":
    """Return who has locked the stack, none of whom can be at work any more."""
    from azure_model_endpoints.stack_file import project_name

    holders = files.lock_holders(project_name(Path.cwd()), stack.rpartition("/")[2])
    for holder in holders:
        if holder.is_here and holder.is_alive:
            raise AmeError(
                f"{stack}: locked by {holder}, which is still running. Wait for it to end, or "
                "press Ctrl-C where it runs and let it finish what it has begun; `ame recover` is "
                "for runs that are no more. Nothing was changed."
            )
        if not holder.is_here and not force:
            raise AmeError(
                f"{stack}: locked by {holder}. Whether that still runs can only be seen on that "
                "machine. Make sure that it does not, and run the same command with --force. "
                "Nothing was changed."
            )
    return holders
