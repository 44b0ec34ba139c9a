# SPDX-License-Identifier: Apache-2.0
"""`ame skus`."""

import pytest

from tests.unit.cli.running import BY_NAME, OTHER_REGION, Ame
from tests.unit.planning.catalogs import BIG, GOING, GONE, REGION, SMALL

pytestmark = pytest.mark.usefixtures("small_catalog")


def test_table_shows_gpus_cores_family_price_and_state(ame: Ame) -> None:
    """A size that is retired, one that will be, and one that is taken only by name."""
    run = ame("skus", "--region", REGION)

    assert (0, "") == (run.status, run.err)
    assert "1 × Old 16.0 8 28 family 0.50 ok" == run.row(SMALL)
    assert "4 × New 80.0 8 220 family 12.00 ok" == run.row(BIG)
    assert "1 × New 80.0 8 220 family 4.00 ended" == run.row(GONE)
    assert "1 × New 80.0 8 220 family unknown opt-in" == run.row(BY_NAME)
    assert f"Retired on 2026-06-01: {GONE}." in run.out
    assert f"Will be retired on 2026-06-02: {GOING}." in run.out
    assert f"Taken only by name, since no list has it: {BY_NAME}." in run.out


def test_without_a_region_there_are_no_prices(ame: Ame) -> None:
    """Rather than those of some region."""
    run = ame("skus")

    assert "USD" not in run.out
    assert {None} == {row["price_usd_per_hour"] for row in ame("skus", "--json").document()}


def test_unknown_price_is_not_free(ame: Ame) -> None:
    """In a region of which no price is known, every price is unknown."""
    table = ame("skus", "--region", OTHER_REGION)
    rows = ame("skus", "--region", OTHER_REGION, "--json").document()

    assert "unknown" in table.row(SMALL)
    assert {None} == {row["price_usd_per_hour"] for row in rows}


@pytest.mark.parametrize("given", ["East US", "EASTUS", "eastus"])
def test_regions_are_understood_in_any_spelling(ame: Ame, given: str) -> None:
    """The portal's and the API's."""
    rows = ame("skus", "--region", given, "--json").document()

    assert {REGION} == {row["region"] for row in rows}


def test_unknown_region_names_the_nearest(ame: Ame) -> None:
    """Which is wrong usage."""
    run = ame("skus", "--region", "eastus9")

    assert 2 == run.status
    assert "given 'eastus9', which is not known; nearest: eastus, westus." in run.err
