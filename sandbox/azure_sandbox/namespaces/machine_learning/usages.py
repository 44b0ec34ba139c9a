# SPDX-License-Identifier: Apache-2.0
"""The `usages` listing: quota rows as Azure Machine Learning returns them."""

from collections.abc import Mapping

from azure_sandbox.arm.wire import JsonObject
from azure_sandbox.namespaces.machine_learning.vm_sizes import all_families

_TYPES = "Microsoft.MachineLearningServices"
UNLIMITED = -1


def usages_listing(
    subscription: str, location: str, used: Mapping[str, int], limits: Mapping[str, int]
) -> JsonObject:
    """Return the answer to `GET locations/{location}/usages`.

    `used` and `limits` map family names, verbatim, to vCPUs. Each family has two rows of one
    name, dedicated and low priority, told apart by `type` alone; a limit of -1 means unlimited.
    """
    base = f"/subscriptions/{subscription}/providers/{_TYPES}/locations/{location}/usages"
    rows = []
    for family in all_families():
        name = {"value": family.name, "localizedValue": f"{family.label} Cluster Dedicated vCPUs"}
        low = {"value": family.name, "localizedValue": f"{family.label} Cluster LowPriority vCPUs"}
        used_vcpus = used.get(family.name, 0)
        limit = limits.get(family.name, family.default_limit_vcpus)
        rows += [
            _row(base, "vmFamily/dedicatedCores", name, used_vcpus, limit),
            _row(base, "vmFamily/lowPriorityCores", low, 0, UNLIMITED),
        ]
    dedicated = {
        "value": "TotalDedicatedCores",
        "localizedValue": "Total Cluster Dedicated Regional vCPUs",
    }
    low_priority = {
        "value": "TotalLowPriorityCores",
        "localizedValue": "Total Cluster LowPriority Regional vCPUs",
    }
    rows += [
        _row(base, "totalCores/dedicatedCores", dedicated, sum(used.values()), UNLIMITED),
        _row(base, "totalCores/lowPriorityCores", low_priority, 0, 0),
    ]
    return {"value": [row | {"amlWorkspaceLocation": location} for row in rows]}


def _row(base: str, kind: str, name: JsonObject, used: int, limit: int) -> JsonObject:
    return {
        "id": f"{base}/{''.join(name['value'].split())}",
        "type": f"{_TYPES}/{kind}/usages",
        "unit": "Count",
        "currentValue": used,
        "limit": limit,
        "name": name,
    }
