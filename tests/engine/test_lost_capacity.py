# SPDX-License-Identifier: Apache-2.0
"""A region that has no machines left, although the quota is there."""

from collections.abc import Iterator

import pytest
from pulumi import automation

from azure_model_endpoints.planning import lost_capacity
from tests.engine.world import REGION, World

NO_CHANGES: dict[str, int] = {}
T4 = "Standard_NC4as_T4_v3"


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many attempts, within a second."""
    monkeypatch.setattr(lost_capacity, "CAPACITY_PAUSES_SECONDS", (0.1,) * 3)


@pytest.fixture
def lost(world: World) -> Iterator[World]:
    """A world whose region can run out of machines, and has them again at the end."""
    yield world
    _set(world, lost=False)


def test_shortage_that_passes_is_waited_for(lost: World) -> None:
    """In the same run."""
    _set(lost, lost=True, times=2)
    stack = lost.endpoint_stack()

    stack.up()

    assert {"blue": 100} == stack.live()["properties"]["traffic"]


def test_shortage_that_stays_names_the_next_best(lost: World) -> None:
    """Nothing half-made serves, and the next run converges."""
    _set(lost, lost=True)
    stack = lost.endpoint_stack()

    with pytest.raises(automation.CommandError) as failure:
        stack.up()

    assert (
        f"chat.deployments.blue: {REGION} has no machines left for {T4}, though there is quota. "
        "Nothing of it serves. The next best is Standard_NC24ads_A100_v4 (quota: see `ame quota`): "
        "write `sku: Standard_NC24ads_A100_v4` for it"
    ) in str(failure.value)
    assert "Traceback" not in str(failure.value)
    assert {} == stack.live()["properties"]["traffic"]
    _set(lost, lost=False)
    stack.up()
    assert {"blue": 100} == stack.live()["properties"]["traffic"]


def test_no_attempt_is_begun_that_would_not_end_in_time(
    lost: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Here the first one has taken all of it."""
    monkeypatch.setattr(lost_capacity, "CREATION_SECONDS", 0)
    _set(lost, lost=True)
    stack = lost.endpoint_stack()
    last = lost.log()[-1]["seq"]

    with pytest.raises(automation.CommandError, match="has no machines left"):
        stack.up()

    entries = [each for each in lost.log(last) if each["path"].endswith("/deployments/blue")]
    assert ["PUT"] == [each["method"] for each in entries if each["method"] != "GET"]


def test_serving_deployment_goes_on_while_its_successor_finds_no_machines(lost: World) -> None:
    """The old one keeps all of the traffic."""
    stack = lost.endpoint_stack()
    stack.up()
    _set(lost, lost=True)
    stack.arguments["deployments"] = {"green": {}}

    with pytest.raises(automation.CommandError):
        stack.up()

    assert {"blue": 100} == stack.live()["properties"]["traffic"]


def _set(world: World, *, lost: bool, times: int | None = None) -> None:
    change = {"location": REGION, "of": T4, "lost": lost, "times": times}
    world.admin.send("PUT", "quota/capacity", change)
