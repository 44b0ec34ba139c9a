# SPDX-License-Identifier: Apache-2.0
"""Diagnostic settings: categories, sinks, and how many there may be."""

from typing import Any

import pytest

from tests.sandbox.network.conftest import Net

VERSION = "2021-05-01-preview"


@pytest.fixture
def net(azure: Any, group: str) -> Net:
    """A resource group with short ways to make resources."""
    return Net(azure, group)


@pytest.fixture
def logs(net: Net) -> str:
    """A Log Analytics workspace."""
    path = f"{net.group}/providers/Microsoft.OperationalInsights/workspaces/log-chat"
    net.azure.put(path, {"location": "eastus", "properties": {}})
    return path


def put(net: Net, scope: str, name: str = "to-logs", **properties: Any) -> Any:
    """The response to a PUT of a setting."""
    path = f"{scope}/providers/Microsoft.Insights/diagnosticSettings/{name}"
    return net.azure.send("PUT", path, {"properties": properties}, version=VERSION)


def on(category: str) -> list[dict[str, Any]]:
    """One category, enabled."""
    return [{"category": category, "enabled": True}]


def refusal(response: Any) -> str:
    """The text of a refusal."""
    assert response.status_code >= 400, response.text
    text: str = response.json()["error"]["message"]
    return text


def test_a_setting_is_there_at_once(net: Net, logs: str) -> None:
    """It is shown with the retention that every category has, and goes by its DELETE."""
    vault = net.vault()

    answer = put(net, vault, workspaceId=logs, logs=on("AuditEvent"), metrics=on("AllMetrics"))
    path = answer.json()["id"]
    live = net.azure.send("GET", path, version=VERSION).json()["properties"]
    net.azure.send("DELETE", path, version=VERSION)

    none = {"enabled": False, "days": 0}
    assert 200 <= answer.status_code < 300
    assert [{"category": "AuditEvent", "enabled": True, "retentionPolicy": none}] == live["logs"]
    assert 404 == net.azure.send("GET", path, version=VERSION).status_code


def test_every_resource_of_a_workspace_has_its_own_categories(net: Net, logs: str) -> None:
    """Workspace, vault, registry, storage services, network and the logs themselves."""
    net.network(endpoints="10.0.0.0/24")
    workspace = net.workspace()
    account = net.account()
    net.endpoint(account, "blob")
    cases: dict[str, dict[str, Any]] = {
        workspace: {"logs": on("AmlRunStatusChangedEvent")},
        net.vault(): {"logs": [{"categoryGroup": "audit", "enabled": True}]},
        net.registry(): {"logs": [{"categoryGroup": "allLogs", "enabled": True}]},
        account: {"metrics": on("Transaction")},
        f"{account}/blobServices/default": {"logs": on("StorageWrite")},
        f"{account}/fileServices/default": {"logs": on("StorageRead")},
        net.id_of("virtualNetworks/vnet"): {"metrics": on("AllMetrics")},
        net.id_of("privateEndpoints/pep"): {"metrics": on("AllMetrics")},
        logs: {"logs": on("Audit")},
    }

    answers = [put(net, scope, workspaceId=logs, **given) for scope, given in cases.items()]

    assert [True] * len(cases) == [answer.status_code < 300 for answer in answers]


def test_the_categories_of_endpoints(net: Net, logs: str) -> None:
    """Traffic, console and event log, as the REST API lists them too."""
    endpoint = f"{net.workspace()}/onlineEndpoints/chat"
    net.azure.put(endpoint, {"location": "eastus", "properties": {"authMode": "Key"}})
    path = f"{endpoint}/providers/Microsoft.Insights/diagnosticSettingsCategories"

    listed = net.azure.send("GET", path, version=VERSION).json()["value"]
    answer = put(net, endpoint, workspaceId=logs, logs=on("AmlOnlineEndpointTrafficLog"))

    assert [
        "AmlOnlineEndpointConsoleLog",
        "AmlOnlineEndpointEventLog",
        "AmlOnlineEndpointTrafficLog",
        "AllMetrics",
    ] == [one["name"] for one in listed]
    assert answer.status_code < 300


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"logs": on("AuditEvents")}, "Category 'AuditEvents' is not supported."),
        ({"logs": [{"categoryGroup": "some", "enabled": True}]}, "Category group 'some'"),
        ({"metrics": on("Transaction")}, "Metric category 'Transaction' is not supported."),
        ({}, "At least one category"),
        ({"logs": on("AuditEvent"), "workspaceId": None}, "At least one data sink"),
        ({"logs": on("AuditEvent"), "workspaceId": "/none"}, "was not found"),
        ({"logs": on("AuditEvent"), "logAnalyticsDestinationType": "Both"}, "'Both'"),
        (
            {"logs": [{**on("AuditEvent")[0], "retentionPolicy": {"enabled": True, "days": 9}}]},
            "does not support retention",
        ),
    ],
)
def test_settings_azure_refuses(net: Net, logs: str, given: dict[str, Any], text: str) -> None:
    """Categories the type does not have, no sink, one that is missing, retention."""
    response = put(net, net.vault(), **{"workspaceId": logs, **given})

    assert 400 == response.status_code
    assert text in refusal(response)


def test_logs_of_storage_belong_to_its_services(net: Net, logs: str) -> None:
    """The account itself has metrics alone."""
    response = put(net, net.account(), workspaceId=logs, logs=on("StorageRead"))

    assert "Category 'StorageRead' is not supported." == refusal(response)


def test_a_type_without_settings(net: Net, logs: str) -> None:
    """Identities have nothing to tell."""
    path = f"{net.group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-chat"
    net.azure.put(path, {"location": "eastus"})

    response = put(net, path, workspaceId=logs, metrics=on("AllMetrics"))

    assert "ResourceTypeNotSupported" == response.json()["error"]["code"]


def test_a_missing_resource_has_no_settings(net: Net, logs: str) -> None:
    """Nor have the services of a missing account."""
    base = f"{net.group}/providers/Microsoft.Storage/storageAccounts/none"
    scopes = [base, f"{base}/blobServices/default"]

    answers = [put(net, scope, workspaceId=logs, metrics=on("Transaction")) for scope in scopes]

    assert [404, 404] == [answer.status_code for answer in answers]


def test_five_settings_at_most(net: Net, logs: str) -> None:
    """The sixth is refused; those that exist can be changed."""
    vault = net.vault()
    for index in range(5):
        partner = f"/partner-{index}"
        put(net, vault, f"s-{index}", marketplacePartnerId=partner, logs=on("AuditEvent"))

    sixth = put(net, vault, "s-5", workspaceId=logs, logs=on("AuditEvent"))
    changed = put(net, vault, "s-4", workspaceId=logs, logs=on("AuditEvent"))

    assert (409, True) == (sixth.status_code, changed.status_code < 300)
    assert "The limit of 5 diagnostic settings was reached." == refusal(sixth)


def test_a_category_goes_to_a_place_once(net: Net, logs: str) -> None:
    """Two settings may share a place, but not the category."""
    vault = net.vault()
    put(net, vault, "first", workspaceId=logs, logs=on("AuditEvent"))

    same = put(net, vault, "second", workspaceId=logs, logs=on("AuditEvent"))
    other = put(net, vault, "second", workspaceId=logs, logs=on("AzurePolicyEvaluationDetails"))

    assert (409, True) == (same.status_code, other.status_code < 300)
    assert "is already used in diagnostic setting 'first' for category 'AuditEvent'" in refusal(
        same
    )


def test_accounts_that_take_no_logs(net: Net) -> None:
    """One far away, the account itself, premium storage."""
    vault, account = net.vault(), net.account()
    base = account.rpartition("/")[0]
    body = {"kind": "StorageV2", "location": "westus", "sku": {"name": "Standard_LRS"}}
    net.azure.put(f"{base}/stfar", body)
    premium = {"kind": "BlockBlobStorage", "location": "eastus", "sku": {"name": "Premium_LRS"}}
    net.azure.put(f"{base}/stpremium", premium)

    far = put(net, vault, storageAccountId=f"{base}/stfar", logs=on("AuditEvent"))
    own = put(net, account, storageAccountId=account, metrics=on("Transaction"))
    dear = put(net, vault, storageAccountId=f"{base}/stpremium", logs=on("AuditEvent"))
    near = put(net, vault, storageAccountId=account, logs=on("AuditEvent"))

    assert "is in region 'westus'" in refusal(far)
    assert "its own logs" in refusal(own)
    assert "premium" in refusal(dear)
    assert near.status_code < 300


def test_the_provider_must_be_registered(net: Net, logs: str) -> None:
    """Diagnostic settings need Microsoft.Insights, for whatever resource."""
    vault = net.vault()
    subscription = net.group.partition("/resourceGroups")[0]
    with_components = net.azure.send(
        "POST", f"{subscription}/providers/Microsoft.Insights/unregister", version="2021-04-01"
    )

    response = put(net, vault, workspaceId=logs, logs=on("AuditEvent"))

    assert 200 == with_components.status_code
    assert "MissingSubscriptionRegistration" == response.json()["error"]["code"]
