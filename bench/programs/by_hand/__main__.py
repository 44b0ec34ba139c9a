# SPDX-License-Identifier: Apache-2.0
"""What the dev stack creates, written by hand with pulumi_azure_native alone."""

from collections.abc import Mapping

import pulumi
from pulumi_azure_native import (
    applicationinsights,
    authorization,
    containerregistry,
    keyvault,
    managedidentity,
    operationalinsights,
    resources,
    storage,
)
from pulumi_azure_native import machinelearningservices as ml

REGION = "eastus"
TAGS = {"environment": "dev", "owner": "by-hand", "declared": "environment"}
ROLES = "/providers/Microsoft.Authorization/roleDefinitions"
ACR_PULL = "7f951dda-4ed3-4680-a7ca-43fe172d538d"
BLOB_READER = "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1"
METRICS_WRITER = "635dd51f-9968-44d3-b7fb-6d9a6bd613ae"
SECRETS_USER = "4633458b-17de-408a-b874-0445c86b69e6"
TOKEN = pulumi.Output.secret("hf_made_up")

subscription = authorization.get_client_config_output()
group = resources.ResourceGroup(
    "group", resource_group_name="rg-by-hand", location=REGION, tags=TAGS
)
identity = managedidentity.UserAssignedIdentity(
    "identity",
    resource_name_="id-by-hand",
    resource_group_name=group.name,
    location=REGION,
    tags=TAGS,
)
account = storage.StorageAccount(
    "storage",
    account_name="stbyhandbench",
    resource_group_name=group.name,
    location=REGION,
    kind=storage.Kind.STORAGE_V2,
    sku=storage.SkuArgs(name=storage.SkuName.STANDARD_LRS),
    allow_blob_public_access=False,
    enable_https_traffic_only=True,
    minimum_tls_version=storage.MinimumTlsVersion.TLS1_2,
    public_network_access=storage.PublicNetworkAccess.ENABLED,
    tags=TAGS,
)
vault = keyvault.Vault(
    "vault",
    vault_name="kv-by-hand-bench",
    resource_group_name=group.name,
    location=REGION,
    properties=keyvault.VaultPropertiesArgs(
        tenant_id=subscription.tenant_id,
        sku=keyvault.SkuArgs(family=keyvault.SkuFamily.A, name=keyvault.SkuName.STANDARD),
        enable_rbac_authorization=True,
        enable_soft_delete=True,
        public_network_access="enabled",
    ),
    tags=TAGS,
)
logs = operationalinsights.Workspace(
    "logs",
    workspace_name="log-by-hand",
    resource_group_name=group.name,
    location=REGION,
    sku=operationalinsights.WorkspaceSkuArgs(
        name=operationalinsights.WorkspaceSkuNameEnum.PER_GB2018
    ),
    retention_in_days=30,
    tags=TAGS,
)
insights = applicationinsights.Component(
    "insights",
    resource_name_="appi-by-hand",
    resource_group_name=group.name,
    location=REGION,
    kind="web",
    application_type=applicationinsights.ApplicationType.WEB,
    ingestion_mode=applicationinsights.IngestionMode.LOG_ANALYTICS,
    workspace_resource_id=logs.id,
    tags=TAGS,
)
registry = containerregistry.Registry(
    "registry",
    registry_name="crbyhandbench",
    resource_group_name=group.name,
    location=REGION,
    sku=containerregistry.SkuArgs(name=containerregistry.SkuName.BASIC),
    admin_user_enabled=False,
    public_network_access=containerregistry.PublicNetworkAccess.ENABLED,
    tags=TAGS,
)
workspace = ml.Workspace(
    "workspace",
    workspace_name="mlw-by-hand",
    resource_group_name=group.name,
    location=REGION,
    kind="Default",
    sku=ml.SkuArgs(name="Basic", tier=ml.SkuTier.BASIC),
    identity=ml.ManagedServiceIdentityArgs(type=ml.ManagedServiceIdentityType.SYSTEM_ASSIGNED),
    storage_account=account.id,
    key_vault=vault.id,
    application_insights=insights.id,
    container_registry=registry.id,
    public_network_access=ml.PublicNetworkAccessType.ENABLED,
    v1_legacy_mode=False,
    tags=TAGS,
)


def grant(name: str, number: int, role: str, scope: pulumi.Output[str]) -> pulumi.Resource:
    """Grant the identity a role."""
    return authorization.RoleAssignment(
        name,
        role_assignment_name=f"00000000-0000-4000-8000-{number:012}",
        scope=scope,
        principal_id=identity.principal_id,
        principal_type=authorization.PrincipalType.SERVICE_PRINCIPAL,
        role_definition_id=pulumi.Output.concat(
            "/subscriptions/", subscription.subscription_id, ROLES, "/", role
        ),
    )


grants = [
    grant("pull-images", 1, ACR_PULL, registry.id),
    grant("read-models", 2, BLOB_READER, account.id),
    grant("write-metrics", 3, METRICS_WRITER, workspace.id),
]


def probe(failures: int) -> ml.ProbeSettingsArgs:
    """Make a probe."""
    return ml.ProbeSettingsArgs(
        initial_delay="PT10M",
        period="PT10S",
        timeout="PT10S",
        failure_threshold=failures,
        success_threshold=1,
    )


def endpoint(
    name: str,
    sku: str,
    variables: Mapping[str, pulumi.Input[str]],
    *,
    model: str | None = None,
    environment: pulumi.Output[str] | None = None,
) -> None:
    """Serve a model."""
    owner = ml.OnlineEndpoint(
        name,
        endpoint_name=f"{name}-by-hand",
        workspace_name=workspace.name,
        resource_group_name=group.name,
        location=REGION,
        kind="Managed",
        identity=ml.ManagedServiceIdentityArgs(
            type=ml.ManagedServiceIdentityType.USER_ASSIGNED,
            user_assigned_identities=[identity.id],
        ),
        tags=TAGS,
        properties=ml.OnlineEndpointPropertiesArgs(
            auth_mode=ml.EndpointAuthMode.KEY, public_network_access="Enabled"
        ),
        opts=pulumi.ResourceOptions(depends_on=grants),
    )
    ml.OnlineDeployment(
        f"{name}-blue",
        deployment_name="blue",
        endpoint_name=owner.name,
        workspace_name=workspace.name,
        resource_group_name=group.name,
        location=REGION,
        sku=ml.SkuArgs(name="Default", capacity=1),
        tags={**TAGS, "instances": "1"},
        properties=ml.ManagedOnlineDeploymentArgs(
            endpoint_compute_type="Managed",
            model=model,
            environment_id=environment,
            instance_type=sku,
            environment_variables=variables,
            app_insights_enabled=True,
            egress_public_network_access="Enabled",
            request_settings=ml.OnlineRequestSettingsArgs(
                request_timeout="PT180S", max_concurrent_requests_per_instance=8
            ),
            liveness_probe=probe(30),
            readiness_probe=probe(30),
        ),
        opts=pulumi.ResourceOptions(deleted_with=owner),
    )
    pulumi.export(name, owner.properties.apply(lambda live: live.scoring_uri))


CATALOGUE = "azureml://registries/azureml/models"
endpoint(
    "phi-2",
    "Standard_NC4as_T4_v3",
    {"WORKER_COUNT": "8"},
    model=f"{CATALOGUE}/microsoft-phi-2/versions/22",
)
endpoint(
    "mistral",
    "Standard_NC24ads_A100_v4",
    {"WORKER_COUNT": "8"},
    model=f"{CATALOGUE}/mistralai-Mistral-7B-Instruct-v0-2/versions/9",
)

secret = keyvault.Secret(
    "llama-token",
    secret_name="llama-hugging-face-token",  # noqa: S106  (its name)
    vault_name=vault.name,
    resource_group_name=group.name,
    properties=keyvault.SecretPropertiesArgs(value=TOKEN),
)
grants.append(grant("read-token", 4, SECRETS_USER, secret.id))
health = ml.RouteArgs(path="/health", port=8000)
image = ml.EnvironmentVersion(
    "llama-environment",
    name="llama-blue",
    version="1",
    resource_group_name=group.name,
    workspace_name=workspace.name,
    properties=ml.EnvironmentVersionPropertiesArgs(
        image=pulumi.Output.concat(registry.login_server, "/vllm:v0.20.2"),
        os_type=ml.OperatingSystemType.LINUX,
        inference_config=ml.InferenceContainerPropertiesArgs(
            liveness_route=health,
            readiness_route=health,
            scoring_route=ml.RouteArgs(path="/v1/chat/completions", port=8000),
        ),
    ),
)
endpoint(
    "llama",
    "Standard_NC24ads_A100_v4",
    {
        "MODEL_NAME": "meta-llama/Llama-3.1-8B-Instruct",
        "VLLM_ARGS": "--max-model-len 8192 --max-num-seqs 8",
        "HUGGING_FACE_HUB_TOKEN": pulumi.Output.unsecret(
            secret.properties.apply(
                lambda live: f"${{{{keyvault:{live.secret_uri_with_version}}}}}"
            )
        ),
    },
    environment=image.id,
)
