# SPDX-License-Identifier: Apache-2.0
"""Changes of inputs, and which of them replace."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azure_sandbox.provider.diff import CREATE_BEFORE_DELETE, Difference, Kind, difference
from azure_sandbox.provider.metadata import Table, load_table
from azure_sandbox.provider.values import UNKNOWN

ENDPOINT = "machinelearningservices:OnlineEndpoint"
JSON = st.recursive(
    st.text(max_size=3) | st.integers() | st.booleans(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=10,
)


def compare(
    table: Table, token: str, old: dict[str, Any], new: dict[str, Any], live: Any = None
) -> Difference:
    """Compares inputs of a resource type."""
    return difference(table.resources[token], old, new, live or {})


@given(st.dictionaries(st.text(max_size=3), JSON))
def test_equal_inputs_do_not_differ(inputs: dict[str, Any]) -> None:
    """Whatever the inputs are, the same inputs are no change."""
    found = compare(load_table(), ENDPOINT, inputs, inputs)

    assert found == Difference({}, (), (), deletes_before_replace=False)


def test_a_nested_update_is_told_by_its_path(table: Table) -> None:
    """The detailed diff names the property, the summary its top level."""
    old = {"properties": {"traffic": {"blue": 100}}, "tags": {"a": "1"}}
    new = {"properties": {"traffic": {"blue": 90, "green": 10}}}

    found = compare(table, ENDPOINT, old, new)

    assert found.kinds == {
        "properties.traffic.blue": Kind.UPDATE,
        "properties.traffic.green": Kind.ADD,
        "tags": Kind.DELETE,
    }
    assert found.changes == ("properties", "tags")
    assert found.replaces == ()


def test_items_are_compared_by_position(table: Table) -> None:
    """Lists have no keys: what is at an index is what counts."""
    old, new = {"scopes": ["a", "b", "c"]}, {"scopes": ["a", "x"]}

    found = compare(table, "monitor:MetricAlert", old, new)

    assert found.kinds == {"scopes[1]": Kind.UPDATE, "scopes[2]": Kind.DELETE}


@pytest.mark.parametrize("name", ["endpointName", "workspaceName", "location"])
def test_path_parameters_and_create_only_properties_replace(table: Table, name: str) -> None:
    """What the service cannot change in place replaces the resource, the old one going first."""
    found = compare(table, ENDPOINT, {name: "a"}, {name: "b"})

    assert found.kinds == {name: Kind.UPDATE_REPLACE}
    assert found.replaces == (name,)
    assert found.deletes_before_replace


def test_an_unknown_path_parameter_replaces(table: Table) -> None:
    """A parent that may be another one means another resource, as far as a preview knows."""
    found = compare(table, ENDPOINT, {"workspaceName": "a"}, {"workspaceName": UNKNOWN})

    assert found.replaces == ("workspaceName",)


def test_create_only_inside_a_nested_type_does_not_replace(table: Table) -> None:
    """A changed VM size is an update in place, which the service itself has to refuse."""
    token = "machinelearningservices:OnlineDeployment"
    old, new = {"properties": {"instanceType": "a"}}, {"properties": {"instanceType": "b"}}

    found = compare(table, token, old, new)

    assert found.kinds == {"properties.instanceType": Kind.UPDATE}
    assert not found.deletes_before_replace


def test_a_workspace_moves_in_place(table: Table) -> None:
    """The location of a workspace is not create-only in its API version."""
    found = compare(
        table, "machinelearningservices:Workspace", {"location": "a"}, {"location": "b"}
    )

    assert found.replaces == ()


def test_a_made_up_name_lets_the_new_one_come_first(table: Table) -> None:
    """Two resources of different made-up names can exist side by side."""
    old = {"location": "a", CREATE_BEFORE_DELETE: True}

    found = compare(table, ENDPOINT, old, {"location": "b"})

    assert found.kinds == {"location": Kind.UPDATE_REPLACE}
    assert not found.deletes_before_replace


def test_children_of_a_replacing_object_replace_when_updated(table: Table) -> None:
    """Another subnet is another private endpoint; a new field of the subnet is not."""
    old = {"subnet": {"id": "/a"}}
    new = {"subnet": {"id": "/b", "name": "n"}}

    found = compare(table, "network:PrivateEndpoint", old, new)

    assert found.kinds == {"subnet.id": Kind.UPDATE_REPLACE, "subnet.name": Kind.ADD}


def test_stating_what_is_live_does_not_replace(table: Table) -> None:
    """Declaring the location that a resource has anyway is harmless."""
    found = compare(table, ENDPOINT, {}, {"location": "a"}, {"location": "a"})

    assert found.kinds == {"location": Kind.ADD}
    assert found.replaces == ()


def test_stating_a_default_is_no_change(table: Table) -> None:
    """Declaring the metadata's default is shown, and changes nothing."""
    found = compare(table, "applicationinsights:Component", {}, {"ingestionMode": "LogAnalytics"})

    assert found.changes == ()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"location": "West Europe"}, {"location": "westeurope"}),
        ({"resourceGroupName": "RG"}, {"resourceGroupName": "rg"}),
        ({"sku": {"name": "Basic", "tier": "Paid"}}, {"sku": {"name": "Base", "tier": "Standard"}}),
    ],
)
def test_what_azure_reads_alike_does_not_differ(
    table: Table, old: dict[str, Any], new: dict[str, Any]
) -> None:
    """Case and spaces of locations, case of groups and old names of tiers do not matter."""
    assert compare(table, ENDPOINT, old, new).kinds == {}
