# SPDX-License-Identifier: Apache-2.0
"""``ame recover``: makes a stack sound again after a run that was killed."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from azure_model_endpoints.cli.engine import find_engine
from azure_model_endpoints.errors import AmeError

if TYPE_CHECKING:
    from azure_model_endpoints.cli.lock_holder import LockHolder
    from azure_model_endpoints.cli.stack_state import StackState


def recover(
    stack: Annotated[str, typer.Option("--stack", "-s", help="The stack of the killed run.")],
    force: Annotated[
        bool, typer.Option("--force", help="Release the lock of a run on another machine, too.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Release a killed run's lock and adopt what it had created; say what was done."""
    from azure_model_endpoints.cli import interruptions
    from azure_model_endpoints.cli.stack_state import StackState

    state = StackState(find_engine().path, stack)
    holders = _released(state, force=force)
    if not as_json:
        for holder in holders:
            typer.echo(f"Released the lock of {holder}.")
    findings = interruptions.recovered(state)
    sound = interruptions.is_sound(findings)
    if as_json:
        report = {
            "stack": stack,
            "sound": sound,
            "released": [asdict(holder) for holder in holders],
            "interrupted": [interruptions.document(finding) for finding in findings],
        }
        typer.echo(json.dumps(report, indent=2))
    else:
        for finding in findings:
            typer.echo(interruptions.sentence(finding))
        if not holders and not findings:
            typer.echo(f"The stack {stack} is sound; there was nothing to do.")
    if not sound:
        raise typer.Exit(1)


def _released(state: "StackState", *, force: bool) -> "list[LockHolder]":
    """Release the stack's lock, unless somebody may still hold it; return who did."""
    from azure_model_endpoints.cli.lock_holder import lock_holders
    from azure_model_endpoints.stack_file import project_name

    project, stack = project_name(Path.cwd()), state.stack.rpartition("/")[2]
    holders = lock_holders(state.backend_url(), project, stack)
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
    if holders:
        state.release()
    return holders
