# SPDX-License-Identifier: Apache-2.0
"""Quota as components in programs of any kind meet it."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import partial
from http import HTTPStatus

import pulumi
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
    world.admin.send("DELETE", "faults")
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


def test_quota_that_is_short_stops_a_run_without_preview(scarce: World) -> None:
    """Nothing that Azure would refuse is sent to it; what there is quota for follows."""
    _limit(scarce, 0)
    stack = scarce.endpoint_stack()
    last = scarce.log()[-1]["seq"]

    with pytest.raises(automation.CommandError) as failure:
        stack.up()
    sent = [entry for entry in scarce.log(last) if "/deployments/" in entry["path"]]
    _limit(scarce, 8)
    stack.up()

    assert (
        "chat.deployments.blue: given 8 cores more of quota family `standard NCASv3_T4 Family` in "
        "eastus; allowed: 0, as 0 of 0 are in use; short by 8."
    ) in str(failure.value)
    assert "Traceback" not in str(failure.value)
    assert [] == [entry for entry in sent if entry["method"] != "GET"]
    assert "Succeeded" == stack.deployment("blue")["properties"]["provisioningState"]


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


def test_what_runs_is_counted_once(scarce: World) -> None:
    """Two that run make room for themselves, and the third takes exactly what is free."""
    _limit(scarce, 24)
    stack = scarce.endpoint_stack(deployments={"blue": {}, "green": {}}, traffic={"blue": 100})
    stack.up()
    stack.arguments["deployments"] = {"blue": {}, "green": {}, "red": {}}

    assert 1 == stack.changes()["create"]

    stack.up()
    assert "Succeeded" == stack.deployment("red")["properties"]["provisioningState"]


def test_what_the_run_itself_has_created_is_not_free(scarce: World) -> None:
    """Though it is live by the time the next deployment is registered."""
    _limit(scarce, 8)
    stack = scarce.endpoint_stack()
    stack.program = _one_after_the_other

    with pytest.raises(automation.CommandError) as failure:
        stack.up()

    assert (
        "first.deployments.blue, second.deployments.blue: given 16 cores more of quota family "
        "`standard NCASv3_T4 Family` in eastus; allowed: 8, as 0 of 8 are in use; short by 8."
    ) in str(failure.value)


def test_long_pause_is_told_at_once(scarce: World) -> None:
    """With what Azure asks for, and how to go on without."""
    rule = {"status": 429, "path": "/usages", "retry_after_seconds": 600}
    scarce.admin.send("POST", "faults", rule)
    stack = scarce.endpoint_stack()

    with pytest.raises(automation.RuntimeError) as failure:
        stack.changes()

    assert "and asks to wait 600 s: " in str(failure.value)
    assert "Retry, or say `preflight: warn` to go on without." in str(failure.value)


def test_missing_role_is_told(scarce: World) -> None:
    """Where the quota cannot be read, what it takes is said."""
    rule = {"status": 403, "code": "AuthorizationFailed", "path": "/usages"}
    scarce.admin.send("POST", "faults", rule)
    stack = scarce.endpoint_stack()

    with pytest.raises(automation.RuntimeError) as failure:
        stack.changes()

    assert "(403 AuthorizationFailed)" in str(failure.value)
    assert (
        "Give whoever runs this the role Reader on the subscription, or say `preflight: warn` to "
        "go on without."
    ) in str(failure.value)
    assert "Traceback" not in str(failure.value)


def test_warning_lets_the_run_go_on(scarce: World) -> None:
    """Whoever says so has a reason."""
    _limit(scarce, 0)
    stack = scarce.endpoint_stack(preflight="warn")

    assert "create" in stack.changes()


def test_quota_is_read_once_per_region(world: World) -> None:
    """However many endpoints there are."""
    last = world.log()[-1]["seq"]
    stack = world.endpoint_stack()
    stack.program = partial(_twenty_in_three_regions, preflight=Preflight.WARN)

    assert 20 < stack.changes()["create"]

    assert dict.fromkeys(REGIONS, 1) == _answered(world, last)


@pytest.fixture
def unsteady(world: World) -> Iterator[World]:
    """A world that answers slowly, if at all, until the test is over."""
    world.admin.send("POST", "faults", {"latency_ms": 200, "path": "/subscriptions/"})
    yield world
    world.admin.send("DELETE", "faults")
    _limit(world, 64, "southcentralus")


# What the seeds strike is known: one request in a hundred of all, and one in four of a few.
@pytest.mark.parametrize(
    ("share", "seeds", "path", "struck"),
    [
        (0.01, (16, 51), "/subscriptions/", {429: 1, 503: 1}),
        (0.25, (1, 8), "/usages", {429: 2, 503: 1}),
    ],
)
def test_unsteady_service_is_asked_again(
    unsteady: World, share: float, seeds: tuple[int, int], path: str, struck: dict[int, int]
) -> None:
    """What is short is found and nothing else, with one answer per region."""
    for status, seed in zip(struck, seeds, strict=True):
        rule = {"status": status, "probability": share, "seed": seed, "path": path}
        unsteady.admin.send("POST", "faults", rule)
    _limit(unsteady, 40, "southcentralus")
    stack = unsteady.endpoint_stack()
    stack.program = _twenty_in_three_regions
    last = unsteady.log()[-1]["seq"]

    with pytest.raises(automation.RuntimeError) as failure:
        stack.changes()

    assert {"48 cores more of quota family `standard NCASv3_T4 Family` in southcentralus"} == set(
        re.findall(r"given (\d+ cores more .+?);", str(failure.value))
    )
    statuses = Counter(entry["status"] for entry in unsteady.log(last))
    assert struck == {status: statuses[status] for status in struck}
    assert dict.fromkeys(REGIONS, 1) == _answered(unsteady, last)


def _twenty_in_three_regions(_stack: Stack, preflight: Preflight = Preflight.ENFORCE) -> None:
    for number in range(20):
        ModelEndpoint(
            f"chat-{number}",
            {
                "resource_group_name": GROUP,
                "workspace_name": WORKSPACE,
                "region": REGIONS[number % 3],
                "model": "phi-2",
                "preflight": preflight,
            },
        )


def _one_after_the_other(_stack: Stack) -> None:
    """The second endpoint is there only once the first one serves."""
    before: list[pulumi.Resource] = []
    for name in ("first", "second"):
        endpoint = ModelEndpoint(
            name,
            {
                "resource_group_name": GROUP,
                "workspace_name": WORKSPACE,
                "region": REGION,
                "model": "phi-2",
                "public_network_access": True,
            },
            pulumi.ResourceOptions(depends_on=before),
        )
        before.append(endpoint)


def _answered(world: World, since: int) -> Mapping[str, float]:
    """Return how often each region has told all pages of its quota."""
    read = _told(world, since)
    before = world.log()[-1]["seq"]
    family_quotas(world.arm, world.subscription, REGION)
    [pages] = _told(world, before).values()
    return {region: count / pages for region, count in read.items()}


def _told(world: World, since: int) -> Counter[str]:
    return Counter(
        entry["path"].split("/locations/")[1].removesuffix("/usages")
        for entry in world.log(since)
        if entry["path"].endswith("/usages") and entry["status"] == HTTPStatus.OK
    )


def _limit(world: World, vcpus: int, region: str = REGION) -> None:
    world.admin.send("PUT", "quota", {"location": region, "family": FAMILY, "limit": vcpus})
