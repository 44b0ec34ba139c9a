# SPDX-License-Identifier: Apache-2.0
"""An Azure Machine Learning workspace with everything it stands on."""

from collections.abc import Mapping

import pulumi
from pulumi_azure_native import machinelearningservices as ml

from azure_model_endpoints import foundations
from azure_model_endpoints.callback_server import share_callback_server
from azure_model_endpoints.component_outputs import declared_outputs
from azure_model_endpoints.customer_managed_key import EncryptionKey
from azure_model_endpoints.diagnostics import report
from azure_model_endpoints.fixed_fields import refusing_fixed_changes
from azure_model_endpoints.foundations import Place
from azure_model_endpoints.isolation_args import isolation_of
from azure_model_endpoints.managed_network import (
    leaving_to_the_service,
    managed_network,
    managed_network_settings,
)
from azure_model_endpoints.planning.isolation import IsolationPlan
from azure_model_endpoints.roles import Role, after, grant
from azure_model_endpoints.setting_names import names_of_settings
from azure_model_endpoints.vocabulary import IsolationMode, WorkspaceIdentity
from azure_model_endpoints.workspace_args import ModelWorkspaceArgs
from azure_model_endpoints.workspace_ground import Ground, ground_of, place_of
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
        place, tenant_id = place_of(name, args, self)
        isolation = _isolation(args)
        ground = ground_of(place, args, tenant_id, isolation)
        own = _own_identity(place, args, ground.ids)
        workspace = _workspace(place, args, ground, own, isolation)
        grants = _grants(place, ground, workspace, own, isolation)
        ready = managed_network(
            name,
            isolation,
            workspace,
            {"resourceGroupName": place.group, "workspaceName": workspace.name},
            pulumi.ResourceOptions(parent=self, depends_on=grants if own else None),
        )
        limited = workspace_limits(name, workspace, place.region, args.get("quotas"), self)
        self._lockable_ids = _lockable_ids(ground, own)
        # Whoever uses the identity or the workspace waits for the grants and the managed network by
        # using these outputs. Private endpoints wait for the network alone, which makes its own,
        # and Azure refuses two changes of a storage account at once.
        self.identity_id = after([*grants, *ready], ground.identity.id)
        self.workspace_name = after([*grants, *ready, *limited], workspace.name)
        self.storage_account_id = after(ready, ground.account.id)
        self.key_vault_id = after(ready, ground.vault.id)
        self.container_registry_id = after(ready, ground.registry.id)
        self.workspace_id = workspace.id
        self.key_vault_name = ground.vault.name
        self.registry_login_server = ground.registry.login_server
        self.identity_principal_id = ground.identity.principal_id
        named_logs = args.get("log_analytics_workspace_id")
        self.log_analytics_workspace_id = pulumi.Output.from_input(named_logs or ground.ids["logs"])
        if args.get("diagnostics"):
            ids = {**ground.ids, "workspace": workspace.id}
            _report(place, ids, self.log_analytics_workspace_id)
        self.register_outputs(declared_outputs(self, ModelWorkspace))

    @property
    def lockable_ids(self) -> Mapping[str, pulumi.Output[str]]:
        """Azure resource ids, by short names, of everything a lock is for.

        The workspace is not among them: its lock would be one on every deployment, and no roll-out
        could remove the old one.
        """
        return self._lockable_ids


def _own_identity(
    place: Place, args: ModelWorkspaceArgs, ids: Mapping[str, pulumi.Output[str]]
) -> OwnIdentity | None:
    if args.get("identity") != WorkspaceIdentity.USER_ASSIGNED:
        return None
    return empowered(place.name, foundations.identity(place, "workspace"), ids, place.child)


def _isolation(args: ModelWorkspaceArgs) -> IsolationPlan:
    mode = IsolationMode(args.get("isolation_mode", IsolationMode.DISABLED))
    return isolation_of("outbound_rules", mode, args.get("outbound_rules", {}))[0]


def _workspace(
    place: Place,
    args: ModelWorkspaceArgs,
    ground: Ground,
    own: OwnIdentity | None,
    isolation: IsolationPlan,
) -> ml.Workspace:
    care = pulumi.ResourceOptions.merge(
        leaving_to_the_service(isolation),
        refusing_fixed_changes(isolation, names_of_settings(place.name), place.parent),
    )
    return ml.Workspace(
        f"{place.name}-workspace",
        workspace_name=place.names.apply(lambda n: n.workspace),
        resource_group_name=place.group,
        location=place.region,
        kind="Default",
        sku=ml.SkuArgs(name="Basic", tier=ml.SkuTier.BASIC),
        identity=_identities(ground.key, own),
        primary_user_assigned_identity=own.identity_id if own else None,
        storage_account=ground.ids["storage"],
        key_vault=ground.ids["vault"],
        application_insights=ground.ids["insights"],
        container_registry=ground.ids["registry"],
        encryption=ground.key.of_workspace() if ground.key else None,
        hbi_workspace=args.get("high_business_impact") or None,
        public_network_access=foundations.access(ml.PublicNetworkAccessType, place.public),
        managed_network=managed_network_settings(isolation),
        v1_legacy_mode=False,
        tags=place.tags,
        opts=pulumi.ResourceOptions.merge(care, place.child),
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


def _grants(
    place: Place,
    ground: Ground,
    workspace: ml.Workspace,
    own: OwnIdentity | None,
    isolation: IsolationPlan,
) -> list[pulumi.CustomResource]:
    """Grant what endpoints need, and what the workspace's own identity does."""
    grants: list[pulumi.CustomResource] = [
        grant(f"{place.name}-{label}", role, ground.identity.principal_id, scope, place.child)
        for label, role, scope in (
            ("pull-images", Role.ACR_PULL, ground.registry.id),
            ("read-models", Role.STORAGE_BLOB_DATA_READER, ground.account.id),
            ("write-metrics", Role.AZUREML_METRICS_WRITER, workspace.id),
        )
    ]
    if own:
        grants.append(own.managing(workspace.id))
    if own and isolation.is_isolated:
        grants += own.approving({**ground.ids, "workspace": workspace.id})
    return grants


def _lockable_ids(ground: Ground, own: OwnIdentity | None) -> Mapping[str, pulumi.Output[str]]:
    return {
        **ground.ids,
        "identity": ground.identity.id,
        **({"encryption-identity": ground.key.identity.id} if ground.key else {}),
        **({"workspace-identity": own.identity.id} if own else {}),
    }


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
