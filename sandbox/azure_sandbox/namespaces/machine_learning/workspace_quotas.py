# SPDX-License-Identifier: Apache-2.0
"""Limits of workspaces: how much of the subscription's quota the deployments of each may take.

Ids and types are those of the recorded tests of Azure's SDK for .NET; the id's last part is also
taken as the REST specification's samples write it.
"""

from collections.abc import Iterator

from azure_sandbox.arm import locations, refusals
from azure_sandbox.arm.call import Call
from azure_sandbox.arm.ids import parse
from azure_sandbox.arm.records import Resource
from azure_sandbox.arm.wire import Answer, JsonObject
from azure_sandbox.namespaces.machine_learning.subscription_quota import (
    limit_vcpus,
    set_workspace_limit,
    used_in,
    workspace_limits,
)
from azure_sandbox.namespaces.machine_learning.vm_sizes import (
    Family,
    all_families,
    family_key,
    find_family,
)

_TYPE = "Microsoft.MachineLearningServices/workspaces/dedicatedCores/quotas"


def quotas(call: Call) -> Answer:
    """`GET locations/{location}/quotas`: the limits that were set."""
    return Answer(200, {"value": list(_rows(call, locations.normalise(call.target.names[0])))})


def update_quotas(call: Call) -> Answer:
    """`POST locations/{location}/updateQuotas`: sets limits; each row says what became of it."""
    rows = call.body.get("value")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise refusals.invalid_content("'value' must be a list of quotas")
    location = locations.normalise(call.target.names[0])
    answered = [{**row, "status": _updated(call, location, row)} for row in rows]
    return Answer(200, {"value": answered})


def _rows(call: Call, location: str) -> Iterator[JsonObject]:
    families = {family.key: family for family in all_families()}
    for (workspace_id, key), limit in sorted(workspace_limits(call.tx).items()):
        workspace = call.tx.get(workspace_id)
        family = families[key]
        if workspace is None or workspace.location != location:
            continue
        yield {
            "id": f"{workspace.id}/quotas/{family.name}",
            "amlWorkspaceLocation": location,
            "type": _TYPE,
            "name": {
                "value": family.name,
                "localizedValue": f"{family.label} Cluster Dedicated vCPUs",
            },
            "limit": limit,
            "unit": "Count",
        }


def _updated(call: Call, location: str, row: JsonObject) -> str:
    """Set one limit where that can be; return the status that the API documents for it."""
    workspace_id, _, name = str(row.get("id")).rpartition("/quotas/")
    workspace = call.tx.get(workspace_id)
    limit = row.get("limit")
    if not isinstance(limit, int) or isinstance(limit, bool) or limit < 0:
        return "Failure"
    if workspace is None or not _is_workspace(workspace.id) or workspace.location != location:
        return "Failure"
    family = _family(name)
    if family is None:
        is_low = family_key(name).endswith("lowpriorityvcpus")
        return "OperationNotSupportedForSku" if is_low else "InvalidVMFamilyName"
    status = _status(call, workspace, family, limit)
    if status == "Success":
        set_workspace_limit(call.tx, workspace.id, family, limit)
    return status


def _status(call: Call, workspace: Resource, family: Family, limit: int) -> str:
    if limit > limit_vcpus(call.tx, workspace.location, family):
        return "InvalidQuotaExceedsSubscriptionLimit"
    place = (call.tx, workspace.subscription, workspace.location, family, workspace.id)
    return "InvalidQuotaBelowClusterMinimum" if limit < used_in(*place) else "Success"


def _is_workspace(resource_id: str) -> bool:
    target = parse(resource_id)
    return target is not None and target.type_path.lower() == "workspaces"


def _family(name: str) -> Family | None:
    return find_family(family_key(name).removesuffix("clusterdedicatedvcpus"))
