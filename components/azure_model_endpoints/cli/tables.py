# SPDX-License-Identifier: Apache-2.0
"""How commands show tables and figures: readable in 100 columns, in colour only on a terminal."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.table import Table

__all__ = [
    "WIDTH",
    "console",
    "milliseconds",
    "number",
    "paragraphs",
    "show",
    "table",
    "usd",
]

WIDTH = 100
UNKNOWN = "unknown"
_UNLIMITED = 10_000
_SECOND_MS = 1000
_CENTS_BELOW_USD = 1000
_TENTHS_OF_CENTS_BELOW_USD = 0.1


def console(*, stderr: bool = False) -> "Console":
    """Return a terminal, or a file, to which every text is printed as it is.

    Licences, sources and answers of models have brackets and colons, which mean nothing here.
    """
    from rich.console import Console

    return Console(stderr=stderr, highlight=False, markup=False, emoji=False)


def show(*parts: "RenderableType") -> None:
    """Print tables and texts, one below the other.

    A terminal that is too narrow for a table wraps its lines itself, so that nothing is cut; in a
    file or a pipe lines are as long as they are.
    """
    from rich.console import ConsoleDimensions

    screen = console()
    if screen.is_terminal:
        width = max(screen.width, WIDTH)
        widest = max(width, *(_table_width(part, screen) for part in parts))
        screen.size = ConsoleDimensions(widest, screen.height)  # of a dumb terminal the width stays
        for part in parts:
            screen.print(part, width=max(width, _table_width(part, screen)))
        return
    screen.width = _UNLIMITED
    with screen.capture() as captured:
        screen.print(*parts, sep="\n")
    # Rich fills every cell of a table up to its width.
    typer.echo("\n".join(line.rstrip() for line in captured.get().splitlines()))


def _table_width(part: "RenderableType", screen: "Console") -> int:
    """Return the width that a table takes of which no cell is wrapped; 0 for anything else."""
    from rich.table import Table

    if isinstance(part, Table) and all(column.no_wrap for column in part.columns):
        unlimited = screen.options.update(max_width=_UNLIMITED)
        return screen.measure(part, options=unlimited).maximum
    return 0


def table(*columns: str, right: Iterable[str] = ()) -> "Table":
    """Return an empty table, of whose cells none is wrapped.

    Args:
        columns: their headings.
        right: those whose cells are figures.
    """
    from rich.table import Table

    shown = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    figures = set(right)
    for heading in columns:
        shown.add_column(heading, no_wrap=True, justify="right" if heading in figures else "left")
    return shown


def paragraphs(rows: Iterable[tuple[str, str]]) -> "Table":
    """Return names with texts beside them, which wrap in their own column."""
    from rich.table import Table
    from rich.text import Text

    shown = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    shown.add_column(no_wrap=True)
    shown.add_column(overflow="fold")
    for name, text in rows:
        shown.add_row(Text(name), Text(text))
    return shown


def usd(amount: float | None) -> str:
    """Return an amount of US dollars; one that is not known is never shown as 0."""
    if amount is None:
        return UNKNOWN
    if amount < _TENTHS_OF_CENTS_BELOW_USD:
        return f"{amount:.3f}"
    return f"{amount:,.2f}" if amount < _CENTS_BELOW_USD else f"{amount:,.0f}"


def number(figure: float | None) -> str:
    """Return a figure without decimals, or a dash."""
    return "–" if figure is None else f"{figure:,.0f}"


def milliseconds(figure: float | None) -> str:
    """Return a duration, in seconds from one second on."""
    if figure is None:
        return "–"
    return f"{figure:.0f} ms" if figure < _SECOND_MS else f"{figure / _SECOND_MS:.1f} s"
