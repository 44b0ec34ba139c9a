# SPDX-License-Identifier: Apache-2.0
"""The provider over gRPC on one side and HTTPS on the other."""

from typing import Any

import grpc
import pytest
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import provider_pb2, status_pb2

from azure_sandbox.provider.values import from_struct
from tests.sandbox.provider.conftest import (
    CLIENT,
    PRINCIPAL,
    SUBSCRIPTION,
    TENANT,
    Answer,
    FakeArm,
    Plugin,
)

GROUP = f"/subscriptions/{SUBSCRIPTION}/resourcegroups/rg"
IN_GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg"
ENDPOINT = (
    f"{IN_GROUP}/providers/Microsoft.MachineLearningServices/workspaces/ws/onlineEndpoints/ep"
)
VAULT = f"{IN_GROUP}/providers/Microsoft.KeyVault/vaults/kv"
STORAGE = f"{IN_GROUP}/providers/Microsoft.Storage/storageAccounts/st"
ENDPOINT_INPUTS = {
    "resourceGroupName": "rg",
    "workspaceName": "ws",
    "endpointName": "ep",
    "location": "westeurope",
    "properties": {"authMode": "Key"},
}
ENDPOINT_BODY = {
    "id": ENDPOINT,
    "name": "ep",
    "location": "westeurope",
    "properties": {"authMode": "Key", "provisioningState": "Succeeded", "surprise": 1},
}
NOT_FOUND = Answer(404, {"error": {"code": "ResourceNotFound", "message": "gone"}})


def refusal(error: pytest.ExceptionInfo[grpc.RpcError]) -> str:
    """The message that the engine shows."""
    return str(error.value.details())


def test_configure_announces_previews_and_autonaming_only(
    arm: FakeArm, unconfigured: Plugin
) -> None:
    """The engine may preview and propose names, and sends secrets as plain values."""
    response = unconfigured.configure()

    assert response.supportsPreview
    assert response.supports_autonaming_configuration
    assert not response.acceptSecrets


def test_configure_refuses_an_engine_without_old_inputs(arm: FakeArm, unconfigured: Plugin) -> None:
    """An engine that keeps old inputs to itself cannot be worked with."""
    with pytest.raises(grpc.RpcError) as error:
        unconfigured.stub.Configure(provider_pb2.ConfigureRequest())

    assert refusal(error) == "Azure Native provider requires Pulumi CLI v3.74.0 or later"


def test_configure_says_where_the_metadata_could_not_be_read(
    arm: FakeArm, unconfigured: Plugin
) -> None:
    """A wrong metadata host is named together with the remedy."""
    with pytest.raises(grpc.RpcError) as error:
        unconfigured.configure(metadataHost="localhost:1")

    assert "https://localhost:1/metadata/endpoints" in refusal(error)
    assert "ARM_METADATA_HOSTNAME" in refusal(error)


def test_create_checks_puts_polls_and_reads(arm: FakeArm, plugin: Plugin) -> None:
    """Creating is: existence check, PUT, polls of the operation, final GET, read after write."""
    operation = "/subscriptions/s/operations/1"
    arm.prepare(f"GET {ENDPOINT}", NOT_FOUND, Answer(200, ENDPOINT_BODY))
    monitor = {"Azure-AsyncOperation": f"{arm.url}{operation}?api-version=2025-12-01"}
    arm.prepare(f"PUT {ENDPOINT}", Answer(201, {}, monitor))
    arm.prepare(
        f"GET {operation}",
        Answer(200, {"status": "InProgress"}, {"Retry-After": "9", "retry-after-ms": "5"}),
        Answer(200, {"status": "Succeeded"}),
    )

    created_id, outputs = plugin.create("machinelearningservices:OnlineEndpoint", ENDPOINT_INPUTS)

    polls = [f"GET {operation}"] * 2
    reads = [f"GET {ENDPOINT}"]
    assert [*reads, f"PUT {ENDPOINT}", *polls, *reads, *reads] == arm.lines()
    assert {"location": "westeurope", "properties": {"authMode": "Key"}} == arm.sent("PUT")
    assert created_id == ENDPOINT
    assert outputs == {
        "name": "ep",
        "location": "westeurope",
        "properties": {"authMode": "Key", "provisioningState": "Succeeded"},
        "azureApiVersion": "2025-12-01",
    }


def test_create_refuses_what_exists(arm: FakeArm, plugin: Plugin) -> None:
    """A resource that is there already is not overwritten."""
    arm.prepare(f"GET {ENDPOINT}", Answer(200, ENDPOINT_BODY))

    with pytest.raises(grpc.RpcError) as error:
        plugin.create("machinelearningservices:OnlineEndpoint", ENDPOINT_INPUTS)

    assert refusal(error) == f"cannot create already existing resource '{ENDPOINT}'"
    assert arm.lines() == [f"GET {ENDPOINT}"]


@pytest.mark.parametrize("answer", [Answer(200), Answer(200, "<html>"), Answer(204)])
def test_an_empty_answer_means_that_nothing_exists(
    arm: FakeArm, plugin: Plugin, answer: Answer
) -> None:
    """Services that answer 204, or 200 without JSON, for what is absent do not stop a create."""
    arm.prepare(f"GET {GROUP}", answer, Answer(200, {"id": GROUP, "name": "rg"}))
    arm.prepare(f"PUT {GROUP}", Answer(201, {"id": GROUP}))

    created_id, _ = plugin.create(
        "resources:ResourceGroup", {"resourceGroupName": "rg", "location": "westeurope"}
    )

    assert created_id == GROUP


def test_a_refused_create_shows_code_and_message(arm: FakeArm, plugin: Plugin) -> None:
    """An error of ARM reaches the user in the provider's form, and nothing is in the state."""
    arm.prepare(
        f"PUT {ENDPOINT}",
        Answer(400, {"error": {"code": "BadArgument", "message": "The name is taken."}}),
    )

    with pytest.raises(grpc.RpcError) as error:
        plugin.create("machinelearningservices:OnlineEndpoint", ENDPOINT_INPUTS)

    assert refusal(error) == 'Status=400 Code="BadArgument" Message="The name is taken."'
    assert not details_of(error)


def test_a_failed_operation_leaves_the_resource_in_the_state(arm: FakeArm, plugin: Plugin) -> None:
    """What was accepted and then failed is reported with its id, live outputs and inputs."""
    operation = "/subscriptions/s/operations/1"
    failed = {**ENDPOINT_BODY, "properties": {"authMode": "Key", "provisioningState": "Failed"}}
    arm.prepare(f"GET {ENDPOINT}", NOT_FOUND, Answer(200, failed))
    arm.prepare(
        f"PUT {ENDPOINT}",
        Answer(201, {}, {"Azure-AsyncOperation": f"{arm.url}{operation}"}),
    )
    error_body = {"code": "OutOfCapacity", "message": "No GPU is left."}
    arm.prepare(f"GET {operation}", Answer(200, {"status": "Failed", "error": error_body}))

    with pytest.raises(grpc.RpcError) as error:
        plugin.create("machinelearningservices:OnlineEndpoint", ENDPOINT_INPUTS)

    detail = provider_pb2.ErrorResourceInitFailed()
    assert details_of(error)[0].Unpack(detail)
    assert detail.id == ENDPOINT
    assert list(detail.reasons) == ['Status=200 Code="OutOfCapacity" Message="No GPU is left."']
    assert from_struct(detail.properties)["properties"]["provisioningState"] == "Failed"
    assert from_struct(detail.inputs) == ENDPOINT_INPUTS


def details_of(error: pytest.ExceptionInfo[grpc.RpcError]) -> Any:
    """The details of the status that came with an error."""
    metadata = dict(error.value.trailing_metadata() or ())
    return status_pb2.Status.FromString(metadata.get("grpc-status-details-bin", b"")).details


def test_a_custom_timeout_ends_polling(arm: FakeArm, plugin: Plugin) -> None:
    """An operation that outlives its custom timeout fails as timed out; the resource is kept."""
    arm.prepare(
        f"PUT {ENDPOINT}",
        Answer(201, {}, {"Azure-AsyncOperation": f"{arm.url}/subscriptions/s/operations/1"}),
    )
    arm.prepare("GET /subscriptions/s/operations/1", Answer(200, {"status": "InProgress"}))

    with pytest.raises(grpc.RpcError) as error:
        plugin.create("machinelearningservices:OnlineEndpoint", ENDPOINT_INPUTS, timeout=0.3)

    assert refusal(error) == "operation timed out"
    assert details_of(error)


def test_cancel_ends_an_operation(arm: FakeArm, plugin: Plugin) -> None:
    """After Cancel no operation waits any longer."""
    plugin.stub.Cancel(Empty())

    with pytest.raises(grpc.RpcError) as error:
        plugin.create("machinelearningservices:OnlineEndpoint", ENDPOINT_INPUTS)

    assert refusal(error) == "operation canceled"


def test_a_preview_asks_nothing_of_arm(arm: FakeArm, plugin: Plugin) -> None:
    """A previewed create knows the inputs only."""
    _, outputs = plugin.create(
        "machinelearningservices:OnlineEndpoint", ENDPOINT_INPUTS, preview=True
    )

    assert outputs["location"] == "westeurope"
    assert outputs["properties"]["authMode"] == "Key"
    assert arm.lines() == []


def test_a_new_vault_gets_an_empty_list_of_policies(arm: FakeArm, plugin: Plugin) -> None:
    """Lists that other resources may own start out empty."""
    arm.prepare(f"PUT {VAULT}", Answer(200, {"id": VAULT, "properties": {}}))
    properties = {"tenantId": TENANT, "sku": {"name": "standard", "family": "A"}}

    plugin.create(
        "keyvault:Vault",
        {"resourceGroupName": "rg", "vaultName": "kv", "location": "l", "properties": properties},
    )

    assert arm.sent("PUT") == {"location": "l", "properties": {**properties, "accessPolicies": []}}


def test_an_updated_vault_keeps_its_live_policies(arm: FakeArm, plugin: Plugin) -> None:
    """Lists that the inputs leave out are copied from the live resource."""
    live = {"id": VAULT, "properties": {"accessPolicies": [{"objectId": "x"}]}}
    arm.prepare(f"GET {VAULT}", Answer(200, live))
    arm.prepare(f"PUT {VAULT}", Answer(200, live))
    inputs = {"resourceGroupName": "rg", "vaultName": "kv", "properties": {"tenantId": TENANT}}

    plugin.update("keyvault:Vault", inputs, inputs)

    assert arm.sent("PUT")["properties"]["accessPolicies"] == [{"objectId": "x"}]


def test_an_update_sends_the_inputs_and_nothing_else(arm: FakeArm, plugin: Plugin) -> None:
    """A PUT without traffic in the inputs has no traffic in its body, whatever is live."""
    live = {**ENDPOINT_BODY, "properties": {"authMode": "Key", "traffic": {"blue": 100}}}
    arm.prepare(f"GET {ENDPOINT}", Answer(200, live))
    arm.prepare(f"PUT {ENDPOINT}", Answer(200, live))

    plugin.update(
        "machinelearningservices:OnlineEndpoint",
        ENDPOINT_INPUTS,
        {**ENDPOINT_INPUTS, "tags": {"a": "b"}},
    )

    assert "traffic" not in arm.sent("PUT")["properties"]
    assert arm.sent("PUT")["tags"] == {"a": "b"}


def test_a_removed_identity_is_nulled_by_a_patch(arm: FakeArm, plugin: Plugin) -> None:
    """ARM forgets a user-assigned identity only when a PATCH says null."""
    arm.prepare(f"GET {ENDPOINT}", Answer(200, ENDPOINT_BODY))
    arm.prepare(f"PATCH {ENDPOINT}", Answer(200, ENDPOINT_BODY))
    both = {"type": "UserAssigned", "userAssignedIdentities": ["/one", "/two"]}
    one = {"type": "UserAssigned", "userAssignedIdentities": ["/one"]}

    plugin.update(
        "machinelearningservices:OnlineEndpoint",
        {**ENDPOINT_INPUTS, "identity": both},
        {**ENDPOINT_INPUTS, "identity": one},
    )

    assert arm.sent("PATCH")["identity"]["userAssignedIdentities"] == {"/one": {}, "/two": None}


def test_removed_network_rules_are_reset(arm: FakeArm, plugin: Plugin) -> None:
    """A storage account without its network rules goes back to letting everybody in."""
    arm.prepare(f"GET {STORAGE}", Answer(200, {"id": STORAGE}))
    arm.prepare(f"PUT {STORAGE}", Answer(200, {"id": STORAGE}))
    inputs = {
        "resourceGroupName": "rg",
        "accountName": "st",
        "kind": "StorageV2",
        "sku": {"name": "Standard_LRS"},
    }
    rules = {"networkRuleSet": {"defaultAction": "Deny"}}

    plugin.update("storage:StorageAccount", {**inputs, **rules}, inputs, rules)

    assert arm.sent("PUT")["properties"]["networkAcls"] == {
        "bypass": "AzureServices",
        "defaultAction": "Allow",
        "ipRules": [],
        "virtualNetworkRules": [],
    }


def test_a_previewed_update_keeps_name_and_location(arm: FakeArm, plugin: Plugin) -> None:
    """Dependants of an updated resource still know its name."""
    outputs = plugin.update(
        "machinelearningservices:OnlineEndpoint",
        ENDPOINT_INPUTS,
        ENDPOINT_INPUTS,
        {"name": "ep", "location": "westeurope"},
        preview=True,
    )

    assert outputs["name"] == "ep"


def test_delete_polls_a_location_that_ends_in_404(arm: FakeArm, plugin: Plugin) -> None:
    """A deletion is done when its relative status URL, completed, says that nothing is left."""
    arm.prepare(
        f"DELETE {ENDPOINT}", Answer(202, None, {"Location": "/status/1", "retry-after-ms": "5"})
    )
    arm.prepare("GET /status/1", Answer(202, None, {"retry-after-ms": "5"}), NOT_FOUND)

    plugin.delete("machinelearningservices:OnlineEndpoint", ENDPOINT)

    assert arm.lines() == [f"DELETE {ENDPOINT}", "GET /status/1", "GET /status/1"]
    assert arm.requests[-1].query == "api-version=2025-12-01"


def test_deleting_what_is_gone_succeeds(arm: FakeArm, plugin: Plugin) -> None:
    """A 404 is as good as a deletion."""
    arm.prepare(f"DELETE {ENDPOINT}", NOT_FOUND)

    plugin.delete("machinelearningservices:OnlineEndpoint", ENDPOINT)

    assert arm.lines() == [f"DELETE {ENDPOINT}"]


def test_a_202_deletion_without_a_status_url_is_an_error(arm: FakeArm, plugin: Plugin) -> None:
    """There is no way to tell when such a deletion ends."""
    arm.prepare(f"DELETE {ENDPOINT}", Answer(202))

    with pytest.raises(grpc.RpcError) as error:
        plugin.delete("machinelearningservices:OnlineEndpoint", ENDPOINT)

    assert refusal(error) == "response to DELETE has status 202 but no polling URL"


def test_read_of_what_is_gone_tells_so(arm: FakeArm, plugin: Plugin) -> None:
    """A refresh of a deleted resource removes it from the state."""
    arm.prepare(f"GET {ENDPOINT}", NOT_FOUND)

    response = plugin.read(
        "machinelearningservices:OnlineEndpoint", ENDPOINT, inputs=ENDPOINT_INPUTS, outputs={}
    )

    assert response.id == ""


def test_import_projects_the_answer_on_inputs(arm: FakeArm, plugin: Plugin) -> None:
    """Imported inputs are the parts of the id and every body property that is not empty."""
    body = {**ENDPOINT_BODY, "tags": {}, "kind": "Managed"}
    arm.prepare(f"GET {ENDPOINT.upper()}", Answer(200, body))

    response = plugin.read("machinelearningservices:OnlineEndpoint", ENDPOINT.upper())

    assert from_struct(response.inputs) == {
        "resourceGroupName": "RG",
        "workspaceName": "WS",
        "endpointName": "EP",
        "kind": "Managed",
        "location": "westeurope",
        "properties": {"authMode": "Key"},
    }


def test_import_names_an_id_of_another_type(arm: FakeArm, plugin: Plugin) -> None:
    """An id that does not fit the type is shown beside the expected path."""
    arm.prepare(f"GET {GROUP}", Answer(200, {"id": GROUP}))

    with pytest.raises(grpc.RpcError) as error:
        plugin.read("machinelearningservices:OnlineEndpoint", GROUP)

    assert GROUP in refusal(error)
    assert "/workspaces/{workspaceName}/" in refusal(error)


def test_a_transient_fault_is_retried(arm: FakeArm, plugin: Plugin) -> None:
    """Three faults in a row cost a moment, not the deployment."""
    busy = Answer(409, {"error": {"code": "AnotherOperationInProgress", "message": "Wait."}})
    arm.prepare(f"PUT {GROUP}", Answer(503), Answer(429), busy, Answer(201, {"id": GROUP}))

    plugin.create("resources:ResourceGroup", {"resourceGroupName": "rg", "location": "l"})

    assert arm.lines().count(f"PUT {GROUP}") == 4


def test_any_other_conflict_is_final(arm: FakeArm, plugin: Plugin) -> None:
    """A 409 that waiting cannot heal is shown at once."""
    arm.prepare(f"PUT {GROUP}", Answer(409, {"error": {"code": "Conflict", "message": "No."}}))

    with pytest.raises(grpc.RpcError) as error:
        plugin.create("resources:ResourceGroup", {"resourceGroupName": "rg", "location": "l"})

    assert refusal(error) == 'Status=409 Code="Conflict" Message="No."'
    assert arm.lines().count(f"PUT {GROUP}") == 1


def test_a_missing_registration_is_made(arm: FakeArm, plugin: Plugin) -> None:
    """A namespace that the subscription does not know yet is registered, then the PUT repeated."""
    namespace = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Storage"
    missing = {"error": {"code": "MissingSubscriptionRegistration", "message": "Register."}}
    arm.prepare(f"PUT {STORAGE}", Answer(409, missing), Answer(200, {"id": STORAGE}))
    arm.prepare(f"POST {namespace}/register", Answer(200, {"registrationState": "Registering"}))
    arm.prepare(f"GET {namespace}", Answer(200, {"registrationState": "Registered"}))

    created_id, _ = plugin.create(
        "storage:StorageAccount",
        {
            "resourceGroupName": "rg",
            "accountName": "st",
            "kind": "StorageV2",
            "sku": {"name": "Standard_LRS"},
        },
    )

    assert created_id == STORAGE
    assert [f"POST {namespace}/register", f"GET {namespace}", f"PUT {STORAGE}"] == arm.lines()[2:5]


def test_location_comes_from_the_resource_group_once(arm: FakeArm, plugin: Plugin) -> None:
    """The group is asked for its location the first time only."""
    arm.prepare(f"GET {IN_GROUP}", Answer(200, {"location": "northeurope"}))
    news = {"resourceGroupName": "rg"}

    first, _ = plugin.check("managedidentity:UserAssignedIdentity", news)
    second, _ = plugin.check("managedidentity:UserAssignedIdentity", news)

    assert first["location"] == second["location"] == "northeurope"
    assert arm.lines() == [f"GET {IN_GROUP}"]


def test_diff_of_an_imported_resource_sees_no_new_version(arm: FakeArm, plugin: Plugin) -> None:
    """The API version that Check adds to imported inputs is no change."""
    version = {"azureApiVersion": "2025-12-01"}

    response = plugin.diff(
        "machinelearningservices:OnlineEndpoint",
        ENDPOINT_INPUTS,
        {**ENDPOINT_INPUTS, **version},
        version,
    )

    assert response.changes == provider_pb2.DiffResponse.DIFF_NONE


def test_getters_answer_like_resources_with_an_id(arm: FakeArm, plugin: Plugin) -> None:
    """A getter has the resource's outputs, its id and its API version."""
    arm.prepare(f"GET {ENDPOINT}", Answer(200, ENDPOINT_BODY))

    result = plugin.invoke(
        "machinelearningservices:getOnlineEndpoint",
        resourceGroupName="rg",
        workspaceName="ws",
        endpointName="ep",
    )

    assert result["id"] == ENDPOINT
    assert result["azureApiVersion"] == "2025-12-01"
    assert "surprise" not in result["properties"]


def test_a_failed_getter_names_the_id(arm: FakeArm, plugin: Plugin) -> None:
    """Programs can tell a 404 of a getter by its text."""
    with pytest.raises(grpc.RpcError) as error:
        plugin.invoke("resources:getResourceGroup", resourceGroupName="rg")

    assert refusal(error) == (
        f'request failed {GROUP}: Status=404 Code="ResourceNotFound" '
        f'Message="{GROUP} was not found."'
    )


def test_actions_post_what_is_not_in_the_path(arm: FakeArm, plugin: Plugin) -> None:
    """Arguments of an action that are no path parameters are its body."""
    deployment = f"{ENDPOINT}/deployments/blue/getLogs"
    arm.prepare(f"POST {deployment}", Answer(200, {"content": "ready"}))

    result = plugin.invoke(
        "machinelearningservices:getOnlineDeploymentLogs",
        resourceGroupName="rg",
        workspaceName="ws",
        endpointName="ep",
        deploymentName="blue",
        tail=5,
    )

    assert result == {"content": "ready"}
    assert arm.sent("POST") == {"tail": 5}


def test_client_config_is_read_from_the_token(arm: FakeArm, plugin: Plugin) -> None:
    """Who runs the program is told by the claims of its token, without a call to ARM."""
    result = plugin.invoke("authorization:getClientConfig")

    assert result == {
        "clientId": CLIENT,
        "objectId": PRINCIPAL,
        "subscriptionId": SUBSCRIPTION,
        "tenantId": TENANT,
    }
    assert arm.lines() == []


def test_client_token_is_a_token(arm: FakeArm, plugin: Plugin) -> None:
    """Programs can use the provider's own credential for plain REST."""
    assert len(plugin.invoke("authorization:getClientToken")["token"].split(".")) == 3


def test_an_unknown_type_is_named(arm: FakeArm, plugin: Plugin) -> None:
    """A resource type outside the table is refused, never silently accepted."""
    with pytest.raises(grpc.RpcError) as error:
        plugin.check("compute:VirtualMachine", {})

    assert refusal(error) == "Resource type azure-native:compute:VirtualMachine not found"


def test_components_and_methods_are_unimplemented(unconfigured: Plugin) -> None:
    """The provider has neither."""
    with pytest.raises(grpc.RpcError) as error:
        unconfigured.stub.Construct(provider_pb2.ConstructRequest())

    assert error.value.code() is grpc.StatusCode.UNIMPLEMENTED
