# SPDX-License-Identifier: Apache-2.0
"""vCPU quota of the sandbox's subscriptions: limits that can be set, usage that is counted."""

from collections.abc import Iterator

from azure_sandbox.arm import lists, locations
from azure_sandbox.arm.call import Call
from azure_sandbox.arm.errors import ArmError
from azure_sandbox.arm.records import Resource
from azure_sandbox.arm.transaction import Transaction
from azure_sandbox.arm.wire import Answer, JsonObject
from azure_sandbox.namespaces.machine_learning.offered_sizes import withdrawn
from azure_sandbox.namespaces.machine_learning.quota import used_vcpus
from azure_sandbox.namespaces.machine_learning.routing import DEPLOYMENT_TYPE
from azure_sandbox.namespaces.machine_learning.serving import footprint_of
from azure_sandbox.namespaces.machine_learning.usages import (
    Holding,
    RegionUsage,
    Spelling,
    usages_rows,
)
from azure_sandbox.namespaces.machine_learning.versions import BEFORE_ENDPOINTS
from azure_sandbox.namespaces.machine_learning.vm_sizes import (
    Family,
    all_families,
    find_family,
    vm_sizes_listing,
)

_DOCUMENT = "quota-limits"
_SPELLING = "usages-spelling"
_WORKSPACE_LIMITS = "workspace-quota-limits"
_PAGE_SIZE = 25
"""Rows of the usages on one page: few, so that clients meet a second page."""


def limit_vcpus(tx: Transaction, location: str, family: Family) -> int:
    """Return the limit of a family in a region: as set, else the sandbox's default."""
    limits = (tx.document(_DOCUMENT) or {}).get(location, {})
    return int(limits.get(family.key, family.default_limit_vcpus))


def used_in(
    tx: Transaction, subscription: str, location: str, family: Family, workspace_id: str = ""
) -> int:
    """Return the vCPUs in use of a family in a region: by all, or in one workspace."""
    wanted = workspace_id.lower()
    return used_vcpus(
        (
            held.footprint
            for held in holdings(tx, subscription, location)
            if wanted in {"", held.workspace_id.lower()}
        ),
        family.key,
    )


def holdings(tx: Transaction, subscription: str, location: str) -> Iterator[Holding]:
    """Return what every deployment of a subscription in a region takes."""
    for deployment in tx.of_type(DEPLOYMENT_TYPE, subscription=subscription, location=location):
        if footprint := footprint_of(deployment):
            workspace_id = deployment.id.rpartition("/onlineEndpoints/")[0]
            yield Holding(workspace_id, deployment.name, footprint)


def workspace_limits(tx: Transaction) -> dict[tuple[str, str], int]:
    """Return the limits of workspaces, by workspace id in lower case and family key."""
    stored: JsonObject = tx.document(_WORKSPACE_LIMITS) or {}
    return {
        (workspace, family): limit
        for workspace, limits in stored.items()
        for family, limit in limits.items()
    }


def set_workspace_limit(tx: Transaction, workspace_id: str, family: Family, limit: int) -> None:
    """Limit what the deployments of one workspace may take of a family."""
    stored: JsonObject = tx.document(_WORKSPACE_LIMITS) or {}
    stored.setdefault(workspace_id.lower(), {})[family.key] = limit
    tx.put_document(_WORKSPACE_LIMITS, stored)


def set_quota(tx: Transaction, change: JsonObject) -> JsonObject:
    """Set the limit of one family in one region: `{"location", "family", "limit"}`, vCPUs.

    Raises ArmError (400) for an unknown region or family and for a limit that is no natural
    number.
    """
    location = locations.checked(change.get("location"), "sandbox quota")
    family = checked_family(change.get("family"))
    limit = change.get("limit")
    if isinstance(limit, bool) or not isinstance(limit, int) or limit < 0:
        raise ArmError(
            400, "InvalidLimit", f"The limit is {limit!r}; it must be a number of vCPUs, 0 or more."
        )
    store_limit(tx, location, family, limit)
    return {"location": location, "family": family.name, "limit": limit}


def store_limit(tx: Transaction, location: str, family: Family, limit: int) -> None:
    """Store a limit that has been checked."""
    limits = tx.document(_DOCUMENT) or {}
    limits.setdefault(location, {})[family.key] = limit
    tx.put_document(_DOCUMENT, limits)


def checked_family(name: object) -> Family:
    """Return the family that somebody names; raises ArmError (400) where there is none."""
    family = find_family(str(name))
    if family is None:
        known = ", ".join(family.name for family in all_families())
        raise ArmError(
            400, "UnknownFamily", f"There is no VM family '{name}'. The families are: {known}."
        )
    return family


def set_spelling(tx: Transaction, change: JsonObject) -> JsonObject:
    """Set how `usages` spells its rows: `{"spelling": "seen" | "sample"}`.

    Raises ArmError (400) for any other.
    """
    try:
        spelling = Spelling(str(change.get("spelling")))
    except ValueError as error:
        allowed = ", ".join(Spelling)
        text = f"'spelling' is {change.get('spelling')!r}; allowed: {allowed}."
        raise ArmError(400, "InvalidSpelling", text) from error
    tx.put_document(_SPELLING, {"spelling": spelling})
    return {"spelling": spelling}


def quota_report(tx: Transaction) -> JsonObject:
    """Return one row for every family in every region where a limit was set or vCPUs are used."""
    deployments = tx.of_type(DEPLOYMENT_TYPE)
    set_limits: JsonObject = tx.document(_DOCUMENT) or {}
    rows = []
    for location in sorted({*set_limits, *(deployment.location for deployment in deployments)}):
        for family in all_families():
            used = _used_by(deployments, location, family)
            if used or family.key in set_limits.get(location, {}):
                limit = limit_vcpus(tx, location, family)
                row = {"location": location, "family": family.name, "used": used, "limit": limit}
                rows.append(row)
    defaults = {family.name: family.default_limit_vcpus for family in all_families()}
    return {"value": rows, "defaults": defaults}


def usages(call: Call) -> Answer:
    """`GET locations/{location}/usages`, in pages."""
    subscription = call.target.subscription
    location = locations.normalise(call.target.names[0])
    usage = RegionUsage(
        subscription=subscription,
        location=location,
        holdings=tuple(holdings(call.tx, subscription, location)),
        limits={family.key: limit_vcpus(call.tx, location, family) for family in all_families()},
        workspace_limits=workspace_limits(call.tx),
    )
    spelling = Spelling((call.tx.document(_SPELLING) or {}).get("spelling", Spelling.SEEN))
    return lists.paged(call, usages_rows(usage, spelling), lambda row: row, _PAGE_SIZE)


def vm_sizes(call: Call) -> Answer:
    """`GET locations/{location}/vmSizes`."""
    location = locations.normalise(call.target.names[0])
    listing = vm_sizes_listing(location, withdrawn(call.tx, location))
    if call.api_version == BEFORE_ENDPOINTS:
        return Answer(200, {"amlCompute": listing["value"]})
    return Answer(200, listing)


def _used_by(deployments: list[Resource], location: str, family: Family) -> int:
    footprints = (footprint_of(d) for d in deployments if d.location == location)
    return used_vcpus((f for f in footprints if f), family.key)
