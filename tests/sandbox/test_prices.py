# SPDX-License-Identifier: Apache-2.0
"""The public retail price list."""

from typing import Any

import httpx2
import pytest

from azure_sandbox.prices.price_list import price_list
from tests.sandbox.conftest import BASE_URL, Azure

PATH = "/api/retail/prices"
VERSION = "2023-01-01-preview"
T4 = "armRegionName eq 'eastus' and armSkuName eq 'Standard_NC4as_T4_v3'"


def ask(azure: Azure, text: str | None = None, **query: str) -> httpx2.Response:
    """One question, without any credential."""
    parameters = {"api-version": VERSION, **query} | ({"$filter": text} if text else {})
    return azure.http.get(PATH, params=parameters)


def items(azure: Azure, text: str, **query: str) -> list[dict[str, Any]]:
    """The items of a page."""
    response = ask(azure, text, **query)
    assert 200 == response.status_code, response.text
    found: list[dict[str, Any]] = response.json()["Items"]
    return found


def test_linux_price_is_one_of_many_meters(azure: Azure) -> None:
    """A client that takes the first or the cheapest of a size takes the wrong one."""
    found = items(azure, T4)

    linux = [
        item
        for item in found
        if item["type"] == "Consumption"
        and item["skuName"] == "NC4as T4 v3"
        and item["productName"] == "Virtual Machines NCasT4 v3 Series"
    ]
    assert [0.526] == [item["retailPrice"] for item in linux]
    assert not linux[0]["isPrimaryMeterRegion"]
    assert {"Consumption", "Reservation", "DevTestConsumption"} == {item["type"] for item in found}
    assert {"NC4as T4 v3", "NC4as T4 v3 Spot", "NC4as T4 v3 Low Priority"} == {
        item["meterName"] for item in found
    }
    assert {
        "Virtual Machines NCasT4 v3 Series",
        "Virtual Machines NCasT4 v3 Series Windows",
        "NCasT4 v3 Series CloudServices",
    } == {item["productName"] for item in found}
    assert linux[0] not in (found[0], min(found, key=lambda item: item["retailPrice"]))


def test_an_item_has_what_azures_have(azure: Azure) -> None:
    """Fields and their types, as in Azure's documentation."""
    [item] = items(azure, f"{T4} and meterName eq 'NC4as T4 v3 Spot' and retailPrice eq 0.1052")

    meter_id, product_id, sku_id = item.pop("meterId"), item.pop("productId"), item.pop("skuId")
    assert (36, product_id) == (len(meter_id), sku_id.partition("/")[0])
    assert {
        "currencyCode": "USD",
        "tierMinimumUnits": 0.0,
        "retailPrice": 0.1052,
        "unitPrice": 0.1052,
        "armRegionName": "eastus",
        "location": "US East",
        "effectiveStartDate": "2021-11-01T00:00:00Z",
        "meterName": "NC4as T4 v3 Spot",
        "availabilityId": None,
        "productName": "Virtual Machines NCasT4 v3 Series",
        "skuName": "NC4as T4 v3 Spot",
        "serviceName": "Virtual Machines",
        "serviceId": "DZH313Z7MMC8",
        "serviceFamily": "Compute",
        "unitOfMeasure": "1 Hour",
        "type": "Consumption",
        "isPrimaryMeterRegion": True,
        "armSkuName": "Standard_NC4as_T4_v3",
    } == item


def test_reservations_cost_their_whole_term(azure: Azure) -> None:
    """Though their unit is an hour, as on Azure."""
    found = items(azure, f"{T4} and priceType eq 'Reservation'")

    shown = [(item["reservationTerm"], item["unitOfMeasure"]) for item in found]
    assert [("1 Year", "1 Hour"), ("3 Years", "1 Hour")] == shown
    assert all(item["retailPrice"] > 1000 for item in found)


def test_prices_that_are_not_set_are_listed_as_0(azure: Azure) -> None:
    """Which is not to say that the size is free."""
    found = items(azure, "armSkuName eq 'Standard_ND96isr_H100_v5' and armRegionName eq 'westus2'")

    assert {0} == {item["retailPrice"] for item in found}


def test_prices_of_the_past_stay_listed(azure: Azure) -> None:
    """With the day they ended."""
    found = items(
        azure,
        "armSkuName eq 'Standard_NC24ads_A100_v4' and armRegionName eq 'eastus' and "
        "contains(productName, 'Windows') eq false and meterName eq 'NC24ads A100 v4' and "
        "priceType eq 'Consumption' and contains(productName, 'Virtual Machines')",
    )

    shown = [(item["retailPrice"], item.get("effectiveEndDate")) for item in found]
    assert [(3.397525, "2024-01-31T00:00:00Z"), (3.673, None)] == shown


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("serviceName eq 'Azure Container Apps'", 1),
        ("serviceName eq 'virtual machines'", 0),
        ("serviceName ne 'Virtual Machines'", 1),
        (f"{T4} and contains(productName, 'Windows')", 4),
        (f"{T4} and contains(productName, 'Windows') eq false", 6),
        (f"{T4} and (skuName eq 'NC4as T4 v3 Spot' or priceType eq 'Reservation')", 4),
        (f"{T4} and isPrimaryMeterRegion eq false", 1),
        ("currencyCode eq 'EUR'", 0),
        ("priceType eq 'SavingsPlan'", 0),
        ("armRegionName eq 'atlantis'", 0),
        ("productName eq 'it''s'", 0),
    ],
)
def test_filters(azure: Azure, text: str, count: int) -> None:
    """Comparisons, `contains`, `and`, `or` and brackets; the case of values counts."""
    assert count == len(items(azure, text))


@pytest.mark.parametrize(
    "text",
    [
        "serviceName = 'Virtual Machines'",
        "serviceName eq Virtual Machines",
        "serviceName eq 'Virtual Machines",
        "noSuchField eq 'x'",
        "not contains(productName, 'Windows')",
        "armSkuName in ('Standard_NC4as_T4_v3', 'Standard_NC8as_T4_v3')",
        "contains(productName, 1)",
        "(serviceName eq 'x'",
        "serviceName eq 'x')",
        "serviceName eq",
        "priceType eq 'Spot'",
        " or ".join(f"armSkuName eq '{number}'" for number in range(21)),
        "%",
    ],
)
def test_malformed_filters_are_refused(azure: Azure, text: str) -> None:
    """In Azure's words, which do not say what is wrong."""
    response = ask(azure, text)

    assert 400 == response.status_code
    error = {"Code": "BadRequest", "Message": "Invalid OData parameters supplied"}
    assert {"Error": error} == response.json()


def test_long_filters_are_not_found(azure: Azure) -> None:
    """Azure says 404 to addresses of more than two thousand characters."""
    response = ask(azure, f"armSkuName eq '{'x' * 2100}'")

    assert 404 == response.status_code


def test_versions(azure: Azure) -> None:
    """Old ones know no savings plans and mind no case; what is none is refused."""
    text = f"{T4} and serviceName eq 'VIRTUAL MACHINES'"
    old = items(azure, text, **{"api-version": "2021-10-01-preview"})
    new = items(azure, T4)
    none = ask(azure, T4, **{"api-version": "2023-01-01"})

    assert len(new) == len(old)
    assert not any("savingsPlan" in item for item in old)
    assert [["3 Years", "1 Year"]] == [
        [plan["term"] for plan in item["savingsPlan"]] for item in new if "savingsPlan" in item
    ]
    assert (400, "Unsupported API version") == (none.status_code, none.json()["Error"]["Message"])


def test_currency_and_meters_are_parameters_of_their_own(azure: Azure) -> None:
    """Only US dollars are known; the primary meters leave Linux out."""
    euros = ask(azure, T4, currencyCode="'EUR'")
    primary = items(azure, T4, meterRegion="'primary'")

    assert 400 == euros.status_code
    assert len(items(azure, T4, currencyCode="'USD'")) == len(primary) + 1


def test_list_comes_in_pages(azure: Azure) -> None:
    """A thousand at a time, with the address of the next page."""
    text = "serviceName eq 'Virtual Machines'"
    page = ask(azure, text).json()
    found = list(page["Items"])
    counts = [page["Count"]]
    while link := page["NextPageLink"]:
        assert link.startswith(f"{BASE_URL}{PATH}?")
        page = azure.http.get(link).json()
        found += page["Items"]
        counts.append(page["Count"])

    assert ("USD", "Default", "Retail") == (
        page["BillingCurrency"],
        page["CustomerEntityId"],
        page["CustomerEntityType"],
    )
    assert 1000 == counts[0]
    assert len(counts) > 1
    assert [item for item in price_list() if item["serviceName"] == "Virtual Machines"] == found


def test_malformed_skip_is_refused(azure: Azure) -> None:
    """As a malformed filter is."""
    assert 400 == ask(azure, T4, **{"$skip": "next"}).status_code


def test_faults_strike_the_price_list_too(azure: Azure) -> None:
    """So that clients can be tested against throttling."""
    fault = {"path": "retail/prices", "status": 429, "retry_after_seconds": 7, "times": 1}
    azure.http.post("/sandbox/faults", json=fault)

    struck, answered = ask(azure, T4), ask(azure, T4)

    assert (429, "7", 200) == (
        struck.status_code,
        struck.headers["retry-after"],
        answered.status_code,
    )
