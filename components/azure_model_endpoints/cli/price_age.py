# SPDX-License-Identifier: Apache-2.0
"""How old the prices are that something was decided by."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from azure_model_endpoints.catalog import Catalog

__all__ = ["PriceAge", "oldest_price", "warn_of_age"]

MAX_AGE_DAYS = 180
"""Azure changes the prices of GPU sizes seldom; after half a year one had better look."""


@dataclass(frozen=True, slots=True)
class PriceAge:
    """The oldest of some prices."""

    region: str
    read_on: date
    source: str
    days: int

    @property
    def is_old(self) -> bool:
        """Whether newer prices should be read."""
        return self.days > MAX_AGE_DAYS

    def __str__(self) -> str:
        """Return the age in a sentence, and what to do about it."""
        age = f"Prices of {self.region}: {self.read_on}, {self.days} days old"
        if not self.is_old:
            return f"{age}."
        return f"{age}; `ame prices refresh --region {self.region}` reads today's."


def oldest_price(
    catalog: "Catalog", region: str, skus: Iterable[str], today: date
) -> PriceAge | None:
    """Return the age of the oldest price of SKUs in a region; None where none is known."""
    known = [price for sku in skus if (price := catalog.prices.of(sku, region))]
    if not known:
        return None
    oldest = min(known, key=lambda price: price.read_on)
    return PriceAge(region, oldest.read_on, oldest.source, (today - oldest.read_on).days)


def warn_of_age(age: PriceAge | None) -> None:
    """Say on standard error that prices are old, if they are."""
    if age and age.is_old:
        typer.echo(f"ame: warning: {str(age)[0].lower()}{str(age)[1:]}", err=True)
