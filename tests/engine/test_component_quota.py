# SPDX-License-Identifier: Apache-2.0
"""Quota as components in programs of any kind meet it."""

from collections import Counter
from collections.abc import Iterator

import pytest
from pulumi import automation

from azure_model_endpoints import ModelEndpoint
from azure_model_endpoints.subscription.usages import family_quotas
from azure_model_endpoints.vocabulary import Preflight
from tests.engine.world import GROUP, REGION, WORKSPACE, Stack, World

FAMILY = "standard NCASv3_T4 Family"
REGIONS = (REGION, "westus", "southcentralus")
NO_CHANGES: dict[str, int] = {}


@pytest.fixture
def scarce(world: World) -> Iterator[World]:
    """A world whose quota a test may change."""
    before = family_quotas(world.arm, world.subscription, REGION)["standardncasv3t4family"].limit
    yield world
    _limit(world, before or 0)


def test_quota_that_is_short_is_known_at_preview(scarce: World) -> None:
    """With figures, and without a traceback."""
    _limit(scarce, 0)
    stack = scarce.endpoint_stack()

    with pytest.raises(automation.RuntimeError) as failure:
        stack.changes()

    assert (
        "chat.deployments.blue: given 8 cores more of quota family `standard NCASv3_T4 Family` in "
        "eastus; allowed: 0, as 0 of 0 are in use; short by 8."
    ) in str(failure.value)
    assert "Traceback" not in str(failure.value)


def test_deployments_are_added_up(scarce: World) -> None:
    """Each has room, both have not."""
    _limit(scarce, 8)
    stack = scarce.endpoint_stack(
        deployments={"blue": {}, "green": {}}, traffic={"blue": 100}, preflight="enforce"
    )

    with pytest.raises(automation.RuntimeError, match="given 16 cores more") as failure:
        stack.changes()

    assert "short by 8." in str(failure.value)


def test_what_runs_needs_no_more(scarce: World) -> None:
    """At full quota a tag passes."""
    _limit(scarce, 8)
    stack = scarce.endpoint_stack()
    stack.up()
    stack.arguments["tags"] = {"team": "a"}

    stack.up()

    assert NO_CHANGES == stack.changes()


def test_warning_lets_the_run_go_on(scarce: World) -> None:
    """Whoever says so has a reason."""
    _limit(scarce, 0)
    stack = scarce.endpoint_stack(preflight="warn")

    assert "create" in stack.changes()


def test_quota_is_read_once_per_region(world: World) -> None:
    """However many endpoints there are."""
    last = world.log()[-1]["seq"]
    family_quotas(world.arm, world.subscription, REGION)
    pages = len(_usages(world, last))
    last = world.log()[-1]["seq"]
    stack = world.endpoint_stack()
    stack.program = _twenty_in_three_regions

    assert 20 < stack.changes()["create"]

    read = Counter(path.split("/locations/")[1].split("/")[0] for path in _usages(world, last))
    assert dict.fromkeys(REGIONS, pages) == read


def _twenty_in_three_regions(_stack: Stack) -> None:
    for number in range(20):
        ModelEndpoint(
            f"chat-{number}",
            {
                "resource_group_name": GROUP,
                "workspace_name": WORKSPACE,
                "region": REGIONS[number % 3],
                "model": "phi-2",
                "deployments": {"blue": {"sku": "Standard_NC24ads_A100_v4"}},
                "preflight": Preflight.WARN,
            },
        )


def _usages(world: World, since: int) -> list[str]:
    return [entry["path"] for entry in world.log(since) if entry["path"].endswith("/usages")]


def _limit(world: World, vcpus: int) -> None:
    world.admin.send("PUT", "quota", {"location": REGION, "family": FAMILY, "limit": vcpus})
