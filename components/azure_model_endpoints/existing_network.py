# SPDX-License-Identifier: Apache-2.0
"""The managed network of a workspace that somebody else made: Azure tells of it, no setting."""

from dataclasses import replace

import pulumi

from azure_model_endpoints.planning.endpoint_ids import endpoint_ids, workspace_id
from azure_model_endpoints.planning.isolation import (
    ENDPOINT_NETWORK,
    IsolationPlan,
    mode_of,
)
from azure_model_endpoints.planning.stack import StackPlan
from azure_model_endpoints.subscription.api_versions import MACHINE_LEARNING
from azure_model_endpoints.subscription.live_capacity import DEADLINE_SECONDS
from azure_model_endpoints.subscription.provider import program_client

__all__ = ["with_existing_network"]


def with_existing_network(plan: StackPlan) -> StackPlan:
    """Return a plan that knows what the existing workspace's instances may connect to.

    The endpoints of the stack that are older than the workspace's managed network are named in a
    warning: Azure moves none into it, so they are created again.

    Raises:
        ArmError: Azure refused, or could not be reached.
        CredentialError: there is no credential to ask with.
    """
    if plan.settings.workspace.existing is None:
        return plan
    client, subscription = program_client(patience_seconds=DEADLINE_SECONDS)
    workspace = workspace_id(plan, subscription)
    live = client.get(workspace, MACHINE_LEARNING)
    isolation = IsolationPlan(mode_of((live or {}).get("properties") or {}))
    if not isolation.is_isolated:
        return plan
    own = {each.lower() for each in endpoint_ids(plan, subscription).values()}
    older = sorted(
        endpoint["name"]
        for endpoint in client.list(f"{workspace}/onlineEndpoints", MACHINE_LEARNING)
        if endpoint["id"].lower() in own and ENDPOINT_NETWORK not in (endpoint.get("tags") or {})
    )
    if older:
        pulumi.log.warn(
            f"workspace.existing: {workspace.rpartition('/')[2]} has got a managed network. The "
            f"endpoints that are older are deleted and created again, with all their deployments, "
            f"since Azure moves none into it: {', '.join(older)}. Nobody answers their callers "
            "meanwhile."
        )
    return replace(plan, isolation=isolation)
