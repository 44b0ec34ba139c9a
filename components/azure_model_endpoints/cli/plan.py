# SPDX-License-Identifier: Apache-2.0
"""``ame plan``: which GPU SKU serves a model, how many instances, and why not the others."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from azure_model_endpoints.cli import options
from azure_model_endpoints.cli.answer import PER, Answer, answer_to, candidate_json, load_text
from azure_model_endpoints.cli.price_age import warn_of_age
from azure_model_endpoints.cli.project import catalog_here
from azure_model_endpoints.cli.rows import candidate_row
from azure_model_endpoints.cli.tables import paragraphs, show, table

if TYPE_CHECKING:
    from rich.console import RenderableType

_FIGURES = ("inst", "TP", "GiB/GPU", "streams", "tok/s", "TTFT", "USD/h", "USD/M", "cores")
_LEGEND = """\
inst: instances. TP: GPUs that share the model. GiB/GPU: needed of what there is. streams: what one
instance holds. tok/s: all streams together. TTFT: first token of the last stream, when all start at
once. USD/M: per million tokens of answers at this load. cores: of quota. Speeds are estimates."""


def plan(  # noqa: PLR0913  (a workload has this many sides)
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
    write: Annotated[
        bool, typer.Option("--write", help="Choose with the quota there is; write the lock.")
    ] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Exit with 1 where the lock no longer fits.")
    ] = False,
    html: Annotated[
        Path | None, typer.Option("--html", help="Write a report with plots to this file.")
    ] = None,
) -> None:
    """Show which GPU SKU serves a model, and why not the others.

    With --stack, what each deployment of a stack runs on, and where every setting comes from;
    --write locks these choices, and --check tells whether the lock still fits.
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
    if write or check:
        if stack is None or as_json or html or (write and check):
            raise typer.BadParameter("goes with --stack alone", param_hint="--write, --check")
        _lock(stack, write=write)
        return
    if stack is not None:
        if html:
            raise typer.BadParameter("is about one model; say --model", param_hint="--html")
        from azure_model_endpoints.cli.plan_stack import show_stack

        show_stack(stack, as_json=as_json)
        return
    catalog = catalog_here()
    answer = answer_to(asked.question(catalog), catalog)
    if html:
        from azure_model_endpoints.cli.report import write_report

        write_report(answer, html)
    if as_json:
        typer.echo(json.dumps(_json(answer), indent=2))
    else:
        _show(answer, html)
    warn_of_age(answer.price_age)
    if answer.chosen is None:
        typer.echo(f"ame: {answer.problem()}", err=True)
        raise typer.Exit(1)


def _lock(stack: str, *, write: bool) -> None:
    from azure_model_endpoints.cli.lock import check_lock, write_stack_lock

    if write:
        write_stack_lock(stack)
    else:
        check_lock(stack)


def _json(answer: Answer) -> dict[str, Any]:
    return {
        "model": answer.question.model.name,
        "region": answer.question.region,
        "workload": asdict(answer.question.workload),
        "chosen": answer.chosen.sku if answer.chosen else None,
        "candidates": [candidate_json(candidate) for candidate in answer.candidates],
    }


def _show(answer: Answer, report: Path | None) -> None:
    asked = answer.question
    order = f"cheapest per {PER[asked.objective]} first"
    title = f"{asked.model.name} in {asked.region}: {load_text(asked.workload)}, {order}\n"
    parts: list[RenderableType] = [title]
    if answer.fitting:
        parts += [_fitting(answer), f"\n{_LEGEND}\n"]
    rejected = [each for each in answer.candidates if not each.fits]
    if rejected:
        parts.append("Not possible, the nearest first:")
        parts.append(paragraphs((each.sku, "; ".join(each.rejected)) for each in rejected))
    if answer.chosen:
        parts.append(f"\nChosen: {answer.reason()}")
    notes = [(each.sku, note) for each in answer.fitting for note in each.warnings]
    if notes:
        parts += ["\nTo know before choosing:", paragraphs(notes)]
    if answer.price_age:
        parts.append(f"\n{answer.price_age}")
    if report:
        parts.append(f"\nThe report is in {report}.")
    show(*parts)


def _fitting(answer: Answer) -> "RenderableType":
    shown = table("", "SKU", *_FIGURES, right=_FIGURES)
    for each in answer.fitting:
        chosen = answer.chosen is not None and each.sku == answer.chosen.sku
        style = "bold green" if chosen else ""
        shown.add_row("→" if chosen else "", *candidate_row(each), style=style)
    return shown
