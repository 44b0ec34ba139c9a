# SPDX-License-Identifier: Apache-2.0
"""Locks, diagnostic settings and customer-managed keys as a plain program asks for them."""

import pulumi
from pulumi_azure_native import (
    authorization,
    keyvault,
    managedidentity,
    monitor,
    operationalinsights,
    resources,
    storage,
)

from azure_sandbox import identity
from tests.engine.world import REGION, Stack, World


def protected_account(stack: Stack) -> None:
    """Make a storage account with a customer's key, logs of its vault, and locks on everything."""
    group = resources.ResourceGroup("rg", location=REGION)
    user = managedidentity.UserAssignedIdentity("id", resource_group_name=group.name)
    vault = keyvault.Vault(
        "kv",
        resource_group_name=group.name,
        properties=keyvault.VaultPropertiesArgs(
            tenant_id=identity.TENANT_ID,
            sku=keyvault.SkuArgs(family="A", name=keyvault.SkuName.STANDARD),
            enable_purge_protection=True,
            access_policies=[
                keyvault.AccessPolicyEntryArgs(
                    tenant_id=identity.TENANT_ID,
                    object_id=user.principal_id,
                    permissions=keyvault.PermissionsArgs(keys=["get", "wrapKey", "unwrapKey"]),
                )
            ],
        ),
    )
    key = keyvault.Key(
        "cmk",
        resource_group_name=group.name,
        vault_name=vault.name,
        properties=keyvault.KeyPropertiesArgs(kty="RSA", key_size=3072),
    )
    account = storage.StorageAccount(
        "st",
        resource_group_name=group.name,
        kind=storage.Kind.STORAGE_V2,
        sku=storage.SkuArgs(name=storage.SkuName.STANDARD_LRS),
        identity=storage.IdentityArgs(
            type=storage.IdentityType.USER_ASSIGNED, user_assigned_identities=[user.id]
        ),
        encryption=storage.EncryptionArgs(
            key_source=storage.KeySource.MICROSOFT_KEYVAULT,
            encryption_identity=storage.EncryptionIdentityArgs(
                encryption_user_assigned_identity=user.id
            ),
            key_vault_properties=storage.KeyVaultPropertiesArgs(
                key_name=key.name, key_vault_uri=vault.properties.vault_uri
            ),
        ),
        tags=stack.arguments["tags"],
    )
    logs = operationalinsights.Workspace("log", resource_group_name=group.name)
    settings = [
        monitor.DiagnosticSetting(
            "vault-logs",
            resource_uri=vault.id,
            workspace_id=logs.id,
            logs=[monitor.DiagnosticsLogSettingsArgs(category_group="audit", enabled=True)],
            metrics=[monitor.DiagnosticsMetricSettingsArgs(category="AllMetrics", enabled=True)],
        ),
        monitor.DiagnosticSetting(
            "blob-logs",
            resource_uri=pulumi.Output.concat(account.id, "/blobServices/default"),
            workspace_id=logs.id,
            logs=[monitor.DiagnosticsLogSettingsArgs(category="StorageWrite", enabled=True)],
        ),
    ]
    # A lock is deleted before what it keeps, and made after it.
    own = authorization.ManagementLockByScope(
        "keep-account",
        scope=account.id,
        level=authorization.LockLevel.CAN_NOT_DELETE,
        notes="Holds the models.",
        opts=pulumi.ResourceOptions(depends_on=settings),
    )
    authorization.ManagementLockAtResourceGroupLevel(
        "keep-group",
        resource_group_name=group.name,
        level=authorization.LockLevel.CAN_NOT_DELETE,
        opts=pulumi.ResourceOptions(depends_on=[own, *settings]),
    )
    pulumi.export("account", account.id)


def test_a_protected_account_comes_changes_and_goes(world: World) -> None:
    """One run builds it, nothing drifts, a tag can change; without locks it can be destroyed."""
    stack = world.endpoint_stack(tags={"team": "a"})
    stack.program = protected_account
    account = stack.up().outputs["account"].value

    first = stack.changes()
    stack.refresh()
    refreshed = stack.changes()
    stack.arguments["tags"] = {"team": "b"}
    stack.up()
    live = world.arm.get(account, "2024-01-01")
    stack.automation.destroy()

    assert ({}, {}) == (first, refreshed)
    assert live is not None
    encryption = live["properties"]["encryption"]
    assert ("Microsoft.Keyvault", {"team": "b"}) == (encryption["keySource"], live["tags"])
    assert "/keys/cmk/" in encryption["keyvaultproperties"]["currentVersionedKeyIdentifier"]
    assert world.arm.get(account, "2024-01-01") is None
