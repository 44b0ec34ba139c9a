# SPDX-License-Identifier: Apache-2.0
"""An Azure Machine Learning workspace with everything it stands on."""

from collections.abc import Sequence
from typing import Any, NotRequired, TypedDict

import pulumi
from pulumi_azure_native import (
    applicationinsights,
    containerregistry,
    keyvault,
    managedidentity,
    operationalinsights,
    storage,
)
from pulumi_azure_native import machinelearningservices as ml
from pydantic import BaseModel, Field

from azure_model_endpoints.arguments import ArgumentsError, parse_arguments
from azure_model_endpoints.callback_server import share_callback_server
from azure_model_endpoints.foreign_fields import owner
from azure_model_endpoints.planning.names import WorkspaceNames, name_problem, region_problem
from azure_model_endpoints.planning.tags import owned_tags, tags_problems
from azure_model_endpoints.roles import Role, grant
from azure_model_endpoints.soft_deleted import recovering_vault
from azure_model_endpoints.subscription.provider import client_config

__all__ = ["ModelWorkspace", "ModelWorkspaceArgs"]

LOG_RETENTION_DAYS = 30
"""The shortest time a pay-as-you-go Log Analytics workspace keeps data, and free of charge."""


class ModelWorkspaceArgs(TypedDict):
    """The arguments of a `ModelWorkspace`."""

    resource_group_name: pulumi.Input[str]
    """Resource group to create everything in."""
    region: str
    """Azure region, for example ``eastus``."""
    workload: NotRequired[str]
    """Short name everything is called after: 2 to 12 lower-case letters, digits and single dashes;
    default: the component's name. Plain, since names must be the same in every run."""
    public_network_access: NotRequired[bool]
    """Whether the workspace and what it stands on answer the internet; default no."""
    tags: NotRequired[dict[str, str]]
    """Put on every resource."""


class ModelWorkspace(pulumi.ComponentResource):
    """A workspace with its storage, Key Vault, Application Insights, registry and an identity.

    The identity is for endpoints: it may pull images, read models and write metrics, and nothing
    else. The workspace itself uses an identity of its own, whose grants Azure makes.

    Assumptions:

    - The resource group exists, or is created by the same program and passed as an output.
    - Names follow from the subscription, the resource group and the workload, so a second workspace
      in the group needs another workload name.
    """

    workspace_name: pulumi.Output[str]
    """Name of the workspace; usable once the endpoints' identity has its roles."""
    workspace_id: pulumi.Output[str]
    """Azure resource id of the workspace."""
    key_vault_name: pulumi.Output[str]
    """Name of the workspace's key vault."""
    registry_login_server: pulumi.Output[str]
    """Login server of the workspace's container registry."""
    identity_principal_id: pulumi.Output[str]
    """Principal of the identity for endpoints."""
    identity_id: pulumi.Output[str]
    """Azure resource id of the identity for endpoints; usable once it has its roles."""

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
        share_callback_server()
        super().__init__("azure-model-endpoints:index:ModelWorkspace", name, {}, opts)
        _check(name, args)
        workload = args.get("workload") or name
        group, region = args["resource_group_name"], args["region"]
        public = args.get("public_network_access", False)
        tags = owned_tags(args.get("tags", {}), owner())
        child = pulumi.ResourceOptions(parent=self)
        client = client_config(self)
        names = pulumi.Output.all(client["subscriptionId"], group).apply(
            lambda where: WorkspaceNames.of(workload, *where)
        )

        identity = managedidentity.UserAssignedIdentity(
            f"{name}-identity",
            resource_name_=names.apply(lambda n: n.identity),
            resource_group_name=group,
            location=region,
            tags=tags,
            opts=child,
        )
        account = storage.StorageAccount(
            f"{name}-storage",
            account_name=names.apply(lambda n: n.storage_account),
            resource_group_name=group,
            location=region,
            kind=storage.Kind.STORAGE_V2,
            sku=storage.SkuArgs(name=storage.SkuName.STANDARD_LRS),
            allow_blob_public_access=False,
            enable_https_traffic_only=True,
            minimum_tls_version=storage.MinimumTlsVersion.TLS1_2,
            public_network_access=_enabled(storage.PublicNetworkAccess, public),
            tags=tags,
            opts=child,
        )
        vault = keyvault.Vault(
            f"{name}-vault",
            vault_name=names.apply(lambda n: n.key_vault),
            resource_group_name=group,
            location=region,
            properties=keyvault.VaultPropertiesArgs(
                tenant_id=client["tenantId"],
                sku=keyvault.SkuArgs(family=keyvault.SkuFamily.A, name=keyvault.SkuName.STANDARD),
                enable_rbac_authorization=True,
                enable_soft_delete=True,
                public_network_access="enabled" if public else "disabled",
            ),
            tags=tags,
            opts=recovering_vault(self),
        )
        logs = operationalinsights.Workspace(
            f"{name}-logs",
            workspace_name=names.apply(lambda n: n.log_analytics),
            resource_group_name=group,
            location=region,
            sku=operationalinsights.WorkspaceSkuArgs(
                name=operationalinsights.WorkspaceSkuNameEnum.PER_GB2018
            ),
            retention_in_days=LOG_RETENTION_DAYS,
            tags=tags,
            opts=child,
        )
        insights = applicationinsights.Component(
            f"{name}-insights",
            resource_name_=names.apply(lambda n: n.application_insights),
            resource_group_name=group,
            location=region,
            kind="web",
            application_type=applicationinsights.ApplicationType.WEB,
            ingestion_mode=applicationinsights.IngestionMode.LOG_ANALYTICS,
            workspace_resource_id=logs.id,
            tags=tags,
            opts=child,
        )
        registry = containerregistry.Registry(
            f"{name}-registry",
            registry_name=names.apply(lambda n: n.container_registry),
            resource_group_name=group,
            location=region,
            # Private access needs Premium (Azure docs, "Container Registry service tiers").
            sku=containerregistry.SkuArgs(
                name=containerregistry.SkuName.BASIC
                if public
                else containerregistry.SkuName.PREMIUM
            ),
            admin_user_enabled=False,
            public_network_access=_enabled(containerregistry.PublicNetworkAccess, public),
            tags=tags,
            opts=child,
        )
        workspace = ml.Workspace(
            f"{name}-workspace",
            workspace_name=names.apply(lambda n: n.workspace),
            resource_group_name=group,
            location=region,
            kind="Default",
            sku=ml.SkuArgs(name="Basic", tier=ml.SkuTier.BASIC),
            identity=ml.ManagedServiceIdentityArgs(
                type=ml.ManagedServiceIdentityType.SYSTEM_ASSIGNED
            ),
            storage_account=account.id,
            key_vault=vault.id,
            application_insights=insights.id,
            container_registry=registry.id,
            public_network_access=_enabled(ml.PublicNetworkAccessType, public),
            v1_legacy_mode=False,
            tags=tags,
            opts=child,
        )
        grants = [
            grant(f"{name}-{label}", role, identity.principal_id, scope.id, child)
            for label, role, scope in (
                ("pull-images", Role.ACR_PULL, registry),
                ("read-models", Role.STORAGE_BLOB_DATA_READER, account),
                ("write-metrics", Role.AZUREML_METRICS_WRITER, workspace),
            )
        ]
        # Whoever uses the identity or the workspace waits for the grants by using these outputs.
        self.identity_id = _after(grants, identity.id)
        self.workspace_name = _after(grants, workspace.name)
        self.workspace_id = workspace.id
        self.key_vault_name = vault.name
        self.registry_login_server = registry.login_server
        self.identity_principal_id = identity.principal_id
        self.register_outputs(
            {
                "identityId": self.identity_id,
                "workspaceName": self.workspace_name,
                "workspaceId": self.workspace_id,
                "keyVaultName": self.key_vault_name,
                "registryLoginServer": self.registry_login_server,
                "identityPrincipalId": self.identity_principal_id,
            }
        )


class _Arguments(BaseModel, extra="forbid", strict=True):
    resource_group_name: str
    region: str
    workload: str | None = None
    public_network_access: bool = False
    tags: dict[str, str] = Field(default_factory=dict)


def _check(name: str, args: ModelWorkspaceArgs) -> None:
    plain, problems = parse_arguments(
        name,
        args,
        _Arguments,
        required=("resource_group_name", "region"),
        inputs=("resource_group_name",),
    )
    if plain:
        found = [
            region_problem(f"{name}.region", plain.region),
            name_problem(f"{name}.workload", "workload", plain.workload or name),
        ]
        malformed = {problem.path for problem in problems}
        problems += [p for p in found if p and p.path not in malformed]
        problems += tags_problems(f"{name}.tags", plain.tags)
    if problems:
        raise ArgumentsError(problems, source=name)


def _enabled(access: type[Any], public: bool) -> Any:  # noqa: FBT001  (a choice of two members)
    return access.ENABLED if public else access.DISABLED


def _after(
    waited_for: Sequence[pulumi.CustomResource], value: pulumi.Output[str]
) -> pulumi.Output[str]:
    """Return a value that whoever uses it gets only once some resources are there."""
    # Their URNs, because those are known at preview even of resources that are still to come.
    urns = [resource.urn for resource in waited_for]
    return pulumi.Output.all(value, *urns).apply(lambda values: str(values[0]))
