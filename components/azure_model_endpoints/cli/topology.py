# SPDX-License-Identifier: Apache-2.0
"""``ame topology``: a picture of what a stack will be, and who may reach what."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from azure_model_endpoints.cli import options
from azure_model_endpoints.cli.writing import writing

if TYPE_CHECKING:
    from azure_model_endpoints.planning.topology_parts import Topology


def topology(  # noqa: PLR0913  (one option per kind of picture)
    *,
    stack: Annotated[str, typer.Option("--stack", "-s", help="Whose picture.")],
    html: Annotated[bool, typer.Option("--html", help="As a page, with all of it in words.")] = (
        False
    ),
    svg: Annotated[bool, typer.Option("--svg", help="As a drawing.")] = False,
    mermaid: Annotated[bool, typer.Option("--mermaid", help="As a Mermaid chart; default.")] = (
        False
    ),
    as_json: options.AsJson = False,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write it to this file.")
    ] = None,
) -> None:
    """Draw what a stack will be, and who may reach what.

    With the paths, private or public. It is drawn from the plan: nothing is asked, and
    nothing has to exist.
    """
    if html + svg + mermaid + as_json > 1:
        text = "one picture at a time: say one of them"
        raise typer.BadParameter(text, param_hint="--html, --svg, --mermaid or --json")
    from azure_model_endpoints.cli.stack import plan_of_stack
    from azure_model_endpoints.planning.topology import topology_of

    picture = topology_of(stack, plan_of_stack(stack))
    text = _drawn(picture, html=html, svg=svg, as_json=as_json)
    if output is None:
        typer.echo(text, nl=False)
        return
    with writing("The picture", output):
        output.write_text(text, encoding="utf-8")


def _drawn(picture: "Topology", *, html: bool, svg: bool, as_json: bool) -> str:
    if html:
        from azure_model_endpoints.cli.topology_page import page

        return page(picture)
    if svg:
        from azure_model_endpoints.cli.topology_svg import svg as drawn

        return drawn(picture)
    if as_json:
        return json.dumps(asdict(picture), indent=2) + "\n"
    from azure_model_endpoints.cli.topology_mermaid import mermaid

    return mermaid(picture)
