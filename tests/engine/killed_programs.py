# SPDX-License-Identifier: Apache-2.0
"""The programs of runs that may be killed, which import what they need when they run."""

from collections.abc import Callable, Mapping
from typing import Any

GROUP = "rg-killed"
REGION = "eastus"

HOSTS = ("huggingface.co", "*.huggingface.co", "*.hf.co", "*.cdn.hf.co", "*.xethub.hf.co")
HUGGING_FACE = {
    f"hub-{index}": {"type": "fqdn", "destination": host} for index, host in enumerate(HOSTS)
}
"""Where the weights come from."""

Arguments = Mapping[str, Any]


def build(arguments: Arguments) -> None:
    """Build what a run is to build; called inside the program."""
    said = dict(arguments)
    _PROGRAMS[said.pop("program", "plain")](said)


def _plain(arguments: Arguments) -> None:
    """Build a resource group, a workspace and an endpoint."""
    import pulumi
    from pulumi_azure_native.resources import ResourceGroup

    from azure_model_endpoints import ModelEndpoint, ModelWorkspace
    from azure_model_endpoints.foreign_fields import owner
    from azure_model_endpoints.planning.tags import owned_tags

    tags = owned_tags({}, owner())
    group = ResourceGroup("group", resource_group_name=GROUP, location="eastus", tags=tags)
    workspace = ModelWorkspace(
        "killed",
        {"resource_group_name": group.name, "region": "eastus", "public_network_access": True},
    )
    endpoint: Any = {
        "resource_group_name": group.name,
        "workspace_name": workspace.workspace_name,
        "key_vault_name": workspace.key_vault_name,
        "hugging_face_token": pulumi.Output.secret("hf_" + "a" * 34),
        "region": "eastus",
        "identity_id": workspace.identity_id,
        "identity_principal_id": workspace.identity_principal_id,
        "public_network_access": True,
        "model": "llama-3.1-8b-instruct",
        **arguments,
    }
    timeouts = pulumi.ResourceOptions(transforms=[_create_within(endpoint.pop("timeout", "5m"))])
    ModelEndpoint("chat", endpoint, timeouts)


def _protected(arguments: Arguments) -> None:
    """Build what production has besides: networks, a key, a share of the quota, logs and locks."""
    import pulumi
    from pulumi_azure_native.resources import ResourceGroup

    from azure_model_endpoints import ModelEndpoint, ModelWorkspace, PrivateNetwork, ResourceLocks
    from azure_model_endpoints.foreign_fields import owner
    from azure_model_endpoints.planning.tags import owned_tags
    from azure_model_endpoints.vocabulary import LockKind

    tags = owned_tags({}, owner())
    group = ResourceGroup("group", resource_group_name=GROUP, location=REGION, tags=tags)
    common: Any = {"resource_group_name": group.name, "region": REGION}
    protection: Any = {
        "customer_managed_key": True,
        "diagnostics": True,
        "isolation_mode": "allow_only_approved_outbound",
        "outbound_rules": HUGGING_FACE,
        "quotas": {"standardNCADSA100v4Family": 48},
    }
    workspace = ModelWorkspace("killed", common | protection)
    targets = {
        "workspace_id": workspace.workspace_id,
        "storage_account_id": workspace.storage_account_id,
        "key_vault_id": workspace.key_vault_id,
        "container_registry_id": workspace.container_registry_id,
        "log_analytics_workspace_id": workspace.log_analytics_workspace_id,
    }
    network = PrivateNetwork("killed", common | targets)
    endpoint: Any = {
        "workspace_name": workspace.workspace_name,
        "key_vault_name": workspace.key_vault_name,
        "registry_login_server": workspace.registry_login_server,
        "log_analytics_workspace_id": workspace.log_analytics_workspace_id,
        "hugging_face_token": pulumi.Output.secret("hf_" + "a" * 34),
        "identity_id": workspace.identity_id,
        "identity_principal_id": workspace.identity_principal_id,
        "managed_network": True,
        "model": "llama-3.1-8b-instruct",
        "deployments": {"blue": {"vllm": {"image": "{registry}/vllm:v0.20.2"}}},
        **arguments,
    }
    chat = ModelEndpoint("chat", common | endpoint)
    ResourceLocks(
        "locks",
        {
            "kind": LockKind.CAN_NOT_DELETE,
            "resource_ids": {**workspace.lockable_ids, **network.lockable_ids},
        },
        pulumi.ResourceOptions(depends_on=[workspace, network, chat]),
    )


def _create_within(duration: str) -> Any:
    """Return a transform that limits how long the creation of a deployment may take."""

    def transform(args: Any) -> Any:
        from pulumi import CustomTimeouts, ResourceTransformResult

        if args.type_.endswith(":OnlineDeployment"):
            args.opts.custom_timeouts = CustomTimeouts(create=duration)
        return ResourceTransformResult(args.props, args.opts)

    return transform


_PROGRAMS: Mapping[str, Callable[[Arguments], None]] = {
    "plain": _plain,
    "protected": _protected,
}
