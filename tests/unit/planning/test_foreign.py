# SPDX-License-Identifier: Apache-2.0
"""Fields that others write too: no write undoes their work, and none is made without need.

The property-based tests play the whole round: something is declared, something is live, the changes
are written as the engine and Azure would, and the result is looked at once more.
"""

from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azure_model_endpoints.planning.foreign import (
    DECLARED_INSTANCES,
    Changes,
    carried_instances,
    deployment_moved,
    endpoint_moved,
    is_served,
    same_place,
    same_sku,
    update_of_deployment,
    update_of_endpoint,
)
from azure_model_endpoints.planning.probes import duration
from azure_model_endpoints.planning.tags import OWNED, OWNER, owned_tags
from azure_model_endpoints.planning.traffic import effective

State = dict[str, Any]

PROJECT = "p/dev"
MARKS = {OWNER, OWNED, DECLARED_INSTANCES}
IDENTITY = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.ManagedIdentity/identities/id"

NAMES = st.text("abcdef", min_size=1, max_size=3)
VALUES = st.text("xyz", max_size=2)
TAGS = st.dictionaries(NAMES, VALUES, max_size=4)
SHARES = st.dictionaries(st.sampled_from(["blue", "green", "red"]), st.sampled_from([0, 20, 100]))
INSTANCES = st.integers(1, 6)
SPELLINGS: st.SearchStrategy[Callable[[str], str]] = st.sampled_from(
    [str, str.upper, str.lower, lambda text: text.replace("us", " us")]
)


def declared_endpoint(tags: dict[str, str], region: str = "eastus", **properties: str) -> State:
    """What a stack wants an endpoint to be, as the component puts it."""
    return {
        "resourceGroupName": "rg",
        "workspaceName": "mlw",
        "endpointName": "chat",
        "location": region,
        "kind": "Managed",
        "identity": {"type": "UserAssigned", "userAssignedIdentities": [IDENTITY]},
        "tags": owned_tags(tags, PROJECT),
        "properties": {"authMode": "Key", "publicNetworkAccess": "Enabled", **properties},
    }


def declared_deployment(
    tags: dict[str, str],
    instances: int = 1,
    variables: dict[str, str] | None = None,
    timeout_seconds: int = 180,
) -> State:
    """What a stack wants a deployment to be, as the component puts it."""
    return {
        "resourceGroupName": "rg",
        "workspaceName": "mlw",
        "endpointName": "chat",
        "deploymentName": "blue",
        "location": "eastus",
        "sku": {"name": "Default", "capacity": instances},
        "tags": {**owned_tags(tags, PROJECT), DECLARED_INSTANCES: str(instances)},
        "properties": {
            "endpointComputeType": "Managed",
            "instanceType": "Standard_NC4as_T4_v3",
            "environmentVariables": variables or {},
            "requestSettings": {"requestTimeout": duration(timeout_seconds)},
        },
    }


def written(declared: State, changes: Changes) -> State:
    """What the engine sends: the declared inputs with the changes laid over them."""
    return merged(declared, changes.inputs)


def merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> State:
    """One nested mapping laid over another."""
    return {
        **below,
        **{
            key: merged(below.get(key) or {}, value) if isinstance(value, dict) else value
            for key, value in above.items()
        },
    }


def put(inputs: State, spell: Callable[[str], str] = str) -> State:
    """What is live after Azure was sent some inputs: it forgets what was not among them."""
    live = deepcopy(inputs)
    for name in ("resourceGroupName", "workspaceName", "endpointName", "deploymentName"):
        live.pop(name, None)
    live["location"] = spell(live["location"])
    live["id"] = "/subscriptions/s/…/chat"
    properties = live["properties"]
    properties["provisioningState"] = "Succeeded"
    if "sku" not in live:
        properties["traffic"] = properties.get("traffic", {})
        identities = live["identity"]["userAssignedIdentities"]
        live["identity"]["userAssignedIdentities"] = {
            spell(identity): {"principalId": "…"} for identity in identities
        }
        return live
    properties["instanceType"] = spell(properties["instanceType"]).replace(" ", "")
    timeout = properties["requestSettings"]["requestTimeout"]
    properties["requestSettings"]["requestTimeout"] = timeout.replace("PT3M", "PT180S")
    return live


@st.composite
def live_endpoints(draw: st.DrawFn) -> State:
    """An endpoint the stack made some time ago, and what others have made of it since."""
    live = put(declared_endpoint(draw(TAGS)), draw(SPELLINGS))
    live["tags"] = {**draw(TAGS), **live["tags"]}
    live["properties"]["traffic"] = draw(SHARES)
    live["properties"]["mirrorTraffic"] = draw(st.none() | SHARES)
    live["properties"]["authMode"] = draw(st.sampled_from(["Key", "key", "AMLToken"]))
    live["properties"]["provisioningState"] = draw(st.sampled_from(["Succeeded", "Failed"]))
    return live


@st.composite
def live_deployments(draw: st.DrawFn) -> State:
    """A deployment the stack made some time ago, and what others have made of it since."""
    before = declared_deployment(draw(TAGS), draw(INSTANCES), draw(TAGS), draw(st.just(180)))
    live = put(before, draw(SPELLINGS))
    live["tags"] = {**draw(TAGS), **live["tags"]}
    live["sku"]["capacity"] = draw(INSTANCES)
    live["properties"]["provisioningState"] = draw(st.sampled_from(["Succeeded", "Failed"]))
    return live


DECLARED_ENDPOINTS = st.builds(declared_endpoint, TAGS)
DECLARED_DEPLOYMENTS = st.builds(
    declared_deployment, TAGS, INSTANCES, TAGS, st.sampled_from([180, 60])
)


@given(DECLARED_ENDPOINTS, live_endpoints())
def test_write_never_moves_traffic(declared: State, live: State) -> None:
    """Live or mirrored: what is routed where after a write is what was routed where before it."""
    changes = update_of_endpoint(declared, live)
    if changes.needed:
        after = put(written(declared, changes))
        for name in ("traffic", "mirrorTraffic"):
            before = effective(live["properties"].get(name))
            assert before == effective(after["properties"].get(name))


@given(DECLARED_ENDPOINTS, live_endpoints(), SPELLINGS)
def test_endpoint_converges_in_one_write(
    declared: State, live: State, spell: Callable[[str], str]
) -> None:
    """However Azure spells the answer, a second look finds nothing left to do."""
    changes = update_of_endpoint(declared, live)
    after = put(written(declared, changes), spell) if changes.needed else live

    assert not update_of_endpoint(declared, after).needed


@given(DECLARED_DEPLOYMENTS, live_deployments(), SPELLINGS)
def test_deployment_converges_in_one_write(
    declared: State, live: State, spell: Callable[[str], str]
) -> None:
    """However Azure spells the answer, a second look finds nothing left to do."""
    changes = update_of_deployment(declared, live)
    after = put(written(declared, changes), spell) if changes.needed else live

    assert not update_of_deployment(declared, after).needed


@given(DECLARED_DEPLOYMENTS, live_deployments())
def test_write_never_takes_away_instances_that_others_added(declared: State, live: State) -> None:
    """Only a stack that nobody interfered with may lower its own count."""
    changes = update_of_deployment(declared, live)
    untouched = live["tags"][DECLARED_INSTANCES] == str(live["sku"]["capacity"])

    if changes.needed:
        asked = written(declared, changes)["sku"]["capacity"]
        assert asked >= declared["sku"]["capacity"]
        assert asked >= live["sku"]["capacity"] or untouched


@given(DECLARED_DEPLOYMENTS, live_deployments())
def test_untouched_deployment_gets_the_declared_count(declared: State, live: State) -> None:
    """Up or down: nobody else scales it."""
    live["sku"]["capacity"] = int(live["tags"][DECLARED_INSTANCES])

    changes = update_of_deployment(declared, live)

    after = written(declared, changes) if changes.needed else live
    assert declared["sku"]["capacity"] == after["sku"]["capacity"]


@pytest.mark.parametrize("update", [update_of_endpoint, update_of_deployment])
@given(data=st.data())
def test_tags_of_others_survive_and_own_ones_go(
    update: Callable[[State, State], Changes], data: st.DataObject
) -> None:
    """Every tag ends as whoever wrote it last in good faith wanted it."""
    endpoint = update is update_of_endpoint
    declared = data.draw(DECLARED_ENDPOINTS if endpoint else DECLARED_DEPLOYMENTS)
    live = data.draw(live_endpoints() if endpoint else live_deployments())
    ours = set(live["tags"][OWNED].split(","))
    foreign = {n: v for n, v in live["tags"].items() if n not in ours | MARKS}

    changes = update(declared, live)

    after = written(declared, changes) if changes.needed else live
    assert {**foreign, **declared["tags"]} == after["tags"]


@given(DECLARED_ENDPOINTS, live_endpoints())
def test_guard_lets_the_planned_endpoint_pass(declared: State, live: State) -> None:
    """While nothing moves between the plan and the write."""
    changes = update_of_endpoint(declared, live)

    assert not endpoint_moved(written(declared, changes), live) or not changes.needed


@given(DECLARED_DEPLOYMENTS, live_deployments())
def test_guard_lets_the_planned_deployment_pass(declared: State, live: State) -> None:
    """While nothing moves between the plan and the write."""
    changes = update_of_deployment(declared, live)

    assert not deployment_moved(written(declared, changes), live) or not changes.needed


@given(DECLARED_ENDPOINTS, live_endpoints(), SHARES)
def test_guard_stops_a_write_after_a_shift(declared: State, live: State, shifted: State) -> None:
    """Somebody moved traffic between the plan and the write."""
    planned = written(declared, update_of_endpoint(declared, live))
    before = effective(planned["properties"].get("traffic"))
    live["properties"]["traffic"] = shifted

    if effective(shifted) != before:
        assert endpoint_moved(planned, live)


@given(DECLARED_ENDPOINTS, TAGS, SHARES, SPELLINGS)
def test_what_others_do_to_an_endpoint_is_no_reason_to_write(
    declared: State, foreign: dict[str, str], traffic: State, spell: Callable[[str], str]
) -> None:
    """Shifts, mirrors and policy tags leave the preview empty."""
    live = put(declared, spell)
    live["tags"] = {**foreign, **live["tags"]}
    live["properties"]["traffic"] = traffic
    live["properties"]["mirrorTraffic"] = traffic

    assert not update_of_endpoint(declared, live).needed


@given(DECLARED_DEPLOYMENTS, TAGS, st.integers(0, 5), SPELLINGS)
def test_what_others_do_to_a_deployment_is_no_reason_to_write(
    declared: State, foreign: dict[str, str], added: int, spell: Callable[[str], str]
) -> None:
    """Neither more instances nor policy tags show up in the preview."""
    live = put(declared, spell)
    live["tags"] = {**foreign, **live["tags"]}
    live["sku"]["capacity"] += added

    assert not update_of_deployment(declared, live).needed


@pytest.mark.parametrize(
    "change",
    [
        {"tags": owned_tags({"team": "b"}, PROJECT)},
        {"properties": {"authMode": "AMLToken"}},
        {"properties": {"publicNetworkAccess": "Disabled"}},
        {"identity": {"userAssignedIdentities": [f"{IDENTITY}2"]}},
    ],
    ids=["tag", "authentication", "network", "identity"],
)
def test_what_the_stack_changes_on_an_endpoint_is_written(change: State) -> None:
    """Carrying others' work is not ignoring one's own."""
    declared = declared_endpoint({"team": "a"})
    live = put(declared)

    assert update_of_endpoint(merged(declared, change), live).needed


@pytest.mark.parametrize(
    "change",
    [
        {"tags": {**owned_tags({"team": "b"}, PROJECT), DECLARED_INSTANCES: "1"}},
        {"properties": {"environmentVariables": {"LOG": "info"}}},
        {"properties": {"environmentVariables": {"LOG": "debug", "MORE": "1"}}},
        {"properties": {"requestSettings": {"requestTimeout": "PT1M"}}},
        {"sku": {"capacity": 2}},
    ],
    ids=["tag", "variable", "added variable", "timeout", "instances"],
)
def test_what_the_stack_changes_on_a_deployment_is_written(change: State) -> None:
    """Carrying others' work is not ignoring one's own."""
    declared = declared_deployment({"team": "a"}, variables={"LOG": "debug"})
    live = put(declared)

    assert update_of_deployment(merged(declared, change), live).needed


def test_removed_variable_is_a_change() -> None:
    """Variables are compared both ways, unlike what Azure adds to other settings."""
    live = put(declared_deployment({}, variables={"LOG": "debug"}))

    assert update_of_deployment(declared_deployment({}), live).needed


def test_case_of_a_variable_counts() -> None:
    """Azure respells regions and ids, never the values of variables."""
    live = put(declared_deployment({}, variables={"MODE": "Fast"}))

    assert update_of_deployment(declared_deployment({}, variables={"MODE": "fast"}), live).needed


@pytest.mark.parametrize("state", ["Failed", "Canceled", "Updating", None])
def test_what_is_not_settled_is_written_again(state: str | None) -> None:
    """A failed or killed update leaves inputs that look right on a resource that is not."""
    endpoint, deployment = put(declared_endpoint({})), put(declared_deployment({}))
    endpoint["properties"]["provisioningState"] = state
    deployment["properties"]["provisioningState"] = state

    assert update_of_endpoint(declared_endpoint({}), endpoint).needed
    assert update_of_deployment(declared_deployment({}), deployment).needed


@pytest.mark.parametrize(
    ("declared", "before", "live", "asked"),
    [
        (1, "3", 3, 1),  # the stack lowers its own count
        (3, "1", 1, 3),  # and raises it
        (1, "1", 5, 5),  # an autoscaler raised it
        (7, "1", 5, 7),  # the stack wants more still
        (3, "3", 1, 3),  # an autoscaler lowered it
        (1, None, 4, 4),  # made by somebody else
    ],
)
def test_instances_asked_for(declared: int, before: str | None, live: int, asked: int) -> None:
    """Who scaled last decides whether the declared count holds."""
    assert asked == carried_instances(declared, before, live)


def test_guard_stops_a_write_after_a_scale_out() -> None:
    """An autoscaler added instances between the plan and the write."""
    planned = declared_deployment({}, instances=2)
    live = put(planned)
    live["sku"]["capacity"] = 5

    assert deployment_moved(planned, live)


@pytest.mark.parametrize(
    ("properties", "served"),
    [
        ({"traffic": {"blue": 100}}, True),
        ({"traffic": {"blue": 0, "green": 100}}, False),
        ({"traffic": {"green": 100}, "mirrorTraffic": {"blue": 10}}, True),
        ({"traffic": None}, False),
        ({}, False),
    ],
)
def test_deployment_is_served_with_live_or_mirrored_traffic(
    properties: State, *, served: bool
) -> None:
    """Azure refuses to delete it in either case."""
    assert served is is_served(properties, "blue")


@pytest.mark.parametrize(("live", "same"), [("eastus", True), ("East US", True), ("westus", False)])
def test_regions_are_compared_in_any_spelling(live: str, *, same: bool) -> None:
    """Azure returns display names for some resources."""
    assert same is same_place({"location": "eastus"}, {"location": live})


@pytest.mark.parametrize(
    ("live", "same"), [("STANDARD_NC4AS_T4_V3", True), ("Standard_NC8as_T4_v3", False)]
)
def test_skus_are_compared_without_regard_to_case(live: str, *, same: bool) -> None:
    """As Azure itself does."""
    declared = declared_deployment({})

    assert same is same_sku(declared, {"properties": {"instanceType": live}})


@given(st.integers(1, 10**5), st.integers(1, 10**5))
def test_durations_are_compared_by_their_length(one: int, other: int) -> None:
    """`PT3M` comes back as `PT180S`, and is no change; another length is."""
    live = put(declared_deployment({}, timeout_seconds=one))
    live["properties"]["requestSettings"]["requestTimeout"] = f"PT{one}S"

    needed = update_of_deployment(declared_deployment({}, timeout_seconds=other), live).needed

    assert (one != other) is needed
