# SPDX-License-Identifier: Apache-2.0
"""The plan of a stack whose quota is looked at, and what there is for it.

A lock that holds no more is written anew only where there is quota, so it must not keep that from
being seen and requested.
"""

from typing import TYPE_CHECKING

import typer

from azure_model_endpoints.cli.capacity import capacity_of
from azure_model_endpoints.errors import PlanError, SettingsError

if TYPE_CHECKING:
    from azure_model_endpoints.cli.stack import GivenStack
    from azure_model_endpoints.planning.capacity import Capacity
    from azure_model_endpoints.planning.stack_plan import StackPlan
    from azure_model_endpoints.subscription.arm import ArmClient

__all__ = ["plan_and_capacity"]


def plan_and_capacity(
    given: "GivenStack", client: "ArmClient", subscription_id: str
) -> "tuple[StackPlan, Capacity]":
    """Return the plan of a stack, without its lock where that holds no more, and what there is.

    What no lock decides is planned as `ame plan --write` begins: where the stack is live already.

    Raises:
        SettingsError: the settings are malformed.
        PlanError: Azure would refuse them.
        ArmError: Azure could not be asked.
    """
    from azure_model_endpoints.planning.live_regions import live_regions, regions_to_try
    from azure_model_endpoints.planning.stack import plan_stack

    plan, catalog = _plan(given), given.around.catalog
    is_locked = plan.asked is not None
    more = () if is_locked else plan.settings.fallback_regions
    capacity = capacity_of(plan, catalog, client, subscription_id, more)
    [region, *_] = regions_to_try(plan, live_regions(plan, subscription_id, capacity)) or [
        plan.settings.region
    ]
    if not is_locked and region != plan.settings.region:
        document = {**given.document, "region": region}
        plan = plan_stack(given.name, document, given.around, within_limits=False)
    return plan, capacity


def _plan(given: "GivenStack") -> "StackPlan":
    from azure_model_endpoints.lock_file import lock_path
    from azure_model_endpoints.planning.stack import plan_stack

    lock = lock_path(given.directory, given.name)
    try:
        return given.plan()
    except (SettingsError, PlanError) as error:
        if not lock.exists():
            raise
        # What is wrong without the lock too is raised here.
        plan = plan_stack(given.name, given.document, given.around, within_limits=False)
        found = error.problems[0]
        typer.echo(
            f"{lock.name} does not count here, since it holds no more ({found.path}: given "
            f"{found.given}). This is what the settings choose without it.",
            err=True,
        )
        return plan
