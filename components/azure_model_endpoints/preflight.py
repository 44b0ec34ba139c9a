# SPDX-License-Identifier: Apache-2.0
"""Asks Azure, before a program creates anything, whether there will be room for it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import pulumi

from azure_model_endpoints.catalog import Catalog
from azure_model_endpoints.errors import AmeError, Problem, QuotaError
from azure_model_endpoints.planning.endpoint_ids import endpoint_ids
from azure_model_endpoints.planning.existing_subnets import endpoint_addresses
from azure_model_endpoints.planning.live_regions import live_regions, moves
from azure_model_endpoints.planning.names import WorkspaceNames
from azure_model_endpoints.planning.networks import NetworkNames
from azure_model_endpoints.planning.preflight import (
    collisions,
    limit_warnings,
    quota_problems,
)
from azure_model_endpoints.planning.private_links import private_links, zone_names
from azure_model_endpoints.planning.regional_sizes import offer_warnings
from azure_model_endpoints.planning.stack_plan import StackPlan
from azure_model_endpoints.subscription.concurrently import settled
from azure_model_endpoints.subscription.live_capacity import DEADLINE_SECONDS
from azure_model_endpoints.subscription.provider import program_client
from azure_model_endpoints.subscription.stack_capacity import capacity_for
from azure_model_endpoints.subscription.unanswered import unanswered_problems
from azure_model_endpoints.subscription.version_check import VersionCheck
from azure_model_endpoints.vocabulary import Preflight

if TYPE_CHECKING:
    from azure_model_endpoints.subscription.arm import ArmClient

__all__ = ["preflight", "problems_besides"]

BESIDES_SECONDS = 5.0
"""How long somebody whose settings are wrong waits for what else is."""

_DECISIVE = frozenset({"name", "stack", "region", "profile", "public_network_access", "preflight"})
"""Settings without which there is nothing to ask."""
_OF_CREATION = frozenset({"workspace", "isolation"})
"""Those that decide what a new workspace needs, beside them."""
_OF_NETWORK = ("network.existing_subnet_id", "network.private_dns_zone_ids")
"""Those that decide what there is to ask about a network."""

_QUOTA = "quota"
_CREATION = "names and registrations"
_WEIGHTS = "weights"
"""How messages call what is asked."""


def preflight(
    plan: StackPlan, catalog: Catalog, *, deadline_seconds: float = DEADLINE_SECONDS
) -> None:
    """Hold a stack against the subscription of the default provider.

    Args:
        plan: the stack.
        catalog: the sizes there are.
        deadline_seconds: how long Azure may take to answer everything.

    Raises:
        QuotaError: quota is short, a name is taken, the network could not be used, or Azure could
            not be asked, and the stack says ``enforce``. Where it says ``warn``, the same is a
            warning. What is live in another region is moved in neither case.
    """
    mode = plan.settings.preflight
    if mode is Preflight.OFF or not plan.endpoints:
        return
    or_else = ", or say `preflight: warn` to go on without" if mode is Preflight.ENFORCE else ""
    try:
        client, subscription = program_client(patience_seconds=deadline_seconds)
    except AmeError as error:
        found = _Findings(failures=dict.fromkeys([_QUOTA, _CREATION], error))
    else:
        found = _findings(plan, catalog, client, subscription, deadline_seconds)
    for warning in found.warnings:
        pulumi.log.warn(warning)
    unanswered = unanswered_problems("preflight", found.failures, or_else=or_else)
    problems = [*found.problems, *unanswered]
    if found.moves or (problems and mode is Preflight.ENFORCE):
        raise QuotaError([*found.moves, *problems])
    if problems:
        pulumi.log.warn(str(QuotaError(problems)))


def problems_besides(
    plan: StackPlan, told: Iterable[Problem], *, deadline_seconds: float = BESIDES_SECONDS
) -> list[Problem]:
    """Return what Azure would refuse besides what is wrong with the settings of a stack.

    Nothing is asked that the wrong ones decide, and nothing is said where Azure does not answer.

    Args:
        plan: what is right in the settings.
        told: what is wrong with them.
        deadline_seconds: how long Azure may take.
    """
    if plan.settings.preflight is not Preflight.ENFORCE or not plan.endpoints:
        return []
    paths = [problem.path for problem in told]
    sections = {path.partition(".")[0] for path in paths}
    if sections & _DECISIVE:
        return []

    def asked() -> list[Problem]:
        client, subscription = program_client(patience_seconds=deadline_seconds)
        questions: dict[str, Callable[[], list[Problem]]] = {}
        if not plan.settings.workspace.existing and not sections & _OF_CREATION:
            questions[_CREATION] = partial(_of_creation, plan, client, subscription)
        if not any(path == "network" or path.startswith(_OF_NETWORK) for path in paths):
            questions |= _about_network(plan, client, subscription)
        answers, _ = settled(questions, deadline_seconds=deadline_seconds)
        return [problem for found in answers.values() for problem in found]

    answers, _ = settled({"all": asked}, deadline_seconds=deadline_seconds)
    return answers.get("all", [])


@dataclass(frozen=True, slots=True)
class _Findings:
    """What Azure said of a stack."""

    problems: list[Problem] = field(default_factory=list)
    """What Azure would refuse."""
    moves: list[Problem] = field(default_factory=list)
    """What Azure would let happen, at the cost of what serves."""
    warnings: list[str] = field(default_factory=list)
    failures: Mapping[str, AmeError] = field(default_factory=dict)
    """Why there is no answer, by what was asked."""


def _findings(
    plan: StackPlan,
    catalog: Catalog,
    client: "ArmClient",
    subscription: str,
    deadline_seconds: float,
) -> _Findings:
    versions = VersionCheck.begun(client, plan)
    questions: dict[str, Callable[[], Any]] = {
        _QUOTA: partial(capacity_for, plan, catalog, client, subscription),
        _WEIGHTS: partial(_of_weights, plan, client, subscription),
    }
    if not plan.settings.workspace.existing:
        questions[_CREATION] = partial(_of_creation, plan, client, subscription)
    answers, failures = settled(
        questions | _about_network(plan, client, subscription), deadline_seconds=deadline_seconds
    )
    capacity = answers.pop(_QUOTA, None)
    weights, warnings = answers.pop(_WEIGHTS, ([], []))
    problems = [*weights, *(problem for found in answers.values() for problem in found)]
    moved: list[Problem] = []
    if capacity:
        own_ids, stack = endpoint_ids(plan, subscription), pulumi.get_stack()
        moved = moves(plan, stack, live_regions(plan, subscription, capacity))
        problems += quota_problems(plan, stack, capacity, catalog)
        missing, unknown = versions.findings(own_ids, capacity, deadline_seconds=deadline_seconds)
        problems += [*missing, *collisions(plan, own_ids, capacity)]
        warnings = [
            *warnings,
            *limit_warnings(plan, own_ids, capacity),
            *offer_warnings(plan, capacity, catalog),
            *unknown,
        ]
    return _Findings(problems, moved, warnings, failures)


def _of_creation(plan: StackPlan, client: "ArmClient", subscription: str) -> list[Problem]:
    """Return what would keep the workspace from being created, if it is not there yet."""
    from azure_model_endpoints.subscription.new_workspaces import problems_if_new

    group = plan.resource_group_name
    return problems_if_new(
        client,
        subscription,
        group,
        WorkspaceNames.of(plan.settings.name, subscription, group),
        region=plan.settings.region,
        path="name",
        encrypted=bool(plan.settings.workspace.customer_managed_key),
        # Of a private network the same is asked below, also where the workspace is there.
        networked=plan.settings.network is None and plan.isolation.is_isolated,
    )


def _about_network(
    plan: StackPlan, client: "ArmClient", subscription: str
) -> dict[str, Callable[[], list[Problem]]]:
    """Return what to ask about private endpoints: whether they can be made, and will be found."""
    from azure_model_endpoints.subscription.networks import WantedNetwork, network_questions

    said = plan.settings.network
    if said is None:
        return {}
    region, group = plan.settings.region, plan.resource_group_name
    new = [zone for zone in zone_names(region) if zone not in said.private_dns_zone_ids]
    wanted = WantedNetwork(
        path="network",
        region_path="region",
        region=region,
        given=said.private_dns_zone_ids,
        created=dict.fromkeys(new, group),
        addresses=endpoint_addresses(
            private_links(region),
            NetworkNames.of(plan.settings.name),
            f"/subscriptions/{subscription}/resourceGroups/{group}",
        ),
        is_new=said.existing_subnet_id is None,
        subnet_id=said.existing_subnet_id,
    )
    return network_questions(client, subscription, wanted)


def _of_weights(
    plan: StackPlan, client: "ArmClient", subscription: str
) -> tuple[list[Problem], list[str]]:
    """Return what vLLM would not find, and warnings of what nobody knows."""
    from azure_model_endpoints.subscription.weights import weight_findings

    return weight_findings(plan, client, subscription)
