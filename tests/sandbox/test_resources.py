# SPDX-License-Identifier: Apache-2.0
"""Microsoft.Resources: subscriptions, groups, providers."""

import pytest

from azure_sandbox import identity
from tests.sandbox.conftest import SUBSCRIPTION, Azure


def test_group_is_made_and_changed(azure: Azure) -> None:
    """201 at first, 200 afterwards; tags are replaced."""
    path = f"{SUBSCRIPTION}/resourcegroups/rg-chat"

    created = azure.send("PUT", path, {"location": "East US", "tags": {"a": "1"}})
    updated = azure.send("PUT", path, {"location": "eastus", "tags": {"b": "2"}})

    assert [201, 200] == [created.status_code, updated.status_code]
    assert {
        "id": f"{SUBSCRIPTION}/resourceGroups/rg-chat",
        "name": "rg-chat",
        "type": "Microsoft.Resources/resourceGroups",
        "location": "eastus",
        "tags": {"b": "2"},
        "properties": {"provisioningState": "Succeeded"},
    } == updated.json()


def test_group_exists(azure: Azure, group: str) -> None:
    """HEAD answers 204 or 404."""
    assert 204 == azure.send("HEAD", group).status_code
    assert 404 == azure.send("HEAD", f"{group}-none").status_code


@pytest.mark.parametrize("name", ["rg-chat.", "a" * 91, "rg chat", "rg*"])
def test_group_names_azure_refuses(azure: Azure, name: str) -> None:
    """Up to 90 letters, digits and ``-._()``, no dot at the end."""
    path = f"{SUBSCRIPTION}/resourceGroups/{name}"

    assert (400, "InvalidResourceGroup") == azure.refusal("PUT", path, {"location": "eastus"})


def test_group_does_not_move(azure: Azure, group: str) -> None:
    """The location of a group is fixed."""
    refusal = azure.refusal("PUT", group, {"location": "westus"})

    assert (409, "InvalidResourceGroupLocation") == refusal


def test_group_lists_its_tracked_resources(azure: Azure, group: str) -> None:
    """Role assignments are no tracked resources; a filter narrows by type."""
    account = {"location": "eastus", "sku": {"name": "Standard_LRS"}, "kind": "StorageV2"}
    azure.put(f"{group}/providers/Microsoft.Storage/storageAccounts/chatdata", account)
    who = f"{group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-chat"
    principal = azure.put(who, {"location": "eastus"})["properties"]["principalId"]
    azure.put(
        f"{group}/providers/Microsoft.Authorization/roleAssignments/"
        "11111111-1111-4111-8111-111111111111",
        {
            "properties": {
                "principalId": principal,
                "roleDefinitionId": "acdd72a7-3385-48ef-bd42-f606fba81ae7",
            }
        },
    )

    listed = azure.get(f"{group}/resources")
    narrowed = azure.get(
        f"{SUBSCRIPTION}/resources",
        {"$filter": "resourceType eq 'Microsoft.Storage/storageAccounts'"},
    )

    assert ["chatdata", "id-chat"] == [row["name"] for row in listed["value"]]
    assert ["chatdata"] == [row["name"] for row in narrowed["value"]]


def test_subscription_and_tenant(azure: Azure) -> None:
    """The sandbox's subscription is enabled and belongs to its tenant."""
    subscription = azure.get(SUBSCRIPTION)

    assert "Enabled" == subscription["state"]
    assert identity.TENANT_ID == subscription["tenantId"]
    assert [identity.SUBSCRIPTION_ID] == [
        row["subscriptionId"] for row in azure.get("/subscriptions")["value"]
    ]
    assert [identity.TENANT_ID] == [row["tenantId"] for row in azure.get("/tenants")["value"]]


def test_locations(azure: Azure) -> None:
    """Regions have a name and a display name."""
    names = {
        row["name"]: row["displayName"] for row in azure.get(f"{SUBSCRIPTION}/locations")["value"]
    }

    assert "East US 2" == names["eastus2"]


def test_provider_is_registered_and_unregistered(azure: Azure) -> None:
    """The state is shown; Microsoft.Cdn has no resources here but is known."""
    provider = f"{SUBSCRIPTION}/providers/Microsoft.Cdn"

    def state() -> str:
        shown: str = azure.send("GET", provider, version="2024-03-01").json()["registrationState"]
        return shown

    before = state()
    azure.send("POST", f"{provider}/unregister", version="2024-03-01")
    between = state()
    azure.send("POST", f"{provider}/register", version="2024-03-01")

    assert ["Registered", "NotRegistered", "Registered"] == [before, between, state()]


def test_provider_in_use_cannot_be_unregistered(azure: Azure, group: str) -> None:
    """Its resources have to go first."""
    who = f"{group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-chat"
    azure.put(who, {"location": "eastus"})
    provider = f"{SUBSCRIPTION}/providers/Microsoft.ManagedIdentity"

    response = azure.send("POST", f"{provider}/unregister", version="2024-03-01")

    assert 409 == response.status_code


def test_providers_name_their_types_and_versions(azure: Azure) -> None:
    """What a provider lists is what it accepts."""
    providers = {row["namespace"]: row for row in azure.get(f"{SUBSCRIPTION}/providers")["value"]}

    types = {
        kind["resourceType"]: kind["apiVersions"]
        for kind in providers["Microsoft.KeyVault"]["resourceTypes"]
    }

    assert "2024-11-01" in types["vaults"]
