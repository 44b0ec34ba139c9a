# SPDX-License-Identifier: Apache-2.0
"""Prices by region: what is shipped, what users put over it, and the files they are kept in."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azure_model_endpoints.catalog import Price, Prices, load_catalog
from azure_model_endpoints.catalog.own import read_prices, with_own, write_prices
from azure_model_endpoints.errors import CatalogError

CATALOG = load_catalog()
T4, A100 = "Standard_NC4as_T4_v3", "Standard_NC24ads_A100_v4"
JANUARY, JUNE = date(2026, 1, 1), date(2026, 6, 1)

prices = st.builds(
    Price,
    usd_per_hour=st.floats(0.01, 200, allow_nan=False),
    read_on=st.dates(date(2020, 1, 1), date(2030, 1, 1)),
    source=st.text(st.characters(codec="utf-8", categories=["L", "N", "P"]), min_size=1),
)
tables = st.builds(
    Prices,
    st.dictionaries(
        st.sampled_from(CATALOG.regions),
        st.dictionaries(st.sampled_from(sorted(CATALOG.gpu_skus)), prices, min_size=1),
        max_size=4,
    ),
)


def problems_of(path: Path, text: str) -> list[str]:
    """What is said of a file of prices, without its name."""
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CatalogError) as error:
        read_prices(path)
    problems = [str(problem) for problem in error.value.problems]
    assert all(problem.startswith(str(path)) for problem in problems)
    return [problem.removeprefix(str(path)).removeprefix(": ") for problem in problems]


def test_shipped_prices_are_azures_of_august_2024() -> None:
    """Figures of the public price list, and its spread between regions."""
    found = {
        (sku, region): price and price.usd_per_hour
        for sku, region in [(T4, "eastus"), (T4, "westus"), (A100, "eastus"), (A100, "centralus")]
        for price in [CATALOG.prices.of(sku, region)]
    }

    assert {
        (T4, "eastus"): 0.526,
        (T4, "westus"): 0.631,
        (A100, "eastus"): 3.673,
        (A100, "centralus"): 4.15,
    } == found
    assert {date(2024, 8, 26)} == {price.read_on for _, _, price in CATALOG.prices}


def test_shipped_prices_are_of_skus_and_regions_that_exist() -> None:
    """A misspelt one would be a price nobody finds."""
    assert {region for region, _, _ in CATALOG.prices} <= set(CATALOG.regions)
    assert {sku for _, sku, _ in CATALOG.prices} <= CATALOG.gpu_skus.keys()


def test_unknown_price_is_not_free() -> None:
    """Neither is that of a region without any."""
    assert CATALOG.prices.of("Standard_ND96is_H100_v5", "eastus") is None
    assert CATALOG.prices.of(T4, "westindia") is None
    assert all(price.usd_per_hour > 0 for _, _, price in CATALOG.prices)


def test_regions_are_those_with_a_price() -> None:
    """An empty one has none."""
    table = Prices({"eastus": {T4: Price(1, JUNE, "here")}, "westus": {}})

    assert ("eastus",) == table.regions


def test_prices_of_ones_own_win_one_by_one() -> None:
    """What they do not say stays as it was shipped."""
    own = Prices({"eastus": {T4: Price(0.4, JUNE, "our contract")}})

    catalog = with_own(CATALOG, {}, own)

    assert Price(0.4, JUNE, "our contract") == catalog.prices.of(T4, "eastus")
    assert CATALOG.prices.of(A100, "eastus") == catalog.prices.of(A100, "eastus")
    assert CATALOG.prices.of(T4, "westus") == catalog.prices.of(T4, "westus")
    assert CATALOG.models == catalog.models


@given(table=tables)
def test_written_prices_are_read_again(
    tmp_path_factory: pytest.TempPathFactory, table: Prices
) -> None:
    """With their days and sources, also where those differ within a region."""
    path = tmp_path_factory.mktemp("prices") / "prices.yaml"

    write_prices(path, table)

    assert table == read_prices(path)


def test_written_prices_are_easy_to_review(tmp_path: Path) -> None:
    """Sorted, one line per price, so that a change is one line of a difference."""
    table = Prices(
        {
            "westus": {T4: Price(0.6, JUNE, "here"), A100: Price(4.5, JANUARY, "there")},
            "eastus": {T4: Price(0.5, JUNE, "here"), A100: Price(3, JUNE, "here")},
        }
    )

    write_prices(tmp_path / "prices.yaml", table)

    assert """\
eastus:
  source: here
  read_on: 2026-06-01
  usd_per_hour:
    Standard_NC24ads_A100_v4: 3
    Standard_NC4as_T4_v3: 0.5
westus:
- source: there
  read_on: 2026-01-01
  usd_per_hour:
    Standard_NC24ads_A100_v4: 4.5
- source: here
  read_on: 2026-06-01
  usd_per_hour:
    Standard_NC4as_T4_v3: 0.6
""" == (tmp_path / "prices.yaml").read_text(encoding="utf-8")


def test_names_may_be_written_in_any_case(tmp_path: Path) -> None:
    """As Azure takes them; the price is found under Azure's spelling."""
    path = tmp_path / "prices.yaml"
    path.write_text(
        "EastUS: {source: s, read_on: 2026-01-01, usd_per_hour: {STANDARD_NC4AS_T4_V3: 1}}\n"
    )

    assert Price(1, JANUARY, "s") == read_prices(path).of(T4, "eastus")


def test_empty_file_has_no_prices(tmp_path: Path) -> None:
    """Such as one with comments alone."""
    path = tmp_path / "prices.yaml"
    path.write_text("# none yet\n")

    assert Prices() == read_prices(path)


def test_everything_wrong_with_a_file_is_told_at_once(tmp_path: Path) -> None:
    """By region, SKU and field."""
    text = """
eastus:
  source: our contract
  read_on: 2026-06-01
  usd_per_hour:
    Standard_NC4as_T4_v3: 0
    Standard_NC8as_T4_v3: -1
    Standard_NC16as_T4_v3: "1.2"
    Standard_NC24ads_A100_v4: .inf
    Standard_NC48ads_A100_v4: true
    Standard_NC24ads_A100_v5: 3
    Standard_NC96ads_A100_v4: 1.0e+300
eastus9: {source: s, read_on: 2026-06-01, usd_per_hour: {}}
westus: {read_on: soon, usd_per_hour: 3, currency: EUR}
westus2: 0.5
centralus: [3]
1: {}
"""

    problems = problems_of(tmp_path / "prices.yaml", text)

    at, free = "eastus.usd_per_hour.Standard", "0 would mean free."
    assert [
        "1: given the key 1; allowed: a text. Put it in quotes.",
        (
            f"{at}_NC24ads_A100_v5: given 'Standard_NC24ads_A100_v5'; allowed: a name that the "
            "catalogue knows. Did you mean 'Standard_NC24ads_A100_v4'?"
        ),
        (
            f"{at}_NC4as_T4_v3: given 0; allowed: more than 0. Leave out a price that is not "
            f"known; {free}"
        ),
        (
            f"{at}_NC8as_T4_v3: given -1; allowed: more than 0. Leave out a price that is not "
            f"known; {free}"
        ),
        f"{at}_NC16as_T4_v3: given '1.2'; allowed: a number. Write it without quotes.",
        (
            f"{at}_NC24ads_A100_v4: given inf; allowed: a finite number. Leave out a price "
            "that is not known."
        ),
        f"{at}_NC48ads_A100_v4: given True; allowed: a number. Write it without quotes.",
        (
            f"{at}_NC96ads_A100_v4: given 1e+300; allowed: 1000000.0 or less. Choose a "
            "number in that range."
        ),
        (
            "eastus9: given 'eastus9'; allowed: a name that the catalogue knows. Did you mean "
            "'eastus'?"
        ),
        "westus.source: given nothing; allowed: a value. Add it: this setting has no default.",
        (
            "westus.read_on: given 'soon'; allowed: a date, for example 2026-01-31. Write it "
            "without quotes."
        ),
        (
            "westus.usd_per_hour: given 3; allowed: a mapping of names to values. Indent its "
            "entries below it."
        ),
        (
            "westus.currency: given the unknown setting 'currency'; allowed: read_on, source, "
            "usd_per_hour. Remove it."
        ),
        (
            "westus2: given 0.5; allowed: a mapping with `source`, `read_on` and `usd_per_hour`. "
            "Indent them below it."
        ),
        (
            "centralus.0: given 3; allowed: a mapping with `source`, `read_on` and `usd_per_hour`. "
            "Indent them below it."
        ),
    ] == problems
