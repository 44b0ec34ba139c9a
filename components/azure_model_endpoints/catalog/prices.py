# SPDX-License-Identifier: Apache-2.0
"""What SKUs cost, by region, as far as it is known: ``prices.yaml`` and files of that form."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from azure_model_endpoints.catalog._rows import read_document

Usd = Annotated[float, Field(gt=0, le=1e6, strict=True, allow_inf_nan=False)]
"""US dollars per hour; what is beyond the most is a slip, such as a price of a year."""


@dataclass(frozen=True, slots=True)
class Price:
    """What one instance of a SKU costs."""

    usd_per_hour: float
    """US dollars per hour, on demand, Linux."""
    read_on: date
    """The day the price was valid."""
    source: str
    """Where it was read."""


@dataclass(frozen=True, slots=True)
class Prices:
    """Prices by region and SKU. What is not known is absent, never free."""

    rows: Mapping[str, Mapping[str, Price]] = field(default_factory=dict)
    """Prices by region, then by SKU, in Azure's spelling."""

    def of(self, sku: str, region: str) -> Price | None:
        """Return the price of a SKU in a region, or None where it is not known."""
        return self.rows.get(region, {}).get(sku)

    @property
    def regions(self) -> tuple[str, ...]:
        """The regions with a price of at least one SKU."""
        return tuple(region for region, skus in self.rows.items() if skus)

    def updated(self, other: "Prices") -> "Prices":
        """Return these prices with those of another, which win."""
        return Prices(
            {
                region: {**self.rows.get(region, {}), **other.rows.get(region, {})}
                for region in {**self.rows, **other.rows}
            }
        )

    def __iter__(self) -> Iterator[tuple[str, str, Price]]:
        """Go through every region, SKU and price."""
        for region, skus in self.rows.items():
            for sku, price in skus.items():
                yield region, sku, price


class Snapshot(BaseModel):
    """Prices of one region that were read in one place on one day, as they stand in a file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: str
    """Where they were read."""
    read_on: date
    """The day they were valid."""
    usd_per_hour: dict[str, Usd]
    """US dollars per hour by SKU, on demand, Linux. None of them is zero: unknown is absent."""

    @property
    def prices(self) -> dict[str, Price]:
        """The prices by SKU."""
        return {
            sku: Price(usd, self.read_on, self.source) for sku, usd in self.usd_per_hour.items()
        }


def collect(snapshots: Iterable[tuple[str, Snapshot]]) -> Prices:
    """Return the prices of snapshots of regions; later ones win."""
    rows: dict[str, dict[str, Price]] = {}
    for region, snapshot in snapshots:
        rows.setdefault(region, {}).update(snapshot.prices)
    return Prices(rows)


def load_prices() -> Prices:
    """Return the prices this package ships."""
    document = read_document("prices.yaml")
    return collect((region, Snapshot.model_validate(row)) for region, row in document.items())
