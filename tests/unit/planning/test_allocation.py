# SPDX-License-Identifier: Apache-2.0
"""The planner's next choice, where the first has no quota."""

from dataclasses import replace
from typing import Any

import pytest

from azure_model_endpoints.planning.allocation import Allocation, allocate
from azure_model_endpoints.planning.capacity import Capacity, LiveDeployment
from azure_model_endpoints.planning.deployment import Surroundings
from azure_model_endpoints.planning.quota_needs import FamilyQuota
from tests.unit.planning.catalogs import BIG, CATALOG, GOING, REGION, SMALL, TODAY

FAMILIES = {SMALL: "small", BIG: "big", GOING: "going"}
AROUND = Surroundings(
    replace(
        CATALOG,
        gpu_skus={
            name: row.model_copy(update={"quota_family": FAMILIES.get(name, "family")})
            for name, row in CATALOG.gpu_skus.items()
        },
    ),
    TODAY,
)
BLUE, GREEN = "endpoints.chat.deployments.blue", "endpoints.chat.deployments.green"


def allocated(
    deployments: dict[str, Any],
    *,
    live: dict[tuple[str, str], LiveDeployment] | None = None,
    **limits: int,
) -> Allocation:
    """The choices for an endpoint, with some quota for some families; 16 cores serve one."""
    document = {
        "region": REGION,
        "public_network_access": True,
        "endpoints": {
            "chat": {
                "model": "plain-model",
                "deployments": deployments,
                "traffic": {next(iter(deployments)): 100},
            }
        },
    }
    quotas = {(REGION, family): FamilyQuota(0, limit) for family, limit in limits.items()}
    return allocate("dev", document, AROUND, Capacity(quotas=quotas, live=live or {}))


def skus(allocation: Allocation) -> list[str]:
    """What each deployment runs on."""
    return [deployment.sku for deployment in allocation.plan.endpoints[0].deployments]


@pytest.mark.parametrize(
    ("limits", "chosen"),
    [
        ({"small": 16}, SMALL),
        ({"small": 15, "going": 16}, GOING),
        ({"small": 0, "going": 15, "big": 16}, BIG),
    ],
)
def test_best_with_quota_is_taken(limits: dict[str, Any], chosen: str) -> None:
    """In the planner's order."""
    allocation = allocated({"blue": {}}, **limits)

    assert ((), [chosen]) == (allocation.problems, skus(allocation))


def test_what_was_passed_over_is_told() -> None:
    """With what it lacked."""
    allocation = allocated({"blue": {}}, small=10, going=16)

    assert {BLUE: {SMALL: "quota of `small` is short by 6 cores"}} == allocation.passed_over


def test_last_deployment_gives_way() -> None:
    """Two do not fit where one does."""
    allocation = allocated({"blue": {}, "green": {}}, small=16, going=16)

    assert [SMALL, GOING] == skus(allocation)


def test_what_runs_gives_no_way() -> None:
    """It takes nothing more, so leaving its place would help nobody."""
    live = {("chat", "green"): LiveDeployment(SMALL, 1, REGION)}

    allocation = allocated({"blue": {}, "green": {}}, live=live, small=0, going=16)

    assert [GOING, SMALL] == skus(allocation)


def test_what_runs_in_another_region_has_no_quota_here() -> None:
    """Another one has to be taken."""
    live = {("chat", "blue"): LiveDeployment(SMALL, 1, "westus")}

    assert [GOING] == skus(allocated({"blue": {}}, live=live, small=0, going=16))


def test_what_runs_stays() -> None:
    """It has its quota."""
    live = {("chat", "blue"): LiveDeployment(SMALL, 1, REGION)}

    assert [SMALL] == skus(allocated({"blue": {}}, live=live))


def test_list_is_tried_in_its_order() -> None:
    """Dearer first, if somebody says so."""
    deployments = {"blue": {"sku": [BIG, GOING.lower()]}}

    assert [BIG] == skus(allocated(deployments, big=16, going=16))
    assert [GOING] == skus(allocated(deployments, big=0, going=16))


@pytest.mark.parametrize("sku", [SMALL, [SMALL, GOING], "auto"])
def test_where_nothing_has_quota_the_shortage_is_told(sku: str | list[str]) -> None:
    """A SKU that somebody named is never left for another."""
    allocation = allocated({"blue": {"sku": sku}}, small=0, going=0, big=0)

    assert [BLUE] == [problem.path for problem in allocation.problems]


def test_where_nothing_has_quota_the_first_choice_is_told() -> None:
    """It is what `ame quota` shows and requests, not the last of what was tried."""
    allocation = allocated({"blue": {}}, small=0, going=0, big=0)

    [problem] = allocation.problems
    assert ([SMALL], True) == (skus(allocation), "`small`" in problem.given)
