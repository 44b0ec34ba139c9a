# SPDX-License-Identifier: Apache-2.0
"""What a refresh does to inputs."""

from typing import Any

from azure_sandbox.provider.metadata import Table
from azure_sandbox.provider.refresh import refreshed_inputs

ENDPOINT = "machinelearningservices:OnlineEndpoint"
INPUTS = {"endpointName": "ep", "properties": {"authMode": "Key"}, "tags": {"a": "1"}}


def outputs(**changes: Any) -> dict[str, Any]:
    """Outputs of the endpoint, with a default that the service filled in."""
    properties = {"authMode": "Key", "publicNetworkAccess": "Enabled", **changes}
    return {"name": "ep", "properties": properties, "tags": {"a": "1"}}


def test_defaults_of_the_service_do_not_become_inputs(table: Table) -> None:
    """What has been there since the last update is no drift."""
    inputs = refreshed_inputs(table.resources[ENDPOINT], table.types, INPUTS, outputs(), outputs())

    assert inputs == INPUTS


def test_drift_becomes_an_input_and_nothing_beside_it(table: Table) -> None:
    """Traffic that somebody moved appears in the inputs; the defaults around it do not."""
    inputs = refreshed_inputs(
        table.resources[ENDPOINT], table.types, INPUTS, outputs(), outputs(traffic={"blue": 100})
    )

    assert inputs == {**INPUTS, "properties": {"authMode": "Key", "traffic": {"blue": 100}}}


def test_what_vanished_leaves_the_inputs(table: Table) -> None:
    """A tag that somebody removed is no input any more."""
    live = {**outputs(), "tags": {}}

    inputs = refreshed_inputs(table.resources[ENDPOINT], table.types, INPUTS, outputs(), live)

    assert inputs == {**INPUTS, "tags": {}}


def test_read_only_drift_is_no_drift(table: Table) -> None:
    """A new provisioning state changes the outputs only."""
    inputs = refreshed_inputs(
        table.resources[ENDPOINT],
        table.types,
        INPUTS,
        outputs(provisioningState="Updating"),
        outputs(provisioningState="Succeeded"),
    )

    assert inputs == INPUTS


def test_lists_of_other_owners_are_left_alone(table: Table) -> None:
    """Policies that a vault's program never declared stay out of its inputs."""
    inputs = {"properties": {"tenantId": "t"}}
    before = {"properties": {"tenantId": "t", "accessPolicies": []}}
    after = {"properties": {"tenantId": "t", "accessPolicies": [{"objectId": "x"}]}}

    refreshed = refreshed_inputs(
        table.resources["keyvault:Vault"], table.types, inputs, before, after
    )

    assert "accessPolicies" not in refreshed["properties"]


def test_changed_items_of_a_list_are_merged_by_position(table: Table) -> None:
    """Only what changed inside an item is taken over; new items are taken whole."""
    network = table.resources["network:VirtualNetwork"]
    inputs = {"addressSpace": {"addressPrefixes": ["10.0.0.0/16"]}}
    before = {"addressSpace": {"addressPrefixes": ["10.0.0.0/16"]}}
    after = {"addressSpace": {"addressPrefixes": ["10.1.0.0/16", "10.2.0.0/16"]}}

    refreshed = refreshed_inputs(network, table.types, inputs, before, after)

    assert refreshed == after
