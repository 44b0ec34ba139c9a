# SPDX-License-Identifier: Apache-2.0
"""SKUs that a region does not have at all."""

from typing import Any

import pytest

from azure_model_endpoints.planning.allocation import allocate
from azure_model_endpoints.planning.capacity import Capacity, LiveDeployment
from azure_model_endpoints.planning.deployment import Surroundings
from azure_model_endpoints.planning.preflight import quota_problems
from azure_model_endpoints.planning.quota_needs import FamilyQuota
from azure_model_endpoints.planning.regional_sizes import offer_problems, offer_warnings
from azure_model_endpoints.planning.stack import plan_stack
from azure_model_endpoints.planning.stack_plan import StackPlan
from tests.unit.planning.catalogs import BIG, CATALOG, GOING, REGION, SMALL, TODAY

AROUND = Surroundings(CATALOG, TODAY)


def document(sku: Any = "auto") -> dict[str, Any]:
    """The settings of one deployment."""
    return {
        "region": REGION,
        "public_network_access": True,
        "endpoints": {"chat": {"model": "plain-model", "deployments": {"blue": {"sku": sku}}}},
    }


def planned(sku: Any = "auto") -> StackPlan:
    """A stack of one deployment."""
    return plan_stack("dev", document(sku), AROUND)


def capacity(*listed: str, cores: int = 1000, **more: Any) -> Capacity:
    """Quota, and the sizes of the region."""
    quotas = {(REGION, "family"): FamilyQuota(0, cores)}
    sizes = {REGION: frozenset(name.lower() for name in listed)}
    return Capacity(quotas=quotas, listed_sizes=sizes, **more)


def test_size_that_the_region_lacks_is_told_with_the_next_one() -> None:
    """The next that holds the workload, is there and has quota."""
    [problem] = offer_problems(planned(), capacity(GOING, BIG), CATALOG)

    assert (
        f"endpoints.chat.deployments.blue.sku: given {SMALL}, which is not offered in eastus; "
        f"allowed: {GOING} (16 cores), where there is quota. Name another `sku` or another "
        "`region`, and with a lock run `ame plan --write`. If Azure Machine Learning studio offers "
        "it there all the same, say `preflight: warn`."
    ) == str(problem)


@pytest.mark.parametrize(
    ("listed", "cores", "allowed"),
    [
        ((GOING,), 15, f"{GOING}, which has no quota there yet"),
        (("Standard_Gone",), 1000, "no SKU that holds the workload is offered in eastus"),
    ],
)
def test_it_is_said_where_nothing_else_will_do(
    listed: tuple[str, ...], cores: int, allowed: str
) -> None:
    """For want of quota, or of a size."""
    [problem] = offer_problems(planned(), capacity(*listed, cores=cores), CATALOG)

    assert allowed == problem.allowed


def test_size_that_the_region_has_is_no_problem() -> None:
    """However it is written."""
    there = capacity(SMALL.upper())

    assert ([], []) == (
        offer_problems(planned(), there, CATALOG),
        offer_warnings(planned(), there, CATALOG),
    )


def test_size_that_runs_there_is_offered() -> None:
    """Whatever the list says."""
    live = {("chat", "blue"): LiveDeployment(SMALL.upper(), 1, REGION)}

    assert [] == offer_problems(planned(), capacity(BIG, live=live), CATALOG)


@pytest.mark.parametrize(
    ("there", "why"),
    [
        (capacity(), "the list names no GPU size that this package knows"),
        (capacity("cpu", "gpu"), "the list names no GPU size that this package knows"),
        (Capacity(unlisted={REGION: "Azure said no."}), "Azure said no"),
    ],
    ids=["empty", "odd", "refused"],
)
def test_list_that_proves_nothing_stops_nobody(there: Capacity, why: str) -> None:
    """It is a warning that nothing is known."""
    assert [] == offer_problems(planned(), there, CATALOG)
    assert [
        f"which VM sizes are offered in eastus is not known: {why}. The run goes on without."
    ] == offer_warnings(planned(), there, CATALOG)


def test_nothing_is_said_where_nobody_asked() -> None:
    """As without preflight."""
    assert ([], []) == (
        offer_problems(planned(), Capacity(), CATALOG),
        offer_warnings(planned(), Capacity(), CATALOG),
    )


def test_preflight_tells_it_beside_what_is_short() -> None:
    """All at once."""
    problems = quota_problems(planned(), "dev", capacity(BIG, cores=0), CATALOG)

    paths = ["endpoints.chat.deployments.blue", "endpoints.chat.deployments.blue.sku"]
    assert paths == [problem.path for problem in problems]


def test_next_that_is_offered_is_taken() -> None:
    """Where the settings leave the choice, and the reason is kept."""
    found = allocate("dev", document(), AROUND, capacity(GOING))

    [endpoint] = found.plan.endpoints
    assert (GOING, ()) == (endpoint.deployments[0].sku, found.problems)
    assert {"endpoints.chat.deployments.blue": {SMALL: "it is not offered in eastus"}} == (
        found.passed_over
    )


def test_named_size_that_the_region_lacks_is_not_exchanged() -> None:
    """It is told instead."""
    found = allocate("dev", document(SMALL), AROUND, capacity(GOING))

    assert ["endpoints.chat.deployments.blue.sku"] == [each.path for each in found.problems]
