# SPDX-License-Identifier: Apache-2.0
"""What becomes of requests for quota while somebody waits for them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import typer

from azure_model_endpoints.cli.tables import console

if TYPE_CHECKING:
    from rich.progress import Progress

    from azure_model_endpoints.subscription.arm import ArmClient
    from azure_model_endpoints.subscription.quota_requests import Decision, Increase, QuotaRequest

__all__ = ["followed", "is_approved", "name_of", "sentence"]

_STOPPED = "stopped"
_INTERRUPTED = 130
"""The exit status of a command that Ctrl-C has ended, as shells have it."""


def followed(
    client: "ArmClient", subscription: str, increases: "Sequence[Increase]"
) -> "list[Decision]":
    """File all requests, then wait for each, showing how long that takes.

    Raises:
        typer.Exit: with the status of Ctrl-C, once it is told what was filed.
    """
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
    screen = console(stderr=True)
    with Progress(
        *columns, console=screen, transient=True, disable=not screen.is_terminal
    ) as shown:
        return _decided(client, subscription, increases, shown)


def _decided(
    client: "ArmClient", subscription: str, increases: "Sequence[Increase]", shown: "Progress"
) -> "list[Decision]":
    from azure_model_endpoints.subscription.quota_requests import decisions, file_request

    filed: dict[Any, QuotaRequest] = {}
    decided: list[Decision] = []
    try:
        for increase in increases:
            text = f"{increase.limit} cores of {increase.family} in {increase.region}"
            task = shown.add_task(text, total=1)
            filed[task] = file_request(client, subscription, increase)
        for task, decision in decisions(client, filed):
            shown.update(task, completed=1)
            decided.append(decision)
    except KeyboardInterrupt:
        shown.stop()
        for decision in _as_it_stands(increases, [*filed.values()], decided):
            typer.echo(f"{name_of(decision)}: {sentence(decision)}", err=True)
        raise typer.Exit(_INTERRUPTED) from None
    return decided


def _as_it_stands(
    increases: "Sequence[Increase]", filed: "Sequence[QuotaRequest]", decided: "Sequence[Decision]"
) -> "list[Decision]":
    """Return what is known of every increase when somebody has stopped waiting for it."""
    from azure_model_endpoints.subscription.quota_requests import Decision, Outcome, undecided

    waiting = [each.decision or undecided(each, _STOPPED) for each in filed[len(decided) :]]
    reasons = (
        f"{_STOPPED}; Azure may have it all the same",
        f"{_STOPPED} before it was filed",
    )
    others = [
        Decision(each, Outcome.FAILED, reason=reasons[min(number, 1)])
        for number, each in enumerate(increases[len(filed) :])
    ]
    return [*decided, *waiting, *others]


def is_approved(decision: "Decision") -> bool:
    """Return whether Azure gave what was asked for."""
    from azure_model_endpoints.subscription.quota_requests import Outcome

    return decision.outcome is Outcome.APPROVED


def name_of(decision: "Decision") -> str:
    """Return what a decision is about, in a few words."""
    return f"{decision.increase.family} in {decision.increase.region}"


def sentence(decision: "Decision") -> str:
    """Return what became of a request, in one sentence."""
    from azure_model_endpoints.subscription.quota_requests import Outcome

    asked = f"{decision.increase.limit} cores"
    number_of_it = f" Request {decision.request_id}." if decision.request_id else ""
    match decision.outcome:
        case Outcome.APPROVED:
            limit = decision.limit if decision.limit is not None else decision.increase.limit
            return f"approved: the limit is {limit} cores."
        case Outcome.REFUSED:
            return f"refused: {asked} ({decision.reason}).{number_of_it}"
        case Outcome.TICKET:
            return f"needs a support request: {asked} ({decision.reason}).{number_of_it}"
        case Outcome.FAILED:
            return f"not requested: {asked} ({decision.reason})."
        case _:
            return (
                f"not decided yet: {asked} ({decision.reason}). Azure goes on with it; look with "
                f"`ame quota` later.{number_of_it}"
            )
