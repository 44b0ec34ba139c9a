# SPDX-License-Identifier: Apache-2.0
"""What a workspace stands on, created in the order in which one thing needs another."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_azure_native import containerregistry, keyvault, managedidentity, storage

from azure_model_endpoints import foundations
from azure_model_endpoints.customer_managed_key import (
    EncryptionKey,
    created_key,
    encryption_key,
    named_key,
)
from azure_model_endpoints.foreign_fields import owner
from azure_model_endpoints.foundations import Place
from azure_model_endpoints.planning.isolation import IsolationPlan
from azure_model_endpoints.planning.names import WorkspaceNames
from azure_model_endpoints.planning.private_links import registry_tier
from azure_model_endpoints.planning.tags import owned_tags
from azure_model_endpoints.roles import after
from azure_model_endpoints.setting_names import names_of_settings
from azure_model_endpoints.storage_encryption import encryption_step
from azure_model_endpoints.subscription.provider import client_config
from azure_model_endpoints.workspace_args import ModelWorkspaceArgs

__all__ = ["Ground", "ground_of", "place_of"]


@dataclass(frozen=True, slots=True)
class Ground:
    """What a workspace stands on."""

    identity: managedidentity.UserAssignedIdentity
    """Of endpoints."""
    vault: keyvault.Vault
    account: storage.StorageAccount
    registry: containerregistry.Registry
    key: EncryptionKey | None
    ids: Mapping[str, pulumi.Output[str]]
    """Azure resource ids by short names; that of the storage account once it is encrypted."""


def place_of(
    name: str, args: ModelWorkspaceArgs, parent: pulumi.Resource
) -> tuple[Place, pulumi.Output[str]]:
    """Return where everything of a workspace is created, and in which Microsoft Entra tenant.

    Args:
        name: what the program calls the workspace.
        args: what it shall be.
        parent: its component.
    """
    client = client_config(parent)
    workload, group = args.get("workload") or name, args["resource_group_name"]
    place = Place(
        name=name,
        names=pulumi.Output.all(client["subscriptionId"], group).apply(
            lambda where: WorkspaceNames.of(workload, *where)
        ),
        group=group,
        region=args["region"],
        public=args.get("public_network_access", False),
        tags=owned_tags(args.get("tags", {}), owner()),
        parent=parent,
    )
    return place, client["tenantId"]


def ground_of(
    place: Place, args: ModelWorkspaceArgs, tenant_id: pulumi.Output[str], isolation: IsolationPlan
) -> Ground:
    """Create what a workspace stands on.

    Args:
        place: where.
        args: what the workspace shall be.
        tenant_id: the Microsoft Entra tenant whose principals its vault opens to.
        isolation: its managed network, if it has one.
    """
    created = args.get("customer_managed_key", False)
    identity = foundations.identity(place)
    vault = foundations.key_vault(
        place,
        tenant_id,
        encrypted=created or "encryption_key" in args,
        holds_encryption_key=created,
        networked=isolation.is_isolated,
    )
    key = _encryption_key(place, args, vault)
    account = foundations.storage_account(place, key)
    step = [encryption_step(f"{place.name}-encryption", account, key, place.parent)] if key else []
    logs = foundations.logs_of(place)
    insights = foundations.insights_of(place, logs)
    tier = registry_tier(
        isolation.mode,
        is_public=place.public,
        has_private_endpoints=args.get("private_endpoints", False),
    )
    registry = foundations.registry(place, tier)
    ids = {
        "storage": after(step, account.id),
        "vault": vault.id,
        "registry": registry.id,
        "logs": logs.id,
        "insights": insights.id,
    }
    return Ground(identity, vault, account, registry, key, ids)


def _encryption_key(
    place: Place, args: ModelWorkspaceArgs, vault: keyvault.Vault
) -> EncryptionKey | None:
    """Return the key of one's own, the workspace's vault holding it unless it was named."""
    named = args.get("encryption_key")
    if not named and not args.get("customer_managed_key"):
        return None
    identity = foundations.identity(place, "encryption")
    if named:
        path = names_of_settings(place.name)["encryption_key"].path
        uri = named_key(named, path, place.region, place.parent)
        return encryption_key(place.name, identity, uri, named["key_vault_id"], place.child)
    uri = created_key(f"{place.name}-key", vault, place.group, place.tags, place.parent)
    return encryption_key(place.name, identity, uri, vault.id, place.child)
