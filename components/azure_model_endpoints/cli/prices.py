# SPDX-License-Identifier: Apache-2.0
"""``ame prices refresh``: today's prices of GPU SKUs, for the project's own file."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from azure_model_endpoints.cli import options
from azure_model_endpoints.cli.lookup import find_region
from azure_model_endpoints.cli.project import catalog_here, now, project_directory
from azure_model_endpoints.cli.tables import show, table, usd
from azure_model_endpoints.cli.writing import writing
from azure_model_endpoints.errors import AmeError, SettingsError

if TYPE_CHECKING:
    from datetime import date

    from rich.console import RenderableType

    from azure_model_endpoints.catalog import Catalog, Price, Prices

app = typer.Typer(
    name="prices", help="The prices of GPU SKUs.", no_args_is_help=True, rich_markup_mode=None
)


@app.callback()
def prices() -> None:
    """Show the commands about prices."""


@app.command()
def refresh(
    region: Annotated[
        list[str] | None,
        typer.Option("--region", "-r", help="Where; default: every region with prices or a stack."),
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option("--file", help="What to write; default: prices.yaml beside the stack files."),
    ] = None,
    as_json: options.AsJson = False,
) -> None:
    """Read today's prices from Azure's public list.

    Says what changed. Prices that somebody wrote into the file, with a source of their own, stay.
    """
    from azure_model_endpoints.catalog import Prices
    from azure_model_endpoints.catalog.own import read_prices
    from azure_model_endpoints.subscription.retail_prices import is_retail, read_retail_prices

    catalog = catalog_here()
    path = file or _file_here()
    written = read_prices(path) if path.is_file() else Prices()
    regions = [find_region(catalog, name) for name in region or []] or [*_regions(catalog)]
    found = read_retail_prices(catalog.gpu_skus, regions, now())
    if not found.regions:
        raise AmeError(
            f"Azure lists no price of a GPU SKU in {', '.join(regions)}. {path} stays as it is."
        )
    agreed = Prices(
        {
            region: {sku: price for sku, price in rows.items() if not is_retail(price)}
            for region, rows in written.rows.items()
            if region in found.regions
        }
    )
    after = found.updated(agreed)
    _write(path, Prices({**written.rows, **after.rows}))
    changes = (*_changes(catalog.prices.updated(written), after),)
    refreshed = Refreshed(path, found, agreed, changes)
    if as_json:
        typer.echo(json.dumps(refreshed.as_json(), indent=2))
    else:
        _show(refreshed, silent=[name for name in regions if name not in found.regions])


@dataclass(frozen=True, slots=True)
class Change:
    """A price before and after."""

    region: str
    sku: str
    before: "Price | None"
    after: "Price | None"

    @property
    def percent(self) -> float | None:
        """How far it moved; None where there was none before, or is none any more."""
        if self.before is None or self.after is None:
            return None
        return (self.after.usd_per_hour / self.before.usd_per_hour - 1) * 100

    @property
    def is_none(self) -> bool:
        """Whether it is the same price, but of another day."""
        amounts = {price and price.usd_per_hour for price in (self.before, self.after)}
        return len(amounts) == 1

    def __str__(self) -> str:
        """Return the change in a word: ``new``, ``+3.4 %``, ``gone``."""
        if self.percent is not None:
            return f"{self.percent:+.1f} %"
        return "new" if self.before is None else "gone"


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What became of the prices of some regions."""

    path: Path
    found: "Prices"
    """Those that were read."""
    agreed: "Prices"
    """Those with a source of their own, which stay and win."""
    compared: tuple[Change, ...]

    @property
    def changes(self) -> tuple[Change, ...]:
        """The prices that are not what they were."""
        return tuple(change for change in self.compared if not change.is_none)

    @property
    def replaced_read_on(self) -> "date | None":
        """The day of the oldest price that was replaced."""
        pairs = [(change.before, change.after) for change in self.compared]
        days = [old.read_on for old, new in pairs if old and new and old is not new]
        return min(days, default=None)

    def as_json(self) -> dict[str, Any]:
        """Return it as the command prints it."""
        replaced = self.replaced_read_on
        return {
            "file": str(self.path),
            "regions": self.found.regions,
            "prices": sum(1 for _ in self.found),
            "replaced_read_on": replaced.isoformat() if replaced else None,
            "kept": [{"region": region, "sku": sku} for region, sku, _ in self.agreed],
            "changes": [
                {
                    "region": change.region,
                    "sku": change.sku,
                    "before_usd_per_hour": change.before and change.before.usd_per_hour,
                    "after_usd_per_hour": change.after and change.after.usd_per_hour,
                    "percent": None if change.percent is None else round(change.percent, 2),
                }
                for change in self.changes
            ],
        }


def _file_here() -> Path:
    from azure_model_endpoints.project_catalog import PRICES_FILE

    directory = project_directory()
    if directory is None:
        raise typer.BadParameter(
            "name a file, or run this in a project, whose prices.yaml it is then",
            param_hint="--file",
        )
    return directory / PRICES_FILE


def _regions(catalog: "Catalog") -> Iterator[str]:
    """Yield the regions that matter here: those with prices, and those of the stacks."""
    yield from catalog.prices.regions
    directory = project_directory()
    for path in sorted(directory.glob("Pulumi.*.yaml")) if directory else ():
        region = _region_of(path)
        if region in catalog.regions and region not in catalog.prices.regions:
            yield region


def _region_of(path: Path) -> str | None:
    from azure_model_endpoints.stack_file import read_stack_file

    try:
        region = read_stack_file(path).get("region")
    except SettingsError:  # the commands about that stack tell
        return None
    return region if isinstance(region, str) else None


def _write(path: Path, found: "Prices") -> None:
    from azure_model_endpoints.catalog.own import write_prices

    with writing("The prices", path, "Make it writable, or name another file with --file."):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_prices(path, found)


def _changes(before: "Prices", after: "Prices") -> Iterator[Change]:
    for region in after.regions:
        known, listed = before.rows.get(region, {}), after.rows[region]
        for sku in sorted({*known, *listed}):
            yield Change(region, sku, known.get(sku), listed.get(sku))


def _show(refreshed: Refreshed, silent: Iterable[str]) -> None:
    parts: list[RenderableType] = []
    if refreshed.changes:
        figures = ("before", "now", "change")
        shown = table("region", "SKU", *figures, right=figures)
        for change in refreshed.changes:
            prices = (change.before, change.after)
            amounts = [usd(price.usd_per_hour) if price else "–" for price in prices]
            shown.add_row(change.region, change.sku, *amounts, str(change))
        parts += [shown, ""]
    parts.append(_summary(refreshed))
    if any(change.after is None for change in refreshed.changes):
        parts.append("What is gone is not listed any more; a price this package ships stays.")
    if kept := [f"{sku} in {region} ({price.source})" for region, sku, price in refreshed.agreed]:
        parts.append(f"Kept, since their sources are others: {', '.join(kept)}.")
    parts += [f"Azure lists no price in {region}." for region in silent]
    show(*parts, f"Written to {refreshed.path}.")


def _summary(refreshed: Refreshed) -> str:
    total = sum(1 for _ in refreshed.found)
    text = (
        f"{total} prices in {', '.join(refreshed.found.regions)}; {len(refreshed.changes)} changed."
    )
    replaced = refreshed.replaced_read_on
    if replaced is None:
        return text
    days = (now().date() - replaced).days
    return f"{text} What they replace was up to {days} days old ({replaced})."
