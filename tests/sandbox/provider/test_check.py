# SPDX-License-Identifier: Apache-2.0
"""Completing and validating inputs."""

from typing import Any

import pytest

from azure_sandbox.provider.autonaming import Mode, Proposal
from azure_sandbox.provider.check import Defaults, completed, failures
from azure_sandbox.provider.diff import CREATE_BEFORE_DELETE
from azure_sandbox.provider.metadata import Table
from azure_sandbox.provider.values import UNKNOWN

ENDPOINT = "machinelearningservices:OnlineEndpoint"
DEPLOYMENT = "machinelearningservices:OnlineDeployment"
ASSIGNMENT = "authorization:RoleAssignment"


def complete(table: Table, token: str, news: dict[str, Any], **given: Any) -> dict[str, Any]:
    """Completes inputs of a resource named `main`."""
    olds = given.pop("olds", {})
    fields = {
        "logical_name": "main",
        "random_seed": b"seed",
        "proposal": None,
        "location": None,
        "group_location": {"rg": "northeurope"}.get,
        **given,
    }
    return completed(table.resources[token], olds, news, Defaults(**fields))


def test_a_random_name_has_eight_digits_and_no_dash(table: Table) -> None:
    """A made-up name starts with the logical one, and lets a replacement come first."""
    inputs = complete(table, ENDPOINT, {})

    name = inputs["endpointName"]
    assert name.startswith("main")
    assert int(name.removeprefix("main"), 16) >= 0
    assert len(name) == len("main") + 8
    assert inputs[CREATE_BEFORE_DELETE] is True


def test_a_random_name_depends_on_the_seed_only(table: Table) -> None:
    """Preview and update arrive at the same name."""
    assert complete(table, ENDPOINT, {}) == complete(table, ENDPOINT, {})


def test_children_are_named_like_their_resource(table: Table) -> None:
    """A deployment's name is the logical name, and a replacement has to wait for it."""
    inputs = complete(table, DEPLOYMENT, {})

    assert inputs["deploymentName"] == "main"
    assert CREATE_BEFORE_DELETE not in inputs


def test_role_assignments_get_a_uuid(table: Table) -> None:
    """The name of a role assignment has to be a UUID, even where a name is proposed."""
    inputs = complete(table, ASSIGNMENT, {}, proposal=Proposal("named", Mode.PROPOSE))

    assert len(inputs["roleAssignmentName"].split("-")) == 5


def test_an_old_name_is_kept(table: Table) -> None:
    """A name once made up stays, and stays known as made up."""
    olds = {"endpointName": "main1234", CREATE_BEFORE_DELETE: True}

    inputs = complete(table, ENDPOINT, {}, olds=olds)

    assert inputs["endpointName"] == "main1234"
    assert inputs[CREATE_BEFORE_DELETE] is True


@pytest.mark.parametrize("mode", [Mode.PROPOSE, Mode.ENFORCE])
def test_the_engine_may_propose_a_name(table: Table, mode: Mode) -> None:
    """A project's autonaming configuration comes before the type's own strategy."""
    inputs = complete(table, DEPLOYMENT, {}, proposal=Proposal("named", mode))

    assert inputs["deploymentName"] == "named"
    assert inputs[CREATE_BEFORE_DELETE] is True


def test_an_enforced_name_is_even_a_role_assignments(table: Table) -> None:
    """Enforcing leaves no choice."""
    inputs = complete(table, ASSIGNMENT, {}, proposal=Proposal("named", Mode.ENFORCE))

    assert inputs["roleAssignmentName"] == "named"


def test_disabled_autonaming_leaves_the_name_missing(table: Table) -> None:
    """The program then has to give one, and is told so."""
    inputs = complete(table, ENDPOINT, {}, proposal=Proposal("", Mode.DISABLE))

    found = list(failures(table.resources[ENDPOINT], table.types, inputs))

    assert "missing required property 'endpointName'" in found


@pytest.mark.parametrize(
    ("olds", "configured", "group", "expected"),
    [
        ({"location": "a"}, "b", "rg", "a"),
        ({}, "b", "rg", "b"),
        ({}, None, "rg", "northeurope"),
        ({}, None, UNKNOWN, UNKNOWN),
        ({}, None, "other", None),
    ],
)
def test_a_location_is_found_in_order(
    table: Table, olds: dict[str, Any], configured: str | None, group: Any, expected: Any
) -> None:
    """Old inputs, then configuration, then the resource group, unknown while it is."""
    inputs = complete(table, ENDPOINT, {"resourceGroupName": group}, olds=olds, location=configured)

    assert inputs.get("location") == expected


def test_a_type_without_location_gets_none(table: Table) -> None:
    """Nothing is added that the body has no place for."""
    assert "location" not in complete(table, ASSIGNMENT, {}, location="westeurope")


def test_the_api_version_is_added(table: Table) -> None:
    """Inputs say in which version the resource is written."""
    assert complete(table, ENDPOINT, {})["azureApiVersion"] == "2025-12-01"


@pytest.mark.parametrize(
    ("token", "changes", "expected"),
    [
        (ENDPOINT, {"workspaceName": None}, "missing required property 'workspaceName'"),
        (
            ENDPOINT,
            {"location": None},
            (
                "missing required property 'location'. Either set it explicitly or configure it "
                "with 'pulumi config set azure-native:location <value>'."
            ),
        ),
        (ENDPOINT, {"properties": {}}, "missing required property 'properties.authMode'"),
        (ENDPOINT, {"tags": "x"}, "'tags' should be of type 'object' but got a string"),
        (ENDPOINT, {"kind": ["x"]}, "'kind' should be of type 'string' but got an array"),
        (ENDPOINT, {"kind": 1}, "'kind' should be of type 'string' but got a number"),
        (
            ENDPOINT,
            {"sku": {"name": "Default", "capacity": 1.5}},
            "'sku.capacity' must be an integer but got 1.500000",
        ),
        (
            ENDPOINT,
            {"identity": {"type": "None", "userAssignedIdentities": [1]}},
            "'identity.userAssignedIdentities[0]' should be of type 'string' but got a number",
        ),
        (
            "resources:ResourceGroup",
            {"resourceGroupName": "g" * 91},
            "'resourceGroupName' is too long (91): at most 90 characters allowed",
        ),
        (
            "resources:ResourceGroup",
            {"resourceGroupName": ""},
            "'resourceGroupName' is too short (0): at least 1 characters required",
        ),
        (
            "machinelearningservices:EnvironmentVersion",
            {"name": "n", "version": "1", "properties": {"build": {"contextUri": "/"}}},
            "'properties.build.contextUri' does not match expression '[a-zA-Z0-9_]'",
        ),
    ],
)
def test_a_failure_names_property_and_expectation(
    table: Table, token: str, changes: dict[str, Any], expected: str
) -> None:
    """The one thing that is wrong is said in the provider's words."""
    inputs = {
        "resourceGroupName": "rg",
        "workspaceName": "ws",
        "endpointName": "ep",
        "location": "l",
        "properties": {"authMode": "Key"},
        **changes,
    }
    given = {name: value for name, value in inputs.items() if value is not None}

    found = list(failures(table.resources[token], table.types, given))

    assert [expected] == found


def test_unknowns_enums_and_unions_are_not_judged(table: Table) -> None:
    """What is not known yet, or known to the service alone, passes."""
    inputs = {
        "resourceGroupName": UNKNOWN,
        "workspaceName": UNKNOWN,
        "endpointName": "ep",
        "deploymentName": "blue",
        "location": UNKNOWN,
        "identity": {"type": "Whatever"},
        "properties": {"anything": 1},
        "sku": UNKNOWN,
    }

    assert [] == list(failures(table.resources[DEPLOYMENT], table.types, inputs))
