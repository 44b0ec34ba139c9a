# SPDX-License-Identifier: Apache-2.0
"""The planner's choices with quota taken into account: the next candidate where the first has none.

One SKU at a time is ruled out for one deployment that lacks its quota, and the stack is planned
again, until everything has room or nothing is left to choose from.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from azure_model_endpoints.errors import PlanError, Problem
from azure_model_endpoints.planning.preflight import (
    path_of,
    quota_needs,
    quota_problems,
    workspace_needs,
)
from azure_model_endpoints.planning.quota_needs import FamilyNeed, shortages
from azure_model_endpoints.planning.stack import StackPlan, plan_stack
from azure_model_endpoints.vocabulary import AUTO

if TYPE_CHECKING:
    from azure_model_endpoints.planning.capacity import Capacity
    from azure_model_endpoints.planning.deployment import Surroundings

__all__ = ["Allocation", "allocate"]


@dataclass(frozen=True, slots=True)
class Allocation:
    """A plan that the quota has room for, or the reasons why there is none."""

    plan: StackPlan
    """The last that was tried."""
    problems: tuple[Problem, ...] = ()
    """What is short whatever is chosen."""
    passed_over: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """By the path of a deployment, better SKUs that lack quota, each with by how much."""


def allocate(
    stack: str, document: Mapping[str, Any], around: "Surroundings", capacity: "Capacity"
) -> Allocation:
    """Return the best choices that there is quota for.

    Args:
        stack: the stack's name.
        document: its settings.
        around: the catalogue, the day, and whether there is a token.
        capacity: what there is in the settings' region.

    Raises:
        SettingsError: the settings are malformed.
        PlanError: they cannot be planned whatever the quota.
    """
    passed_over: dict[str, dict[str, str]] = {}
    plan = plan_stack(stack, document, around)
    while short := _short(plan, capacity, around):
        problems = tuple(quota_problems(plan, stack, capacity, around.catalog))
        move = _movable(plan, short[0])
        if move is None:
            return Allocation(plan, problems, passed_over)
        path, sku = move
        reason = f"quota of `{short[0].family}` is short by {short[0].short} cores"
        passed_over.setdefault(path, {})[sku] = reason
        try:
            plan = plan_stack(stack, document, replace(around, excluded=passed_over))
        except PlanError:
            # Nothing else holds the workload.
            return Allocation(plan, problems, passed_over)
    problems = tuple(quota_problems(plan, stack, capacity, around.catalog))
    return Allocation(plan, problems, passed_over)


def _short(plan: StackPlan, capacity: "Capacity", around: "Surroundings") -> tuple[FamilyNeed, ...]:
    """Return what is short, of the subscription's quota or of what the workspace may take of it."""
    needs = quota_needs(plan, capacity, around.catalog)
    return shortages([*needs, *workspace_needs(plan, capacity, around.catalog)])


def _movable(plan: StackPlan, need: FamilyNeed) -> tuple[str, str] | None:
    """Return the last deployment that lacks quota and may run on something else, and its SKU."""
    found = None
    for endpoint in plan.endpoints:
        said = plan.settings.endpoints[endpoint.key].deployments
        for deployment in endpoint.deployments:
            path = path_of(endpoint.key, deployment.name)
            sku = said[deployment.name].sku
            if path in need.paths and (sku == AUTO or not isinstance(sku, str)):
                found = (path, deployment.sku)
    return found
