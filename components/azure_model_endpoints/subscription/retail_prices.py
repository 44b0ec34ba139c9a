# SPDX-License-Identifier: Apache-2.0
"""What virtual machines cost today: Azure's public price list, which asks for no credential.

For one size in one region the list has a dozen meters: Windows, Spot, Low Priority, Cloud Services,
reservations whose "hourly" price is that of the whole term, prices that have ended, and 0 where
none is set. Only one of them is what a managed endpoint is billed by: Linux, on demand, in force.
"""

import os
import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from azure.core import PipelineClient
from azure.core.exceptions import AzureError, ServiceResponseTimeoutError
from azure.core.pipeline.policies import HeadersPolicy, UserAgentPolicy
from azure.core.rest import HttpRequest, HttpResponse

from azure_model_endpoints.catalog import Price, Prices
from azure_model_endpoints.errors import AmeError
from azure_model_endpoints.subscription.concurrently import begun
from azure_model_endpoints.subscription.patience import Patience, asked_pause

__all__ = ["is_retail", "read_retail_prices"]

ADDRESS = "https://prices.azure.com/api/retail/prices"
ADDRESS_VARIABLE = "AZURE_RETAIL_PRICES_URL"
"""Names another address of the price list, as in the local sandbox."""
API_VERSION = "2023-01-01-preview"
TIMEOUT_SECONDS = 120
"""For all regions together, pauses that the service asks for included."""

_REGIONS_AT_A_TIME = 8
_READ_TIMEOUT_SECONDS = 30
_ATTEMPTS = 10
_LATE = "it did not come to an end in time"
# The names of all sizes with GPUs begin so (Azure docs, "Azure VM sizes naming conventions").
_GPU_SIZES = "Standard_N"
_OTHER_PRODUCTS = ("windows", "cloudservices", "dedicatedhost")
_OTHER_METERS = ("Spot", "Low Priority")

_Client = PipelineClient[HttpRequest, HttpResponse]


def read_retail_prices(
    skus: Iterable[str],
    regions: Iterable[str],
    now: datetime,
    *,
    timeout_seconds: float = TIMEOUT_SECONDS,
    environment: Mapping[str, str] = os.environ,
) -> Prices:
    """Return today's prices of SKUs, of one instance, Linux, on demand.

    What Azure lists no price for, or the price 0, is left out.

    Args:
        skus: names of VM sizes with GPUs, in the spelling that is wanted.
        regions: where, by Azure's short names.
        now: the moment by which prices are in force.
        timeout_seconds: how long to try, throttling and all pages included.
        environment: where `AZURE_RETAIL_PRICES_URL` may name another address.

    Raises:
        AmeError: the price list could not be read in time, or is none.
    """
    address = _address(environment)
    deadline = time.monotonic() + timeout_seconds
    spelling = {sku.lower(): sku for sku in skus}
    wanted = tuple(dict.fromkeys(regions))
    # Not closed here: where one region fails, the others still use it.
    client = _client(address)
    listed = begun(
        {region: partial(_items, client, address, region, deadline) for region in wanted},
        at_a_time=_REGIONS_AT_A_TIME,
    )
    found = {
        region: _prices(items.result(), spelling, now, address) for region, items in listed.items()
    }
    return Prices({region: prices for region, prices in found.items() if prices})


def _address(environment: Mapping[str, str]) -> str:
    address = environment.get(ADDRESS_VARIABLE) or ADDRESS
    try:
        is_address = urlsplit(address).scheme in {"http", "https"}
    except ValueError:
        is_address = False
    if not is_address:
        raise AmeError(
            f"{ADDRESS_VARIABLE}: given {address!r}; allowed: an address such as {ADDRESS}. Unset "
            "it to read Azure's own list."
        )
    return address


def is_retail(price: Price) -> bool:
    """Return whether a price was read from the price list, and not agreed on or written by hand."""
    return urlsplit(price.source).path == urlsplit(ADDRESS).path


def _client(address: str) -> _Client:
    user_agent = UserAgentPolicy("azure-model-endpoints")
    patience = Patience(retry_total=_ATTEMPTS, retry_status=_ATTEMPTS)
    policies = [HeadersPolicy(), user_agent, patience]
    return PipelineClient(base_url=address, policies=policies)


def _items(client: _Client, address: str, region: str, deadline: float) -> list[dict[str, Any]]:
    """Return every item of a region, page after page."""
    asked = {
        "api-version": API_VERSION,
        "$filter": (
            f"serviceName eq 'Virtual Machines' and armRegionName eq '{region}' and "
            f"priceType eq 'Consumption' and contains(armSkuName, '{_GPU_SIZES}')"
        ),
    }
    request = HttpRequest("GET", address, params=asked)
    items: list[dict[str, Any]] = []
    while True:
        page = _page(client, address, request, deadline)
        items += page["Items"]
        link = page.get("NextPageLink")
        if not link:
            return items
        if urlsplit(link).hostname != urlsplit(address).hostname:
            raise _failure(address, f"its next page is somewhere else, at {link}")
        request = HttpRequest("GET", link)


def _page(client: _Client, address: str, request: HttpRequest, deadline: float) -> dict[str, Any]:
    remaining = deadline - time.monotonic()
    if remaining <= 0:
        raise _failure(address, _LATE)
    try:
        response = client.send_request(
            request, timeout=remaining, read_timeout=min(remaining, _READ_TIMEOUT_SECONDS)
        )
        content = response.json() if response.status_code == HTTPStatus.OK else None
    except ServiceResponseTimeoutError as error:
        raise _failure(address, _LATE) from error
    except AzureError as error:
        raise _failure(address, error.message) from error
    except ValueError as error:  # a proxy or a sign-in page answered in its place
        raise _failure(address, f"its answer is no JSON ({error})") from error
    if content is None:
        raise _failure(address, _refusal(response))
    if not isinstance(content, dict) or not _are_items(content.get("Items")):
        raise _failure(address, "its answer has no items")
    return content


def _are_items(items: Any) -> bool:
    return isinstance(items, list) and all(isinstance(item, dict) for item in items)


def _refusal(response: HttpResponse) -> str:
    text = " ".join(response.text().split())[:200]
    wait = asked_pause(response.headers)
    return f"it answers {response.status_code} {response.reason}{wait}: {text or 'nothing more'}"


def _failure(address: str, reason: str) -> AmeError:
    reason = " ".join(reason.split()).rstrip(".")
    return AmeError(
        f"Azure's price list at {address} could not be read: {reason}. No price was changed. Try "
        "again later, from a machine that reaches that address, or write prices by hand into the "
        "project's prices.yaml."
    )


def _prices(
    items: Iterable[dict[str, Any]], spelling: Mapping[str, str], now: datetime, source: str
) -> dict[str, Price]:
    """Return the prices among the items of one region."""
    found: dict[str, float] = {}
    for item in items:
        sku = spelling.get(str(item.get("armSkuName")).lower())
        if sku is None or not _is_billed(item, now):
            continue
        # Where two meters are left, the plan had better not be cheaper than the bill.
        found[sku] = max(found.get(sku, 0), float(item["retailPrice"]))
    day = now.astimezone(UTC).date()
    return {sku: Price(price, day, source) for sku, price in sorted(found.items())}


def _is_billed(item: Mapping[str, Any], now: datetime) -> bool:
    """Return whether a meter is the one of Linux, on demand, and in force."""
    product = str(item.get("productName")).lower().replace(" ", "")
    price = item.get("retailPrice")
    return (
        item.get("type") == "Consumption"
        and item.get("currencyCode") == "USD"
        and item.get("unitOfMeasure") == "1 Hour"
        and not any(other in product for other in _OTHER_PRODUCTS)
        and not any(other in str(item.get("meterName")) for other in _OTHER_METERS)
        and not item.get("tierMinimumUnits")
        and isinstance(price, (int, float))
        and price > 0
        and _moment(item.get("effectiveStartDate"), now) <= now
        and _moment(item.get("effectiveEndDate"), now) >= now
    )


def _moment(text: Any, default: datetime) -> datetime:
    """Return the moment a text names; one that names none does not decide."""
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return default
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
