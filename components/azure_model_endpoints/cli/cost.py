# SPDX-License-Identifier: Apache-2.0
"""``ame cost``: what a deployment costs, and from which load on it beats paying by the token."""

import json
import math
from typing import TYPE_CHECKING, Any

import typer

from azure_model_endpoints.cli import options
from azure_model_endpoints.cli.answer import answer_to, load_text
from azure_model_endpoints.cli.planned import planned_stack
from azure_model_endpoints.cli.price_age import PriceAge, warn_of_age
from azure_model_endpoints.cli.project import catalog_here, today
from azure_model_endpoints.cli.rows import break_even_row, whole
from azure_model_endpoints.cli.tables import paragraphs, show, table, usd

if TYPE_CHECKING:
    from rich.console import RenderableType

    from azure_model_endpoints.catalog import Catalog, Model
    from azure_model_endpoints.planning.candidates import Candidate
    from azure_model_endpoints.planning.cost import BreakEven
    from azure_model_endpoints.planning.workload import Workload

_LEGEND = """\
USD/M: per million tokens of answers, with the prompts that belong to them. break-even: tokens
of answers per day from which on the deployment is cheaper; out of reach where it cannot answer
so many in a day. It costs the same when nobody asks it."""


def cost(  # noqa: PLR0913  (a workload has this many sides)
    *,
    model: options.Model = None,
    region: options.Region = None,
    stack: options.Stack = None,
    context: options.Context = None,
    concurrency: options.Concurrency = None,
    input_tokens: options.InputTokens = None,
    output_tokens: options.OutputTokens = None,
    max_ttft_ms: options.MaxTtftMs = None,
    high_availability: options.HighAvailability = False,
    objective: options.ObjectiveOption = None,
    sku: options.Sku = None,
    dtype: options.DtypeOption = None,
    as_json: options.AsJson = False,
) -> None:
    """Show what a deployment costs, and from which load on it pays.

    The price per hour, month and million tokens, and the break-even against paying by the token.
    """
    asked = options.Asked(
        model=model,
        region=region,
        stack=stack,
        context=context,
        concurrency=concurrency,
        input_tokens=input_tokens,
        output_tokens=output_tokens,
        max_ttft_ms=max_ttft_ms,
        high_availability=high_availability,
        objective=objective,
        sku=sku,
        dtype=dtype,
    )
    asked.check()
    if stack is not None:
        _of_stack(stack, as_json=as_json)
    else:
        _of_model(asked, as_json=as_json)


def _of_model(asked: options.Asked, *, as_json: bool) -> None:
    catalog = catalog_here()
    answer = answer_to(asked.question(catalog), catalog)
    question, chosen = answer.question, answer.chosen
    if chosen is None:
        typer.echo(f"ame: {answer.problem()}", err=True)
        raise typer.Exit(1)
    if as_json:
        found = _json(chosen, question.workload, question.model, catalog)
        typer.echo(json.dumps({"region": question.region, **found}, indent=2))
    else:
        title = f"{question.model.name} in {question.region}: {load_text(question.workload)}"
        parts = _parts(chosen, question.workload, question.model, catalog)
        _print(title, parts, answer.price_age)
    warn_of_age(answer.price_age)


def _of_stack(stack: str, *, as_json: bool) -> None:
    planned = planned_stack(stack)
    prices = [each.candidate.price_usd_per_hour for each in planned.deployments]
    total = None if None in prices else math.fsum(price for price in prices if price is not None)
    if as_json:
        found = {
            "stack": planned.stack,
            "region": planned.region,
            **_totals(total),
            "deployments": [
                {
                    "endpoint": each.endpoint,
                    "deployment": each.deployment,
                    **_json(each.candidate, each.sizing.workload, each.model, planned.catalog),
                }
                for each in planned.deployments
            ],
        }
        typer.echo(json.dumps(found, indent=2))
    else:
        parts: list[RenderableType] = []
        for each in planned.deployments:
            parts.append(f"{each.name}: {each.model.name} for {load_text(each.sizing.workload)}\n")
            parts += _parts(each.candidate, each.sizing.workload, each.model, planned.catalog)
            parts.append("")
        monthly = _totals(total)["usd_per_month"]
        parts.append(f"Together {usd(total)} USD per hour, {usd(monthly)} USD per month.")
        _print(f"Stack {planned.stack} in {planned.region}", parts, planned.price_age)
    warn_of_age(planned.price_age)


def _totals(usd_per_hour: float | None) -> dict[str, float | None]:
    from azure_model_endpoints.planning.cost import per_month

    if usd_per_hour is None:
        return {"price_usd_per_hour": None, "usd_per_month": None}
    monthly = round(per_month(usd_per_hour), 2)
    return {"price_usd_per_hour": round(usd_per_hour, 4), "usd_per_month": monthly}


def _json(
    chosen: "Candidate", workload: "Workload", model: "Model", catalog: "Catalog"
) -> dict[str, Any]:
    from azure_model_endpoints.planning.cost import break_evens

    per_million = chosen.usd_per_million_output_tokens
    return {
        "model": model.name,
        "sku": chosen.sku,
        "instances": chosen.instances,
        **_totals(chosen.price_usd_per_hour),
        "usd_per_million_output_tokens": per_million and round(per_million, 4),
        "break_evens": [
            {
                "alternative": each.alternative.name,
                "kind": each.alternative.kind,
                "superseded": each.alternative.superseded,
                "usd_per_million_output_tokens": round(each.usd_per_million_output_tokens, 4),
                "output_tokens_per_day": whole(each.output_tokens_per_day),
                "reachable": each.reachable,
                "source": each.alternative.source,
                "read_on": each.alternative.read_on.isoformat(),
            }
            for each in break_evens(chosen, workload, model, catalog)
        ],
    }


def _parts(
    chosen: "Candidate", workload: "Workload", model: "Model", catalog: "Catalog"
) -> "list[RenderableType]":
    from azure_model_endpoints.planning.cost import HOURS_PER_MONTH, break_evens

    totals = _totals(chosen.price_usd_per_hour)
    rows = [
        ("runs on", f"{chosen.instances} × {chosen.sku}"),
        ("per hour", f"{usd(totals['price_usd_per_hour'])} USD"),
        ("per month", f"{usd(totals['usd_per_month'])} USD, of {HOURS_PER_MONTH} hours"),
        (
            "per million tokens",
            f"{usd(chosen.usd_per_million_output_tokens)} USD, of answers, at this load all day",
        ),
    ]
    found = break_evens(chosen, workload, model, catalog)
    return [paragraphs(rows), *(["", _break_evens(found), _of_which_day(found)] if found else [])]


def _of_which_day(found: "tuple[BreakEven, ...]") -> str:
    days = [each.alternative.read_on for each in found]
    oldest = min(days)
    days_ago = (today() - oldest).days
    return f"Prices by the token are illustrative, and were read on {oldest}, {days_ago} days ago."


def _break_evens(found: "tuple[BreakEven, ...]") -> "RenderableType":
    figures = ("USD/M", "break-even")
    shown = table("paid by the token", "kind", *figures, "", right=figures)
    for each in found:
        shown.add_row(*break_even_row(each))
    return shown


def _print(title: str, parts: "list[RenderableType]", age: PriceAge | None) -> None:
    show(f"{title}\n", *parts, f"\n{_LEGEND}", *([f"\n{age}"] if age else []))
