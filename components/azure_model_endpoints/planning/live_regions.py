# SPDX-License-Identifier: Apache-2.0
"""Where a stack serves already: no run moves that to another region, since it would be deleted.

Azure fixes the region of an endpoint, a workspace and a resource group when they are created, and
their names here are the same in every region. The old would go before the new serves.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from azure_model_endpoints.errors import Problem
from azure_model_endpoints.planning.endpoint_ids import endpoint_ids, workspace_id

if TYPE_CHECKING:
    from azure_model_endpoints.planning.capacity import Capacity
    from azure_model_endpoints.planning.stack_plan import StackPlan

__all__ = ["LiveRegions", "live_regions", "moves", "regions_to_try"]

LiveRegions = Mapping[str, tuple[str, ...]]
"""Names of endpoints in Azure by their region."""


def live_regions(plan: "StackPlan", subscription_id: str, capacity: "Capacity") -> LiveRegions:
    """Return where endpoints of a stack have deployments, and which these are.

    Of a workspace that the stack makes itself, all endpoints count: they would go with it. Without
    endpoints in the settings none do, since all of them shall go.

    Args:
        plan: the stack.
        subscription_id: where.
        capacity: what there is.
    """
    if not plan.settings.endpoints:
        return {}
    places = [f"{own}/deployments/" for own in endpoint_ids(plan, subscription_id).values()]
    if plan.settings.workspace.existing is None:
        places = [f"{workspace_id(plan, subscription_id)}/onlineEndpoints/"]
    beginnings = tuple(place.lower() for place in places)
    found = {
        region: {own.split("/")[-3] for own in ids if own.startswith(beginnings)}
        for region, ids in capacity.deployment_ids.items()
    }
    return {region: tuple(sorted(names)) for region, names in sorted(found.items()) if names}


def regions_to_try(plan: "StackPlan", live: LiveRegions) -> list[str]:
    """Return the regions that a stack may be planned in, the preferred first.

    None, where it is live in one that its settings do not name.
    """
    regions = [plan.settings.region, *plan.settings.fallback_regions]
    return [region for region in regions if region in live][:1] if live else regions


def moves(plan: "StackPlan", stack: str, live: LiveRegions) -> list[Problem]:
    """Return that a run would move what serves in another region, with the ways out.

    Args:
        plan: the stack.
        stack: its name.
        live: where it serves.
    """
    said, region = plan.as_written, plan.settings.region
    write = f"`ame plan --stack {stack} --write`"
    problems = []
    for where, names in live.items():
        if where == region:
            continue
        stay = f"Write `region: {where}`, and with a lock run {write}."
        if where in {said.region, *said.fallback_regions}:
            stay = f"Run {write}, which stays there."
        problems.append(
            Problem(
                "region",
                f"{region!r}, while {', '.join(names)} {'are' if len(names) > 1 else 'is'} live in "
                f"{where} and would be deleted",
                repr(where),
                f"{stay} To serve in {region}, make another stack for it, move the callers, and "
                "destroy this one at last.",
            )
        )
    return problems
