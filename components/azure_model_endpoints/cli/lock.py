# SPDX-License-Identifier: Apache-2.0
"""``ame plan --stack S --write`` and ``--check``: the choices of a stack, written down or held."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import typer

from azure_model_endpoints.cli.capacity import capacity_of
from azure_model_endpoints.cli.writing import writing
from azure_model_endpoints.errors import PlanError, Problem, QuotaError, SettingsError

if TYPE_CHECKING:
    from azure_model_endpoints.catalog import Catalog
    from azure_model_endpoints.cli.stack import GivenStack
    from azure_model_endpoints.planning.allocation import Allocation
    from azure_model_endpoints.planning.capacity import Capacity
    from azure_model_endpoints.planning.live_regions import LiveRegions
    from azure_model_endpoints.planning.lock import Lock, LockedDeployment
    from azure_model_endpoints.planning.stack_plan import StackPlan

__all__ = ["check_lock", "write_stack_lock"]


def write_stack_lock(stack: str) -> None:
    """Choose for every deployment with the quota there is, write that down, and say what changed.

    Raises:
        QuotaError: there is not enough quota whatever is chosen, or the stack serves in a region
            that its settings do not name.
        AmeError: the settings are wrong, or Azure could not be asked.
    """
    from azure_model_endpoints.cli.stack import given_stack
    from azure_model_endpoints.lock_file import lock_path, this_release, write_lock
    from azure_model_endpoints.planning.lock import lock_of
    from azure_model_endpoints.planning.stack import plan_stack

    given = given_stack(stack)
    plan = plan_stack(stack, given.document, given.around, within_limits=False)
    allocation, elsewhere = _allocated(given, plan)
    if allocation.problems:
        raise QuotaError(allocation.problems)
    prices = given.around.catalog.prices.rows.get(allocation.plan.settings.region, {})
    after = lock_of(
        allocation.plan,
        dict(_reasons(allocation, elsewhere)),
        {sku: price.read_on for sku, price in prices.items()},
        written_by=this_release(),
    )
    before = _before(given)
    path = lock_path(given.directory, stack)
    with writing(
        "The lock", path, "It has to be a file that you may write, in a directory that you may too."
    ):
        write_lock(given.directory, stack, after)
    for line in _changes(before, after):
        typer.echo(line)
    typer.echo(f"Written to {path}. Review it, and commit it with the settings.")


def check_lock(stack: str) -> None:
    """Say that a lock fits settings, catalogue, retirements and quota, or everything that does not.

    Raises:
        AmeError: with what does not fit.
    """
    from azure_model_endpoints.cli.stack import given_stack
    from azure_model_endpoints.lock_file import lock_path, read_lock
    from azure_model_endpoints.planning.live_regions import moves
    from azure_model_endpoints.planning.preflight import quota_problems
    from azure_model_endpoints.planning.stack import plan_stack

    given = given_stack(stack)
    lock = read_lock(given.directory, stack)
    if lock is None:
        path = lock_path(given.directory, stack)
        remedy = f"Run `ame plan --stack {stack} --write`, review it and commit it."
        raise PlanError([Problem(path.name, "no such file", "a lock", remedy)])
    catalog = given.around.catalog
    plan = plan_stack(stack, given.document, given.around, lock)
    if there := _there(plan, catalog):
        capacity, live = there
        problems = [*moves(plan, stack, live), *quota_problems(plan, stack, capacity, catalog)]
        if problems:
            raise QuotaError(problems)
    typer.echo(f"{stack}.lock.yaml fits the settings, the catalogue and the quota.")


def _before(given: "GivenStack") -> "Lock | None":
    """Return the lock that is about to be overwritten, whatever state it is in."""
    from azure_model_endpoints.lock_file import read_lock

    try:
        return read_lock(given.directory, given.name)
    except SettingsError as error:
        path, found = error.source, error.problems[0]
        typer.echo(f"What was in {path} could not be read: {found.path}: {found.given}.", err=True)
        return None


def _there(
    plan: "StackPlan", catalog: "Catalog", more_regions: tuple[str, ...] = ()
) -> "tuple[Capacity, LiveRegions] | None":
    """Return what Azure has for a stack, and where it serves; None where nobody shall ask."""
    from azure_model_endpoints import credentials
    from azure_model_endpoints.planning.live_regions import live_regions
    from azure_model_endpoints.subscription.arm import ArmClient
    from azure_model_endpoints.subscription.live_capacity import DEADLINE_SECONDS
    from azure_model_endpoints.vocabulary import Preflight

    if plan.settings.preflight is Preflight.OFF:
        return None
    client = ArmClient.signed_in(patience_seconds=DEADLINE_SECONDS)
    subscription = credentials.subscription_id()
    capacity = capacity_of(plan, catalog, client, subscription, more_regions)
    return capacity, live_regions(plan, subscription, capacity)


def _allocated(given: "GivenStack", plan: "StackPlan") -> "tuple[Allocation, str]":
    """Return the best choices there is quota for, and why in another region than the first.

    What is live stays where it is. Nothing else is, so then the first region with quota will do.
    """
    from azure_model_endpoints.planning.allocation import allocate
    from azure_model_endpoints.planning.live_regions import moves, regions_to_try

    stack, around = given.name, given.around
    there = _there(plan, around.catalog, tuple(plan.settings.fallback_regions))
    if there is None:
        return allocate(stack, given.document, around, None), ""
    capacity, live = there
    preferred = plan.settings.region
    why = ", where it is live" if live else f" since {preferred} lacks quota"
    failed = []
    for region in regions_to_try(plan, live):
        found = allocate(stack, {**given.document, "region": region}, around, capacity)
        if not found.problems:
            return found, f", in {region}{why}" if region != preferred else ""
        failed.append(found)
    if not failed:
        raise QuotaError(moves(plan, stack, live))
    return failed[0], ""


def _reasons(allocation: "Allocation", elsewhere: str) -> Iterator[tuple[str, str]]:
    """Yield why every deployment runs on what it runs on."""
    from azure_model_endpoints.planning.preflight import path_of
    from azure_model_endpoints.vocabulary import AUTO

    plan = allocation.plan
    for endpoint in plan.endpoints:
        said = plan.settings.endpoints[endpoint.key].deployments
        for deployment in endpoint.deployments:
            sku = said[deployment.name].sku
            why = "the cheapest per hour that holds the workload"
            if sku != AUTO:
                why = "named in the settings" if isinstance(sku, str) else "first of the settings"
            passed = allocation.passed_over.get(path_of(endpoint.key, deployment.name), {})
            after = "".join(f"; not {name}: {reason}" for name, reason in passed.items())
            yield f"{endpoint.key}.{deployment.name}", f"{why}{after}{elsewhere}"


def _changes(before: "Lock | None", after: "Lock") -> Iterator[str]:
    """Yield what is new, what is different and what is gone, a line each."""
    old = before.deployments if before else {}
    for name, chosen in sorted(after.deployments.items()):
        was = old.get(name)
        if was is None:
            yield f"+ {name}: {_text(chosen)} ({chosen.reason})"
        elif _text(was) != _text(chosen):
            yield f"~ {name}: {_text(was)} → {_text(chosen)} ({chosen.reason})"
        else:
            yield f"= {name}: {_text(chosen)}"
    for name in sorted(old.keys() - after.deployments.keys()):
        yield f"- {name}: {_text(old[name])}"
    if before and before.region != after.region:
        yield f"~ region: {before.region} → {after.region}"


def _text(chosen: "LockedDeployment") -> str:
    return f"{chosen.instances} × {chosen.sku}"
