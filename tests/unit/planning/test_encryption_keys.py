# SPDX-License-Identifier: Apache-2.0
"""Keys of one's own: their addresses, and the vaults that may hold them."""

from typing import Any

import pytest

from azure_model_endpoints.planning.encryption_keys import (
    KeyAddress,
    key_problems,
    vault_problems,
)

VERSION = "0123456789abcdef0123456789abcdef"
URI = f"https://kv.vault.azure.net/keys/models/{VERSION}"
VAULT = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/kv"
FIT: dict[str, Any] = {
    "location": "eastus",
    "properties": {"enablePurgeProtection": True, "enableRbacAuthorization": True},
}


def test_address_has_three_parts() -> None:
    """Storage accounts are told each by itself."""
    assert KeyAddress("https://kv.vault.azure.net/", "models", VERSION) == KeyAddress.parse(URI)


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "models",
        "https://kv.vault.azure.net/keys/models",
        "https://kv.vault.azure.net/keys/models/latest",
        f"https://kv.vault.azure.net/secrets/models/{VERSION}",
        f"http://kv.vault.azure.net/keys/models/{VERSION}",
    ],
)
def test_address_without_a_version_is_none(uri: str) -> None:
    """A workspace is encrypted with one version of a key."""
    assert KeyAddress.parse(uri) is None
    assert ["k.key_uri"] == [problem.path for problem in key_problems("k", VAULT, uri)]


@pytest.mark.parametrize("vault", ["kv", f"{VAULT}/keys/models", "https://kv.vault.azure.net/"])
def test_vault_is_named_by_its_id(vault: str) -> None:
    """Its address does not tell its subscription and group."""
    assert ["k.key_vault_id"] == [problem.path for problem in key_problems("k", vault, URI)]


def test_fit_vault_has_no_problems() -> None:
    """In the region, however it is written, and with what Azure asks for."""
    assert [] == list(key_problems("k", VAULT, URI))
    assert [] == list(vault_problems("k", FIT, "eastus"))
    assert [] == list(vault_problems("k", {**FIT, "location": "East US"}, "eastus"))


def test_unfit_vault_is_told_all_that_is_wrong() -> None:
    """Not one per run."""
    live = {"location": "westus", "properties": {}}

    given = [problem.given for problem in vault_problems("k", live, "eastus")]

    assert [
        "a vault in westus",
        "a vault without purge protection",
        "a vault with access policies",
    ] == given


def test_vault_must_exist() -> None:
    """Nothing else can be said of one that does not."""
    assert ["a vault that does not exist"] == [p.given for p in vault_problems("k", None, "eastus")]
