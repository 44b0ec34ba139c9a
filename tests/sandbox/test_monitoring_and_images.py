# SPDX-License-Identifier: Apache-2.0
"""Log Analytics, Application Insights and container registries."""

import pytest

from azure_sandbox import identity
from tests.sandbox.conftest import Azure

LOGS = "providers/Microsoft.OperationalInsights/workspaces/logs"
INSIGHTS = "providers/Microsoft.Insights/components/insights"
REGISTRY = "providers/Microsoft.ContainerRegistry/registries/chatimages"
BASIC = {"location": "eastus", "sku": {"name": "Basic"}}


def test_log_analytics_has_a_customer_id_and_keys_that_stay(azure: Azure, group: str) -> None:
    """An update keeps both."""
    first = azure.put(f"{group}/{LOGS}", {"location": "eastus"})
    keys = azure.send("POST", f"{group}/{LOGS}/sharedKeys").json()
    second = azure.put(
        f"{group}/{LOGS}", {"location": "eastus", "properties": {"retentionInDays": 60}}
    )

    assert ("PerGB2018", 30) == (
        first["properties"]["sku"]["name"],
        first["properties"]["retentionInDays"],
    )
    assert 60 == second["properties"]["retentionInDays"]
    assert first["properties"]["customerId"] == second["properties"]["customerId"]
    assert {"primarySharedKey", "secondarySharedKey"} == set(keys)
    assert keys == azure.send("POST", f"{group}/{LOGS}/sharedKeys").json()


@pytest.mark.parametrize(
    "properties", [{"retentionInDays": 6}, {"retentionInDays": 731}, {"sku": {"name": "Gold"}}]
)
def test_log_analytics_refuses(azure: Azure, group: str, properties: dict[str, object]) -> None:
    """A retention out of bounds and an unknown SKU."""
    body = {"location": "eastus", "properties": properties}

    assert (400, "InvalidParameter") == azure.refusal("PUT", f"{group}/{LOGS}", body)


def test_insights_keep_their_data_in_log_analytics(azure: Azure, group: str) -> None:
    """Wire names are Pascal-cased; the workspace has to exist; keys stay."""
    logs = azure.put(f"{group}/{LOGS}", {"location": "eastus"})["id"]
    body = {
        "location": "eastus",
        "kind": "web",
        "properties": {"Application_Type": "web", "WorkspaceResourceId": logs},
    }

    first = azure.put(f"{group}/{INSIGHTS}", body)["properties"]
    second = azure.put(f"{group}/{INSIGHTS}", {**body, "tags": {"a": "b"}})["properties"]

    assert "LogAnalytics" == first["IngestionMode"]
    assert f"InstrumentationKey={first['InstrumentationKey']};" in first["ConnectionString"]
    assert first == second


def test_insights_need_an_existing_workspace_and_a_kind(azure: Azure, group: str) -> None:
    """A dangling WorkspaceResourceId is refused, and so is a component without kind."""
    dangling = {
        "location": "eastus",
        "kind": "web",
        "properties": {"WorkspaceResourceId": f"{group}/{LOGS}"},
    }

    assert 400 == azure.refusal("PUT", f"{group}/{INSIGHTS}", dangling)[0]
    assert 400 == azure.refusal("PUT", f"{group}/{INSIGHTS}", {"location": "eastus"})[0]


def test_application_type_is_create_only(azure: Azure, group: str) -> None:
    """It cannot be changed afterwards."""
    body = {"location": "eastus", "kind": "web", "properties": {"Application_Type": "web"}}
    azure.put(f"{group}/{INSIGHTS}", body)

    changed = {**body, "properties": {"Application_Type": "other"}}

    assert 409 == azure.refusal("PUT", f"{group}/{INSIGHTS}", changed)[0]


@pytest.mark.parametrize("name", ["abcd", "a" * 51, "chat-images"])
def test_registry_names_azure_refuses(azure: Azure, group: str, name: str) -> None:
    """5 to 50 letters and digits."""
    path = f"{group}/providers/Microsoft.ContainerRegistry/registries/{name}"

    assert (400, "InvalidRegistryName") == azure.refusal("PUT", path, BASIC)


def test_registry_names_are_unique_in_all_of_azure(azure: Azure, group: str) -> None:
    """Somebody else's registry takes the name."""
    theirs = f"/subscriptions/{identity.OTHER_SUBSCRIPTION_ID}/resourceGroups/theirs"
    azure.put(theirs, {"location": "westus"})
    azure.put(f"{theirs}/{REGISTRY}", BASIC)

    assert (409, "AlreadyInUse") == azure.refusal("PUT", f"{group}/{REGISTRY}", BASIC)


def test_registry_refuses_an_unknown_sku(azure: Azure, group: str) -> None:
    """The SKU is required and one of Azure's."""
    path = f"{group}/{REGISTRY}"

    assert (400, "InvalidSku") == azure.refusal("PUT", path, {"location": "eastus"})
    assert (400, "InvalidSku") == azure.refusal("PUT", path, {**BASIC, "sku": {"name": "Gold"}})


def test_private_registry_needs_premium(azure: Azure, group: str) -> None:
    """Only Premium can turn public access off."""
    private = {"publicNetworkAccess": "Disabled"}
    path = f"{group}/{REGISTRY}"

    refusal = azure.refusal("PUT", path, {**BASIC, "properties": private})
    premium = azure.send(
        "PUT", path, {"location": "eastus", "sku": {"name": "Premium"}, "properties": private}
    )

    assert 400 == refusal[0]
    assert 201 == premium.status_code


def test_registry_credentials_need_the_admin_user(azure: Azure, group: str) -> None:
    """They are given only when the admin user is enabled."""
    path = f"{group}/{REGISTRY}"
    azure.put(path, BASIC)

    refusal = azure.refusal("POST", f"{path}/listCredentials")
    azure.put(path, {**BASIC, "properties": {"adminUserEnabled": True}})
    given = azure.send("POST", f"{path}/listCredentials").json()

    assert (400, "UnAuthorizedForCredentialOperations") == refusal
    assert ("chatimages", 2) == (given["username"], len(given["passwords"]))
