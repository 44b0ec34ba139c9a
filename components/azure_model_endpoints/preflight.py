# SPDX-License-Identifier: Apache-2.0
"""Asks Azure, before a program creates anything, whether there will be room for it."""

from functools import partial
from typing import TYPE_CHECKING

import pulumi

from azure_model_endpoints.catalog import Catalog
from azure_model_endpoints.errors import AmeError, Problem, QuotaError
from azure_model_endpoints.planning.endpoint_ids import endpoint_ids
from azure_model_endpoints.planning.names import WorkspaceNames
from azure_model_endpoints.planning.preflight import (
    collisions,
    limit_warnings,
    quota_problems,
)
from azure_model_endpoints.planning.private_links import zone_names
from azure_model_endpoints.planning.stack_plan import StackPlan
from azure_model_endpoints.subscription.concurrently import concurrently
from azure_model_endpoints.subscription.live_capacity import DEADLINE_SECONDS
from azure_model_endpoints.subscription.provider import program_client
from azure_model_endpoints.subscription.stack_capacity import capacity_for
from azure_model_endpoints.subscription.unanswered import remedy
from azure_model_endpoints.vocabulary import Preflight

if TYPE_CHECKING:
    from azure_model_endpoints.subscription.arm import ArmClient

__all__ = ["preflight"]


def preflight(
    plan: StackPlan, catalog: Catalog, *, deadline_seconds: float = DEADLINE_SECONDS
) -> None:
    """Hold a stack against the subscription of the default provider.

    Args:
        plan: the stack.
        catalog: the sizes there are.
        deadline_seconds: how long Azure may take to answer everything.

    Raises:
        QuotaError: quota is short, a name is taken, the network could not be used, or Azure could
            not be asked, and the stack says ``enforce``. Where it says ``warn``, the same is a
            warning.
    """
    mode = plan.settings.preflight
    if mode is Preflight.OFF or not plan.endpoints:
        return
    try:
        problems, warnings = _findings(plan, catalog, deadline_seconds)
    except AmeError as error:
        problems, warnings = [_unanswered(error, mode)], []
    for warning in warnings:
        pulumi.log.warn(warning)
    if not problems:
        return
    found = QuotaError(problems)
    if mode is Preflight.ENFORCE:
        raise found
    pulumi.log.warn(str(found))


def _findings(
    plan: StackPlan, catalog: Catalog, deadline_seconds: float
) -> tuple[list[Problem], list[str]]:
    client, subscription = program_client(patience_seconds=deadline_seconds)
    answers = concurrently(
        {
            "creation": partial(_of_creation, plan, client, subscription),
            "network": partial(_of_network, plan, client, subscription),
            "capacity": partial(capacity_for, plan, catalog, client, subscription),
        },
        deadline_seconds=deadline_seconds,
    )
    capacity, own_ids = answers["capacity"], endpoint_ids(plan, subscription)
    problems = [
        *answers["creation"],
        *answers["network"],
        *quota_problems(plan, pulumi.get_stack(), capacity, catalog),
        *collisions(plan, own_ids, capacity),
    ]
    return problems, limit_warnings(plan, own_ids, capacity)


def _of_creation(plan: StackPlan, client: "ArmClient", subscription: str) -> list[Problem]:
    """Return what would keep the workspace from being created, if it is not there yet."""
    from azure_model_endpoints.subscription.new_workspaces import problems_if_new

    if plan.settings.workspace.existing:
        return []
    group = plan.resource_group_name
    return problems_if_new(
        client,
        subscription,
        group,
        WorkspaceNames.of(plan.settings.name, subscription, group),
        region=plan.settings.region,
        path="name",
        encrypted=bool(plan.settings.workspace.customer_managed_key),
        # Of a private network the same is asked below, also where the workspace is there.
        networked=plan.settings.network is None and plan.isolation.is_isolated,
    )


def _of_network(plan: StackPlan, client: "ArmClient", subscription: str) -> list[Problem]:
    """Return what would keep the private endpoints from being made, or from being found."""
    from azure_model_endpoints.subscription.networks import WantedNetwork, network_problems

    said = plan.settings.network
    if said is None:
        return []
    region = plan.settings.region
    new = [zone for zone in zone_names(region) if zone not in said.private_dns_zone_ids]
    wanted = WantedNetwork(
        path="network",
        region_path="region",
        region=region,
        given=said.private_dns_zone_ids,
        created=dict.fromkeys(new, plan.resource_group_name),
        is_new=said.existing_subnet_id is None,
        subnet_id=said.existing_subnet_id,
    )
    return network_problems(client, subscription, wanted)


def _unanswered(error: AmeError, mode: Preflight) -> Problem:
    """Return the problem of not knowing: what was said, and how to go on without an answer."""
    what = remedy(error) or "Retry"
    if mode is Preflight.ENFORCE:
        what += ", or say `preflight: warn` to go on without"
    given = f"no answer about quota ({error})"
    return Problem("preflight", given, "an answer before anything is created", f"{what}.")
