# SPDX-License-Identifier: Apache-2.0
"""What a run takes of the quota at its peak."""

from typing import Any

import pytest

from azure_model_endpoints.planning.quota_needs import (
    Demand,
    FamilyNeed,
    FamilyQuota,
    family_key,
    family_needs,
    shortages,
)
from tests.unit.planning.catalogs import REGION, sku

SKUS = {
    row.name: row
    for row in (
        sku("reserving"),
        sku("exempt", skips_quota_reserve=True),
        sku("other").model_copy(update={"quota_family": "other family"}),
    )
}


def demand(path: str = "blue", size: str = "reserving", instances: int = 1, **live: Any) -> Demand:
    """A deployment on eight cores per instance."""
    return Demand(path, REGION, size, instances, **live)


def need(*demands: Demand, used: int = 0, limit: int | None = 100) -> FamilyNeed:
    """What the only family needs."""
    quotas = {(REGION, "family"): FamilyQuota(used, limit)}
    [found] = family_needs(demands, quotas, SKUS)
    return found


@pytest.mark.parametrize(
    ("demands", "needed", "added"),
    [
        ([demand()], 16, 16),
        ([demand(size="exempt")], 8, 8),
        ([demand(), demand("green")], 32, 32),
        ([demand(instances=3)], 32, 32),
        # What runs already is counted in the usage.
        ([demand(live_sku="reserving", live_instances=1)], 16, 0),
        ([demand(instances=2, live_sku="reserving", live_instances=1)], 24, 8),
        # An autoscaler's instances stay.
        ([demand(live_sku="reserving", live_instances=5)], 16, 0),
        # Blue goes only after green serves.
        ([demand("green")], 16, 16),
        # Another family frees nothing here.
        ([demand(live_sku="other", live_instances=5)], 16, 16),
        ([demand(live_sku="unheard of", live_instances=5)], 16, 16),
    ],
)
def test_run_is_judged_by_what_it_adds(demands: list[Demand], needed: int, added: int) -> None:
    """At its peak, with Azure's reserve."""
    found = need(*demands)

    assert (needed, added) == (found.needed, found.added)


@pytest.mark.parametrize(
    ("used", "limit", "short"),
    [(0, 16, 0), (0, 15, 1), (10, 20, 6), (30, 20, 16), (0, 0, 16), (500, None, 0)],
)
def test_what_is_short_is_what_is_added_beyond_what_is_free(
    used: int, limit: int | None, short: int
) -> None:
    """Nothing is short without a limit."""
    found = need(demand(), used=used, limit=limit)

    assert short == found.short
    assert ((found,) if short else ()) == shortages([found])


def test_family_that_azure_does_not_name_has_no_quota() -> None:
    """It is not unlimited."""
    [found] = family_needs([demand()], {}, SKUS)

    assert (None, 16) == (found.quota, found.short)


def test_families_are_counted_apart() -> None:
    """With the deployments that need them."""
    found = family_needs([demand(), demand("green", "other"), demand("red")], {}, SKUS)

    assert [("family", ("blue", "red")), ("other family", ("green",))] == [
        (each.family, each.paths) for each in found
    ]


@pytest.mark.parametrize(
    "spelling",
    [
        "standard NCASv3_T4 Family",
        "StandardNCASv3T4Family",
        "standard NCASv3_T4Family ",
        "Standard NCASv3_T4 Family Cluster Dedicated vCPUs",
        "Standard_NCASv3_T4_Family_Cluster_Dedicated_vCPUs",
    ],
)
def test_spellings_of_a_family_are_one(spelling: str) -> None:
    """Azure has several."""
    assert "standardncasv3t4family" == family_key(spelling)
