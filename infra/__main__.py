# SPDX-License-Identifier: Apache-2.0
"""What `pulumi up` creates: a workspace, what protects it, and the stack's endpoints."""

from __future__ import annotations

import gc
from typing import Any

import pulumi
from pulumi_azure_native import resources

# Its components are loaded when they are named, and so while Azure answers what the plan asks.
import azure_model_endpoints as ame
from azure_model_endpoints.foreign_fields import owner
from azure_model_endpoints.planning.stack_plan import StackPlan
from azure_model_endpoints.planning.tags import owned_tags
from azure_model_endpoints.setting_names import calling_settings
from azure_model_endpoints.vocabulary import LockKind
from azure_model_endpoints.workspace_settings import ExistingWorkspaceSettings

Arguments = Any
"""Of components: mappings of the plan's values and of outputs, which their own checks know best."""


def main() -> None:
    """Create what the stack's settings say."""
    plan = ame.plan_of_program()
    existing = plan.settings.workspace.existing
    if existing:
        endpoints(plan, existing_workspace(plan, existing))
        return
    in_group: Arguments = {"resource_group_name": resource_group(plan).name}
    with calling_settings(plan.workspace_setting_names):
        workspace = ame.ModelWorkspace(plan.settings.name, in_group | plan.workspace_arguments())
    made: list[pulumi.Resource] = [workspace]
    lockable: dict[str, pulumi.Input[str]] = {**workspace.lockable_ids}
    if plan.settings.network:
        network = private_network(plan, workspace, in_group)
        made.append(network)
        lockable |= network.lockable_ids
    made += endpoints(plan, in_group | arguments_of(workspace, plan))
    if plan.settings.workspace.lock is not LockKind.NONE:
        # Last of all: what is locked cannot be changed back.
        ame.ResourceLocks(
            plan.settings.name,
            {"kind": plan.settings.workspace.lock, "resource_ids": lockable},
            pulumi.ResourceOptions(depends_on=made),
        )


def resource_group(plan: StackPlan) -> resources.ResourceGroup:
    """Create the group of everything else."""
    return resources.ResourceGroup(
        "group",
        resource_group_name=plan.resource_group_name,
        location=plan.settings.region,
        tags=owned_tags(plan.settings.tags, owner()),
    )


def private_network(
    plan: StackPlan, workspace: ame.ModelWorkspace, in_group: Arguments
) -> ame.PrivateNetwork:
    """Create the network from which a private workspace is reached."""
    targets: Arguments = in_group | {
        "workspace_id": workspace.workspace_id,
        "storage_account_id": workspace.storage_account_id,
        "key_vault_id": workspace.key_vault_id,
        "container_registry_id": workspace.container_registry_id,
    }
    if plan.settings.workspace.diagnostics:
        targets["log_analytics_workspace_id"] = workspace.log_analytics_workspace_id
    return ame.PrivateNetwork(plan.settings.name, targets | plan.network_arguments())


def arguments_of(workspace: ame.ModelWorkspace, plan: StackPlan) -> Arguments:
    """Return what endpoints in a new workspace are told of it."""
    arguments: Arguments = {
        "workspace_name": workspace.workspace_name,
        "identity_id": workspace.identity_id,
        "identity_principal_id": workspace.identity_principal_id,
        "key_vault_name": workspace.key_vault_name,
        "registry_login_server": workspace.registry_login_server,
    }
    if plan.settings.workspace.diagnostics:
        arguments["log_analytics_workspace_id"] = workspace.log_analytics_workspace_id
    return arguments


def existing_workspace(plan: StackPlan, said: ExistingWorkspaceSettings) -> Arguments:
    """Look at a workspace that is there; return what endpoints are told of it."""
    place: Arguments = said.model_dump() | {"region": plan.settings.region}
    workspace = ame.ExistingWorkspace("workspace.existing", place)
    arguments: Arguments = {
        "resource_group_name": said.resource_group_name,
        "workspace_name": workspace.workspace_name,
        "key_vault_name": workspace.key_vault_name,
        "key_vault_resource_group_name": workspace.key_vault_resource_group_name,
        "registry_login_server": workspace.registry_login_server,
    }
    if logs := plan.settings.workspace.diagnostics:  # the id of a Log Analytics workspace
        arguments["log_analytics_workspace_id"] = logs
    return arguments


def endpoints(plan: StackPlan, arguments: Arguments) -> list[ame.ModelEndpoint]:
    """Create all endpoints, and export where they are."""
    given = plan.settings.hugging_face_token
    token = pulumi.Output.secret(given.get_secret_value()) if given else None
    created = []
    for key in plan.settings.endpoints:
        own = arguments | plan.endpoint_arguments(key) | {"hugging_face_token": token}
        endpoint = ame.ModelEndpoint(key, own)
        where = {
            "endpoint_name": endpoint.endpoint_name,
            "scoring_uri": endpoint.scoring_uri,
            "openai_base_url": endpoint.openai_base_url,
        }
        pulumi.export(key, where)
        created.append(endpoint)
    return created


# What a program loads stays to its end: half a million objects, through which the collector would
# go again and again, and at exit once more. Without that, a preview takes a fifth less.
gc.disable()
main()
gc.freeze()
gc.enable()
