# SPDX-License-Identifier: Apache-2.0
"""No update passes through a moment with less traffic or fewer instances than before it."""

import pytest
from pulumi import automation

from azure_model_endpoints.vocabulary import Preflight
from tests.engine.world import World, serving_instances, shares

NO_CHANGES: dict[str, int] = {}


def test_first_update_ends_with_the_declared_traffic_flowing(world: World) -> None:
    """One update of an empty workspace creates, deploys and routes."""
    stack = world.endpoint_stack()

    stack.up()

    assert {"blue": 100} == stack.live()["properties"]["traffic"]
    assert NO_CHANGES == stack.changes()


def test_second_update_writes_nothing(world: World) -> None:
    """An update without changes sends no PUT to the endpoint or its deployments."""
    stack = world.endpoint_stack()
    stack.up()
    before = len(stack.history())

    stack.up()
    stack.refresh()

    assert NO_CHANGES == stack.changes()
    assert before == len(stack.history())


@pytest.mark.parametrize("refreshed", [False, True])
def test_a_tag_leaves_the_traffic_alone(world: World, *, refreshed: bool) -> None:
    """A changed tag is a PUT of the endpoint, which carries the live traffic."""
    stack = world.endpoint_stack(tags={"team": "a"})
    stack.up()
    stack.arguments["tags"] = {"team": "b"}
    if refreshed:
        stack.refresh()

    stack.up()

    assert "b" == stack.live()["tags"]["team"]
    assert {100} == set(shares(stack.history()))
    assert NO_CHANGES == stack.changes()


@pytest.mark.parametrize("refreshed", [False, True])
def test_an_environment_variable_keeps_added_instances(world: World, *, refreshed: bool) -> None:
    """A changed variable is a PUT of the deployment, which carries the live instance count."""
    stack = world.endpoint_stack(deployments={"blue": {}})
    stack.up()
    stack.scale("blue", 3)
    if refreshed:
        stack.refresh()
    stack.arguments["deployments"]["blue"]["environment_variables"] = {"LOG_LEVEL": "debug"}

    stack.up()

    assert "debug" == stack.deployment("blue")["properties"]["environmentVariables"]["LOG_LEVEL"]
    counts = serving_instances(stack.history())
    assert sorted(counts) == counts
    assert 3 == counts[-1]
    assert NO_CHANGES == stack.changes()


@pytest.mark.parametrize("refreshed", [False, True])
def test_green_takes_over_from_blue_in_one_update(world: World, *, refreshed: bool) -> None:
    """Adding green, moving the traffic and removing blue never leaves a request unanswered."""
    stack = world.endpoint_stack(deployments={"blue": {}})
    stack.up()
    if refreshed:
        stack.refresh()
    stack.arguments["deployments"] = {"green": {}}

    stack.up()

    assert {"green": 100} == stack.live()["properties"]["traffic"]
    assert {"green": 1} == stack.history()[-1]["instances"]
    assert {100} == set(shares(stack.history()))
    assert NO_CHANGES == stack.changes()


@pytest.mark.parametrize("refreshed", [False, True])
def test_traffic_moved_by_others_survives_a_tag(world: World, *, refreshed: bool) -> None:
    """A PUT carries the traffic that is live, and then the step restores the declared one."""
    stack = world.endpoint_stack(deployments={"blue": {}, "green": {}}, traffic={"blue": 100})
    stack.up()
    stack.move_traffic(blue=30, green=70)
    if refreshed:
        stack.refresh()
    stack.arguments["tags"] = {"team": "b"}

    stack.up()

    routed = [change["traffic"] for change in stack.history()]
    assert {"blue": 30, "green": 70} in routed
    assert {"blue": 100} == stack.live()["properties"]["traffic"]
    assert {100} == set(shares(stack.history()))
    assert NO_CHANGES == stack.changes()


def test_the_same_drift_is_undone_each_time(world: World) -> None:
    """Traffic that is moved away in the same way twice is brought back twice."""
    stack = world.endpoint_stack(deployments={"blue": {}, "green": {}}, traffic={"blue": 100})
    stack.up()

    for _ in range(2):
        stack.move_traffic(green=100)
        assert {"update": 1} == stack.changes()
        stack.up()

        assert {"blue": 100} == stack.live()["properties"]["traffic"]
        assert NO_CHANGES == stack.changes()


def test_everything_at_once(world: World) -> None:
    """A tag, a swap of colours and a raised count in one update keep every promise together."""
    stack = world.endpoint_stack(deployments={"blue": {}}, tags={"team": "a"})
    stack.up()
    stack.scale("blue", 2)
    stack.arguments["tags"] = {"team": "b"}
    stack.arguments["deployments"] = {"green": {"instances": 2}}

    stack.up()

    assert {100} == set(shares(stack.history()))
    assert 2 <= min(serving_instances(stack.history())[-4:])
    assert NO_CHANGES == stack.changes()


def test_tags_of_others_stay_and_our_removed_ones_go(world: World) -> None:
    """Azure Policy's tags survive an update; a tag taken out of the program is taken off."""
    stack = world.endpoint_stack(tags={"team": "a", "temporary": "yes"})
    stack.up()
    live = stack.live()
    world.patch(stack.endpoint_id, {"tags": {**live["tags"], "policy": "x"}})
    assert NO_CHANGES == stack.changes()
    stack.arguments["tags"] = {"team": "a"}

    stack.up()

    tags = stack.live()["tags"]
    assert "x" == tags["policy"]
    assert "temporary" not in tags
    assert {100} == set(shares(stack.history()))
    assert NO_CHANGES == stack.changes()


def test_a_failed_deployment_leaves_the_old_one_serving(world: World) -> None:
    """When green cannot be created, blue keeps all the traffic, and the next update converges."""
    stack = world.endpoint_stack(deployments={"blue": {}}, preflight=Preflight.OFF)
    stack.up()
    stack.arguments["deployments"] = {"green": {"sku": "Standard_ND96asr_v4"}}  # no quota

    with pytest.raises(automation.CommandError, match=r"chat-green .* error: Status=400"):
        stack.up()

    assert {"blue": 100} == stack.live()["properties"]["traffic"]
    stack.arguments["deployments"] = {"green": {}}
    stack.up()
    assert {"green": 100} == stack.live()["properties"]["traffic"]
    assert {100} == set(shares(stack.history()))
    assert NO_CHANGES == stack.changes()


def test_a_creation_that_failed_for_a_moment_is_tried_again(world: World) -> None:
    """Azure refuses to write over a failed creation, so the next update clears it away first."""
    stack = world.endpoint_stack(deployments={"blue": {}})
    stack.up()
    stack.arguments["deployments"] = {"blue": {}, "green": {}}
    stack.arguments["traffic"] = {"green": 100}
    world.fail_next_operation("deployments/green")
    with pytest.raises(automation.CommandError):
        stack.up()
    assert "Failed" == stack.deployment("green")["properties"]["provisioningState"]

    stack.up()

    assert {"green": 100} == stack.live()["properties"]["traffic"]
    assert {100} == set(shares(stack.history()))
    assert NO_CHANGES == stack.changes()


def test_a_serving_deployment_cannot_change_its_sku(world: World) -> None:
    """What Azure would refuse after minutes is refused at preview, with the way to do it."""
    stack = world.endpoint_stack(deployments={"blue": {}})
    stack.up()
    before = stack.history()
    stack.arguments["deployments"] = {"blue": {"sku": "Standard_NC8as_T4_v3"}}

    with pytest.raises(Exception, match=r"chat\.deployments\.blue\.sku: given") as failure:
        stack.up()

    assert "Add a deployment with the new SKU" in str(failure.value)
    assert "Traceback" not in str(failure.value)
    assert before == stack.history()


def test_a_new_endpoint_name_takes_over_before_the_old_one_goes(world: World) -> None:
    """Renaming creates and routes the new endpoint first."""
    stack = world.endpoint_stack(deployments={"blue": {}})
    stack.up()
    old = stack.endpoint_name
    since = world.log()[-1]["seq"]

    stack.endpoint_name = f"{old}-next"
    stack.up()

    assert {"blue": 100} == stack.live()["properties"]["traffic"]
    writes = [
        (entry["method"], entry["path"].rpartition("/")[2])
        for entry in world.log(since)
        if entry["method"] in {"PUT", "DELETE"}
    ]
    assert writes.index(("PUT", stack.endpoint_name)) < writes.index(("DELETE", old))
    assert [("PUT", stack.endpoint_name), ("DELETE", old)] == [
        write for write in writes if write[1] in {stack.endpoint_name, old}
    ][-2:]
    assert NO_CHANGES == stack.changes()
