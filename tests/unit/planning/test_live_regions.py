# SPDX-License-Identifier: Apache-2.0
"""What serves in one region is never moved to another."""

from dataclasses import replace
from typing import Any

import pytest

from azure_model_endpoints.planning.capacity import Capacity
from azure_model_endpoints.planning.deployment import Surroundings
from azure_model_endpoints.planning.endpoint_ids import endpoint_ids, workspace_id
from azure_model_endpoints.planning.live_regions import live_regions, moves, regions_to_try
from azure_model_endpoints.planning.stack import plan_stack
from azure_model_endpoints.planning.stack_plan import StackPlan
from tests.unit.planning.catalogs import CATALOG, REGION, TODAY

EXISTING = {"existing": {"name": "theirs", "resource_group_name": "rg"}}
LATER = f"To serve in {REGION}, make another stack for it, move the callers, and destroy this one"


def planned(**said: Any) -> StackPlan:
    """The plan of a stack called dev with one endpoint."""
    document = {
        "region": REGION,
        "public_network_access": True,
        "endpoints": {"chat": {"model": "plain-model", "endpoint_name": "my-chat"}},
        **said,
    }
    return plan_stack("dev", document, Surroundings(CATALOG, TODAY))


def deployed(region: str, *endpoints: str) -> Capacity:
    """What there is where endpoints have one deployment each."""
    ids = frozenset(f"{endpoint}/deployments/blue".lower() for endpoint in endpoints)
    return Capacity(deployment_ids={region: ids, "northeurope": frozenset()})


def test_endpoints_of_the_stack_are_found_where_they_are() -> None:
    """Those of other workspaces are not its own."""
    plan = planned()
    own, other = endpoint_ids(plan, "s")["chat"], "/subscriptions/s/other/onlineEndpoints/my-chat"

    assert {"westus": ("my-chat",)} == live_regions(plan, "s", deployed("westus", own, other))
    assert {} == live_regions(plan, "s", deployed("westus", other))


def test_what_goes_with_the_workspace_counts() -> None:
    """Endpoints that the settings no longer have included; unless none at all is wanted."""
    plan = planned()
    there = deployed("westus", f"{workspace_id(plan, 's')}/onlineEndpoints/old")

    assert {"westus": ("old",)} == live_regions(plan, "s", there)
    assert {} == live_regions(planned(endpoints={}), "s", there)


def test_of_a_workspace_of_others_only_own_endpoints_count() -> None:
    """It stays, whatever becomes of this stack."""
    plan = planned(workspace=EXISTING)
    place = f"{workspace_id(plan, 's')}/onlineEndpoints"

    assert {} == live_regions(plan, "s", deployed("westus", f"{place}/theirs"))
    assert {"westus": ("my-chat",)} == live_regions(
        plan, "s", deployed("westus", f"{place}/my-chat")
    )


def test_endpoint_without_deployments_may_move() -> None:
    """Nobody is answered by it."""
    plan = planned()
    own = endpoint_ids(plan, "s")["chat"]

    assert {} == live_regions(plan, "s", Capacity(endpoint_ids={("westus", "my-chat"): own}))


@pytest.mark.parametrize(
    ("live", "regions"),
    [
        ({}, [REGION, "westus", "westus3"]),
        ({"westus": ("chat",)}, ["westus"]),
        ({REGION: ("chat",)}, [REGION]),
        ({"northeurope": ("chat",)}, []),
    ],
)
def test_stack_is_planned_where_it_is_live(
    live: dict[str, tuple[str, ...]], regions: list[str]
) -> None:
    """Only where it is live nowhere, in whatever region has quota."""
    plan = planned(fallback_regions=["westus", "westus3"])

    assert regions == regions_to_try(plan, live)


def test_move_is_refused_with_the_ways_out() -> None:
    """One for staying, and one for moving without an outage."""
    [problem] = moves(planned(), "dev", {"westus": ("chat", "code")})

    assert (
        f"region: given '{REGION}', while chat, code are live in westus and would be deleted; "
        "allowed: 'westus'. Write `region: westus`, and with a lock run `ame plan --stack dev "
        f"--write`. {LATER} at last."
    ) == str(problem)


def test_lock_that_moves_a_stack_is_written_anew() -> None:
    """Where the settings allow the region in which it is live."""
    plan = planned(fallback_regions=["westus"])
    locked = replace(
        plan, asked=plan.settings, settings=plan.settings.model_copy(update={"region": "westus"})
    )

    [back] = moves(locked, "dev", {REGION: ("chat",)})
    [forth] = moves(plan, "dev", {"westus": ("chat",)})

    for problem in (back, forth):
        assert problem.remedy.startswith("Run `ame plan --stack dev --write`, which stays there.")


def test_stack_that_stays_moves_nothing() -> None:
    """Nor does one that is live nowhere."""
    assert [] == moves(planned(), "dev", {REGION: ("chat",)})
    assert [] == moves(planned(), "dev", {})
