# SPDX-License-Identifier: Apache-2.0
"""Limits of a workspace: how much of the subscription's quota everything in it may take.

They share quota out between teams, each with a workspace (Azure docs, "Manage and increase quotas",
workspace-level quotas). A limit is said of a family, or of a SKU for its whole family.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from azure_model_endpoints._wording import did_you_mean, listed
from azure_model_endpoints.errors import Problem
from azure_model_endpoints.planning.quota_needs import (
    Demand,
    FamilyNeed,
    FamilyQuota,
    family_key,
    family_needs,
    shortage,
    shortages,
)

if TYPE_CHECKING:
    from azure_model_endpoints.catalog import GpuSku
    from azure_model_endpoints.planning.capacity import Capacity

__all__ = [
    "lifted_limits",
    "limit_problems",
    "limited_needs",
    "limits_below_needs",
    "limits_by_family",
    "limits_out_of_place",
    "workspace_shares",
    "workspace_shortages",
]

PATH = "workspace_quotas"
"""The setting, as messages call it."""

Skus = Mapping[str, "GpuSku"]


def limits_by_family(limits: Mapping[str, int], skus: Skus) -> dict[str, int]:
    """Return limits by families as Azure spells them; unknown ones are left out."""
    return {family: limit for family, (_, limit) in _limited(limits, skus).items()}


def limit_problems(path: str, limits: Mapping[str, int], skus: Skus) -> Iterator[Problem]:
    """Yield the limits of families that do not exist, or that are limited twice.

    Args:
        path: how messages call the limits.
        limits: cores by family or SKU.
        skus: the sizes there are.
    """
    families = {sku.quota_family for sku in skus.values()}
    kept = _limited(limits, skus)
    for name, cores in limits.items():
        family = _family(name, skus)
        if family is None:
            hint = did_you_mean(name, [*families, *skus])
            allowed = f"a quota family ({listed(families)}), or a SKU for all of its family"
            yield Problem(f"{path}.{name}", repr(name), allowed, hint or "Correct the name.")
        elif kept[family][0] != name:
            given = f"{cores} cores of `{family}`, which {kept[family][0]!r} limits too"
            remedy = "Remove one of the two: a SKU stands for all of its family."
            yield Problem(f"{path}.{name}", given, "one limit per family", remedy)


def limits_below_needs(
    limits: Mapping[str, int], demands: Iterable[Demand], skus: Skus
) -> Iterator[Problem]:
    """Yield the limits that a stack itself will not fit into."""
    limited = _limited(limits, skus)
    for need in family_needs(demands, {}, skus):
        name, cores = limited.get(need.family, ("", need.needed))
        if cores < need.needed:
            yield Problem(
                f"{PATH}.{name}",
                f"{cores} cores of `{need.family}`",
                f"at least {need.needed}, which {', '.join(need.paths)} need",
                "Raise the limit, or let fewer instances or another SKU serve them: where `sku` "
                "leaves the choice, `ame plan --write` takes one that fits.",
            )


def limits_out_of_place(limits: Mapping[str, int], workspace: str) -> Iterator[Problem]:
    """Yield that a stack limits a workspace which others made."""
    if limits:
        yield Problem(
            PATH,
            f"limits of workspace {workspace!r}, which this stack does not create",
            "nothing",
            "Set them in the stack that creates it, or in Azure Machine Learning studio under "
            "Quota.",
        )


def limited_needs(
    limits: Mapping[str, int], demands: Iterable[Demand], capacity: "Capacity", skus: Skus
) -> tuple[FamilyNeed, ...]:
    """Return what is needed of the families of which the workspace may not take everything.

    What is declared counts before what is live, since a run brings it about first.

    Args:
        limits: cores by family or SKU, as the settings say them.
        demands: the deployments.
        capacity: what there is.
        skus: the sizes there are.
    """
    shares = _shares(limits, capacity, skus)
    demands = tuple(demands)
    quotas = {
        (demand.region, key): shares[key]
        for demand in demands
        if (key := family_key(skus[demand.sku].quota_family)) in shares
    }
    return tuple(need for need in family_needs(demands, quotas, skus) if need.quota)


def lifted_limits(
    before: Mapping[str, int],
    declared: Iterable[str],
    live: Mapping[str, int],
    quotas: Mapping[str, FamilyQuota],
) -> dict[str, int | None]:
    """Return what limits become that a run has set and that are declared no more.

    Azure documents no way to take one away. Without one, a workspace may take all that the
    subscription may, and nothing above that can be set (Azure docs, "Manage and increase quotas",
    workspace-level quotas), so that much is as good as none. A limit that others have changed
    since is theirs.

    Args:
        before: the limits that were set, by families as Azure spells them.
        declared: the families that are limited from now on.
        live: the limits that hold, by `family_key`.
        quotas: what the subscription may take, by `family_key`.

    Returns:
        cores by family; None where the subscription is not limited, and so nothing will do.
    """
    kept = {family_key(family) for family in declared}
    return {
        family: quotas[key].limit if key in quotas else None
        for family, limit in before.items()
        if (key := family_key(family)) not in kept and live.get(key) == limit
    }


def workspace_shares(
    limits: Mapping[str, int],
    demands: Iterable[Demand],
    capacity: "Capacity",
    skus: Skus,
    region: str,
) -> tuple[FamilyNeed, ...]:
    """Return what the workspace may take of every family it is limited in, needed or not.

    Args:
        limits: cores by family or SKU, as the settings say them.
        demands: the deployments.
        capacity: what there is.
        skus: the sizes there are.
        region: where the workspace is.
    """
    needs = limited_needs(limits, demands, capacity, skus)
    needed = {family_key(need.family) for need in needs}
    spelt = {family_key(sku.quota_family): sku.quota_family for sku in skus.values()}
    idle = (
        FamilyNeed(region, spelt.get(key, key), 0, 0, share, ())
        for key, share in _shares(limits, capacity, skus).items()
        if key not in needed
    )
    return (*needs, *sorted(idle, key=lambda need: need.family))


def workspace_shortages(
    limits: Mapping[str, int],
    demands: Iterable[Demand],
    capacity: "Capacity",
    skus: Skus,
    region: str,
) -> Iterator[Problem]:
    """Yield where the limits of the workspace are too low for a run, or Azure would refuse them.

    Args:
        limits: cores by family or SKU, as the settings say them.
        demands: the deployments.
        capacity: what there is.
        skus: the sizes there are.
        region: where the workspace is.
    """
    limited = _limited(limits, skus)
    for family, (name, cores) in limited.items():
        yield from _unsettable(f"{PATH}.{name}", family, cores, capacity, region)
    for need in shortages(limited_needs(limits, demands, capacity, skus)):
        what = f"`{PATH}`" if need.family in limited else "the workspace's limit, where it is set,"
        yield shortage(need, f"Raise {what} or name another `sku`.", where="the workspace")


def _shares(limits: Mapping[str, int], capacity: "Capacity", skus: Skus) -> dict[str, FamilyQuota]:
    """Return what the workspace may take and takes, by `family_key`."""
    declared = {family_key(name): cores for name, cores in limits_by_family(limits, skus).items()}
    cores = {**capacity.workspace_limits, **declared}
    return {key: FamilyQuota(capacity.workspace_used.get(key, 0), cores[key]) for key in cores}


def _unsettable(
    path: str, family: str, cores: int, capacity: "Capacity", region: str
) -> Iterator[Problem]:
    """Yield why Azure would refuse a limit: InvalidQuota… among the statuses of updateQuotas."""
    key = family_key(family)
    given = f"{cores} cores of `{family}`"
    quota = capacity.quotas.get((region, key))
    if quota and quota.limit is not None and cores > quota.limit:
        allowed = f"at most {quota.limit}, the subscription's limit in {region}"
        yield Problem(path, given, allowed, "Lower it, or request more for the subscription first.")
    used = capacity.workspace_used.get(key, 0)
    if cores < used:
        allowed = f"at least {used}, which the workspace uses now"
        remedy = "Remove deployments or instances in a run of its own first; then lower the limit."
        yield Problem(path, given, allowed, remedy)


def _limited(limits: Mapping[str, int], skus: Skus) -> dict[str, tuple[str, int]]:
    """Return by family the first name it is limited by, and the limit."""
    found: dict[str, tuple[str, int]] = {}
    for name, cores in limits.items():
        if family := _family(name, skus):
            found.setdefault(family, (name, cores))
    return found


def _family(name: str, skus: Skus) -> str | None:
    """Return the family that is meant, as Azure spells it."""
    for sku in skus.values():
        if name.lower() == sku.name.lower() or family_key(name) == family_key(sku.quota_family):
            return sku.quota_family
    return None
