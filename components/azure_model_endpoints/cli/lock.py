# SPDX-License-Identifier: Apache-2.0
"""``ame plan --stack S --write`` and ``--check``: the choices of a stack, written down or held."""

from collections.abc import Iterator
from dataclasses import replace
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
    from azure_model_endpoints.planning.lock import Lock, LockedDeployment
    from azure_model_endpoints.planning.stack_plan import StackPlan

__all__ = ["check_lock", "write_stack_lock"]


def write_stack_lock(stack: str) -> None:
    """Choose for every deployment with the quota there is, write that down, and say what changed.

    Raises:
        QuotaError: there is not enough quota whatever is chosen.
        AmeError: the settings are wrong, or Azure could not be asked.
    """
    from azure_model_endpoints.cli.stack import given_stack
    from azure_model_endpoints.lock_file import lock_path, this_release, write_lock
    from azure_model_endpoints.planning.lock import lock_of
    from azure_model_endpoints.planning.stack import plan_stack

    given = given_stack(stack)
    plan = plan_stack(stack, given.document, given.around, within_limits=False)
    allocation = _allocated(given, plan)
    if allocation.problems:
        raise QuotaError(allocation.problems)
    prices = given.around.catalog.prices.rows.get(allocation.plan.settings.region, {})
    after = lock_of(
        allocation.plan,
        dict(_reasons(allocation, plan.settings.region)),
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
    capacity = _capacity(plan, catalog)
    problems = quota_problems(plan, stack, capacity, catalog) if capacity else []
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


def _capacity(
    plan: "StackPlan", catalog: "Catalog", more_regions: tuple[str, ...] = ()
) -> "Capacity | None":
    """Return what Azure has for a stack; None where its settings say that nobody asks."""
    from azure_model_endpoints import credentials
    from azure_model_endpoints.subscription.arm import ArmClient
    from azure_model_endpoints.subscription.live_capacity import DEADLINE_SECONDS
    from azure_model_endpoints.vocabulary import Preflight

    if plan.settings.preflight is Preflight.OFF:
        return None
    client = ArmClient.signed_in(patience_seconds=DEADLINE_SECONDS)
    return capacity_of(plan, catalog, client, credentials.subscription_id(), more_regions)


def _allocated(given: "GivenStack", plan: "StackPlan") -> "Allocation":
    """Return the best choices there is quota for, in the first region that has it."""
    from azure_model_endpoints.planning.allocation import allocate

    stack, document, around = given.name, given.document, given.around
    fallbacks = tuple(plan.settings.fallback_regions)
    capacity = _capacity(plan, around.catalog, fallbacks)
    first = allocate(stack, document, around, capacity)
    if capacity is None or capacity.live or not first.problems:  # what is live stays where it is
        return first
    for region in fallbacks:
        found = allocate(stack, {**document, "region": region}, around, replace(capacity, live={}))
        if not found.problems:
            return found
    return first


def _reasons(allocation: "Allocation", region: str) -> Iterator[tuple[str, str]]:
    """Yield why every deployment runs on what it runs on."""
    from azure_model_endpoints.planning.preflight import path_of
    from azure_model_endpoints.vocabulary import AUTO

    plan = allocation.plan
    moved = plan.settings.region
    elsewhere = "" if moved == region else f", in {moved} since {region} lacks quota"
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
