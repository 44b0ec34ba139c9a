# SPDX-License-Identifier: Apache-2.0
"""Finds out what became of the operations of a killed run, and repairs the state after it."""

import time
from collections.abc import Collection, Iterable, Mapping
from typing import Any

import typer

from azure_model_endpoints import credentials
from azure_model_endpoints.cli.stack_state import StackState
from azure_model_endpoints.errors import AmeError
from azure_model_endpoints.planning.recovery import (
    Finding,
    Interrupted,
    Outcome,
    interrupted_operations,
    is_settled,
    judge,
    owner_of,
    with_declared_inputs,
)
from azure_model_endpoints.planning.tags import OWNER
from azure_model_endpoints.subscription.arm import ArmClient

__all__ = ["adopt", "document", "found", "is_sound", "sentence", "settled"]

SETTLING_TIMEOUT_SECONDS = 120 * 60
"""How long Azure may still work on what the killed run has begun: as long as the azure-native
provider waits for any operation."""
_FIRST_PAUSE_SECONDS = 0.1
_LONGEST_PAUSE_SECONDS = 10.0

_SENTENCES = {
    Outcome.ADOPTED: "Adopted {name}: {id}.",
    Outcome.RECORDED: "Forgot that {name} was to be created: it was, and the stack has it.",
    Outcome.NEVER_BEGUN: "Forgot that {name} was to be created: it was not.",
    Outcome.DELETED: "Forgot {name}: it is deleted, as it was to be.",
    Outcome.UNFINISHED: "Left {name} to the next run, which repeats {operation} it.",
    Outcome.FOREIGN: (
        "Left {name} alone: {id} exists, but its tag {tag} does not say {owner!r}, so this stack "
        "has not created it. Delete it or choose another name; else the next run fails because it "
        "exists."
    ),
    Outcome.UNKNOWN: (
        "Left {name} alone: where a {type} is, is not known here. If it exists, adopt it with "
        "`pulumi import`; else the next run creates it."
    ),
}


def found(exported: Mapping[str, Any]) -> list[Finding]:
    """Return what became of the operations that a killed run had begun, once Azure is done.

    Args:
        exported: the stack's state.

    Raises:
        AmeError: Azure cannot be asked, or does not come to an end.
    """
    if not exported["deployment"].get("pending_operations"):
        return []
    client = ArmClient.signed_in()
    interrupted = interrupted_operations(exported, credentials.subscription_id())
    return [judge(one, settled(client, one), exported) for one in interrupted]


def settled(client: ArmClient, interrupted: Interrupted) -> dict[str, Any] | None:
    """Return the live resource once Azure is done with it; the killed run had not waited."""
    where, version = interrupted.resource_id, interrupted.api_version
    if where is None or version is None or interrupted.is_internal:
        return None
    deadline = time.monotonic() + SETTLING_TIMEOUT_SECONDS
    pause = _FIRST_PAUSE_SECONDS
    while (live := client.get(where, version)) is not None and not is_settled(live):
        if pause == _FIRST_PAUSE_SECONDS:
            told = f"Waiting for {interrupted.name}, which Azure is still {interrupted.operation}."
            typer.echo(told, err=True)
        if time.monotonic() > deadline:
            hours = SETTLING_TIMEOUT_SECONDS / 3600
            raise AmeError(
                f"{where} has been busy for {hours:g} hours. Look at it in the Azure portal, and "
                "run the same command once it has settled. The stack's state was not changed."
            )
        time.sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)
    return live


def adopt(state: StackState, findings: Collection[Finding]) -> None:
    """Read what the killed run has created into a state that no longer notes its operations.

    Raises:
        AmeError: the state is locked, or a resource cannot be read.
    """
    adopted = [f.interrupted.urn for f in findings if f.outcome is Outcome.ADOPTED]
    if adopted:
        state.read_from_azure(adopted)
        state.replace(with_declared_inputs(state.export(), findings))


def is_sound(findings: Iterable[Finding]) -> bool:
    """Return whether nothing is left for the user to decide."""
    return not any(f.outcome in {Outcome.FOREIGN, Outcome.UNKNOWN} for f in findings)


def sentence(finding: Finding) -> str:
    """Return what was done about an interrupted operation, and why."""
    interrupted = finding.interrupted
    return _SENTENCES[finding.outcome].format(
        name=interrupted.name,
        id=interrupted.resource_id,
        operation=interrupted.operation,
        type=interrupted.record["type"],
        tag=OWNER,
        owner=owner_of(interrupted.urn),
    )


def document(finding: Finding) -> dict[str, Any]:
    """Return the same for a program."""
    interrupted = finding.interrupted
    return {
        "name": interrupted.name,
        "urn": interrupted.urn,
        "id": interrupted.resource_id,
        "operation": interrupted.operation,
        "outcome": finding.outcome,
    }
