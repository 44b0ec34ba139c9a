# SPDX-License-Identifier: Apache-2.0
"""Microsoft.KeyVault."""

from azure_sandbox.arm.namespace import Namespace, Route
from azure_sandbox.namespaces.key_vault.vault_keys import Keys
from azure_sandbox.namespaces.key_vault.vault_secrets import Secrets
from azure_sandbox.namespaces.key_vault.vaults import (
    DeletedVaults,
    VaultConnections,
    Vaults,
    check_name_availability,
    deleted_vaults,
)
from azure_sandbox.namespaces.key_vault.versions import API_VERSIONS

__all__ = ["NAMESPACE"]

NAMESPACE = Namespace(
    "Microsoft.KeyVault",
    (Vaults(), VaultConnections(), Secrets(), Keys(), DeletedVaults()),
    (
        Route("GET", "deletedVaults", deleted_vaults, API_VERSIONS),
        Route("POST", "checkNameAvailability", check_name_availability, API_VERSIONS),
    ),
)
