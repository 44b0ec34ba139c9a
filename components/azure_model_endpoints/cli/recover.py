# SPDX-License-Identifier: Apache-2.0
"""``ame recover``: makes a stack sound again after a run that was killed."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from azure_model_endpoints.cli import options
from azure_model_endpoints.cli.engine import find_engine

if TYPE_CHECKING:
    from azure_model_endpoints.cli.recovery import Step


def recover(
    stack: Annotated[str, typer.Option("--stack", "-s", help="The stack of the killed run.")],
    force: Annotated[
        bool,
        typer.Option("--force", help="Release the lock of a run that cannot be seen from here."),
    ] = False,
    as_json: options.AsJson = False,
) -> None:
    """Release a killed run's lock and adopt what it had created.

    Says what was done, a line each; exit 1 when something is left to decide.
    """
    from azure_model_endpoints.cli.interruptions import is_sound
    from azure_model_endpoints.cli.recovery import recovery, sentence
    from azure_model_endpoints.cli.stack_state import StackState
    from azure_model_endpoints.planning.recovery import Finding
    from azure_model_endpoints.stack_file import project_name

    state = StackState(find_engine().path, stack)
    steps = []
    for step in recovery(state, project_name(Path.cwd()), force=force):
        steps.append(step)
        if not as_json:
            typer.echo(sentence(step))
    sound = is_sound(step for step in steps if isinstance(step, Finding))
    if as_json:
        typer.echo(json.dumps({"stack": stack, "sound": sound, **_document(steps)}, indent=2))
    elif not steps:
        typer.echo(f"The stack {stack} is sound; there was nothing to do.")
    if not sound:
        raise typer.Exit(1)


def _document(steps: "list[Step]") -> dict[str, Any]:
    """Return what was done, for a program."""
    from azure_model_endpoints.cli.interruptions import document
    from azure_model_endpoints.cli.lock_holder import LockHolder
    from azure_model_endpoints.planning.recovery import Finding

    return {
        "released": [asdict(step) for step in steps if isinstance(step, LockHolder)],
        "mended": [str(step) for step in steps if isinstance(step, Path)],
        "interrupted": [document(step) for step in steps if isinstance(step, Finding)],
    }
