# SPDX-License-Identifier: Apache-2.0
"""What a subscription has for one stack, as the commands need it that choose or judge."""

from collections.abc import Collection
from typing import TYPE_CHECKING

from azure_model_endpoints.errors import ArmError

if TYPE_CHECKING:
    from azure_model_endpoints.catalog import Catalog
    from azure_model_endpoints.planning.capacity import Capacity
    from azure_model_endpoints.planning.stack_plan import StackPlan
    from azure_model_endpoints.subscription.arm import ArmClient

__all__ = ["capacity_of"]


def capacity_of(
    plan: "StackPlan",
    catalog: "Catalog",
    client: "ArmClient",
    subscription: str,
    more_regions: Collection[str] = (),
) -> "Capacity":
    """Return what there is for a stack, and what it runs already.

    Raises:
        ArmError: Azure refused, with what to do about it, or did not answer.
    """
    from azure_model_endpoints.subscription.stack_capacity import capacity_for
    from azure_model_endpoints.subscription.unanswered import explained

    try:
        return capacity_for(
            plan, catalog, client, subscription, more_regions=more_regions, always_live=True
        )
    except ArmError as error:
        raise explained(error) from error
