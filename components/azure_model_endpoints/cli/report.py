# SPDX-License-Identifier: Apache-2.0
"""``ame plan --html``: the planner's answer as one page that needs nothing from the network."""

from collections.abc import Iterable, Iterator
from html import escape
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from azure_model_endpoints.cli.answer import PER, Answer, load_text
from azure_model_endpoints.cli.rows import break_even_row, candidate_row
from azure_model_endpoints.cli.writing import writing
from azure_model_endpoints.errors import AmeError

if TYPE_CHECKING:
    from azure_model_endpoints.planning.cost import BreakEven

__all__ = ["write_report"]

# Whatever the plotting library could fetch (maps, fonts), no browser will.
_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; "
    "img-src data: blob:; font-src data:"
)
_STYLE = """
:root { color-scheme: light; }
body { font: 1rem/1.5 system-ui, sans-serif; color: #1a1a1a; background: #fff;
       max-width: 75rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.25rem; margin-top: 2.5rem; }
.scrolls { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
caption { text-align: left; padding: .3rem 0; color: #444; }
th, td { padding: .25rem .6rem; border-bottom: 1px solid #ccc; text-align: left;
         vertical-align: top; }
td.figure, th.figure { text-align: right; white-space: nowrap; }
tr.chosen { background: #e4f2e7; font-weight: 600; }
td ul { margin: 0; padding-left: 1.1rem; }
.note { border-left: .25rem solid #b26a00; padding: .1rem 1rem; }
@media print { body { max-width: none; margin: 0; font-size: 9pt; } .scrolls { overflow: visible; }
               section, tr { break-inside: avoid; } }
"""

_CANDIDATES = (
    ("SKU", ""),
    ("instances", "figure"),
    ("tensor parallel", "figure"),
    ("GiB per GPU, needed of available", "figure"),
    ("streams per instance", "figure"),
    ("tokens/s, all streams", "figure"),
    ("first token", "figure"),
    ("USD per hour", "figure"),
    ("USD per million tokens", "figure"),
    ("quota cores", "figure"),
)
_BREAK_EVENS = (
    ("paid by the token", ""),
    ("kind", ""),
    ("USD per million tokens", "figure"),
    ("break-even, tokens per day", "figure"),
    ("", ""),
)


def write_report(answer: Answer, path: Path) -> None:
    """Write the report.

    Raises:
        AmeError: the plotting library is missing, or the file cannot be written.
    """
    if find_spec("plotly") is None:
        raise AmeError(
            "The report needs plotly, which is not installed with this Python. Install it with "
            "`pip install 'azure-model-endpoints[report]'`, or leave out --html."
        )
    page = "".join(_page(answer))
    with writing("The report", path):
        path.write_text(page, encoding="utf-8")


def _page(answer: Answer) -> Iterator[str]:
    from azure_model_endpoints.cli import plots

    asked = answer.question
    title = f"{asked.model.name} in {asked.region}"
    found = _found(answer)
    yield '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
    yield f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
    yield f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n"
    if answer.fitting:
        yield f"<script>{plots.library()}</script>\n"
    yield f"</head>\n<body>\n<main>\n<h1>{escape(title)}</h1>\n"
    load = load_text(asked.workload)
    yield f"<p>Asked: {escape(load)}, the cheapest per {PER[asked.objective]} first.</p>\n"
    yield f"<p><strong>{escape(answer.reason())}</strong></p>\n"
    if answer.price_age:
        kind = ' class="note"' if answer.price_age.is_old else ""
        source = f"Read from {answer.price_age.source}."
        yield f"<p{kind}>{escape(str(answer.price_age))} {escape(source)}</p>\n"
    if answer.fitting:
        yield from _section("What holds it", _fitting(answer))
        yield from _section("Price against latency", [plots.frontier(answer.fitting)])
    if found and answer.chosen:
        curves = plots.break_evens(answer.chosen, found)
        yield from _section("From which load on it is cheaper", [curves, *_paid_by_token(found)])
    yield from _section("What does not, and why", _rejected(answer))
    yield "</main>\n</body>\n</html>\n"


def _found(answer: Answer) -> "tuple[BreakEven, ...]":
    from azure_model_endpoints.planning.cost import break_evens

    asked = answer.question
    if answer.chosen is None:
        return ()
    return break_evens(answer.chosen, asked.workload, asked.model, answer.catalog)


def _section(heading: str, content: Iterable[str]) -> Iterator[str]:
    yield f"<section>\n<h2>{escape(heading)}</h2>\n"
    yield from content
    yield "</section>\n"


def _fitting(answer: Answer) -> Iterator[str]:
    yield from _table_start(
        "Speeds are estimates. Price per million tokens of answers at the load that was asked for.",
        _CANDIDATES,
    )
    for each in answer.fitting:
        chosen = answer.chosen is not None and each.sku == answer.chosen.sku
        *figures, cores = candidate_row(each)
        cells = (*figures, f"{cores} of {each.quota_family}")
        yield _row(cells, _CANDIDATES, kind=' class="chosen"' if chosen else "")
    yield "</tbody></table></div>\n"
    notes = [(each.sku, note) for each in answer.fitting for note in each.warnings]
    for sku, note in notes:
        yield f'<p class="note">{escape(sku)}: {escape(note)}</p>\n'


def _paid_by_token(found: "Iterable[BreakEven]") -> Iterator[str]:
    yield from _table_start(
        "Tokens of answers, with the prompts that belong to them. Prices by the token are "
        "illustrative; each row's source and date are in `ame cost --json`.",
        _BREAK_EVENS,
    )
    for each in found:
        yield _row(break_even_row(each), _BREAK_EVENS)
    yield "</tbody></table></div>\n"


def _rejected(answer: Answer) -> Iterator[str]:
    columns = (("SKU", ""), ("reasons", ""))
    yield from _table_start("The nearest first.", columns)
    for each in answer.candidates:
        if not each.fits:
            reasons = "".join(f"<li>{escape(reason)}</li>" for reason in each.rejected)
            yield f'<tr><th scope="row">{escape(each.sku)}</th><td><ul>{reasons}</ul></td></tr>\n'
    yield "</tbody></table></div>\n"


def _table_start(caption: str, columns: Iterable[tuple[str, str]]) -> Iterator[str]:
    yield f'<div class="scrolls"><table>\n<caption>{escape(caption)}</caption>\n<thead><tr>'
    for heading, kind in columns:
        yield f'<th scope="col" class="{kind}">{escape(heading)}</th>'
    yield "</tr></thead>\n<tbody>\n"


def _row(cells: Iterable[str], columns: Iterable[tuple[str, str]], kind: str = "") -> str:
    shown = [escape(cell) for cell in cells]
    kinds = [column_kind for _, column_kind in columns]
    first = f'<th scope="row">{shown[0]}</th>'
    rest = (
        f'<td class="{each}">{cell}</td>' for cell, each in zip(shown[1:], kinds[1:], strict=True)
    )
    return f"<tr{kind}>{first}{''.join(rest)}</tr>\n"
