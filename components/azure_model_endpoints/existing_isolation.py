# SPDX-License-Identifier: Apache-2.0
"""The networks of a workspace that somebody else made: Azure tells of them, no setting."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import pulumi

from azure_model_endpoints.planning.endpoint_ids import endpoint_ids, workspace_id
from azure_model_endpoints.planning.isolation import (
    ENDPOINT_NETWORK,
    IsolationPlan,
    mode_of,
    plan_isolation,
)
from azure_model_endpoints.planning.stack_plan import StackPlan
from azure_model_endpoints.subscription.api_versions import MACHINE_LEARNING
from azure_model_endpoints.subscription.live_capacity import DEADLINE_SECONDS
from azure_model_endpoints.subscription.provider import program_client
from azure_model_endpoints.workspace_settings import IsolationSettings

__all__ = ["with_existing_isolation"]

Document = Mapping[str, Any]


def with_existing_isolation(plan: StackPlan) -> StackPlan:
    """Return a plan that knows what the existing workspace's instances may connect to.

    Three things are told as warnings, since the workspace's owners alone can change them: that
    private endpoints could be called by nobody, endpoints of the stack that are older than the
    network, and hosts that no outbound rule reaches.

    Raises:
        ArmError: Azure refused, or could not be reached.
        CredentialError: there is no credential to ask with.
    """
    existing = plan.settings.workspace.existing
    if existing is None:
        return plan
    client, subscription = program_client(patience_seconds=DEADLINE_SECONDS)
    workspace = workspace_id(plan, subscription)
    found = client.get(workspace, MACHINE_LEARNING)
    if found is None:
        return plan  # told elsewhere
    live = found.get("properties") or {}
    isolation = IsolationPlan(mode_of(live))
    warnings = [*_uncallable(plan, live)]
    if isolation.is_isolated:
        endpoints = client.list(f"{workspace}/onlineEndpoints", MACHINE_LEARNING)
        warnings += _older(endpoints, endpoint_ids(plan, subscription).values())
        warnings += _unreached(plan, isolation, live["managedNetwork"])
    for warning in warnings:
        pulumi.log.warn(f"workspace.existing: {existing.name} {warning}")
    return replace(plan, isolation=isolation)


def _uncallable(plan: StackPlan, live: Document) -> Iterator[str]:
    """Give what to know where nothing leads to private endpoints.

    Azure docs, "Secure your managed online endpoints with network isolation": they are reached
    through a private endpoint of the workspace, and have none of their own.
    """
    states = [
        ((connection.get("properties") or {}).get("privateLinkServiceConnectionState") or {})
        for connection in live.get("privateEndpointConnections") or []
    ]
    is_reached = any(state.get("status") == "Approved" for state in states)
    if not plan.settings.public_network_access and not is_reached:
        yield (
            "has no approved private endpoint connection, through which alone endpoints with "
            "`public_network_access: false` are called: nobody could. Let its owners create a "
            "private endpoint in your callers' network, or approve the one there is; or say "
            "`public_network_access: true`."
        )


def _older(endpoints: Iterable[Document], own_ids: Iterable[str]) -> Iterator[str]:
    """Give what to know where endpoints are older than the network: Azure moves none into it."""
    own = {each.lower() for each in own_ids}
    older = sorted(
        endpoint["name"]
        for endpoint in endpoints
        if endpoint["id"].lower() in own and ENDPOINT_NETWORK not in (endpoint.get("tags") or {})
    )
    if older:
        yield (
            "has got a managed network. The endpoints that are older are deleted and created "
            "again, with all their deployments, since Azure moves none into it: "
            f"{', '.join(older)}. Nobody answers their callers meanwhile."
        )


def _unreached(plan: StackPlan, isolation: IsolationPlan, network: Document) -> Iterator[str]:
    """Give what to know where the network does not let models or images be fetched."""
    rules = {
        name: {"type": "fqdn", "destination": rule["destination"]}
        for name, rule in (network.get("outboundRules") or {}).items()
        if rule["type"] == "FQDN"
    }
    servings = [(path, deployment.serving) for path, deployment in plan.deployments()]
    settings = IsolationSettings.model_validate({"mode": isolation.mode, "outbound_rules": rules})
    wanted, _ = plan_isolation("isolation", settings, servings, is_private=False)
    missing = [
        f"{rule.body['destination']} ({', '.join(rule.needed_by)})"
        for rule in wanted.rules
        if rule.needed_by
    ]
    if missing:
        yield (
            "lets instances connect to approved hosts alone, and no rule is for "
            f"{', '.join(missing)}. Deployments that need one do not start: let its owners add "
            "rules of type FQDN, with `az ml workspace outbound-rule set`."
        )
