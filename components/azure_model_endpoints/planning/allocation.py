# SPDX-License-Identifier: Apache-2.0
"""The planner's choices with quota taken into account: the next candidate where the first has none.

One SKU at a time is ruled out for one deployment that lacks its quota, or its part of what the
workspace may take, and the stack is planned again, until everything has room or nothing is left to
choose from.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from azure_model_endpoints.errors import PlanError, Problem
from azure_model_endpoints.planning.capacity import Capacity
from azure_model_endpoints.planning.preflight import (
    path_of,
    quota_needs,
    quota_problems,
    stack_demands,
    workspace_needs,
)
from azure_model_endpoints.planning.quota_needs import shortages
from azure_model_endpoints.planning.regional_sizes import unoffered
from azure_model_endpoints.planning.stack import plan_stack
from azure_model_endpoints.planning.stack_plan import StackPlan
from azure_model_endpoints.planning.workspace_limits import limits_below_needs
from azure_model_endpoints.vocabulary import AUTO

if TYPE_CHECKING:
    from azure_model_endpoints.planning.deployment import Surroundings

__all__ = ["Allocation", "allocate"]


@dataclass(frozen=True, slots=True)
class Allocation:
    """A plan that there is room for, or the reasons why there is none."""

    plan: StackPlan
    """What there is room for; else the planner's first choice, which `ame quota` shows too."""
    problems: tuple[Problem, ...] = ()
    """What is short whatever is chosen."""
    passed_over: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """By the path of a deployment, better SKUs that lack room, each with by how much."""


def allocate(
    stack: str, document: Mapping[str, Any], around: "Surroundings", capacity: "Capacity | None"
) -> Allocation:
    """Return the best choices that there is room for.

    Args:
        stack: the stack's name.
        document: its settings.
        around: the catalogue, the day, and whether there is a token.
        capacity: what there is in the settings' region; None where nobody has asked, and only the
            settings' own limits of the workspace count.

    Raises:
        SettingsError: the settings are malformed.
        PlanError: they cannot be planned whatever the quota.
    """
    passed_over: dict[str, dict[str, str]] = {}
    first = plan = plan_stack(stack, document, around, within_limits=False)
    while lacking := _lacking(plan, capacity, around):
        paths, reason = lacking[0]
        move = _movable(plan, paths)
        if move is None:
            break
        path, sku = move
        passed_over.setdefault(path, {})[sku] = reason
        try:
            other = replace(around, excluded=passed_over)
            plan = plan_stack(stack, document, other, within_limits=False)
        except PlanError:
            break  # nothing else holds the workload
    else:
        return Allocation(plan, _problems(plan, stack, capacity, around), passed_over)
    return Allocation(first, _problems(first, stack, capacity, around), passed_over)


def _lacking(
    plan: StackPlan, capacity: "Capacity | None", around: "Surroundings"
) -> list[tuple[tuple[str, ...], str]]:
    """Return who lacks what: quota of the subscription, or the part of it that is the workspace's.

    One that takes no more than it has lacks none, and stays.

    What the region does not offer comes first: there, no quota helps.
    """
    catalog, region = around.catalog, plan.settings.region
    missing = unoffered(plan, capacity, catalog) if capacity else ()
    of_subscription = quota_needs(plan, capacity, catalog) if capacity else ()
    of_workspace = workspace_needs(plan, capacity or Capacity(), catalog)
    return [
        *(((path,), f"it is not offered in {region}") for path, _ in missing),
        *(
            (need.growing, f"{what} of `{need.family}` is short by {need.short} cores")
            for what, needs in (
                ("quota", of_subscription),
                ("the workspace's limit", of_workspace),
            )
            for need in shortages(needs)
        ),
    ]


def _problems(
    plan: StackPlan, stack: str, capacity: "Capacity | None", around: "Surroundings"
) -> tuple[Problem, ...]:
    limits, skus = plan.settings.workspace_quotas, around.catalog.gpu_skus
    below = tuple(limits_below_needs(limits, stack_demands(plan, {}, around.catalog), skus))
    if below or capacity is None:
        return below
    return tuple(quota_problems(plan, stack, capacity, around.catalog))


def _movable(plan: StackPlan, paths: Collection[str]) -> tuple[str, str] | None:
    """Return the last of some deployments that may run on something else, and its SKU."""
    found = None
    for endpoint in plan.endpoints:
        said = plan.settings.endpoints[endpoint.key].deployments
        for deployment in endpoint.deployments:
            path = path_of(endpoint.key, deployment.name)
            sku = said[deployment.name].sku
            if path in paths and (sku == AUTO or not isinstance(sku, str)):
                found = (path, deployment.sku)
    return found
