# SPDX-License-Identifier: Apache-2.0
"""Microsoft.Storage."""

import pytest

from azure_sandbox import identity
from tests.sandbox.conftest import SUBSCRIPTION, Azure

BODY = {"location": "eastus", "sku": {"name": "Standard_LRS"}, "kind": "StorageV2"}
ACCOUNT = "providers/Microsoft.Storage/storageAccounts/chatdata"


def test_account_has_defaults_and_addresses(azure: Azure, group: str) -> None:
    """What Azure adds is shown."""
    shown = azure.put(f"{group}/{ACCOUNT}", {**BODY, "properties": {"allowSharedKeyAccess": False}})

    assert {"name": "Standard_LRS", "tier": "Standard"} == shown["sku"]
    assert shown["properties"]["supportsHttpsTrafficOnly"]
    assert shown["properties"]["allowSharedKeyAccess"] is False
    assert (
        "https://chatdata.blob.core.windows.net/"
        == (shown["properties"]["primaryEndpoints"]["blob"])
    )


@pytest.mark.parametrize("name", ["ab", "a" * 25, "chat-data", "ChatData"])
def test_names_azure_refuses(azure: Azure, group: str, name: str) -> None:
    """3 to 24 lower-case letters and digits."""
    path = f"{group}/providers/Microsoft.Storage/storageAccounts/{name}"

    assert (400, "AccountNameInvalid") == azure.refusal("PUT", path, BODY)


def test_names_are_unique_in_all_of_azure(azure: Azure, group: str) -> None:
    """Somebody else's account takes the name, and the availability check says so."""
    theirs = f"/subscriptions/{identity.OTHER_SUBSCRIPTION_ID}/resourceGroups/theirs"
    azure.put(theirs, {"location": "westus"})
    azure.put(f"{theirs}/{ACCOUNT}", BODY)
    check = f"{SUBSCRIPTION}/providers/Microsoft.Storage/checkNameAvailability"

    refusal = azure.refusal("PUT", f"{group}/{ACCOUNT}", BODY)
    taken, free, wrong = (
        azure.send("POST", check, {"name": name, "type": "Microsoft.Storage/storageAccounts"})
        for name in ("chatdata", "chatdata2", "No")
    )

    assert (409, "StorageAccountAlreadyTaken") == refusal
    assert "AlreadyExists" == taken.json()["reason"]
    assert free.json()["nameAvailable"]
    assert "AccountNameInvalid" == wrong.json()["reason"]


@pytest.mark.parametrize(
    "body",
    [
        {"location": "eastus", "kind": "StorageV2"},
        {"location": "eastus", "sku": {"name": "Standard_LRS"}},
        {**BODY, "sku": {"name": "Standard_XXL"}},
        {**BODY, "kind": "Shelf"},
    ],
)
def test_sku_and_kind_are_required(azure: Azure, group: str, body: dict[str, object]) -> None:
    """Both are needed and have to be ones Azure has."""
    refusal = azure.refusal("PUT", f"{group}/{ACCOUNT}", body)

    assert (400, "InvalidRequestPropertyValue") == refusal


def test_hierarchical_namespace_is_create_only(azure: Azure, group: str) -> None:
    """It can be left out of an update, never changed."""
    azure.put(f"{group}/{ACCOUNT}", {**BODY, "properties": {"isHnsEnabled": True}})

    kept = azure.put(f"{group}/{ACCOUNT}", BODY)["properties"]["isHnsEnabled"]
    refusal = azure.refusal(
        "PUT", f"{group}/{ACCOUNT}", {**BODY, "properties": {"isHnsEnabled": False}}
    )

    assert kept
    assert 409 == refusal[0]


def test_keys_stay_until_they_are_regenerated(azure: Azure, group: str) -> None:
    """An update keeps both keys; regenerateKey replaces the one that is named."""
    azure.put(f"{group}/{ACCOUNT}", BODY)

    def keys() -> dict[str, str]:
        rows = azure.send("POST", f"{group}/{ACCOUNT}/listKeys").json()["keys"]
        return {row["keyName"]: row["value"] for row in rows}

    first = keys()
    azure.put(f"{group}/{ACCOUNT}", {**BODY, "tags": {"a": "b"}})
    second = keys()
    azure.send("POST", f"{group}/{ACCOUNT}/regenerateKey", {"keyName": "key1"})
    third = keys()

    assert first == second
    assert first["key1"] != third["key1"]
    assert first["key2"] == third["key2"]


def test_patch_changes_what_is_named(azure: Azure, group: str) -> None:
    """Everything else stays."""
    azure.put(f"{group}/{ACCOUNT}", {**BODY, "properties": {"allowSharedKeyAccess": False}})

    shown = azure.send(
        "PATCH", f"{group}/{ACCOUNT}", {"properties": {"publicNetworkAccess": "Disabled"}}
    ).json()

    assert "Disabled" == shown["properties"]["publicNetworkAccess"]
    assert shown["properties"]["allowSharedKeyAccess"] is False
    assert "StorageV2" == shown["kind"]
