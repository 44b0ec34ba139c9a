# SPDX-License-Identifier: Apache-2.0
"""An Azure Machine Learning workspace with everything it stands on."""

from collections.abc import Mapping

import pulumi
from pulumi_azure_native import keyvault
from pulumi_azure_native import machinelearningservices as ml

from azure_model_endpoints import foundations
from azure_model_endpoints.callback_server import share_callback_server
from azure_model_endpoints.customer_managed_key import (
    EncryptionKey,
    created_key,
    encryption_key,
    named_key,
)
from azure_model_endpoints.diagnostics import report
from azure_model_endpoints.fixed_fields import refusing_fixed_changes
from azure_model_endpoints.foreign_fields import owner
from azure_model_endpoints.foundations import Place
from azure_model_endpoints.isolation_args import isolation_of
from azure_model_endpoints.managed_network import (
    isolating,
    managed_network,
    managed_network_settings,
)
from azure_model_endpoints.planning.isolation import IsolationPlan
from azure_model_endpoints.planning.names import WorkspaceNames
from azure_model_endpoints.planning.private_links import registry_tier
from azure_model_endpoints.planning.tags import owned_tags
from azure_model_endpoints.roles import Role, after, grant
from azure_model_endpoints.storage_encryption import encryption_step
from azure_model_endpoints.subscription.provider import client_config
from azure_model_endpoints.vocabulary import IsolationMode, WorkspaceIdentity
from azure_model_endpoints.workspace_args import ModelWorkspaceArgs
from azure_model_endpoints.workspace_identity import OwnIdentity, empowered
from azure_model_endpoints.workspace_limits import workspace_limits

__all__ = ["ModelWorkspace"]


class ModelWorkspace(pulumi.ComponentResource):
    """A workspace with its storage, Key Vault, Application Insights, registry and an identity.

    The identity is for endpoints: it may pull images, read models and write metrics, and nothing
    else. The workspace itself uses an identity of its own, whose grants Azure makes unless it shall
    be user-assigned.

    Assumptions:

    - The resource group exists, or is created by the same program and passed as an output.
    - Names follow from the subscription, the resource group and the workload, so a second workspace
      in the group needs another workload name.
    - Locks are set last, by `ResourceLocks`: what is locked cannot be changed back.
    """

    workspace_name: pulumi.Output[str]
    """Name of the workspace; usable once the endpoints' identity has its roles, the managed network
    is there, and the workspace's share of the quota is set."""
    workspace_id: pulumi.Output[str]
    """Azure resource id of the workspace."""
    storage_account_id: pulumi.Output[str]
    """Azure resource id of its storage account; usable once the managed network is there."""
    key_vault_id: pulumi.Output[str]
    """Azure resource id of its key vault, likewise."""
    container_registry_id: pulumi.Output[str]
    """Azure resource id of its container registry, likewise."""
    key_vault_name: pulumi.Output[str]
    """Name of the workspace's key vault."""
    registry_login_server: pulumi.Output[str]
    """Login server of the workspace's container registry."""
    identity_principal_id: pulumi.Output[str]
    """Principal of the identity for endpoints."""
    identity_id: pulumi.Output[str]
    """Azure resource id of the identity for endpoints; usable once it has its roles."""
    log_analytics_workspace_id: pulumi.Output[str]
    """Azure resource id of the Log Analytics workspace that diagnostics go to."""

    def __init__(
        self, name: str, args: ModelWorkspaceArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Create a workspace.

        Args:
            name: what the program calls it.
            args: what it shall be.
            opts: the usual options.

        Raises:
            ArgumentsError: the arguments are malformed, or Azure would refuse them.
        """
        # Brings pydantic, which importing this class shall not cost.
        from azure_model_endpoints.workspace_plan import check_arguments

        share_callback_server()
        super().__init__("azure-model-endpoints:index:ModelWorkspace", name, {}, opts)
        check_arguments(name, args)
        client = client_config(self)
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
            parent=self,
        )
        identity = foundations.identity(place)
        created = args.get("customer_managed_key", False)
        isolation = _isolation(args)
        vault = foundations.key_vault(
            place,
            client["tenantId"],
            encrypted=created or "encryption_key" in args,
            holds_encryption_key=created,
            networked=isolation.is_isolated,
        )
        key = _encryption_key(place, args, vault)
        account = foundations.storage_account(place, key)
        encrypted = [encryption_step(f"{name}-encryption", account, key, self)] if key else []
        logs = foundations.logs_of(place)
        insights = foundations.insights_of(place, logs)
        tier = registry_tier(
            isolation.mode,
            is_public=place.public,
            has_private_endpoints=args.get("private_endpoints", False),
        )
        registry = foundations.registry(place, tier)
        ids = {
            "storage": after(encrypted, account.id),
            "vault": vault.id,
            "registry": registry.id,
            "logs": logs.id,
            "insights": insights.id,
        }
        own = _own_identity(place, args, ids)
        workspace = _workspace(place, args, ids, key, own, isolation)
        grants: list[pulumi.CustomResource] = [
            grant(f"{name}-{label}", role, identity.principal_id, scope, place.child)
            for label, role, scope in (
                ("pull-images", Role.ACR_PULL, registry.id),
                ("read-models", Role.STORAGE_BLOB_DATA_READER, account.id),
                ("write-metrics", Role.AZUREML_METRICS_WRITER, workspace.id),
            )
        ]
        if own:
            grants.append(own.managing(workspace.id))
        if own and isolation.is_isolated:
            grants += own.approving({**ids, "workspace": workspace.id})
        ready = managed_network(
            name,
            isolation,
            workspace,
            {"resourceGroupName": group, "workspaceName": workspace.name},
            pulumi.ResourceOptions(parent=self, depends_on=grants if own else None),
        )
        limited = workspace_limits(name, workspace, place.region, args.get("quotas"), self)
        destination = pulumi.Output.from_input(args.get("log_analytics_workspace_id") or logs.id)
        if args.get("diagnostics"):
            _report(place, {**ids, "workspace": workspace.id}, destination)
        self._lockable_ids = {
            **ids,
            "identity": identity.id,
            **({"encryption-identity": key.identity.id} if key else {}),
            **({"workspace-identity": own.identity.id} if own else {}),
        }
        # Whoever uses the identity or the workspace waits for the grants and the managed network by
        # using these outputs. Private endpoints wait for the network alone, which makes its own,
        # and Azure refuses two changes of a storage account at once.
        self.identity_id = after([*grants, *ready], identity.id)
        self.workspace_name = after([*grants, *ready, *limited], workspace.name)
        self.storage_account_id = after(ready, account.id)
        self.key_vault_id = after(ready, vault.id)
        self.container_registry_id = after(ready, registry.id)
        self.workspace_id = workspace.id
        self.key_vault_name = vault.name
        self.registry_login_server = registry.login_server
        self.identity_principal_id = identity.principal_id
        self.log_analytics_workspace_id = destination
        self.register_outputs(
            {
                "identityId": self.identity_id,
                "workspaceName": self.workspace_name,
                "workspaceId": self.workspace_id,
                "storageAccountId": self.storage_account_id,
                "keyVaultId": self.key_vault_id,
                "containerRegistryId": self.container_registry_id,
                "keyVaultName": self.key_vault_name,
                "registryLoginServer": self.registry_login_server,
                "identityPrincipalId": self.identity_principal_id,
                "logAnalyticsWorkspaceId": self.log_analytics_workspace_id,
            }
        )

    @property
    def lockable_ids(self) -> Mapping[str, pulumi.Output[str]]:
        """Azure resource ids, by short names, of everything a lock is for.

        The workspace is not among them: its lock would be one on every deployment, and no roll-out
        could remove the old one.
        """
        return self._lockable_ids


def _encryption_key(
    place: Place, args: ModelWorkspaceArgs, vault: keyvault.Vault
) -> EncryptionKey | None:
    """Return the key of one's own, the workspace's vault holding it unless it was named."""
    named = args.get("encryption_key")
    if not named and not args.get("customer_managed_key"):
        return None
    identity = foundations.identity(place, "encryption")
    if named:
        uri = named_key(named, f"{place.name}.encryption_key", place.region, place.parent)
        return encryption_key(place.name, identity, uri, named["key_vault_id"], place.child)
    uri = created_key(f"{place.name}-key", vault, place.group, place.tags, place.parent)
    return encryption_key(place.name, identity, uri, vault.id, place.child)


def _own_identity(
    place: Place, args: ModelWorkspaceArgs, ids: Mapping[str, pulumi.Output[str]]
) -> OwnIdentity | None:
    if args.get("identity") != WorkspaceIdentity.USER_ASSIGNED:
        return None
    return empowered(place.name, foundations.identity(place, "workspace"), ids, place.child)


def _isolation(args: ModelWorkspaceArgs) -> IsolationPlan:
    mode = IsolationMode(args.get("isolation_mode", IsolationMode.DISABLED))
    return isolation_of("outbound_rules", mode, args.get("outbound_rules", {}))[0]


def _workspace(  # noqa: PLR0913, PLR0917  (each is a different noun)
    place: Place,
    args: ModelWorkspaceArgs,
    ids: Mapping[str, pulumi.Output[str]],
    key: EncryptionKey | None,
    own: OwnIdentity | None,
    isolation: IsolationPlan,
) -> ml.Workspace:
    care = isolating(isolation, place.parent, f"{place.name}.isolation_mode")
    if key or own or args.get("high_business_impact") or not place.public:
        fixed = refusing_fixed_changes(place.parent, place.name)
        care = pulumi.ResourceOptions.merge(care, fixed)
    return ml.Workspace(
        f"{place.name}-workspace",
        workspace_name=place.names.apply(lambda n: n.workspace),
        resource_group_name=place.group,
        location=place.region,
        kind="Default",
        sku=ml.SkuArgs(name="Basic", tier=ml.SkuTier.BASIC),
        identity=_identities(key, own),
        primary_user_assigned_identity=own.identity_id if own else None,
        storage_account=ids["storage"],
        key_vault=ids["vault"],
        application_insights=ids["insights"],
        container_registry=ids["registry"],
        encryption=key.of_workspace() if key else None,
        hbi_workspace=args.get("high_business_impact") or None,
        public_network_access=foundations.access(ml.PublicNetworkAccessType, place.public),
        managed_network=managed_network_settings(isolation),
        v1_legacy_mode=False,
        tags=place.tags,
        opts=care,
    )


def _identities(
    key: EncryptionKey | None, own: OwnIdentity | None
) -> ml.ManagedServiceIdentityArgs:
    """Return the identities of a workspace: its own, and the one that uses the key."""
    assigned = [each.identity_id for each in (own, key) if each]
    kinds = ml.ManagedServiceIdentityType
    if own:
        kind = kinds.USER_ASSIGNED
    else:
        kind = kinds.SYSTEM_ASSIGNED_USER_ASSIGNED if key else kinds.SYSTEM_ASSIGNED
    return ml.ManagedServiceIdentityArgs(type=kind, user_assigned_identities=assigned or None)


def _report(
    place: Place, ids: Mapping[str, pulumi.Output[str]], destination: pulumi.Output[str]
) -> None:
    """Let everything that has logs send them to Log Analytics.

    Application Insights is left out: its data are there already.
    """
    reporting = {
        "workspace": ids["workspace"],
        "storage": pulumi.Output.concat(ids["storage"], "/blobServices/default"),
        "vault": ids["vault"],
        "registry": ids["registry"],
        "logs": ids["logs"],
    }
    for label, resource_id in reporting.items():
        report(f"{place.name}-report-{label}", resource_id, destination, place.child)
