# SPDX-License-Identifier: Apache-2.0
"""``ame quota``: what a stack needs of the subscription's quota, and requests for what is short."""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from azure_model_endpoints.cli import options
from azure_model_endpoints.cli.quota_decisions import followed, is_approved, name_of, sentence
from azure_model_endpoints.cli.quota_plan import plan_and_capacity
from azure_model_endpoints.cli.tables import number, paragraphs, show, table

if TYPE_CHECKING:
    from rich.console import RenderableType

    from azure_model_endpoints.planning.quota_needs import FamilyNeed
    from azure_model_endpoints.subscription.arm import ArmClient
    from azure_model_endpoints.subscription.quota_requests import Decision, Increase

_FIGURES = ("needed", "added", "used", "limit", "short")
_FIGURES_OF_WORKSPACE = ("needed", "added", "used", "limit", "free", "short")
_LEGEND = """\
In cores. needed: by the whole stack, with the fifth more that Azure reserves on some sizes. added:
by the next `up` at its peak, beyond what runs. used: by everything in the subscription."""
_LEGEND_OF_WORKSPACE = """\
used: by everything in the workspace. limit: what it may take of the subscription's, as the settings
say it or as it was set elsewhere; raise it with `workspace_quotas`, since it is not requested."""
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


@dataclass(frozen=True, slots=True)
class _Needs:
    """What a stack needs."""

    families: "tuple[FamilyNeed, ...]"
    """Of the subscription."""
    workspace: str
    """Name of the stack's workspace."""
    shares: "tuple[FamilyNeed, ...]"
    """Of what the workspace may take, where it is limited."""


def quota(
    *,
    stack: Annotated[str, typer.Option("--stack", "-s", help="The stack that needs the quota.")],
    request: Annotated[
        bool, typer.Option("--request", help="Request what is short, and wait for the answer.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Request without asking.")] = False,
    as_json: options.AsJson = False,
) -> None:
    """Show what a stack needs of the quota, or request what is short.

    And what there is of it. Exits with 1 when something is short.
    """
    if yes and not request:
        raise typer.BadParameter("confirms a request; say --request", param_hint="--yes")
    if request and not yes and not sys.stdin.isatty():
        text = "nobody can be asked here; confirm with --yes"
        raise typer.BadParameter(text, param_hint="--request")
    from azure_model_endpoints.planning.quota_needs import shortages

    where = _subscription()
    needs = _needs(stack, where)
    short = shortages(needs.families)
    decided = _requested(stack, short, where, yes=yes) if request else []
    if as_json:
        typer.echo(json.dumps(_json(stack, needs, decided), indent=2))
    else:
        _show(stack, needs, decided, asked=request)
    granted = [decision for decision in decided if is_approved(decision)]
    if len(granted) < len(short) or shortages(needs.shares):
        raise typer.Exit(1)


def _subscription() -> _Subscription:
    from azure_model_endpoints.credentials import subscription_id
    from azure_model_endpoints.subscription.arm import ArmClient
    from azure_model_endpoints.subscription.live_capacity import DEADLINE_SECONDS

    client = ArmClient.signed_in(patience_seconds=DEADLINE_SECONDS)
    return _Subscription(client, subscription_id())


def _needs(stack: str, where: _Subscription) -> _Needs:
    from azure_model_endpoints.cli.stack import given_stack
    from azure_model_endpoints.planning.endpoint_ids import workspace_id
    from azure_model_endpoints.planning.preflight import quota_needs, stack_demands
    from azure_model_endpoints.planning.workspace_limits import workspace_shares

    given = given_stack(stack)
    plan, capacity = plan_and_capacity(given, where.client, where.id)
    catalog = given.around.catalog
    return _Needs(
        quota_needs(plan, capacity, catalog),
        workspace_id(plan, where.id).rpartition("/")[2],
        workspace_shares(
            plan.settings.workspace_quotas,
            stack_demands(plan, capacity.live, catalog),
            capacity,
            catalog.gpu_skus,
            plan.settings.region,
        ),
    )


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
    return followed(where.client, where.id, increases)


def _confirmed(stack: str, increases: "Sequence[Increase]", subscription: str) -> bool:
    lines = [f"  `{each.family}` in {each.region}: {each.limit} cores" for each in increases]
    typer.echo(
        "\n".join([f"For stack {stack}, request of subscription {subscription}:", *lines]), err=True
    )
    return typer.confirm("Request these limits?", err=True)


def _json(stack: str, needs: _Needs, decided: "Sequence[Decision]") -> dict[str, Any]:
    return {
        "stack": stack,
        "families": [{**_row(need), "known": need.quota is not None} for need in needs.families],
        "workspace": {
            "name": needs.workspace,
            "families": [
                {**_row(need), "free": need.quota.free if need.quota else None}
                for need in needs.shares
            ],
        },
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


def _row(need: "FamilyNeed") -> dict[str, Any]:
    return {
        "region": need.region,
        "family": need.family,
        "needed": need.needed,
        "added": need.added,
        "used": need.quota.used if need.quota else None,
        "limit": need.quota.limit if need.quota else None,
        "short": need.short,
        "deployments": list(need.paths),
    }


def _show(stack: str, needs: _Needs, decided: "Sequence[Decision]", *, asked: bool) -> None:
    short = [need for need in needs.families if need.short]
    parts: list[RenderableType] = [f"Quota for stack {stack}\n"]
    parts += (
        [_table(needs.families, _FIGURES), f"\n{_LEGEND}"]
        if needs.families
        else ["It deploys nothing."]
    )
    if needs.shares:
        parts.append(f"\nWhat workspace {needs.workspace} may take of it\n")
        parts += [_table(needs.shares, _FIGURES_OF_WORKSPACE), f"\n{_LEGEND_OF_WORKSPACE}"]
    if decided:
        parts += ["", paragraphs((name_of(each), sentence(each)) for each in decided)]
    if short and not asked:
        parts.append(f"\nRequest what is short with `ame quota --stack {stack} --request`.")
    if short and asked and not decided:
        parts.append("\nNothing was requested.")
    if any(not is_approved(each) for each in decided):
        parts.append(f"\n{BY_HAND}")
    show(*parts)


def _table(needs: "Sequence[FamilyNeed]", figures: tuple[str, ...]) -> "RenderableType":
    shown = table("region", "family", *figures, right=figures)
    for need in needs:
        quota = need.quota
        limit = UNKNOWN if quota is None else UNLIMITED
        if quota and quota.limit is not None:
            limit = number(quota.limit)
        cells = {
            "needed": number(need.needed),
            "added": number(need.added),
            "used": number(quota.used if quota else None),
            "limit": limit,
            "free": number(quota.free if quota else None),
            "short": number(need.short),
        }
        style = "bold red" if need.short else ""
        shown.add_row(need.region, need.family, *(cells[figure] for figure in figures), style=style)
    return shown
