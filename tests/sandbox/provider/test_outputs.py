# SPDX-License-Identifier: Apache-2.0
"""Answers of ARM as outputs, and outputs as a preview knows them."""

from azure_sandbox.provider.metadata import Table
from azure_sandbox.provider.outputs import outputs_of, preview_of
from azure_sandbox.provider.values import UNKNOWN


def test_outputs_are_flattened_and_pruned(table: Table) -> None:
    """Containers are opened; nulls and fields of no declared name are dropped."""
    account = table.resources["storage:StorageAccount"]
    response = {
        "id": "/id",
        "name": "st",
        "etag": "e",
        "properties": {
            "networkAcls": {"bypass": "None", "ipRules": [{"value": "1.2.3.4"}]},
            "accessTier": None,
            "surprise": 1,
        },
    }

    outputs = outputs_of(account.response, table.types, response)

    assert {
        "name": "st",
        "networkRuleSet": {"bypass": "None", "ipRules": [{"iPAddressOrRange": "1.2.3.4"}]},
    } == outputs


def test_autoscale_outputs_stay_nested(table: Table) -> None:
    """Autoscale settings are flattened as inputs only."""
    setting = table.resources["monitor:AutoscaleSetting"]
    response = {"name": "n", "properties": {"enabled": True}}

    outputs = outputs_of(setting.response, table.types, response)

    assert {"name": "n", "properties": {"enabled": True}} == outputs


def test_a_preview_knows_the_inputs_and_nothing_else(table: Table) -> None:
    """Whatever only the service can tell is unknown, at every depth."""
    endpoint = table.resources["machinelearningservices:OnlineEndpoint"]
    inputs = {"properties": {"authMode": "Key", "traffic": {"blue": 100}}}

    outputs = preview_of(endpoint.response, table.types, inputs)

    assert outputs["name"] is UNKNOWN
    assert outputs["properties"]["authMode"] == "Key"
    assert outputs["properties"]["traffic"] == {"blue": 100}
    assert outputs["properties"]["scoringUri"] is UNKNOWN


def test_previewed_identities_are_unknown(table: Table) -> None:
    """A list of identities will be a map with principal ids, which Azure assigns."""
    endpoint = table.resources["machinelearningservices:OnlineEndpoint"]
    identity = {"type": "UserAssigned", "userAssignedIdentities": ["/one"]}

    outputs = preview_of(endpoint.response, table.types, {"identity": identity})

    assert outputs["identity"]["type"] == "UserAssigned"
    assert outputs["identity"]["userAssignedIdentities"] is UNKNOWN
