# SPDX-License-Identifier: Apache-2.0
"""What a stack needs of the quota, held against what is free.

Azure counts what runs, so a run is judged by what it adds: a deployment that grows by its growth,
a new one by all of it. What goes in the same run goes only after the new is serving, and frees
nothing before: that is the peak of a blue/green swap.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from azure_model_endpoints.errors import Problem
from azure_model_endpoints.planning.quota import quota_cores

if TYPE_CHECKING:
    from azure_model_endpoints.catalog import GpuSku

__all__ = [
    "Demand",
    "FamilyNeed",
    "FamilyQuota",
    "added_cores",
    "family_key",
    "family_needs",
    "shortage",
    "shortages",
]


@dataclass(frozen=True, slots=True)
class Demand:
    """What one deployment will run on, and what it runs on now."""

    path: str
    """How messages call the deployment."""
    region: str
    sku: str
    """In Azure's spelling."""
    instances: int
    live_sku: str | None = None
    """What is live of it; None when nothing is."""
    live_instances: int = 0


@dataclass(frozen=True, slots=True)
class FamilyQuota:
    """The quota of one family of sizes in one region."""

    used: int
    """Cores in use by everything in the subscription."""
    limit: int | None
    """Cores that may be in use; None: without limit."""

    @property
    def free(self) -> int | None:
        """Cores that may still be taken; None: without limit."""
        return None if self.limit is None else max(self.limit - self.used, 0)


@dataclass(frozen=True, slots=True)
class FamilyNeed:
    """What a stack needs of one family in one region."""

    region: str
    family: str
    """Verbatim, as Azure spells it."""
    needed: int
    """Cores of all its deployments once the run is over."""
    added: int
    """Cores that the run takes at its peak beyond what is in use."""
    quota: FamilyQuota | None
    """What there is; None where Azure named no such family."""
    paths: tuple[str, ...]
    """The deployments that need it."""
    growing: tuple[str, ...] = ()
    """Those of them that take more than they have."""

    @property
    def short(self) -> int:
        """Cores that lack at the run's peak; all that is added where no quota is known."""
        if self.quota is None:
            return self.added
        return max(self.added - self.quota.free, 0) if self.quota.free is not None else 0


def family_key(family: str) -> str:
    """Return a family's name in the form in which two spellings of Azure's compare equal.

    The samples of its REST specification add what is counted, "Cluster Dedicated vCPUs".
    """
    return "".join(family.split()).replace("_", "").lower().removesuffix("clusterdedicatedvcpus")


def family_needs(
    demands: Iterable[Demand],
    quotas: Mapping[tuple[str, str], FamilyQuota],
    skus: Mapping[str, "GpuSku"],
) -> tuple[FamilyNeed, ...]:
    """Return what is needed of every family, by region and family.

    Args:
        demands: the deployments.
        quotas: what there is, by region and `family_key`.
        skus: the sizes there are.
    """
    by_family: dict[tuple[str, str], list[Demand]] = {}
    for demand in demands:
        family = skus[demand.sku].quota_family
        by_family.setdefault((demand.region, family), []).append(demand)
    return tuple(
        FamilyNeed(
            region=region,
            family=family,
            needed=sum(_cores(each, skus) for each in group),
            added=sum(added_cores(each, skus) for each in group),
            quota=quotas.get((region, family_key(family))),
            paths=tuple(each.path for each in group),
            growing=tuple(each.path for each in group if added_cores(each, skus)),
        )
        for (region, family), group in sorted(by_family.items())
    )


def added_cores(demand: Demand, skus: Mapping[str, "GpuSku"]) -> int:
    """Return the cores that a deployment takes beyond what it has of the same family."""
    live = skus.get(demand.live_sku or "")
    if live is None or live.quota_family != skus[demand.sku].quota_family:
        return _cores(demand, skus)
    return max(_cores(demand, skus) - quota_cores(live, demand.live_instances), 0)


def shortage(need: FamilyNeed, remedy: str, *, where: str = "") -> Problem:
    """Return that a need cannot be met.

    Args:
        need: what is needed.
        remedy: what to do about it.
        where: what has too little; without it, the subscription in the need's region.
    """
    cores = f"{need.added} cores more of quota family `{need.family}`"
    given = f"{cores} in {where or need.region}"
    return Problem(", ".join(need.paths), given, _room(need), remedy)


def shortages(needs: Iterable[FamilyNeed]) -> tuple[FamilyNeed, ...]:
    """Return the needs that cannot be met."""
    return tuple(need for need in needs if need.short)


def _room(need: FamilyNeed) -> str:
    """Return in a few words how much there is of what is needed."""
    quota = need.quota
    if quota is None or quota.limit is None:
        return "0: Azure names no such family there"
    return f"{quota.free or 0}, as {quota.used} of {quota.limit} are in use; short by {need.short}"


def _cores(demand: Demand, skus: Mapping[str, "GpuSku"]) -> int:
    return quota_cores(skus[demand.sku], demand.instances)
