# SPDX-License-Identifier: Apache-2.0
"""What a subscription has for one stack."""

from dataclasses import replace
from typing import TYPE_CHECKING

from azure_model_endpoints.planning.endpoint_ids import endpoint_ids, workspace_id
from azure_model_endpoints.planning.preflight import quota_needs, workspace_needs
from azure_model_endpoints.planning.quota_needs import shortages
from azure_model_endpoints.planning.regional_sizes import unoffered
from azure_model_endpoints.subscription.live_capacity import (
    DEADLINE_SECONDS,
    read_capacity,
    read_live,
)

if TYPE_CHECKING:
    from collections.abc import Collection

    from azure_model_endpoints.catalog import Catalog
    from azure_model_endpoints.planning.capacity import Capacity
    from azure_model_endpoints.planning.stack_plan import StackPlan
    from azure_model_endpoints.subscription.arm import ArmClient

__all__ = ["capacity_for"]


def capacity_for(  # noqa: PLR0913  (each is a different noun)
    plan: "StackPlan",
    catalog: "Catalog",
    client: "ArmClient",
    subscription: str,
    *,
    more_regions: "Collection[str]" = (),
    always_live: bool = False,
    deadline_seconds: float = DEADLINE_SECONDS,
) -> "Capacity":
    """Return what there is for a stack, in one round trip where that is enough.

    What the stack runs already in these regions makes room for itself; it is read only where
    something would be short without it.

    Args:
        plan: the stack.
        catalog: the sizes there are.
        client: who asks.
        subscription: where.
        more_regions: other regions whose quota is of interest.
        always_live: whether to read what runs even if nothing is short.
        deadline_seconds: how long each round trip may take.

    Raises:
        ArmError: Azure refused, could not be reached, or did not answer in time.
    """
    regions = {plan.settings.region, *more_regions}
    capacity = read_capacity(
        client,
        subscription,
        regions,
        workspace_id=workspace_id(plan, subscription),
        deadline_seconds=deadline_seconds,
    )
    existing = {
        endpoint.lower()
        for (region, _), endpoint in capacity.endpoint_ids.items()
        if region in regions
    }
    own = {
        key: own for key, own in endpoint_ids(plan, subscription).items() if own.lower() in existing
    }
    needs = [*quota_needs(plan, capacity, catalog), *workspace_needs(plan, capacity, catalog)]
    is_short = shortages(needs) or any(unoffered(plan, capacity, catalog))
    if own and (always_live or is_short):
        live = read_live(client, own, deadline_seconds=deadline_seconds)
        return replace(capacity, live=live)
    return capacity
