# SPDX-License-Identifier: Apache-2.0
"""``ame quota``: what a stack needs of the subscription's quota, and requests for what is short."""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from azure_model_endpoints.cli import options
from azure_model_endpoints.cli.project import catalog_here
from azure_model_endpoints.cli.tables import number, paragraphs, show, table

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.progress import Progress

    from azure_model_endpoints.planning.quota_needs import FamilyNeed
    from azure_model_endpoints.subscription.arm import ArmClient
    from azure_model_endpoints.subscription.quota_requests import Decision, Increase, QuotaRequest

_FIGURES = ("needed", "added", "used", "limit", "short")
_LEGEND = """\
In cores. needed: by the whole stack, with the fifth more that Azure reserves on some sizes. added:
by the next `up` at its peak, beyond what runs. used: by everything in the subscription."""
UNLIMITED = "none"
UNKNOWN = "no such family"

# Azure docs, "Azure Quota API", troubleshooting, and "Manage and increase quotas".
BY_HAND = """\
The way by hand: in Azure Machine Learning studio open Quota (https://ml.azure.com/quota), choose
subscription and region, mark the family and request its new limit. Or open a support request
(https://portal.azure.com/#blade/Microsoft_Azure_Support/HelpAndSupportBlade/newsupportrequest) with
the issue type "Service and subscription limits (quotas)" and the quota type "Machine Learning
service". A limit is a permission, not a promise that the region has the machines."""


@dataclass(frozen=True, slots=True)
class _Subscription:
    """Where quota is read and requested."""

    client: "ArmClient"
    id: str


def quota(
    *,
    stack: Annotated[str, typer.Option("--stack", "-s", help="The stack that needs the quota.")],
    request: Annotated[
        bool, typer.Option("--request", help="Request what is short, and wait for the answer.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Request without asking.")] = False,
    as_json: options.AsJson = False,
) -> None:
    """Show what a stack needs of the quota and what there is; exit 1 when something is short."""
    if yes and not request:
        raise typer.BadParameter("confirms a request; say --request", param_hint="--yes")
    if request and not yes and not sys.stdin.isatty():
        text = "nobody can be asked here; confirm with --yes"
        raise typer.BadParameter(text, param_hint="--request")
    where = _subscription()
    needs = _needs(stack, where)
    short = [need for need in needs if need.short]
    decided = _requested(stack, short, where, yes=yes) if request else []
    if as_json:
        typer.echo(json.dumps(_json(stack, needs, decided), indent=2))
    else:
        _show(stack, needs, decided, asked=request)
    granted = [decision for decision in decided if _is_approved(decision)]
    if len(granted) < len(short):
        raise typer.Exit(1)


def _subscription() -> _Subscription:
    from azure_model_endpoints.credentials import subscription_id
    from azure_model_endpoints.subscription.arm import ArmClient
    from azure_model_endpoints.subscription.live_capacity import DEADLINE_SECONDS

    client = ArmClient.signed_in(patience_seconds=DEADLINE_SECONDS)
    return _Subscription(client, subscription_id())


def _needs(stack: str, where: _Subscription) -> "tuple[FamilyNeed, ...]":
    from azure_model_endpoints.cli.stack import plan_of_stack
    from azure_model_endpoints.planning.preflight import quota_needs
    from azure_model_endpoints.subscription.stack_capacity import capacity_for

    plan = plan_of_stack(stack)
    catalog = catalog_here(plan.settings.models)
    capacity = capacity_for(plan, catalog, where.client, where.id, always_live=True)
    return quota_needs(plan, capacity, catalog)


def _increase(need: "FamilyNeed") -> "Increase":
    """Return what has to be asked for: a limit that leaves nothing short."""
    from azure_model_endpoints.subscription.quota_requests import Increase

    limit = need.quota.limit if need.quota and need.quota.limit is not None else 0
    return Increase(need.region, need.family, limit + need.short)


def _requested(
    stack: str, short: "Sequence[FamilyNeed]", where: _Subscription, *, yes: bool
) -> "list[Decision]":
    """Request what is short, if that is wanted, and return what became of it."""
    increases = [_increase(need) for need in short]
    if not increases or not (yes or _confirmed(stack, increases, where.id)):
        return []
    return _followed(where, increases)


def _confirmed(stack: str, increases: "Sequence[Increase]", subscription: str) -> bool:
    lines = [f"  `{each.family}` in {each.region}: {each.limit} cores" for each in increases]
    typer.echo(
        "\n".join([f"For stack {stack}, request of subscription {subscription}:", *lines]), err=True
    )
    return typer.confirm("Request these limits?", err=True)


def _followed(where: _Subscription, increases: "Sequence[Increase]") -> "list[Decision]":
    """File all requests, then wait for each, showing how long that takes."""
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    screen = Console(stderr=True)
    with Progress(
        *columns, console=screen, transient=True, disable=not screen.is_terminal
    ) as shown:
        return _decided(where, increases, shown)


def _decided(
    where: _Subscription, increases: "Sequence[Increase]", shown: "Progress"
) -> "list[Decision]":
    from azure_model_endpoints.subscription.quota_requests import decisions, file_request

    filed: dict[Any, QuotaRequest] = {}
    for increase in increases:
        text = f"{increase.limit} cores of {increase.family} in {increase.region}"
        task = shown.add_task(text, total=1)
        filed[task] = file_request(where.client, where.id, increase)
    decided = []
    for task, decision in decisions(where.client, filed):
        shown.update(task, completed=1)
        decided.append(decision)
    return decided


def _is_approved(decision: "Decision") -> bool:
    from azure_model_endpoints.subscription.quota_requests import Outcome

    return decision.outcome is Outcome.APPROVED


def _json(
    stack: str, needs: "Sequence[FamilyNeed]", decided: "Sequence[Decision]"
) -> dict[str, Any]:
    return {
        "stack": stack,
        "families": [
            {
                "region": need.region,
                "family": need.family,
                "needed": need.needed,
                "added": need.added,
                "used": need.quota.used if need.quota else None,
                "limit": need.quota.limit if need.quota else None,
                "known": need.quota is not None,
                "short": need.short,
                "deployments": list(need.paths),
            }
            for need in needs
        ],
        "requests": [
            {
                "region": decision.increase.region,
                "family": decision.increase.family,
                "requested_limit": decision.increase.limit,
                "outcome": decision.outcome,
                "limit": decision.limit,
                "reason": decision.reason,
                "request_id": decision.request_id,
            }
            for decision in decided
        ],
    }


def _show(
    stack: str, needs: "Sequence[FamilyNeed]", decided: "Sequence[Decision]", *, asked: bool
) -> None:
    short = [need for need in needs if need.short]
    parts: list[RenderableType] = [f"Quota for stack {stack}\n"]
    parts += [_table(needs), f"\n{_LEGEND}"] if needs else ["It deploys nothing."]
    if decided:
        parts += ["", paragraphs((_name(each), _sentence(each)) for each in decided)]
    if short and not asked:
        parts.append(f"\nRequest what is short with `ame quota --stack {stack} --request`.")
    if short and asked and not decided:
        parts.append("\nNothing was requested.")
    if any(not _is_approved(each) for each in decided):
        parts.append(f"\n{BY_HAND}")
    show(*parts)


def _table(needs: "Sequence[FamilyNeed]") -> "RenderableType":
    shown = table("region", "family", *_FIGURES, right=_FIGURES)
    for need in needs:
        quota = need.quota
        limit = UNKNOWN if quota is None else UNLIMITED
        if quota and quota.limit is not None:
            limit = number(quota.limit)
        shown.add_row(
            need.region,
            need.family,
            number(need.needed),
            number(need.added),
            number(quota.used if quota else None),
            limit,
            number(need.short),
            style="bold red" if need.short else "",
        )
    return shown


def _name(decision: "Decision") -> str:
    return f"{decision.increase.family} in {decision.increase.region}"


def _sentence(decision: "Decision") -> str:
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
        case _:
            return (
                f"not decided yet: {asked}. Azure goes on with it; look with `ame quota` later."
                f"{number_of_it}"
            )
