# SPDX-License-Identifier: Apache-2.0
"""``GET /api/retail/prices``: the items that a filter asks for, a thousand at a time."""

from http import HTTPStatus
from urllib.parse import quote

from azure_sandbox.arm.sandbox import Sandbox
from azure_sandbox.arm.wire import Answer, Exchange, JsonObject
from azure_sandbox.prices.odata import FilterError, predicate
from azure_sandbox.prices.price_list import price_list

PATH = "/api/retail/prices"
PAGE_SIZE = 1000
CURRENT_VERSION = "2023-01-01-preview"
"""The only one that shows savings plans, and the first in whose filters case counts."""
VERSIONS = (CURRENT_VERSION, "2021-10-01-preview", "")
LONGEST_QUERY = 2048


def answer(sandbox: Sandbox, exchange: Exchange) -> Answer:
    """Return a page of the price list."""
    query = exchange.query
    version, text = query.get("api-version", ""), query.get("$filter", "")
    if version not in VERSIONS:
        return _refusal("Unsupported API version")
    # Filters have to be short: Azure answers 404 to addresses of more than 2,048 characters.
    if len(quote(text)) > LONGEST_QUERY:
        return Answer(HTTPStatus.NOT_FOUND)
    # The sandbox knows no exchange rates.
    if query.get("currencycode", "USD").strip("'") != "USD":
        return _refusal("Invalid currency code supplied")
    try:
        skipped = int(query.get("$skip", 0))
        current = version == CURRENT_VERSION
        asked = predicate(text, case_sensitive=current) if text else _everything
    except (FilterError, ValueError):
        return _refusal("Invalid OData parameters supplied")
    primary = query.get("meterregion", "").strip("'") == "primary"
    items = [
        item if current else _without_savings_plan(item)
        for item in price_list()
        if asked(item) and (item["isPrimaryMeterRegion"] or not primary)
    ]
    page = items[max(skipped, 0) :][:PAGE_SIZE]
    more = skipped + len(page) < len(items)
    return Answer(
        body={
            "BillingCurrency": "USD",
            "CustomerEntityId": "Default",
            "CustomerEntityType": "Retail",
            "Items": page,
            "NextPageLink": _link(sandbox, exchange, skipped + PAGE_SIZE) if more else None,
            "Count": len(page),
        }
    )


def _link(sandbox: Sandbox, exchange: Exchange, skip: int) -> str:
    kept = {name: value for name, value in exchange.query.items() if name != "$skip"}
    query = {**kept, "$skip": str(skip)}
    words = "&".join(f"{name}={quote(value)}" for name, value in query.items())
    return f"{sandbox.base_url}{PATH}?{words}"


def _everything(_: JsonObject) -> bool:
    return True


def _without_savings_plan(item: JsonObject) -> JsonObject:
    return {name: value for name, value in item.items() if name != "savingsPlan"}


def _refusal(message: str) -> Answer:
    error = {"Code": "BadRequest", "Message": message}
    return Answer(HTTPStatus.BAD_REQUEST, {"Error": error})
