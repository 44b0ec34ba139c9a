# SPDX-License-Identifier: Apache-2.0
"""Online deployments through ARM."""

from typing import Any

import pytest

from azure_sandbox import faults
from tests.sandbox.machine_learning.conftest import (
    GROUP,
    T4,
    Azure,
    deployment_body,
    messages,
)


@pytest.fixture
def endpoint(azure: Azure) -> Azure:
    """The sandbox with the endpoint `chat`, without deployments."""
    azure.accept(azure.put_endpoint())
    return azure


def fail_next_put(azure: Azure) -> None:
    """Let the operation of the next PUT of a deployment fail."""
    with azure.sandbox.store.write() as tx:
        rule = {"method": "PUT", "path": "deployments", "fail_operation": True, "times": 1}
        faults.added(tx, rule)


def test_a_deployment_takes_a_quarter_of_an_hour(endpoint: Azure) -> None:
    """phi-2 is Creating while instances start and the model loads, then Succeeded."""
    answer = endpoint.put_deployment("blue")
    endpoint.wait(14 * 60)
    early = endpoint.state(endpoint.deployment_path("blue"))
    endpoint.wait(60)

    assert answer.status == 201
    assert "Azure-AsyncOperation" in answer.headers
    assert ("Creating", "Succeeded") == (early, endpoint.state(endpoint.deployment_path("blue")))


def test_a_deployment_shows_azures_defaults(endpoint: Azure) -> None:
    """What a body leaves out is filled in: one instance, 5 s, probes of ten seconds."""
    endpoint.accept(endpoint.put_deployment("blue"))

    deployment = endpoint.get(endpoint.deployment_path("blue"))

    properties = deployment["properties"]
    assert deployment["sku"] == {"name": "Default", "capacity": 1}
    assert properties["requestSettings"]["requestTimeout"] == "PT5S"
    assert properties["livenessProbe"]["initialDelay"] == "PT10M"
    assert properties["readinessProbe"]["failureThreshold"] == 30
    assert properties["egressPublicNetworkAccess"] == "Enabled"


@pytest.mark.parametrize(
    ("properties", "text"),
    [
        ({"instanceType": "Standard_NC99_v9"}, "does not exist"),
        ({"instanceType": "Standard_NC6s_v3"}, "was retired on 2025-09-30"),
        ({"instanceType": "Standard_ND96isr_H200_v5"}, "do not support the VM size"),
        ({"endpointComputeType": "Kubernetes"}, "it must be Managed"),
        ({"endpointComputeType": None}, "endpointComputeType is missing"),
        ({"model": "azureml://registries/azureml/models/phi-3000/versions/1"}, "does not exist"),
        ({"model": "azureml://registries/azureml/models/microsoft-phi-2/versions/23"}, "not exist"),
        ({"model": "phi-2"}, "The model phi-2 does not exist"),
        (
            {"model": "azureml://registries/azureml-meta/models/Llama-2-7b/versions/23"},
            "is retired since 2025-06-30",
        ),
        ({"environmentId": f"{GROUP}/nowhere"}, "does not exist"),
        ({"requestSettings": {"requestTimeout": "PT181S"}}, "at most 180 seconds"),
        ({"requestSettings": {"requestTimeout": "90"}}, "not an ISO 8601 duration"),
        ({"requestSettings": {"maxConcurrentRequestsPerInstance": 0}}, "at least 1"),
        ({"livenessProbe": {"period": "10"}}, "not an ISO 8601 duration"),
        ({"startupProbe": {"failureThreshold": 0}}, "at least 1"),
        ({"egressPublicNetworkAccess": "Maybe"}, "one of Enabled, Disabled"),
        ({"scaleSettings": {"scaleType": "TargetUtilization"}}, "Default only"),
        ({"environmentVariables": {"WORKERS": 1}}, "must map names to strings"),
    ],
)
def test_a_body_azure_refuses_is_refused(
    endpoint: Azure, properties: dict[str, Any], text: str
) -> None:
    """A refused PUT leaves nothing behind and says what is wrong."""
    answer = endpoint.put_deployment("blue", **properties)

    assert (400, "BadRequest") == (answer.status, answer.body["error"]["code"])
    assert text in messages(answer)
    assert endpoint.send("GET", endpoint.deployment_path("blue")).status == 404


@pytest.mark.parametrize("capacity", [0, -1, 51, 1.5, "2", True])
def test_the_instance_count_is_1_to_50(endpoint: Azure, capacity: Any) -> None:
    """A deployment cannot be scaled to zero nor above the limit."""
    answer = endpoint.put_deployment("blue", capacity=capacity)

    assert "must be an integer from 1 to 50" in messages(answer)


def test_the_vm_size_cannot_be_changed(endpoint: Azure) -> None:
    """`instanceType` is create-only, in any casing the same, and may be left out later."""
    endpoint.accept(endpoint.put_deployment("blue"))

    other = endpoint.put_deployment("blue", instanceType="Standard_NC8as_T4_v3")
    same = endpoint.put_deployment("blue", instanceType=T4.upper())

    assert "cannot be changed to 'Standard_NC8as_T4_v3'" in messages(other)
    assert same.status == 200


def test_a_change_of_the_capacity_alone_is_scaling(endpoint: Azure) -> None:
    """While instances are added the state is Scaling and the old ones serve."""
    endpoint.accept(endpoint.put_deployment("blue"))

    endpoint.put_deployment("blue", capacity=3)

    assert endpoint.state(endpoint.deployment_path("blue")) == "Scaling"
    assert endpoint.routing()[-1] == ({}, {"blue": 1})
    endpoint.wait()
    assert endpoint.routing()[-1] == ({}, {"blue": 3})


def test_a_patch_scales(endpoint: Azure) -> None:
    """PATCH takes the capacity as well as tags, and nothing else."""
    endpoint.accept(endpoint.put_deployment("blue"))

    answer = endpoint.send(
        "PATCH", endpoint.deployment_path("blue"), {"sku": {"capacity": 2}, "tags": {"a": "b"}}
    )
    endpoint.wait()
    refused = endpoint.send("PATCH", endpoint.deployment_path("blue"), {"properties": {}})

    deployment = endpoint.get(endpoint.deployment_path("blue"))
    assert (202, 400) == (answer.status, refused.status)
    assert (2, {"a": "b"}) == (deployment["sku"]["capacity"], deployment["tags"])


def test_default_probes_kill_a_model_that_loads_slowly(endpoint: Azure) -> None:
    """310 s, what the defaults allow, are too few for phi-2: ResourceNotReady."""
    answer = endpoint.put_deployment("blue", livenessProbe=None)

    error = endpoint.operation_error(answer)

    assert error["code"] == "ResourceNotReady"
    assert "did not answer within 310 seconds" in error["message"]
    assert endpoint.state(endpoint.deployment_path("blue")) == "Failed"


def test_a_startup_probe_holds_the_liveness_probe_back(endpoint: Azure) -> None:
    """With a startup probe its own budget counts, not that of the liveness probe."""
    probe = {"period": "PT10S", "failureThreshold": 60}

    endpoint.accept(endpoint.put_deployment("blue", livenessProbe=None, startupProbe=probe))

    assert endpoint.state(endpoint.deployment_path("blue")) == "Succeeded"


def test_a_model_that_does_not_fit_crashes(endpoint: Azure) -> None:
    """Weights larger than the memory of all GPUs end in ResourceNotReady."""
    model = "azureml://registries/azureml/models/Phi-4/labels/latest"

    error = endpoint.operation_error(endpoint.put_deployment("blue", model=model))

    assert error["code"] == "ResourceNotReady"
    assert "take 27.31 GiB" in error["message"]


def test_a_failed_creation_must_be_deleted_first(endpoint: Azure) -> None:
    """A deployment that failed while it was created takes no other PUT."""
    fail_next_put(endpoint)
    endpoint.put_deployment("blue")
    endpoint.wait()

    again = endpoint.put_deployment("blue")
    endpoint.done("DELETE", endpoint.deployment_path("blue"))
    recreated = endpoint.put_deployment("blue")

    assert "in an unrecoverable state. Delete and re-create" in messages(again)
    assert recreated.status == 201


def test_a_failed_update_leaves_the_old_version_serving(azure: Azure) -> None:
    """After a failed update the old instances answer, and the next PUT repairs."""
    azure.make_endpoint("blue", blue=100)
    fail_next_put(azure)
    azure.put_deployment("blue", capacity=2, environmentVariables={"A": "1"})
    azure.wait()
    failed = azure.state(azure.deployment_path("blue"))

    answer = azure.score()
    azure.accept(azure.put_deployment("blue", capacity=2, environmentVariables={"A": "1"}))

    assert ("Failed", 200) == (failed, answer.status)
    assert azure.routing()[-2:] == [({"blue": 100}, {"blue": 1}), ({"blue": 100}, {"blue": 2})]


def test_the_same_failing_update_fails_again(endpoint: Azure) -> None:
    """After a failed update nothing of it runs, so that sending it once more has to start it."""
    endpoint.accept(endpoint.put_deployment("blue"))

    codes = [
        endpoint.operation_error(endpoint.put_deployment("blue", livenessProbe=None))["code"]
        for _ in range(2)
    ]

    assert codes == ["ResourceNotReady", "ResourceNotReady"]


def test_a_deployment_serves_while_it_is_updated(azure: Azure) -> None:
    """An update replaces instances one after the other; requests are answered meanwhile."""
    azure.make_endpoint("blue", blue=100)

    azure.put_deployment("blue", environmentVariables={"A": "1"})

    assert azure.state(azure.deployment_path("blue")) == "Updating"
    assert azure.score().status == 200


def test_an_endpoint_that_failed_takes_no_deployment(azure: Azure) -> None:
    """Neither the endpoint nor deployments can be put where the creation failed."""
    with azure.sandbox.store.write() as tx:
        faults.added(tx, {"method": "PUT", "fail_operation": True, "times": 1})
    azure.put_endpoint()
    azure.wait()

    deployment = azure.put_deployment("blue")
    endpoint = azure.put_endpoint()

    assert "has not been created successfully or is in deleting" in messages(deployment)
    assert "Specified endpoint [chat] has not been created successfully" in messages(endpoint)


def test_an_endpoint_holds_twenty_deployments(endpoint: Azure) -> None:
    """The twenty-first deployment of one endpoint is refused."""
    endpoint.quota("standard NCASv3_T4 Family", 1000)
    for number in range(20):
        endpoint.accept(endpoint.put_deployment(f"blue{number}"))

    answer = endpoint.put_deployment("one-more")

    assert "already has 20 deployments; the limit is 20" in messages(answer)


def test_a_user_assigned_identity_needs_its_roles_in_time(azure: Azure) -> None:
    """Without AcrPull and Storage Blob Data Reader, long enough before, the start fails."""
    kind = "Microsoft.ManagedIdentity/userAssignedIdentities"
    principal = {"principalId": "0000000a-0000-4000-8000-000000000001", "clientId": "c"}
    identity_id = azure.save(f"{GROUP}/providers/{kind}/reader", kind, principal)
    with azure.sandbox.store.write() as tx:
        tx.add_principal(principal["principalId"], "c", "reader", identity_id)
    body = {
        "location": "eastus",
        "identity": {"type": "UserAssigned", "userAssignedIdentities": {identity_id: {}}},
        "properties": {"authMode": "Key"},
    }
    azure.done("PUT", azure.endpoint_path(), body)

    without = azure.operation_error(azure.put_deployment("blue"))
    assign(azure, principal["principalId"])
    too_early = azure.operation_error(azure.put_deployment("green"))
    azure.accept(azure.put_deployment("red"))

    assert ["BadArgument", "BadArgument"] == [without["code"], too_early["code"]]
    assert "does not have the role AcrPull" in without["message"]
    assert azure.state(azure.deployment_path("red")) == "Succeeded"


def assign(azure: Azure, principal_id: str) -> None:
    """Assign both roles a deployment needs, at this moment."""
    roles = {
        "Microsoft.ContainerRegistry/registries/containerregistry": (
            "7f951dda-4ed3-4680-a7ca-43fe172d538d"
        ),
        "Microsoft.Storage/storageAccounts/storageaccount": "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1",
    }
    for number, (scope, role) in enumerate(roles.items()):
        name = f"00000000-0000-4000-8000-0000000000f{number}"
        answer = azure.send(
            "PUT",
            f"{GROUP}/providers/{scope}/providers/Microsoft.Authorization/roleAssignments/{name}",
            {
                "properties": {
                    "principalId": principal_id,
                    "principalType": "ServicePrincipal",
                    "roleDefinitionId": (
                        f"/providers/Microsoft.Authorization/roleDefinitions/{role}"
                    ),
                }
            },
            version="2022-04-01",
        )
        assert answer.status == 201, answer


def test_an_isolated_workspace_needs_its_network(azure: Azure) -> None:
    """With a managed network, the first deployment fails until that has been provisioned."""
    properties = azure.get(azure.workspace)["properties"]
    properties["managedNetwork"] = {"isolationMode": "AllowInternetOutbound"}
    azure.done("PUT", azure.workspace, {"location": "eastus", "properties": properties})
    azure.accept(azure.put_endpoint())

    early = azure.operation_error(azure.put_deployment("blue"))
    private = azure.put_deployment("green", egressPublicNetworkAccess="Disabled")
    azure.done("POST", f"{azure.workspace}/provisionManagedNetwork", {})
    azure.accept(azure.put_deployment("red"))

    assert early["code"] == "WorkspaceManagedNetworkNotReady"
    assert "is no longer supported when your workspace is secured" in messages(private)
    assert azure.state(azure.deployment_path("red")) == "Succeeded"


def test_logs_and_skus_are_listed(endpoint: Azure) -> None:
    """`getLogs` shows what runs, `skus` how far it can be scaled."""
    endpoint.accept(endpoint.put_deployment("blue"))

    logs = endpoint.send("POST", f"{endpoint.deployment_path('blue')}/getLogs", {"tail": 1})
    skus = endpoint.get(f"{endpoint.deployment_path('blue')}/skus")
    missing = endpoint.send("GET", f"{endpoint.deployment_path('green')}/skus")

    assert logs.body == {"content": "Serving phi-2"}
    assert skus["value"][0]["capacity"]["maximum"] == 50
    assert missing.status == 404


def test_a_model_of_the_workspace_can_be_deployed(endpoint: Azure) -> None:
    """A registered version is found by its ARM id; another version is not."""
    model = f"{endpoint.workspace}/models/mine"
    endpoint.done("PUT", model, {"properties": {}})
    version = {"properties": {"modelType": "custom_model", "modelUri": "azureml://jobs/j"}}
    endpoint.done("PUT", f"{model}/versions/1", version)

    found = endpoint.put_deployment("blue", model=f"{model}/versions/1")
    endpoint.wait()
    missing = endpoint.put_deployment("green", model=f"{model}/versions/2")

    assert (201, 400) == (found.status, missing.status)


def test_retirement_is_judged_by_the_sandboxs_date(
    endpoint: Azure, monkeypatch: pytest.MonkeyPatch
) -> None:
    """AZURE_SANDBOX_DATE turns the calendar back to a day on which Llama 2 was offered."""
    monkeypatch.setenv("AZURE_SANDBOX_DATE", "2025-01-31")
    model = "azureml://registries/azureml-meta/models/Llama-2-7b/versions/23"

    answer = endpoint.put_deployment("blue", model=model)

    assert answer.status == 201


def test_a_date_that_is_none_is_reported(endpoint: Azure, monkeypatch: pytest.MonkeyPatch) -> None:
    """A misspelt AZURE_SANDBOX_DATE is named, with what is allowed."""
    monkeypatch.setenv("AZURE_SANDBOX_DATE", "yesterday")

    answer = endpoint.put_deployment("blue")

    assert (
        "given 'yesterday'; allowed: a date such as 2026-01-31" in answer.body["error"]["message"]
    )


def test_a_deployment_keeps_its_model_after_the_retirement(
    azure: Azure, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An update of an existing deployment is accepted; its calls answer 404."""
    monkeypatch.setenv("AZURE_SANDBOX_DATE", "2026-01-01")
    model = "azureml://registries/azureml-meta/models/Meta-Llama-3.1-8B-Instruct/versions/6"
    size = "Standard_NC24ads_A100_v4"
    azure.accept(azure.put_endpoint())
    azure.accept(azure.put_deployment("blue", model=model, instanceType=size))
    azure.accept(azure.put_endpoint(traffic={"blue": 100}))
    before = azure.score()
    monkeypatch.setenv("AZURE_SANDBOX_DATE", "2026-06-13")

    update = azure.put_deployment("blue", model=model, instanceType=size, capacity=2)

    assert (200, 200, 404) == (before.status, update.status, azure.score().status)


def test_the_body_of_the_sample_is_accepted(endpoint: Azure) -> None:
    """A body as azure-ai-ml sends it passes under the api-version that it sends."""
    endpoint.quota("standardNCADSA100v4Family", 24)
    body = deployment_body(
        instanceType="Standard_NC24ads_A100_v4",
        model="azureml://registries/azureml/models/mistralai-Mistral-7B-Instruct-v0-2/versions/9",
        environmentVariables={"WORKER_COUNT": "16"},
        appInsightsEnabled=True,
        egressPublicNetworkAccess="Enabled",
        requestSettings={"requestTimeout": "PT3M", "maxConcurrentRequestsPerInstance": 16},
        readinessProbe={"initialDelay": "PT10M"},
        properties={},
    )

    answer = endpoint.send(
        "PUT", endpoint.deployment_path("blue"), body, version="2023-04-01-preview"
    )

    assert answer.status == 201
