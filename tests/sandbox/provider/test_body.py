# SPDX-License-Identifier: Apache-2.0
"""Inputs as paths and bodies of requests."""

import pytest

from azure_sandbox.provider.body import request_body, resource_path
from azure_sandbox.provider.errors import ProviderError
from azure_sandbox.provider.metadata import Table


def test_flattened_inputs_go_back_into_their_container(table: Table) -> None:
    """What programs see at the top level stands under `properties` on the wire."""
    workspace = table.resources["machinelearningservices:Workspace"]
    inputs = {"location": "l", "keyVault": "/kv", "sku": {"name": "Basic"}}

    body = request_body(workspace, table.types, inputs, "/id")

    assert {
        "location": "l",
        "properties": {"keyVault": "/kv"},
        "sku": {"name": "Basic"},
    } == body.content


def test_renamed_inputs_get_their_wire_names(table: Table) -> None:
    """Names that the SDK made regular are Pascal or underscored on the wire."""
    component = table.resources["applicationinsights:Component"]
    inputs = {"applicationType": "web", "workspaceResourceId": "/law", "kind": "web"}

    body = request_body(component, table.types, inputs, "/id")

    assert {
        "kind": "web",
        "properties": {"Application_Type": "web", "WorkspaceResourceId": "/law"},
    } == body.content


def test_undeclared_inputs_disappear(table: Table) -> None:
    """Inputs that the type does not know, such as the API version, are never sent."""
    group = table.resources["resources:ResourceGroup"]

    body = request_body(
        group, table.types, {"location": "l", "azureApiVersion": "v", "typo": 1}, "/id"
    )

    assert {"location": "l"} == body.content


def test_user_assigned_identities_become_a_map(table: Table) -> None:
    """A list of identity ids is a map of empty objects on the wire."""
    endpoint = table.resources["machinelearningservices:OnlineEndpoint"]
    identity = {"type": "UserAssigned", "userAssignedIdentities": ["/one"]}

    body = request_body(endpoint, table.types, {"identity": identity}, "/id")

    assert {"/one": {}} == body.content["identity"]["userAssignedIdentities"]
    assert not body.removes_identities


def test_a_union_is_shaped_by_its_discriminator(table: Table) -> None:
    """The first variant whose constant fits decides which fields are sent."""
    deployment = table.resources["machinelearningservices:OnlineDeployment"]
    managed = {"endpointComputeType": "Managed", "instanceType": "s", "containerResource": "k8s"}

    body = request_body(deployment, table.types, {"properties": managed}, "/id")

    assert {"endpointComputeType": "Managed", "instanceType": "s"} == body.content["properties"]


def test_values_of_maps_are_shaped_by_their_type(table: Table) -> None:
    """Outbound rules in a map are unions, each of its own type."""
    workspace = table.resources["machinelearningservices:Workspace"]
    rules = {"torch": {"type": "FQDN", "destination": "pytorch.org", "typo": 1}}

    body = request_body(workspace, table.types, {"managedNetwork": {"outboundRules": rules}}, "/id")

    assert {"torch": {"type": "FQDN", "destination": "pytorch.org"}} == body.content["properties"][
        "managedNetwork"
    ]["outboundRules"]


def test_self_references_get_the_resource_id(table: Table) -> None:
    """`$self/` stands for the resource in ids of its own parts."""
    network = table.resources["network:VirtualNetwork"]
    subnets = [{"name": "a", "id": "$self/subnets/a"}]

    body = request_body(network, table.types, {"subnets": subnets}, "/vnet")

    assert body.content["properties"]["subnets"][0]["id"] == "/vnet/subnets/a"


def test_path_values_are_escaped_and_scopes_trimmed(table: Table) -> None:
    """A name is one segment of a path; a scope is a path itself."""
    assignment = table.resources["authorization:RoleAssignment"]
    inputs = {"scope": "/subscriptions/s/", "roleAssignmentName": "a b/c"}

    path = resource_path(assignment.path, assignment.parameters, inputs, "s")

    assert path == "/subscriptions/s/providers/Microsoft.Authorization/roleAssignments/a%20b%2Fc"


def test_a_missing_path_value_is_named(table: Table) -> None:
    """A path cannot be made without all of its parts."""
    group = table.resources["resources:ResourceGroup"]

    with pytest.raises(ProviderError, match="'resourceGroupName'"):
        resource_path(group.path, group.parameters, {}, "s")
