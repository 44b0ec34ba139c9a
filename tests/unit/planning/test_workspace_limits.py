# SPDX-License-Identifier: Apache-2.0
"""How much of the quota a workspace may take."""

from dataclasses import replace
from typing import Any

import pytest

from azure_model_endpoints.errors import PlanError
from azure_model_endpoints.planning.allocation import allocate
from azure_model_endpoints.planning.capacity import Capacity, LiveDeployment
from azure_model_endpoints.planning.deployment import Surroundings
from azure_model_endpoints.planning.preflight import quota_problems
from azure_model_endpoints.planning.quota_needs import Demand, FamilyQuota
from azure_model_endpoints.planning.stack import plan_stack
from azure_model_endpoints.planning.stack_plan import StackPlan
from azure_model_endpoints.planning.workspace_limits import (
    lifted_limits,
    limits_by_family,
    workspace_shares,
)
from tests.unit.planning.catalogs import BIG, CATALOG, GOING, REGION, SMALL, TODAY

FAMILIES = {SMALL: "small family", BIG: "big family", GOING: "going family"}
ROOMY = replace(
    CATALOG,
    gpu_skus={
        name: row.model_copy(update={"quota_family": FAMILIES.get(name, "family")})
        for name, row in CATALOG.gpu_skus.items()
    },
)
AROUND = Surroundings(ROOMY, TODAY)


def document(limits: dict[str, int], **more: Any) -> dict[str, Any]:
    """A stack of one deployment, which needs 16 cores of the small family."""
    return {
        "region": REGION,
        "public_network_access": True,
        "workspace_quotas": limits,
        "endpoints": {"chat": {"model": "plain-model"}},
        **more,
    }


def planned(limits: dict[str, int], **more: Any) -> StackPlan:
    """The plan of such a stack."""
    return plan_stack("dev", document(limits, **more), AROUND)


def refusals(limits: dict[str, int], **more: Any) -> list[str]:
    """Why there is none."""
    with pytest.raises(PlanError) as refused:
        planned(limits, **more)
    return [str(problem) for problem in refused.value.problems]


def capacity(**of_workspace: Any) -> Capacity:
    """Plenty for the subscription."""
    keys = ("smallfamily", "goingfamily", "bigfamily")
    quotas = {(REGION, key): FamilyQuota(0, 100) for key in keys}
    return Capacity(quotas=quotas, **of_workspace)


def problems(limits: dict[str, int], **of_workspace: Any) -> list[str]:
    """What is short at preview."""
    found = quota_problems(planned(limits), "dev", capacity(**of_workspace), ROOMY)
    return [str(problem) for problem in found]


@pytest.mark.parametrize("name", ["small family", "Small_Family ", SMALL, SMALL.lower()])
def test_limit_is_of_a_family_however_it_is_spelt(name: str) -> None:
    """A SKU stands for all of its family."""
    assert {"small family": 16} == limits_by_family({name: 16}, ROOMY.gpu_skus)


def test_unknown_family_is_told_with_the_nearest() -> None:
    """And with all there are."""
    [problem] = refusals({"smal family": 16})

    assert (
        "workspace_quotas.smal family: given 'smal family'; allowed: a quota family (big family, "
        "family, going family, small family), or a SKU for all of its family. Did you mean "
        "'small family'?"
    ) == problem


def test_family_is_limited_once() -> None:
    """Whichever of two limits were meant."""
    [problem] = refusals({"small family": 16, SMALL: 32})

    assert (
        f"workspace_quotas.{SMALL}: given 32 cores of `small family`, which 'small family' limits "
        "too; allowed: one limit per family. Remove one of the two: a SKU stands for all of its "
        "family."
    ) == problem


def test_limit_below_what_the_stack_needs_is_refused() -> None:
    """Its own deployments would not fit in."""
    [problem] = refusals({SMALL: 15})

    assert (
        f"workspace_quotas.{SMALL}: given 15 cores of `small family`; allowed: at least 16, which "
        "endpoints.chat.deployments.blue need. Raise the limit, or let fewer instances or another "
        "SKU serve them: where `sku` leaves the choice, `ame plan --write` takes one that fits."
    ) == problem


def test_limit_of_a_workspace_of_others_is_refused() -> None:
    """Who creates it shares it out."""
    existing = {"existing": {"name": "mlw-shared", "resource_group_name": "rg-shared"}}

    [problem] = refusals({SMALL: 16}, workspace=existing)

    assert "workspace_quotas: given limits of workspace 'mlw-shared', which this stack" in problem


def test_enough_is_enough() -> None:
    """A limit that the workspace stays within stops nobody."""
    assert [] == problems({SMALL: 16})
    assert [] == problems({}, workspace_limits={"smallfamily": 16})
    assert [] == problems({}, workspace_limits={"bigfamily": 0})


def test_deployment_beyond_what_the_workspace_may_take_is_short() -> None:
    """With what others in it take, whatever the subscription has."""
    used = {"smallfamily": 8}

    [problem] = problems({}, workspace_limits={"smallfamily": 20}, workspace_used=used)

    assert (
        "endpoints.chat.deployments.blue: given 16 cores more of quota family `small family` in "
        "the workspace; allowed: 12, as 8 of 20 are in use; short by 4. Raise the workspace's "
        "limit, where it is set, or name another `sku`."
    ) == problem


def test_declared_limit_counts_before_the_live_one() -> None:
    """The run brings it about before it deploys."""
    live = {"smallfamily": 8}

    assert [] == problems({SMALL: 24}, workspace_limits=live)
    [problem] = problems({SMALL: 20}, workspace_limits=live, workspace_used=live)
    assert problem.endswith("Raise `workspace_quotas` or name another `sku`.")


def test_what_runs_makes_room_for_itself() -> None:
    """At a full limit nothing more is needed."""
    live = {("chat", "blue"): LiveDeployment(SMALL, 1, REGION)}

    assert [] == problems(
        {}, workspace_limits={"smallfamily": 16}, workspace_used={"smallfamily": 16}, live=live
    )


@pytest.mark.parametrize(
    ("limit", "allowed"),
    [
        (101, "allowed: at most 100, the subscription's limit in eastus. Lower it, or request"),
        (20, "allowed: at least 40, which the workspace uses now. Remove deployments or"),
    ],
)
def test_limit_that_azure_would_not_set_is_told(limit: int, allowed: str) -> None:
    """Before anything is created."""
    live = {("chat", "blue"): LiveDeployment(SMALL, 4, REGION)}

    [problem] = problems({SMALL: limit}, workspace_used={"smallfamily": 40}, live=live)[:1]

    assert f"workspace_quotas.{SMALL}: given {limit} cores of `small family`" in problem
    assert allowed in problem


def test_planner_takes_what_the_workspace_may_take() -> None:
    """The next candidate, where the first is beyond the workspace's limit."""
    there = capacity(workspace_limits={"smallfamily": 8})

    allocation = allocate("dev", document({}), AROUND, there)

    assert () == allocation.problems
    assert GOING == allocation.plan.endpoints[0].deployments[0].sku
    assert [SMALL] == list(allocation.passed_over["endpoints.chat.deployments.blue"])


BLUE = "endpoints.chat.deployments.blue"


@pytest.mark.parametrize("there", [capacity(), None])
def test_planner_stays_within_declared_limits(there: Capacity | None) -> None:
    """Whether Azure is asked or not; the reason is kept for the lock."""
    allocation = allocate("dev", document({SMALL: 15}), AROUND, there)

    assert () == allocation.problems
    assert GOING == allocation.plan.endpoints[0].deployments[0].sku
    reason = "the workspace's limit of `small family` is short by 1 cores"
    assert {BLUE: {SMALL: reason}} == allocation.passed_over


def test_declared_limit_holds_all_deployments_of_the_stack() -> None:
    """Blue and green together; the later one gives way."""
    chat = {"model": "plain-model", "deployments": {"blue": {}, "green": {}}}
    both = document({SMALL: 31}, endpoints={"chat": {**chat, "traffic": {"blue": 100}}})

    allocation = allocate("dev", both, AROUND, capacity())

    assert () == allocation.problems
    skus = [deployment.sku for deployment in allocation.plan.endpoints[0].deployments]
    assert [SMALL, GOING] == skus


def test_what_goes_in_the_same_run_fills_the_workspace_until_then() -> None:
    """Blue, which is no longer declared, leaves no room for green in its family."""
    chat = {"model": "plain-model", "deployments": {"green": {}}, "traffic": {"green": 100}}
    there = capacity(
        workspace_used={"smallfamily": 16},
        live={("chat", "blue"): LiveDeployment(SMALL, 1, REGION)},
    )

    allocation = allocate("dev", document({SMALL: 16}, endpoints={"chat": chat}), AROUND, there)

    assert () == allocation.problems
    assert GOING == allocation.plan.endpoints[0].deployments[0].sku


@pytest.mark.parametrize("there", [capacity(), None])
def test_named_sku_is_never_left_for_a_limit(there: Capacity | None) -> None:
    """The limit that is too low is told instead."""
    chat = {"model": "plain-model", "deployments": {"blue": {"sku": SMALL}}}

    allocation = allocate("dev", document({SMALL: 15}, endpoints={"chat": chat}), AROUND, there)

    [problem] = allocation.problems
    assert f"workspace_quotas.{SMALL}: given 15 cores of `small family`" in str(problem)


def test_workspace_that_may_take_nothing_is_told() -> None:
    """When no candidate is left."""
    keys = ("smallfamily", "goingfamily", "bigfamily", "family")
    there = capacity(workspace_limits=dict.fromkeys(keys, 0))

    allocation = allocate("dev", document({}), AROUND, there)

    assert "in the workspace; allowed: 0, as 0 of 0 are in use" in str(allocation.problems[0])


def test_every_limit_is_told_beside_what_is_needed() -> None:
    """What is declared before what is live; also of families that nothing needs."""
    there = capacity(
        workspace_limits={"smallfamily": 8, "goingfamily": 40, "other": 4},
        workspace_used={"smallfamily": 16, "goingfamily": 8},
    )
    demands = [Demand("endpoints.chat", REGION, SMALL, 1)]

    shares = workspace_shares({SMALL: 24}, demands, there, ROOMY.gpu_skus, REGION)

    assert [
        ("small family", 16, FamilyQuota(16, 24), 8),
        ("going family", 0, FamilyQuota(8, 40), 0),
        ("other", 0, FamilyQuota(0, 4), 0),
    ] == [(share.family, share.needed, share.quota, share.short) for share in shares]


def test_limit_that_is_declared_no_more_becomes_the_subscription_s() -> None:
    """Unless others have changed it since; where nothing is as good as none, that is told."""
    before = {"kept family": 8, "gone family": 8, "theirs": 8, "endless": 8, "unknown": 8}
    live = {"keptfamily": 8, "gonefamily": 8, "theirs": 9, "endless": 8, "unknown": 8}
    quotas = {key: FamilyQuota(4, 64) for key in live} | {"endless": FamilyQuota(0, None)}
    del quotas["unknown"]

    lifted = lifted_limits(before, ["Kept_Family"], live, quotas)

    assert {"gone family": 64, "endless": None, "unknown": None} == lifted


@pytest.mark.parametrize(
    ("said", "arguments"),
    [({}, None), ({"workspace_quotas": {}}, {}), ({"workspace_quotas": {SMALL: 16}}, {SMALL: 16})],
)
def test_empty_limits_lift_those_there_were(
    said: dict[str, Any], arguments: dict[str, int] | None
) -> None:
    """They are passed on, while those that were never said are not."""
    settings = {name: value for name, value in document({}).items() if name != "workspace_quotas"}

    plan = plan_stack("dev", settings | said, AROUND)

    assert arguments == plan.workspace_arguments().get("quotas")
