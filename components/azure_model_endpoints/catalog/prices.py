# SPDX-License-Identifier: Apache-2.0
"""What SKUs cost, by region, as far as it is known: ``prices.yaml`` and files of that form."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from azure_model_endpoints.catalog._rows import read_document


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
        return tuple(self.rows)

    def updated(self, other: "Prices") -> "Prices":
        """Return these prices with those of another, which win."""
        regions = {**self.rows, **other.rows}
        return Prices(
            {
                region: {**self.rows.get(region, {}), **other.rows.get(region, {})}
                for region in regions
            }
        )

    def __iter__(self) -> Iterator[tuple[str, str, Price]]:
        """Go through every region, SKU and price."""
        for region, skus in self.rows.items():
            for sku, price in skus.items():
                yield region, sku, price


def load_prices() -> Prices:
    """Return the prices this package ships."""
    document = read_document("prices.yaml")
    return Prices(
        {
            region: {
                sku: Price(usd, snapshot["read_on"], snapshot["source"])
                for sku, usd in snapshot["usd_per_hour"].items()
            }
            for region, snapshot in document.items()
        }
    )
