# SPDX-License-Identifier: Apache-2.0
"""What a workspace stands on: storage, a key vault, Application Insights and a registry."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_azure_native import (
    applicationinsights,
    containerregistry,
    keyvault,
    managedidentity,
    operationalinsights,
    storage,
)

from azure_model_endpoints.customer_managed_key import EncryptionKey
from azure_model_endpoints.first_creation import FirstCreation
from azure_model_endpoints.planning.names import WorkspaceNames
from azure_model_endpoints.setting_names import names_of_settings
from azure_model_endpoints.soft_deleted import recovering_vault

__all__ = [
    "Place",
    "access",
    "identity",
    "insights_of",
    "key_vault",
    "logs_of",
    "registry",
    "storage_account",
]

LOG_RETENTION_DAYS = 30
"""The shortest time a pay-as-you-go Log Analytics workspace keeps data, and free of charge."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where and for whom the resources of a workspace are created."""

    name: str
    """What the program calls the workspace."""
    names: pulumi.Output[WorkspaceNames]
    group: pulumi.Input[str]
    region: str
    public: bool
    tags: Mapping[str, str]
    parent: pulumi.Resource

    @property
    def child(self) -> pulumi.ResourceOptions:
        """The options of a child."""
        return pulumi.ResourceOptions(parent=self.parent)


def identity(place: Place, purpose: str = "") -> managedidentity.UserAssignedIdentity:
    """Create the identity for endpoints, or one for another purpose."""
    # A workload's name has no underscore, so no other workload's identity is called the same.
    suffix = f"_{purpose}" if purpose else ""
    return managedidentity.UserAssignedIdentity(
        f"{place.name}-{purpose}-identity" if purpose else f"{place.name}-identity",
        resource_name_=place.names.apply(lambda n: n.identity + suffix),
        resource_group_name=place.group,
        location=place.region,
        tags=place.tags,
        opts=place.child,
    )


def storage_account(place: Place, key: EncryptionKey | None) -> storage.StorageAccount:
    """Create the account that keeps models and data, with the identity that uses its key."""
    identity = None
    opts = place.child
    if key:
        identity = storage.IdentityArgs(
            type=storage.IdentityType.USER_ASSIGNED, user_assigned_identities=[key.identity_id]
        )
        # Said by a step of its own, which no update of the account undoes.
        opts = pulumi.ResourceOptions.merge(
            opts, pulumi.ResourceOptions(ignore_changes=["encryption"])
        )
    return storage.StorageAccount(
        f"{place.name}-storage",
        account_name=place.names.apply(lambda n: n.storage_account),
        resource_group_name=place.group,
        location=place.region,
        kind=storage.Kind.STORAGE_V2,
        sku=storage.SkuArgs(name=storage.SkuName.STANDARD_LRS),
        allow_blob_public_access=False,
        enable_https_traffic_only=True,
        minimum_tls_version=storage.MinimumTlsVersion.TLS1_2,
        public_network_access=access(storage.PublicNetworkAccess, place.public),
        identity=identity,
        tags=place.tags,
        opts=opts,
    )


def key_vault(
    place: Place,
    tenant_id: pulumi.Input[str],
    *,
    encrypted: bool,
    holds_encryption_key: bool,
    networked: bool,
) -> keyvault.Vault:
    """Create the vault that keeps the workspace's secrets, and the key where one is created.

    Args:
        place: where.
        tenant_id: the Microsoft Entra tenant whose principals it opens to.
        encrypted: whether the workspace has a key of one's own.
        holds_encryption_key: whether the vault holds it.
        networked: whether the workspace has a managed network.
    """
    path = names_of_settings(place.name)["workload"].path
    first = FirstCreation(path, place.names, encrypted, networked, place.parent)
    protection: dict[str, Any] = {"enable_purge_protection": True} if holds_encryption_key else {}
    if not place.public:
        # Azure docs, "Network isolation for managed online endpoints": the services of Azure that
        # it trusts get through, the endpoints' authentication by key among them.
        protection["network_acls"] = keyvault.NetworkRuleSetArgs(
            bypass=keyvault.NetworkRuleBypassOptions.AZURE_SERVICES,
            default_action=keyvault.NetworkRuleAction.DENY,
        )
    return keyvault.Vault(
        f"{place.name}-vault",
        vault_name=place.names.apply(lambda n: n.key_vault),
        resource_group_name=place.group,
        location=place.region,
        properties=keyvault.VaultPropertiesArgs(
            tenant_id=tenant_id,
            sku=keyvault.SkuArgs(family=keyvault.SkuFamily.A, name=keyvault.SkuName.STANDARD),
            enable_rbac_authorization=True,
            enable_soft_delete=True,
            public_network_access="enabled" if place.public else "disabled",
            **protection,
        ),
        tags=place.tags,
        opts=recovering_vault(place.parent, first),
    )


def logs_of(place: Place) -> operationalinsights.Workspace:
    """Create the Log Analytics workspace."""
    return operationalinsights.Workspace(
        f"{place.name}-logs",
        workspace_name=place.names.apply(lambda n: n.log_analytics),
        resource_group_name=place.group,
        location=place.region,
        sku=operationalinsights.WorkspaceSkuArgs(
            name=operationalinsights.WorkspaceSkuNameEnum.PER_GB2018
        ),
        retention_in_days=LOG_RETENTION_DAYS,
        tags=place.tags,
        opts=place.child,
    )


def insights_of(place: Place, logs: operationalinsights.Workspace) -> applicationinsights.Component:
    """Create Application Insights, which keeps its data in Log Analytics."""
    return applicationinsights.Component(
        f"{place.name}-insights",
        resource_name_=place.names.apply(lambda n: n.application_insights),
        resource_group_name=place.group,
        location=place.region,
        kind="web",
        application_type=applicationinsights.ApplicationType.WEB,
        ingestion_mode=applicationinsights.IngestionMode.LOG_ANALYTICS,
        workspace_resource_id=logs.id,
        tags=place.tags,
        opts=place.child,
    )


def registry(place: Place, tier: str) -> containerregistry.Registry:
    """Create the registry for images of one's own.

    Args:
        place: where.
        tier: ``Basic`` or ``Premium``.
    """
    return containerregistry.Registry(
        f"{place.name}-registry",
        registry_name=place.names.apply(lambda n: n.container_registry),
        resource_group_name=place.group,
        location=place.region,
        sku=containerregistry.SkuArgs(name=tier),
        admin_user_enabled=False,
        public_network_access=access(containerregistry.PublicNetworkAccess, place.public),
        tags=place.tags,
        opts=place.child,
    )


def access(kind: type[Any], public: bool) -> Any:  # noqa: FBT001  (a choice of two members)
    """Return the member of a service's own words for public network access."""
    return kind.ENABLED if public else kind.DISABLED
