# SPDX-License-Identifier: Apache-2.0
"""What could serve instead where quota is short, as `ame plan --write` would find it.

The last deployment whose SKU is open gives way first, as in `allocation`, and each offer takes what
it needs from what is free, so that two never count on the same cores.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from azure_model_endpoints.planning.candidates import Candidate, rank
from azure_model_endpoints.planning.catalogue_offers import too_old_for_vllm
from azure_model_endpoints.planning.quota_needs import (
    Demand,
    FamilyNeed,
    added_cores,
    family_key,
    family_needs,
    shortages,
)
from azure_model_endpoints.planning.regional_sizes import is_offered
from azure_model_endpoints.planning.workspace_limits import workspace_shares
from azure_model_endpoints.vocabulary import AUTO

if TYPE_CHECKING:
    from azure_model_endpoints.catalog import Catalog
    from azure_model_endpoints.planning.capacity import Capacity
    from azure_model_endpoints.planning.deployment import DeploymentPlan
    from azure_model_endpoints.planning.question import Question
    from azure_model_endpoints.planning.stack_plan import StackPlan
    from azure_model_endpoints.settings import DeploymentSettings

__all__ = ["Offer", "Offers", "offers"]

_WITHOUT_LIMIT = float("inf")


@dataclass(frozen=True, slots=True)
class Offer:
    """Another SKU for one deployment."""

    path: str
    sku: str
    cores: int
    is_open: bool
    """Whether the settings leave it to the planner; else somebody has to write it."""


@dataclass(frozen=True, slots=True)
class Offers:
    """What could be done about one shortage."""

    found: tuple[Offer, ...]
    still_short: int
    """Cores that lack all the same."""


@dataclass(frozen=True, slots=True)
class _Deployment:
    """A deployment, as it is planned and as the settings have it."""

    plan: "DeploymentPlan"
    said: "DeploymentSettings"

    @property
    def is_named(self) -> bool:
        """Whether somebody has said its SKU, so that there is no choice."""
        return isinstance(self.said.sku, str) and self.said.sku != AUTO


def offers(
    plan: "StackPlan", demands: Iterable[Demand], capacity: "Capacity", catalog: "Catalog"
) -> dict[str, Offers]:
    """Return by family what could be done about every shortage of the subscription's quota.

    Args:
        plan: the stack.
        demands: its deployments, as `stack_demands` returns them.
        capacity: what there is.
        catalog: the sizes there are.
    """
    by_path = {demand.path: demand for demand in demands}
    deployments = dict(_deployments(plan))
    rooms = _rooms(plan, by_path.values(), capacity, catalog)
    answers = {}
    for need in shortages(family_needs(by_path.values(), capacity.quotas, catalog.gpu_skus)):
        found, short = [], need.short
        for path in _giving_way(need, deployments):
            if short <= 0:
                break
            candidates = (
                (candidate, is_open)
                for candidate, is_open in _candidates(deployments[path], catalog)
                if is_offered(candidate.sku, plan.settings.region, capacity, catalog)
            )
            if offer := _offer(path, candidates, need, rooms):
                found.append(offer)
                short -= added_cores(by_path[path], catalog.gpu_skus)
        found.sort(key=lambda offer: need.growing.index(offer.path))
        answers[need.family] = Offers(tuple(found), max(short, 0))
    return answers


def _giving_way(need: FamilyNeed, deployments: Mapping[str, _Deployment]) -> Iterator[str]:
    """Yield who has to go elsewhere, one after the other."""
    last_first = need.growing[::-1]
    yield from (path for path in last_first if not deployments[path].is_named)
    yield from (path for path in last_first if deployments[path].is_named)


def _deployments(plan: "StackPlan") -> Iterator[tuple[str, _Deployment]]:
    for endpoint in plan.endpoints:
        said = plan.as_written.endpoints[endpoint.key].deployments
        for deployment in endpoint.deployments:
            path = f"endpoints.{endpoint.key}.deployments.{deployment.name}"
            yield path, _Deployment(deployment, said[deployment.name])


def _rooms(
    plan: "StackPlan", demands: Iterable[Demand], capacity: "Capacity", catalog: "Catalog"
) -> dict[str, float]:
    """Return the cores that a run leaves of every family, by `family_key`."""
    settings, skus = plan.settings, catalog.gpu_skus
    demands = tuple(demands)
    rooms = {
        key: _WITHOUT_LIMIT if quota.free is None else float(quota.free)
        for (region, key), quota in capacity.quotas.items()
        if region == settings.region
    }
    for share in workspace_shares(
        settings.workspace_quotas, demands, capacity, skus, settings.region
    ):
        key = family_key(share.family)
        if key in rooms and share.quota and share.quota.free is not None:
            rooms[key] = min(rooms[key], share.quota.free)
    for need in family_needs(demands, {}, skus):
        key = family_key(need.family)
        rooms[key] = rooms.get(key, 0) - need.added
    return rooms


def _offer(
    path: str,
    candidates: Iterable[tuple[Candidate, bool]],
    need: FamilyNeed,
    rooms: dict[str, float],
) -> Offer | None:
    """Return the best SKU of another family that there is room for, and take that room."""
    for candidate, is_open in candidates:
        key, cores = family_key(candidate.quota_family), candidate.quota_cores or 0
        if candidate.quota_family != need.family and cores <= rooms.get(key, 0):
            rooms[key] -= cores
            return Offer(path, candidate.sku, cores, is_open)
    return None


def _candidates(deployment: _Deployment, catalog: "Catalog") -> Iterator[tuple[Candidate, bool]]:
    """Yield what would hold a workload, and whether the settings leave it to the planner.

    First what they leave to it, in its order or in theirs.
    """
    question = _question(deployment, catalog)
    if question is None:
        return
    sku = deployment.said.sku
    fitting = [candidate for candidate in rank(question, catalog) if candidate.fits]
    if sku == AUTO:
        yield from ((candidate, True) for candidate in fitting)
        return
    named = {name.lower(): place for place, name in enumerate(_several(sku))}
    listed = [candidate for candidate in fitting if candidate.sku.lower() in named]
    yield from ((each, True) for each in sorted(listed, key=lambda c: named[c.sku.lower()]))
    yield from ((each, False) for each in fitting if each not in listed)


def _several(sku: str | tuple[str, ...]) -> tuple[str, ...]:
    """Return what is to be tried in turn; of a SKU that somebody named there is no other."""
    return () if isinstance(sku, str) else sku


def _question(deployment: _Deployment, catalog: "Catalog") -> "Question | None":
    """Return what is to be served, as the settings ask for it and not as a lock has it."""
    sizing, said = deployment.plan.sizing, deployment.said
    if sizing is None:
        return None
    excluded: Mapping[str, str] = sizing.question.excluded
    if said.vllm and said.sku == AUTO:
        excluded = {**excluded, **too_old_for_vllm(catalog)}
    return replace(
        sizing.question,
        instances=said.instances,
        max_streams=said.max_concurrent_requests,
        excluded=excluded,
    )
