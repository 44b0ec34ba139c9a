# SPDX-License-Identifier: Apache-2.0
"""Reading Azure's price list: the right one of many meters, pages, throttling and bad answers."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from azure_model_endpoints.catalog import Price, Prices
from azure_model_endpoints.errors import AmeError
from azure_model_endpoints.subscription.retail_prices import read_retail_prices
from tests.unit.http_server import NOW, Reply, Server

PATH = "/api/retail/prices"
SKU = "Standard_NC4as_T4_v3"
OTHER_SKU = "Standard_NC24ads_A100_v4"
MOMENT = datetime(2026, 11, 20, 12, tzinfo=UTC)


def item(**changes: Any) -> dict[str, Any]:
    """An item of the list; by default what a managed endpoint is billed by."""
    return {
        "currencyCode": "USD",
        "tierMinimumUnits": 0.0,
        "retailPrice": 0.526,
        "unitPrice": 0.526,
        "armRegionName": "eastus",
        "location": "US East",
        "effectiveStartDate": "2021-11-01T00:00:00Z",
        "meterName": "NC4as T4 v3",
        "productName": "Virtual Machines NCasT4 v3 Series",
        "skuName": "NC4as T4 v3",
        "serviceName": "Virtual Machines",
        "unitOfMeasure": "1 Hour",
        "type": "Consumption",
        "isPrimaryMeterRegion": False,
        "armSkuName": SKU,
        "aFieldOfTheFuture": {"x": 1},
        **changes,
    }


def page(*items: dict[str, Any], link: str | None = None) -> Reply:
    """An answer of the list."""
    body = {"BillingCurrency": "USD", "Items": items, "NextPageLink": link, "Count": len(items)}
    return Reply(body=body)


def read(server: Server, *regions: str, timeout_seconds: float = 20) -> Prices:
    """Today's prices of two SKUs."""
    return read_retail_prices(
        [SKU, OTHER_SKU],
        regions or ["eastus"],
        MOMENT,
        timeout_seconds=timeout_seconds,
        environment={"AZURE_RETAIL_PRICES_URL": f"{server.url}{PATH}"},
    )


def usd(prices: Prices) -> dict[tuple[str, str], float]:
    """The figures alone."""
    return {(region, sku): price.usd_per_hour for region, sku, price in prices}


def test_price_says_when_and_where_it_was_read(server: Server) -> None:
    """In the catalogue's spelling of the SKU, whatever Azure's is."""
    server.answer("GET", PATH, page(item(armSkuName="STANDARD_NC4AS_T4_V3")))

    prices = read(server)

    expected = Price(0.526, date(2026, 11, 20), f"{server.url}{PATH}")
    assert expected == prices.of(SKU, "eastus")


@pytest.mark.parametrize(
    "changes",
    [
        {"productName": "Virtual Machines NCasT4 v3 Series Windows"},
        {"productName": "NCasT4 v3 Series CloudServices"},
        {"productName": "NCasT4 v3 Series Cloud Services"},
        {"productName": "NCasT4 v3 Series Dedicated Host"},
        {"meterName": "NC4as T4 v3 Spot"},
        {"meterName": "NC4as T4 v3 Low Priority"},
        {"type": "DevTestConsumption"},
        {"type": "Reservation", "reservationTerm": "1 Year"},
        {"unitOfMeasure": "1 Month"},
        {"currencyCode": "EUR"},
        {"tierMinimumUnits": 100},
        {"effectiveEndDate": "2024-01-31T00:00:00Z"},
        {"effectiveStartDate": "2027-01-01T00:00:00Z"},
        {"armSkuName": "Standard_NC8as_T4_v3"},
        {"armSkuName": None},
        {"retailPrice": 0},
        {"retailPrice": -1},
        {"retailPrice": "0.9"},
        {"retailPrice": None},
    ],
    ids=str,
)
def test_other_meters_are_not_taken(server: Server, changes: dict[str, Any]) -> None:
    """Neither for the price nor to break a tie, however dear they are."""
    other = {"retailPrice": 9.0, **changes}
    server.answer("GET", PATH, page(item(**other), item(), item(**other)))

    assert {("eastus", SKU): 0.526} == usd(read(server))


def test_price_0_is_unknown(server: Server) -> None:
    """A SKU for which nothing else is listed has no price, and a region without any is absent."""
    server.answer("GET", PATH, page(item(retailPrice=0)))

    assert Prices() == read(server)


def test_dearer_of_two_meters_counts(server: Server) -> None:
    """The bill had better not be higher than the plan."""
    server.answer("GET", PATH, page(item(), item(retailPrice=0.6), item(retailPrice=0.55)))

    assert {("eastus", SKU): 0.6} == usd(read(server))


def test_every_page_is_read(server: Server) -> None:
    """Following the service's own links, which name the port."""
    second = f"{server.url}{PATH}?$filter=x%20eq%20'y'&$skip=1000"
    server.answer(
        "GET",
        PATH,
        page(item(), link=second),
        page(item(armSkuName=OTHER_SKU, retailPrice=3.673, meterName="NC24ads A100 v4")),
    )

    prices = read(server)

    assert {("eastus", SKU): 0.526, ("eastus", OTHER_SKU): 3.673} == usd(prices)
    assert "$skip=1000" in server.asked[1].path


def test_each_region_is_asked_for_once(server: Server) -> None:
    """Together, by a filter that leaves most of the list on the server."""
    server.answer("GET", PATH, page(item()))

    prices = read(server, "eastus", "westus", "eastus")

    assert ("eastus", "westus") == prices.regions
    assert 2 == len(server.asked)
    assert all("armRegionName" in asked.path for asked in server.asked)
    assert all("authorization" not in map(str.lower, asked.headers) for asked in server.asked)


@pytest.mark.parametrize("status", [429, 500, 503])
def test_throttling_and_outages_are_waited_for(server: Server, status: int) -> None:
    """As long as the service asks."""
    struck = Reply(status, headers=NOW)
    server.answer("GET", PATH, struck, struck, struck, struck, page(item()))

    assert {("eastus", SKU): 0.526} == usd(read(server))


def test_pause_beyond_the_deadline_is_not_waited_for(server: Server) -> None:
    """The command says at once what the service asked for."""
    server.answer("GET", PATH, Reply(429, headers={"Retry-After": "600"}))

    with pytest.raises(AmeError) as failure:
        read(server, timeout_seconds=20)

    assert ["GET"] == server.methods()
    assert "429 Too Many Requests and asks to wait 600 s" in str(failure.value)


def test_pages_that_never_end_are_given_up_on(server: Server) -> None:
    """All pages share one deadline."""
    server.answer("GET", PATH, page(item(), link=f"{server.url}{PATH}?$skip=0"))

    with pytest.raises(AmeError, match="did not come to an end in time"):
        read(server, timeout_seconds=1)


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (Reply(400, {"Error": {"Message": "Invalid OData"}}), "400 Bad Request: {"),
        (Reply(200, b"<html>Sign in</html>"), "no JSON"),
        (Reply(200, ["x"]), "no items"),
        (Reply(200, {"Items": None}), "no items"),
        (Reply(200, {"Items": ["x"]}), "no items"),
        (page(link="https://elsewhere.example/api"), "somewhere else"),
    ],
    ids=["refused", "html", "list", "nothing", "texts", "link"],
)
def test_bad_answers_are_told_in_one_paragraph(server: Server, reply: Reply, told: str) -> None:
    """With the address and what to do."""
    server.answer("GET", PATH, reply)

    with pytest.raises(AmeError) as failure:
        read(server)

    text = str(failure.value)
    assert told in text
    assert f"{server.url}{PATH} could not be read" in text
    assert "\n" not in text


def test_unreachable_list_is_told_in_one_paragraph() -> None:
    """Nobody listens there."""
    with pytest.raises(AmeError) as failure:
        read_retail_prices(
            [SKU],
            ["eastus"],
            MOMENT,
            timeout_seconds=1,
            environment={"AZURE_RETAIL_PRICES_URL": "https://localhost:1/prices"},
        )

    assert "https://localhost:1/prices could not be read" in str(failure.value)
    assert "\n" not in str(failure.value)


@pytest.mark.parametrize("address", ["prices.azure.com", "https://[bad", "ftp://x"])
def test_malformed_address_is_told(address: str) -> None:
    """With the variable that it stands in."""
    with pytest.raises(AmeError, match="AZURE_RETAIL_PRICES_URL: given"):
        read_retail_prices(
            [SKU], ["eastus"], MOMENT, environment={"AZURE_RETAIL_PRICES_URL": address}
        )
