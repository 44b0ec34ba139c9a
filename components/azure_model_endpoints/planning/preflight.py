# SPDX-License-Identifier: Apache-2.0
"""Whether Azure will have room for a stack: every shortage and collision before any creation."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from azure_model_endpoints.errors import Problem
from azure_model_endpoints.planning.quota_needs import (
    Demand,
    FamilyNeed,
    family_needs,
    shortage,
    shortages,
)
from azure_model_endpoints.planning.quota_offers import Offers, offers
from azure_model_endpoints.planning.regional_sizes import offer_problems
from azure_model_endpoints.planning.workspace_limits import limited_needs, workspace_shortages

if TYPE_CHECKING:
    from azure_model_endpoints.catalog import Catalog
    from azure_model_endpoints.planning.capacity import Capacity, LiveDeployment
    from azure_model_endpoints.planning.stack_plan import StackPlan

__all__ = [
    "collisions",
    "limit_warnings",
    "quota_needs",
    "quota_problems",
    "stack_demands",
    "workspace_needs",
]

# Azure docs, "Manage and increase quotas" (online endpoints): per region and subscription. Both may
# have been raised by a support request, which no API tells.
USUAL_ENDPOINTS = 100
USUAL_DEPLOYMENTS = 500


def stack_demands(
    plan: "StackPlan", live: Mapping[tuple[str, str], "LiveDeployment"], catalog: "Catalog"
) -> tuple[Demand, ...]:
    """Return what every deployment of a stack will run on, beside what it runs on there now.

    One for which nothing will do is left out. What runs in another region has no quota in this one.
    """
    spelt = {name.lower(): name for name in catalog.gpu_skus}
    demands = []
    for endpoint in plan.endpoints:
        for deployment in endpoint.deployments:
            if deployment.sizing is None:
                continue
            now = live.get((endpoint.key, deployment.name))
            if now and now.region != plan.settings.region:
                now = None
            demands.append(
                Demand(
                    path=path_of(endpoint.key, deployment.name),
                    region=plan.settings.region,
                    sku=deployment.sku,
                    instances=deployment.instances,
                    live_sku=spelt.get(now.sku.lower()) if now else None,
                    live_instances=now.instances if now else 0,
                )
            )
    return tuple(demands)


def quota_needs(
    plan: "StackPlan", capacity: "Capacity", catalog: "Catalog"
) -> tuple[FamilyNeed, ...]:
    """Return what a stack needs of every family, beside what there is."""
    demands = stack_demands(plan, capacity.live, catalog)
    return family_needs(demands, capacity.quotas, catalog.gpu_skus)


def workspace_needs(
    plan: "StackPlan", capacity: "Capacity", catalog: "Catalog"
) -> tuple[FamilyNeed, ...]:
    """Return what a stack needs of the families that its workspace is limited in."""
    demands = stack_demands(plan, capacity.live, catalog)
    return limited_needs(plan.settings.workspace_quotas, demands, capacity, catalog.gpu_skus)


def path_of(endpoint: str, deployment: str) -> str:
    """Return how messages call a deployment of a stack."""
    return f"endpoints.{endpoint}.deployments.{deployment}"


def quota_problems(
    plan: "StackPlan", stack: str, capacity: "Capacity", catalog: "Catalog"
) -> list[Problem]:
    """Return every family whose quota is too small for a run, with the way out.

    First of the subscription in the region, then of the workspace; then SKUs that the region lacks.
    """
    demands = stack_demands(plan, capacity.live, catalog)
    needs = family_needs(demands, capacity.quotas, catalog.gpu_skus)
    settings = plan.settings
    of_workspace = list(
        workspace_shortages(
            settings.workspace_quotas, demands, capacity, catalog.gpu_skus, settings.region
        )
    )
    found = offers(plan, demands, capacity, catalog)
    # One that nothing can be done about keeps `ame plan --write` from writing anything.
    alone = not of_workspace and all(
        not each.still_short and all(offer.is_open for offer in each.found)
        for each in found.values()
    )
    return [
        *(_shortage(need, found[need.family], stack, writes=alone) for need in shortages(needs)),
        *of_workspace,
        *offer_problems(plan, capacity, catalog),
    ]


def _shortage(need: FamilyNeed, found: Offers, stack: str, *, writes: bool) -> Problem:
    request = f"Request them with `ame quota --stack {stack} --request`"
    return shortage(need, f"{request}{_instead(found, stack, writes=writes)}.")


def _instead(found: Offers, stack: str, *, writes: bool) -> str:
    """Return in words what could be done instead.

    Args:
        found: that.
        stack: the stack's name.
        writes: whether `ame plan --write` does it by itself.
    """
    if not found.found:
        return "; no other SKU that holds the workload has quota there"
    write = f"`ame plan --stack {stack} --write`"
    served = ", ".join(f"{each.path} on {each.sku} ({each.cores} cores)" for each in found.found)
    if found.still_short:
        return f"; to serve {served}, where there is quota, leaves {found.still_short} short"
    if writes:
        return f"; or serve {served}, where there is quota: {write} takes that"
    written = ", ".join(
        f"`sku: {each.sku}` for {each.path} ({each.cores} cores)" for each in found.found
    )
    return f"; or write {written}, where there is quota, and with a lock run {write}"


def collisions(
    plan: "StackPlan", own_ids: Mapping[str, str], capacity: "Capacity"
) -> list[Problem]:
    """Return the endpoints whose name another endpoint of the subscription has in the region.

    Args:
        plan: the stack.
        own_ids: ids of its endpoints by their keys.
        capacity: what there is.
    """
    problems = []
    for key, own in own_ids.items():
        name = own.rpartition("/")[2]
        taken = capacity.endpoint_ids.get((plan.settings.region, name.lower()))
        if taken and taken.lower() != own.lower():
            problems.append(
                Problem(
                    f"endpoints.{key}.endpoint_name",
                    f"{name!r}, which {taken} has",
                    f"a name that no other endpoint in {plan.settings.region} has",
                    "Choose another name, or leave it out.",
                )
            )
    return problems


def limit_warnings(
    plan: "StackPlan", own_ids: Mapping[str, str], capacity: "Capacity"
) -> list[str]:
    """Return where a region's usual limits of endpoints and deployments would be passed."""
    region = plan.settings.region
    there = {i.lower() for (where, _), i in capacity.endpoint_ids.items() if where == region}
    endpoints = there | {own.lower() for own in own_ids.values()}
    deployments = capacity.deployment_ids.get(region, frozenset()) | {
        f"{own_ids[endpoint.key]}/deployments/{deployment.name}".lower()
        for endpoint in plan.endpoints
        for deployment in endpoint.deployments
    }
    return [
        f"{region} will have {len(ids)} {what}; Azure allows {usual} unless a support request has "
        "raised that"
        for ids, what, usual in (
            (endpoints, "online endpoints", USUAL_ENDPOINTS),
            (deployments, "deployments", USUAL_DEPLOYMENTS),
        )
        if len(ids) > usual
    ]
