# SPDX-License-Identifier: Apache-2.0
"""Keys of one's own that encrypt what a workspace keeps: how they are named, what Azure asks."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from azure_model_endpoints.errors import Problem

__all__ = ["KeyAddress", "key_problems", "vault_problems"]

_VAULT_ID = re.compile(
    r"/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft\.KeyVault/vaults/[^/]+",
    re.IGNORECASE,
)
_KEY_URI = re.compile(r"(?P<vault>https://.+)/keys/(?P<name>[\w-]+)/(?P<version>[0-9a-fA-F]{32})/?")


@dataclass(frozen=True, slots=True)
class KeyAddress:
    """One version of a key in a vault."""

    vault_uri: str
    """Address of the vault, with a final slash as Azure shows it."""
    name: str
    version: str

    @classmethod
    def parse(cls, uri: str) -> "KeyAddress | None":
        """Read the address of a key's version; None where it is none."""
        match = _KEY_URI.fullmatch(uri)
        return cls(f"{match['vault']}/", match["name"], match["version"]) if match else None


def key_problems(path: str, key_vault_id: str, key_uri: str) -> Iterator[Problem]:
    """Yield what is wrong with a key that was named.

    Args:
        path: how messages call the setting that names it.
        key_vault_id: Azure resource id of its vault.
        key_uri: its address.
    """
    if not _VAULT_ID.fullmatch(key_vault_id):
        yield Problem(
            f"{path}.key_vault_id",
            repr(key_vault_id),
            "/subscriptions/…/resourceGroups/…/providers/Microsoft.KeyVault/vaults/…",
            "Write what `az keyvault show --query id` prints.",
        )
    address = KeyAddress.parse(key_uri)
    if address is None:
        yield Problem(
            f"{path}.key_uri",
            repr(key_uri),
            "https://VAULT.vault.azure.net/keys/NAME/VERSION",
            "Write what `az keyvault key show --query key.kid` prints, its version included.",
        )


def vault_problems(path: str, live: Mapping[str, Any] | None, region: str) -> Iterator[Problem]:
    """Yield why a live vault cannot hold the key.

    Azure docs, "Use customer-managed keys with Azure Machine Learning": the vault is in the region
    of the workspace and keeps what is deleted. Its keys are opened by a role.

    Args:
        path: how messages call the setting that names it.
        live: the vault in the provider's shape; None where there is none.
        region: that of the workspace.
    """
    if live is None:
        remedy = "Create it, or correct the id."
        yield Problem(path, "a vault that does not exist", "an existing key vault", remedy)
        return
    properties = live["properties"]
    if _short(str(live.get("location", region))) != _short(region):
        remedy = "Keep the key in a vault of that region."
        yield Problem(path, f"a vault in {live['location']}", f"a vault in {region}", remedy)
    if not properties.get("enablePurgeProtection"):
        yield Problem(
            path,
            "a vault without purge protection",
            "a vault with soft-delete and purge protection",
            "Turn it on with `az keyvault update --enable-purge-protection true`; it stays on.",
        )
    if not properties.get("enableRbacAuthorization"):
        yield Problem(
            path,
            "a vault with access policies",
            "a vault with Azure role-based access control",
            "Change its permission model with `az keyvault update --enable-rbac-authorization`.",
        )


def _short(region: str) -> str:
    return region.replace(" ", "").lower()
