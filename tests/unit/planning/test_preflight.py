# SPDX-License-Identifier: Apache-2.0
"""Every reason why Azure would have no room for a stack."""

from dataclasses import replace
from typing import Any

import pytest

from azure_model_endpoints.planning.capacity import Capacity, LiveDeployment
from azure_model_endpoints.planning.deployment import Surroundings
from azure_model_endpoints.planning.endpoint_ids import endpoint_ids
from azure_model_endpoints.planning.preflight import (
    collisions,
    limit_warnings,
    quota_needs,
    quota_problems,
)
from azure_model_endpoints.planning.quota_needs import FamilyQuota
from azure_model_endpoints.planning.stack import plan_stack
from azure_model_endpoints.planning.stack_plan import StackPlan
from tests.unit.planning.catalogs import (
    BIG,
    CATALOG,
    GOING,
    REGION,
    SMALL,
    TODAY,
)

FAMILIES = {SMALL: "small family", BIG: "big family", GOING: "going family"}
CHAT, CODE = "endpoints.chat.deployments.blue", "endpoints.code.deployments.blue"
ROOMY = replace(
    CATALOG,
    gpu_skus={
        name: row.model_copy(update={"quota_family": FAMILIES.get(name, "family")})
        for name, row in CATALOG.gpu_skus.items()
    },
)


def planned(**endpoints: dict[str, Any]) -> StackPlan:
    """A stack of plain models."""
    document = {
        "region": REGION,
        "public_network_access": True,
        "endpoints": {key: {"model": "plain-model", **said} for key, said in endpoints.items()},
    }
    return plan_stack("dev", document, Surroundings(ROOMY, TODAY))


def capacity(small: int = 0, going: int = 0, **more: Any) -> Capacity:
    """Quota of two families, none of which is in use."""
    limits = {"smallfamily": small, "goingfamily": going}
    quotas = {(REGION, key): FamilyQuota(0, limit) for key, limit in limits.items()}
    return Capacity(quotas=quotas, **more)


def test_shortage_is_told_with_figures_the_way_out_and_the_next_sku() -> None:
    """Of two deployments together."""
    [problem] = quota_problems(planned(chat={}, code={}), "dev", capacity(15, 32), ROOMY)

    assert (
        "endpoints.chat.deployments.blue, endpoints.code.deployments.blue: given 32 cores more of "
        "quota family `small family` in eastus; allowed: 15, as 0 of 15 are in use; short by 17. "
        f"Request them with `ame quota --stack dev --request`; or serve {CHAT} on {GOING} (16 "
        f"cores), {CODE} on {GOING} (16 cores), where there is quota: `ame plan --stack dev "
        "--write` takes that."
    ) == str(problem)


def test_sku_that_the_region_lacks_is_no_way_out() -> None:
    """Whatever quota there is for it."""
    there = capacity(0, 16, listed_sizes={REGION: frozenset({SMALL.lower()})})

    [problem] = quota_problems(planned(chat={}), "dev", there, ROOMY)

    assert str(problem).endswith("no other SKU that holds the workload has quota there.")


def test_what_runs_makes_room_for_itself() -> None:
    """Nothing more is needed."""
    live = {("chat", "blue"): LiveDeployment(SMALL.upper(), 1, REGION)}

    assert [] == quota_problems(planned(chat={}), "dev", capacity(live=live), ROOMY)


def test_what_runs_in_another_region_makes_no_room() -> None:
    """Its quota is counted there."""
    live = {("chat", "blue"): LiveDeployment(SMALL, 1, "westus")}

    [problem] = quota_problems(planned(chat={}), "dev", capacity(live=live), ROOMY)

    assert CHAT == problem.path


def test_family_that_azure_does_not_name_is_short() -> None:
    """With no other SKU to take."""
    [problem] = quota_problems(planned(chat={}), "dev", Capacity(), ROOMY)

    assert "allowed: 0: Azure names no such family there. " in str(problem)
    assert str(problem).endswith("no other SKU that holds the workload has quota there.")


def test_family_that_nobody_knows_changes_nothing() -> None:
    """Azure names many; those that no size is of are left alone."""
    there = capacity(16)
    strange = replace(there, quotas={**there.quotas, (REGION, "strange"): FamilyQuota(9, 1)})

    assert [] == quota_problems(planned(chat={}), "dev", strange, ROOMY)
    assert ["small family"] == [
        need.family for need in quota_needs(planned(chat={}), strange, ROOMY)
    ]


def test_needs_are_counted_per_family() -> None:
    """Whatever there is."""
    plan = planned(chat={}, big={"deployments": {"blue": {"sku": BIG}}})

    assert [("big family", 16), ("small family", 16)] == [
        (need.family, need.needed) for need in quota_needs(plan, Capacity(), ROOMY)
    ]


def test_name_that_another_endpoint_has_is_taken() -> None:
    """Anywhere in the subscription's region; one's own is not."""
    plan = planned(chat={"endpoint_name": "my-chat"}, code={"endpoint_name": "my-code"})
    own = endpoint_ids(plan, "sub")
    elsewhere = "/subscriptions/sub/elsewhere/onlineEndpoints/my-chat"
    taken = {(REGION, "my-chat"): elsewhere, (REGION, "my-code"): own["code"].upper()}

    [problem] = collisions(plan, own, Capacity(endpoint_ids=taken))

    assert (
        f"endpoints.chat.endpoint_name: given 'my-chat', which {elsewhere} has; allowed: a name "
        "that no other endpoint in eastus has. Choose another name, or leave it out."
    ) == str(problem)


@pytest.mark.parametrize(("endpoints", "deployments", "warned"), [(99, 499, 0), (100, 500, 2)])
def test_usual_limits_are_warned_of(endpoints: int, deployments: int, warned: int) -> None:
    """They may have been raised, so they stop nobody."""
    plan = planned(chat={})
    others = {(REGION, f"e{number}"): f"/e{number}" for number in range(endpoints)}
    ids = frozenset(f"/d{number}" for number in range(deployments))
    there = Capacity(endpoint_ids=others, deployment_ids={REGION: ids})

    assert warned == len(limit_warnings(plan, endpoint_ids(plan, "sub"), there))


def test_what_runs_adds_nothing_to_the_usual_limits() -> None:
    """Also where nothing else about it had to be read."""
    plan = planned(chat={}, code={})
    own = endpoint_ids(plan, "sub")
    names = {(REGION, key): each.upper() for key, each in own.items()}
    others = {(REGION, f"e{number}"): f"/e{number}" for number in range(98)}
    ids = {f"{each}/deployments/blue".lower() for each in own.values()}
    deployments = frozenset(ids | {f"/d{number}" for number in range(498)})
    there = Capacity(endpoint_ids=names | others, deployment_ids={REGION: deployments})

    assert [] == limit_warnings(plan, own, there)
