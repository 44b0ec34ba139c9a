# SPDX-License-Identifier: Apache-2.0
"""Microsoft.KeyVault."""

from typing import Any

import pytest

from azure_sandbox import identity
from tests.sandbox.conftest import SUBSCRIPTION, Azure

VAULT = "providers/Microsoft.KeyVault/vaults/kv-chat"
DELETED = f"{SUBSCRIPTION}/providers/Microsoft.KeyVault/locations/eastus/deletedVaults/kv-chat"


def _body(**properties: object) -> dict[str, Any]:
    return {
        "location": "eastus",
        "properties": {
            "tenantId": identity.TENANT_ID,
            "sku": {"family": "A", "name": "standard"},
            "enableRbacAuthorization": True,
            **properties,
        },
    }


def test_vault_has_defaults(azure: Azure, group: str) -> None:
    """Soft delete is always on, for 90 days; the vault answers below the sandbox's address."""
    properties = azure.put(f"{group}/{VAULT}", _body())["properties"]

    assert (True, 90) == (properties["enableSoftDelete"], properties["softDeleteRetentionInDays"])
    assert "https://localhost:8443/vaults/kv-chat/" == properties["vaultUri"]


@pytest.mark.parametrize("name", ["kv", "1vault", "kv--chat", "kv-", "k" * 25, "kv_chat"])
def test_names_azure_refuses(azure: Azure, group: str, name: str) -> None:
    """3 to 24 letters, digits and single hyphens, beginning with a letter."""
    path = f"{group}/providers/Microsoft.KeyVault/vaults/{name}"

    assert (400, "VaultNameNotValid") == azure.refusal("PUT", path, _body())


@pytest.mark.parametrize(
    "properties",
    [
        {"tenantId": "nobody"},
        {"sku": {"family": "A", "name": "gold"}},
        {"sku": None},
        {"enableRbacAuthorization": False},
        {"softDeleteRetentionInDays": 6},
        {"enablePurgeProtection": False},
        {"enableSoftDelete": False},
    ],
)
def test_properties_azure_refuses(azure: Azure, group: str, properties: dict[str, object]) -> None:
    """Tenant, SKU, access policies without RBAC, retention, and protection turned off."""
    assert (400, "BadRequest") == azure.refusal("PUT", f"{group}/{VAULT}", _body(**properties))


def test_purge_protection_stays(azure: Azure, group: str) -> None:
    """An update that does not name it keeps it; one that turns it off is refused."""
    azure.put(f"{group}/{VAULT}", _body(enablePurgeProtection=True))

    kept = azure.put(f"{group}/{VAULT}", _body())["properties"]
    refusal = azure.refusal("PUT", f"{group}/{VAULT}", _body(enablePurgeProtection=False))

    assert kept["enablePurgeProtection"]
    assert (400, "BadRequest") == refusal


def test_retention_stays(azure: Azure, group: str) -> None:
    """The retention is set once."""
    azure.put(f"{group}/{VAULT}", _body(softDeleteRetentionInDays=7))

    kept = azure.put(f"{group}/{VAULT}", _body())["properties"]["softDeleteRetentionInDays"]
    refusal = azure.refusal("PUT", f"{group}/{VAULT}", _body(softDeleteRetentionInDays=8))

    assert 7 == kept
    assert (400, "BadRequest") == refusal


def test_deleted_vault_keeps_its_name_until_it_is_purged(azure: Azure, group: str) -> None:
    """The name is taken, the hint says why, the purge frees it."""
    azure.put(f"{group}/{VAULT}", _body())
    azure.send("DELETE", f"{group}/{VAULT}")

    taken = azure.send("PUT", f"{group}/{VAULT}", _body())
    purged = azure.send("POST", f"{DELETED}/purge")
    azure.time.pass_by(3600)

    assert (409, "VaultAlreadyExists") == (taken.status_code, taken.json()["error"]["code"])
    assert "will need to be purged before reusing the name" in taken.json()["error"]["message"]
    assert 202 == purged.status_code
    assert 404 == azure.send("GET", DELETED).status_code
    assert 201 == azure.send("PUT", f"{group}/{VAULT}", _body()).status_code


def test_deleted_vaults_outlive_their_group(azure: Azure, group: str) -> None:
    """A group's deletion soft-deletes its vaults; they are listed by the subscription."""
    vault = azure.put(f"{group}/{VAULT}", _body())
    azure.send("DELETE", group)
    azure.time.pass_by(3600)

    listed = azure.get(f"{SUBSCRIPTION}/providers/Microsoft.KeyVault/deletedVaults")["value"]

    assert [("kv-chat", vault["id"])] == [
        (row["name"], row["properties"]["vaultId"]) for row in listed
    ]


def test_purge_protection_refuses_the_purge(azure: Azure, group: str) -> None:
    """A protected vault stays for its retention."""
    azure.put(f"{group}/{VAULT}", _body(enablePurgeProtection=True))
    azure.send("DELETE", f"{group}/{VAULT}")

    assert (405, "MethodNotAllowed") == azure.refusal("POST", f"{DELETED}/purge")


def test_deleted_vault_is_recovered(azure: Azure, group: str) -> None:
    """CreateMode recover brings back what was deleted."""
    azure.put(f"{group}/{VAULT}", _body(softDeleteRetentionInDays=30))
    azure.send("DELETE", f"{group}/{VAULT}")

    recovered = azure.put(f"{group}/{VAULT}", _body(createMode="recover"))

    assert 30 == recovered["properties"]["softDeleteRetentionInDays"]
    assert 404 == azure.send("GET", DELETED).status_code


def test_names_are_unique_in_all_of_azure(azure: Azure, group: str) -> None:
    """Somebody else's vault takes the name."""
    theirs = f"/subscriptions/{identity.OTHER_SUBSCRIPTION_ID}/resourceGroups/theirs"
    azure.put(theirs, {"location": "westus"})
    azure.put(f"{theirs}/{VAULT}", _body())
    check = f"{SUBSCRIPTION}/providers/Microsoft.KeyVault/checkNameAvailability"

    available = azure.send("POST", check, {"name": "kv-chat"}).json()["nameAvailable"]

    assert (409, "VaultAlreadyExists") == azure.refusal("PUT", f"{group}/{VAULT}", _body())
    assert available is False
