# SPDX-License-Identifier: Apache-2.0
"""What is offered instead where quota is short is there, and is what `--write` takes."""

from typing import Any

import pytest

from azure_model_endpoints.planning.allocation import allocate
from azure_model_endpoints.planning.capacity import Capacity, LiveDeployment
from azure_model_endpoints.planning.lock import lock_of
from azure_model_endpoints.planning.preflight import quota_problems
from azure_model_endpoints.planning.quota_needs import FamilyQuota
from azure_model_endpoints.planning.stack import plan_stack
from azure_model_endpoints.planning.stack_plan import StackPlan
from tests.unit.planning.catalogs import BIG, GOING, REGION, SMALL
from tests.unit.planning.test_allocation import AROUND, BLUE, GREEN

REQUEST = "Request them with `ame quota --stack dev --request`"
WRITE = "`ame plan --stack dev --write`"


def document(deployments: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A stack of one endpoint; 16 cores serve each deployment."""
    traffic = {next(iter(deployments)): 100}
    chat = {"model": "plain-model", "deployments": deployments, "traffic": traffic}
    return {"region": REGION, "public_network_access": True, "endpoints": {"chat": chat}, **more}


def planned(said: dict[str, Any], *, locked: bool = False) -> StackPlan:
    """The plan of a stack, with or without a lock."""
    plan = plan_stack("dev", said, AROUND, within_limits=False)
    if not locked:
        return plan
    names = [f"chat.{each.name}" for each in plan.endpoints[0].deployments]
    lock = lock_of(plan, dict.fromkeys(names, "because"), {}, written_by="1")
    return plan_stack("dev", said, AROUND, lock)


def capacity(live: dict[tuple[str, str], LiveDeployment] | None = None, **limits: int) -> Capacity:
    """Some quota for some families."""
    quotas = {(REGION, family): FamilyQuota(0, limit) for family, limit in limits.items()}
    return Capacity(quotas=quotas, live=live or {})


def remedies(plan: StackPlan, there: Capacity) -> list[str]:
    """What is to be done about every shortage."""
    return [each.remedy for each in quota_problems(plan, "dev", there, AROUND.catalog)]


def served(path: str, sku: str) -> str:
    """What `--write` does by itself."""
    return (
        f"{REQUEST}; or serve {path} on {sku} (16 cores), where there is quota: {WRITE} takes that."
    )


def written(path: str, sku: str) -> str:
    """What somebody has to write."""
    return (
        f"{REQUEST}; or write `sku: {sku}` for {path} (16 cores), where there is quota, and with a "
        f"lock run {WRITE}."
    )


@pytest.mark.parametrize("locked", [False, True])
def test_what_somebody_has_named_is_for_somebody_to_write(*, locked: bool) -> None:
    """`--write` never leaves a SKU of the settings for another; with a lock as without."""
    plan = planned(document({"blue": {"sku": SMALL.lower()}}), locked=locked)

    assert [written(BLUE, GOING)] == remedies(plan, capacity(small=0, going=16))


@pytest.mark.parametrize("locked", [False, True])
@pytest.mark.parametrize("sku", ["auto", [SMALL, BIG, GOING]])
def test_what_is_left_open_is_for_the_planner(sku: str | list[str], *, locked: bool) -> None:
    """It takes the next of its order, or of the settings'."""
    said = document({"blue": {"sku": sku}})
    there = capacity(small=0, going=16, big=16)
    taken = allocate("dev", said, AROUND, there).plan.endpoints[0].deployments[0].sku

    assert [served(BLUE, taken)] == remedies(planned(said, locked=locked), there)
    assert (GOING if sku == "auto" else BIG) == taken


def test_list_without_room_is_for_somebody_to_extend() -> None:
    """`--write` takes nothing that is not in it."""
    plan = planned(document({"blue": {"sku": [SMALL, BIG]}}))

    assert [written(BLUE, GOING)] == remedies(plan, capacity(small=0, going=16, big=0))


def test_same_cores_are_offered_once() -> None:
    """The last deployment has them; what lacks all the same is told."""
    plan = planned(document({"blue": {}, "green": {}}))

    assert [
        f"{REQUEST}; to serve {GREEN} on {GOING} (16 cores), where there is quota, leaves 16 short."
    ] == remedies(plan, capacity(small=0, going=16))


def test_as_few_as_needed_give_way() -> None:
    """One of two, where the other has its quota."""
    plan = planned(document({"blue": {}, "green": {}}))

    assert [served(GREEN, GOING)] == remedies(plan, capacity(small=16, going=32))


def test_what_others_of_the_stack_need_is_not_offered() -> None:
    """They take it in the same run."""
    plan = planned(document({"blue": {}, "green": {"sku": GOING}}))

    assert [f"{REQUEST}; no other SKU that holds the workload has quota there."] == remedies(
        plan, capacity(small=0, going=16)
    )


def test_what_the_workspace_may_not_take_is_not_offered() -> None:
    """Though the subscription has it."""
    plan = planned(document({"blue": {}}, workspace_quotas={"going": 15}))

    assert [served(BLUE, BIG)] == remedies(plan, capacity(small=0, going=16, big=16))


def test_nothing_is_promised_while_something_else_is_short() -> None:
    """`--write` writes all or nothing."""
    plan = planned(document({"blue": {}, "green": {"sku": BIG}}))

    assert [written(GREEN, GOING), written(BLUE, GOING)] == remedies(
        plan, capacity(small=0, big=0, going=32)
    )


def test_what_is_left_open_gives_way_first() -> None:
    """As with `--write`, wherever it stands among those that somebody has named."""
    plan = planned(document({"blue": {}, "green": {"sku": SMALL}}))

    assert [served(BLUE, GOING)] == remedies(plan, capacity(small=16, going=32))


def test_what_runs_already_gives_no_way() -> None:
    """It takes nothing more."""
    live = {("chat", "green"): LiveDeployment(SMALL, 1, REGION)}
    plan = planned(document({"blue": {}, "green": {}}))

    assert [served(BLUE, GOING)] == remedies(plan, capacity(live, small=0, going=32))


@pytest.mark.parametrize("locked", [False, True])
def test_what_vllm_no_longer_starts_on_is_not_offered(*, locked: bool) -> None:
    """The planner would not take it either, unless somebody named it."""
    said = document({"blue": {"vllm": {"image": "i:1"}}})
    plan = planned(said, locked=locked)

    assert [GOING] == [each.sku for each in plan.endpoints[0].deployments]
    assert [served(BLUE, BIG)] == remedies(plan, capacity(small=16, going=0, big=16))
