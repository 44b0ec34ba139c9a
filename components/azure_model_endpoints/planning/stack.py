# SPDX-License-Identifier: Apache-2.0
"""From the settings of a stack to the plan of everything in it."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from azure_model_endpoints.errors import PlanError, Problem, SettingsError
from azure_model_endpoints.planning.deployment import Surroundings
from azure_model_endpoints.planning.endpoint import EndpointPlan, plan_endpoint
from azure_model_endpoints.planning.environment import environment_problems
from azure_model_endpoints.planning.isolation import IsolationPlan, plan_isolation
from azure_model_endpoints.planning.lock import Lock, disagreements, locked_settings
from azure_model_endpoints.planning.names import group_name_problem, name_problem, region_problem
from azure_model_endpoints.planning.networks import NetworkPlan, plan_network
from azure_model_endpoints.planning.preflight import stack_demands
from azure_model_endpoints.planning.stack_plan import StackPlan
from azure_model_endpoints.planning.tags import tags_problems
from azure_model_endpoints.planning.workspace_limits import (
    PATH as WORKSPACE_QUOTAS,
)
from azure_model_endpoints.planning.workspace_limits import (
    limit_problems,
    limits_below_needs,
    limits_out_of_place,
)
from azure_model_endpoints.planning.workspaces import workspace_problems
from azure_model_endpoints.profiles import effective_document, explained, with_locked
from azure_model_endpoints.settings import NetworkSettings, Settings, parse_settings

if TYPE_CHECKING:
    from azure_model_endpoints.catalog import Catalog

__all__ = ["plan_stack", "salvaged_plan"]


def plan_stack(
    stack: str,
    document: Mapping[str, Any],
    around: Surroundings,
    lock: Lock | None = None,
    *,
    within_limits: bool = True,
) -> StackPlan:
    """Return the plan of a stack.

    Args:
        stack: the stack's name, which is its environment: ``dev``.
        document: the stack's settings, as read from its file.
        around: the catalogue, the day, and whether there is a token besides the document's.
        lock: what was chosen for it before; None leaves every choice to the planner.
        within_limits: whether it is refused where it needs more than its own settings let the
            workspace take.

    Raises:
        SettingsError: some settings are malformed; holds the problems of all the others too.
        PlanError: the settings are well formed, but Azure would refuse them.
    """
    effective, unknown = effective_document(stack, document)
    settings, malformed = parse_settings(effective.document, effective.stand_ins)
    problems = [unknown] if unknown else []
    plan, unlocked = None, settings
    if settings:
        if lock and (found := disagreements(lock, settings, source=f"{stack}.lock.yaml")):
            problems += found  # what was chosen for other settings says nothing of these
        elif lock:
            settings = locked_settings(settings, lock)
        plan, found = _plan(stack, _with_network(settings), around)
        problems += found
        problems += _workspace_quotas(plan, around.catalog, within_limits=within_limits)
    if malformed:
        # What was left out for being malformed is not also missing.
        told = {problem.path for problem in malformed}
        raise SettingsError([*malformed, *(p for p in problems if p.path not in told)])
    if problems or plan is None:
        raise PlanError(problems)
    rows = explained(plan.settings, document, effective.origins)
    if lock and unlocked:
        rows = with_locked(rows, explained(unlocked, document, effective.origins))
    return replace(plan, asked=unlocked if lock else None, explained=rows)


def salvaged_plan(
    stack: str, document: Mapping[str, Any], around: Surroundings
) -> StackPlan | None:
    """Return the plan of what is right in settings that are refused; None where nothing is.

    Args:
        stack: the stack's name.
        document: its settings.
        around: what `plan_stack` was given.
    """
    effective, _ = effective_document(stack, document)
    settings, _ = parse_settings(effective.document, effective.stand_ins)
    return _plan(stack, _with_network(settings), around)[0] if settings else None


def _group_name(settings: Settings, stack: str) -> str:
    return f"rg-{settings.name}-{stack}"


def _with_network(settings: Settings) -> Settings:
    """Return the settings with the network that a private workspace of its own needs."""
    is_private = not settings.public_network_access and settings.workspace.existing is None
    if settings.network or not is_private:
        return settings
    return settings.model_copy(update={"network": NetworkSettings()})


def _plan(stack: str, settings: Settings, around: Surroundings) -> tuple[StackPlan, list[Problem]]:
    group = _group_name(settings, stack)
    region = region_problem("region", settings.region, around.catalog.regions)
    around = replace(
        around,
        region=None if region else settings.region,
        has_token=around.has_token or settings.hugging_face_token is not None,
    )
    name = name_problem("name", "workload", settings.name) or group_name_problem(stack, group)
    problems = [problem for problem in (region, name) if problem]
    problems += tags_problems("tags", settings.tags)
    endpoints, found = _endpoints(settings, around)
    problems += found
    network, found = _network(settings)
    problems += found
    isolation, found = _isolation(settings, endpoints)
    problems += found
    problems += workspace_problems(settings)
    problems += environment_problems(settings, endpoints)
    return StackPlan(settings, group, endpoints, network, isolation), problems


def _workspace_quotas(
    plan: StackPlan, catalog: "Catalog", *, within_limits: bool
) -> Iterator[Problem]:
    limits, skus = plan.settings.workspace_quotas, catalog.gpu_skus
    yield from limit_problems(WORKSPACE_QUOTAS, limits, skus)
    if within_limits:
        yield from limits_below_needs(limits, stack_demands(plan, {}, catalog), skus)
    if existing := plan.settings.workspace.existing:
        yield from limits_out_of_place(limits, existing.name)


def _endpoints(
    settings: Settings, around: Surroundings
) -> tuple[tuple[EndpointPlan, ...], list[Problem]]:
    endpoints, problems = [], []
    taken: dict[tuple[bool, str], str] = {}
    for key, endpoint in settings.endpoints.items():
        path = f"endpoints.{key}"
        plan, found = plan_endpoint(key, endpoint, around, path=path)
        endpoints.append(plan)
        problems += found
        # A default name has a suffix, which tells it from one that was given.
        name = (endpoint.endpoint_name is None, (endpoint.endpoint_name or key).lower())
        if name in taken:
            given = f"{name[1]!r}, the name of {taken[name]} too"
            problems.append(Problem(path, given, "a name of its own", "Rename one of them."))
        taken[name] = path
    return tuple(endpoints), problems


def _network(settings: Settings) -> tuple[NetworkPlan | None, list[Problem]]:
    if settings.network is None:
        return None, []
    return plan_network("network", settings.network, settings.region)


def _isolation(
    settings: Settings, endpoints: tuple[EndpointPlan, ...]
) -> tuple[IsolationPlan, list[Problem]]:
    if settings.workspace.existing is not None:
        return IsolationPlan(settings.isolation.mode), []
    servings = [
        (f"endpoints.{endpoint.key}.deployments.{deployment.name}", deployment.serving)
        for endpoint in endpoints
        for deployment in endpoint.deployments
    ]
    return plan_isolation(
        "isolation",
        settings.isolation,
        servings,
        is_private=not settings.public_network_access,
    )
