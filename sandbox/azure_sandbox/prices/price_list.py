# SPDX-License-Identifier: Apache-2.0
"""The items of the price list: every meter of every size, most of which are not what one pays."""

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from typing import Any

import yaml

from azure_sandbox.arm.wire import JsonObject

HOURS_PER_YEAR = 8760
CONSUMPTION = "Consumption"
RESERVATION = "Reservation"
DEV_TEST = "DevTestConsumption"

_METERS = uuid.UUID("00000000-0000-4000-8000-00000000004d")


@cache
def price_list() -> tuple[JsonObject, ...]:
    """Return every item, in an order that stays."""
    items = [
        item
        for product, row in _data()["products"].items()
        for size in _sizes_of(product, row)
        for item in _items_of(size, row)
    ]
    return (*items, *map(_other, _data()["others"]))


@cache
def _data() -> Any:
    text = resources.files(__package__).joinpath("price_list.yaml").read_text(encoding="utf-8")
    return yaml.safe_load(text)


@dataclass(frozen=True, slots=True)
class _Size:
    """A VM size in a region, with its Linux price in US dollars per hour."""

    name: str
    product: str
    region: str
    price: float

    @property
    def meter(self) -> str:
        return self.name.removeprefix("Standard_").replace("_", " ")

    @property
    def windows_price(self) -> float:
        licence = float(_data()["shares"]["windows_usd_per_vcpu_hour"])
        return self.price and self.price + licence * _vcpus(self.name)


def _sizes_of(product: str, row: dict[str, Any]) -> Iterator[_Size]:
    if isinstance(row["sizes"], list):
        for name in row["sizes"]:
            price = row["usd_per_vcpu_hour"] * _vcpus(name)
            for region in _data()["regions"]:
                yield _Size(name, product, region, price)
        return
    for name, prices in row["sizes"].items():
        for region, price in prices.items():
            yield _Size(name, product, region, price)


def _vcpus(size: str) -> int:
    """The number that is the first in the name of every size here."""
    return int(re.findall(r"\d+", size)[0])


def _items_of(size: _Size, row: dict[str, Any]) -> Iterator[JsonObject]:
    """The meters of a size; the one of Linux is neither the first nor the cheapest."""
    shares, since = _data()["shares"], row["since"]
    windows = f"{size.product} Windows"
    cloud_services = f"{size.product.removeprefix('Virtual Machines ')} CloudServices"
    for product, price in ((size.product, size.price), (windows, size.windows_price)):
        for name in ("Low Priority", "Spot"):
            share = shares[name.lower().replace(" ", "_")]
            yield _item(size, since, price * share, product=product, suffix=f" {name}")
    yield _item(size, since, size.windows_price, product=windows)
    yield _item(size, since, size.windows_price, product=cloud_services)
    if former := row.get("former"):
        ended = {"effectiveEndDate": _midnight(former["until"])}
        yield _item(size, former["since"], size.price * former["share"]) | ended
    # Azure marks the Linux meter of many sizes as not primary.
    plans = {"savingsPlan": _savings_plan(size.price), "isPrimaryMeterRegion": False}
    yield _item(size, since, size.price) | plans
    for term, share in shares["reservation"].items():
        # The total of the term, for all that its unit is an hour.
        total = round(size.price * share * HOURS_PER_YEAR * int(term[0]))
        yield _item(size, since, total, kind=RESERVATION) | {"reservationTerm": term}
    yield _item(size, since, size.price, product=windows, kind=DEV_TEST)


def _item(  # noqa: PLR0913  (a meter differs in this many ways)
    size: _Size,
    since: date,
    price: float,
    *,
    product: str | None = None,
    suffix: str = "",
    kind: str = CONSUMPTION,
) -> JsonObject:
    name = f"{size.meter}{suffix}"
    return _filled(
        {
            "retailPrice": round(price, 6),
            "armRegionName": size.region,
            "meterName": name,
            "productName": product or size.product,
            "skuName": name,
            "armSkuName": size.name,
            "type": kind,
        },
        since,
    )


def _other(row: dict[str, Any]) -> JsonObject:
    row = dict(row)
    return _filled(row, row.pop("since"))


def _filled(given: JsonObject, since: date) -> JsonObject:
    """Return an item with everything that Azure's have."""
    meter = uuid.uuid5(_METERS, repr([given[name] for name in ("meterName", "productName")]))
    product = f"DZH318Z0{meter.hex[:4].upper()}"
    return {
        "currencyCode": "USD",
        "tierMinimumUnits": 0.0,
        "unitPrice": given["retailPrice"],
        "location": _data()["regions"][given["armRegionName"]],
        "effectiveStartDate": _midnight(since),
        "meterId": str(uuid.uuid5(meter, given["armRegionName"])),
        "productId": product,
        "skuId": f"{product}/{meter.hex[4:8].upper()}",
        "availabilityId": None,
        "serviceName": "Virtual Machines",
        "serviceId": "DZH313Z7MMC8",
        "serviceFamily": "Compute",
        "unitOfMeasure": "1 Hour",
        "type": CONSUMPTION,
        "isPrimaryMeterRegion": True,
        **given,
    }


def _savings_plan(price: float) -> list[JsonObject]:
    shares = _data()["shares"]["savings_plan"].items()
    amounts = [(term, round(price * share, 6)) for term, share in shares]
    return [
        {"unitPrice": amount, "retailPrice": amount, "term": term}
        for term, amount in reversed(amounts)
    ]


def _midnight(day: date) -> str:
    return f"{day.isoformat()}T00:00:00Z"
