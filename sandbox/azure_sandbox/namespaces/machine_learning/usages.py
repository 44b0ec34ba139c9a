# SPDX-License-Identifier: Apache-2.0
"""The `usages` listing: quota rows as Azure Machine Learning returns them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from azure_sandbox.arm.wire import JsonObject
from azure_sandbox.namespaces.machine_learning.quota import Footprint, used_vcpus
from azure_sandbox.namespaces.machine_learning.vm_sizes import Family, all_families

UNLIMITED = -1
_NAMESPACE = "Microsoft.MachineLearningServices"


class Spelling(StrEnum):
    """In which of two ways the rows name families and types."""

    SEEN = "seen"
    """As code that reads them in use expects: names like ``standardNCADSA100v4Family``, the same
    for dedicated and low priority, which differ in the type alone."""
    SAMPLE = "sample"
    """As in the samples of the REST specification: names like ``Standard NC Family Cluster
    Dedicated vCPUs``, one type for dedicated and low priority, which differ in the name alone."""


@dataclass(frozen=True, slots=True)
class Holding:
    """What one deployment takes of the quota."""

    workspace_id: str
    deployment: str
    footprint: Footprint


@dataclass(frozen=True, slots=True)
class RegionUsage:
    """What a subscription uses in a region, and may use."""

    subscription: str
    location: str
    holdings: Sequence[Holding]
    limits: Mapping[str, int]
    """vCPUs per family, by the family's key."""
    workspace_limits: Mapping[tuple[str, str], int]
    """vCPUs per workspace and family, by their ids and keys in lower case, where they are set."""

    def used(self, family: Family) -> int:
        """Return the vCPUs that all deployments take of a family."""
        return used_vcpus((held.footprint for held in self.holdings), family.key)

    def of(self, workspace_id: str, family: Family) -> list[Holding]:
        """Return what the deployments of one workspace take of a family."""
        return [
            held
            for held in self.holdings
            if held.workspace_id == workspace_id and held.footprint.size.family == family
        ]


def usages_rows(usage: RegionUsage, spelling: Spelling) -> list[JsonObject]:
    """Return all rows of `GET locations/{location}/usages`.

    Every family has a dedicated and a low-priority row. Rows of the workspaces that use it follow;
    in the specification's samples also rows of the computes in them, in whose place the sandbox has
    deployments. A limit of -1 means unlimited.
    """
    rows = _seen(usage) if spelling is Spelling.SEEN else _sample(usage)
    return [row | {"amlWorkspaceLocation": usage.location} for row in rows]


def _seen(usage: RegionUsage) -> Iterator[JsonObject]:
    region = f"/subscriptions/{usage.subscription}/providers/{_NAMESPACE}/locations"
    base = f"{region}/{usage.location}"
    for family in all_families():
        name = {"value": family.name, "localizedValue": _label(family, "Dedicated")}
        low = {"value": family.name, "localizedValue": _label(family, "LowPriority")}
        used, limit = usage.used(family), usage.limits[family.key]
        yield _row(base, "vmFamily/dedicatedCores", name, used, limit)
        yield _row(base, "vmFamily/lowPriorityCores", low, 0, UNLIMITED)
        for workspace in _workspaces(usage, family):
            taken, cap = _of_workspace(usage, workspace, family)
            yield _row(workspace, "workspaces/dedicatedCores", name, taken, cap)
    dedicated = {
        "value": "TotalDedicatedCores",
        "localizedValue": "Total Cluster Dedicated Regional vCPUs",
    }
    low_priority = {
        "value": "TotalLowPriorityCores",
        "localizedValue": "Total Cluster LowPriority Regional vCPUs",
    }
    yield _row(base, "totalCores/dedicatedCores", dedicated, _total(usage), UNLIMITED)
    yield _row(base, "totalCores/lowPriorityCores", low_priority, 0, 0)


def _sample(usage: RegionUsage) -> Iterator[JsonObject]:
    base = f"/subscriptions/{usage.subscription}"
    dedicated, low = (
        f"Total Cluster {tier} Regional vCPUs" for tier in ("Dedicated", "LowPriority")
    )
    yield _row(base, "dedicatedCores", _named(dedicated), _total(usage), UNLIMITED)
    for family in all_families():
        name = _named(_label(family, "Dedicated"))
        yield _row(base, "vmFamily", name, usage.used(family), usage.limits[family.key])
        for position, workspace in enumerate(_workspaces(usage, family)):
            # The samples misspell some of these.
            spelt = "workspaces" if position % 2 == 0 else "workspace"
            taken, cap = _of_workspace(usage, workspace, family)
            yield _row(workspace, spelt, name, taken, cap)
            for held in usage.of(workspace, family):
                compute = f"{workspace}/computes/{held.deployment}"
                yield _row(compute, f"{spelt}/computes", name, held.footprint.vcpus, cap)
    yield _row(base, "lowPriorityCores", _named(low), 0, 0)
    for family in all_families():
        yield _row(base, "vmFamily", _named(_label(family, "LowPriority")), 0, UNLIMITED)


def _label(family: Family, tier: str) -> str:
    return f"{family.label} Cluster {tier} vCPUs"


def _named(name: str) -> JsonObject:
    return {"value": name, "localizedValue": name}


def _workspaces(usage: RegionUsage, family: Family) -> list[str]:
    """Return the ids of the workspaces that use a family."""
    using = {h.workspace_id for h in usage.holdings if h.footprint.size.family == family}
    return sorted(using)


def _of_workspace(usage: RegionUsage, workspace: str, family: Family) -> tuple[int, int]:
    taken = sum(held.footprint.vcpus for held in usage.of(workspace, family))
    own = usage.workspace_limits.get((workspace.lower(), family.key))
    return taken, usage.limits[family.key] if own is None else own


def _total(usage: RegionUsage) -> int:
    return sum(held.footprint.vcpus for held in usage.holdings)


def _row(owner: str, kind: str, name: JsonObject, used: int, limit: int) -> JsonObject:
    return {
        "id": f"{owner}/usages/{'_'.join(name['value'].split())}",
        "type": f"{_NAMESPACE}/{kind}/usages",
        "unit": "Count",
        "currentValue": used,
        "limit": limit,
        "name": name,
    }
