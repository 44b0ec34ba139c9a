# SPDX-License-Identifier: Apache-2.0
"""vCPU quota of the sandbox's subscriptions: limits that can be set, usage that is counted."""

from collections.abc import Iterator

from azure_sandbox.arm import locations
from azure_sandbox.arm.call import Call
from azure_sandbox.arm.errors import ArmError
from azure_sandbox.arm.records import Resource
from azure_sandbox.arm.transaction import Transaction
from azure_sandbox.arm.wire import Answer, JsonObject
from azure_sandbox.namespaces.machine_learning.quota import Footprint, used_vcpus
from azure_sandbox.namespaces.machine_learning.routing import DEPLOYMENT_TYPE
from azure_sandbox.namespaces.machine_learning.serving import footprint_of
from azure_sandbox.namespaces.machine_learning.usages import usages_listing
from azure_sandbox.namespaces.machine_learning.versions import BEFORE_ENDPOINTS
from azure_sandbox.namespaces.machine_learning.vm_sizes import (
    Family,
    all_families,
    find_family,
    vm_sizes_listing,
)

_DOCUMENT = "quota-limits"


def limit_vcpus(tx: Transaction, location: str, family: Family) -> int:
    """Return the limit of a family in a region: as set, else the sandbox's default."""
    limits = (tx.document(_DOCUMENT) or {}).get(location, {})
    return int(limits.get(family.key, family.default_limit_vcpus))


def used_in(tx: Transaction, subscription: str, location: str, family: Family) -> int:
    """Return the vCPUs that a subscription uses of a family in a region."""
    return used_vcpus(_footprints(tx, subscription, location), family.key)


def set_quota(tx: Transaction, change: JsonObject) -> JsonObject:
    """Set the limit of one family in one region: `{"location", "family", "limit"}`, vCPUs.

    Raises ArmError (400) for an unknown region or family and for a limit that is no natural
    number.
    """
    location = locations.checked(change.get("location"), "sandbox quota")
    family = find_family(str(change.get("family")))
    limit = change.get("limit")
    if family is None:
        known = ", ".join(family.name for family in all_families())
        raise ArmError(
            400,
            "UnknownFamily",
            f"There is no VM family '{change.get('family')}'. The families are: {known}.",
        )
    if isinstance(limit, bool) or not isinstance(limit, int) or limit < 0:
        raise ArmError(
            400, "InvalidLimit", f"The limit is {limit!r}; it must be a number of vCPUs, 0 or more."
        )
    limits = tx.document(_DOCUMENT) or {}
    limits.setdefault(location, {})[family.key] = limit
    tx.put_document(_DOCUMENT, limits)
    return {"location": location, "family": family.name, "limit": limit}


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
    """`GET locations/{location}/usages`."""
    location = locations.normalise(call.target.names[0])
    footprints = list(_footprints(call.tx, call.target.subscription, location))
    families = all_families()
    used = {family.name: used_vcpus(footprints, family.key) for family in families}
    limits = {family.name: limit_vcpus(call.tx, location, family) for family in families}
    return Answer(200, usages_listing(call.target.subscription, location, used, limits))


def vm_sizes(call: Call) -> Answer:
    """`GET locations/{location}/vmSizes`."""
    listing = vm_sizes_listing(locations.normalise(call.target.names[0]))
    if call.api_version == BEFORE_ENDPOINTS:
        return Answer(200, {"amlCompute": listing["value"]})
    return Answer(200, listing)


def _footprints(tx: Transaction, subscription: str, location: str) -> Iterator[Footprint]:
    for deployment in tx.of_type(DEPLOYMENT_TYPE, subscription=subscription, location=location):
        if footprint := footprint_of(deployment):
            yield footprint


def _used_by(deployments: list[Resource], location: str, family: Family) -> int:
    footprints = (footprint_of(d) for d in deployments if d.location == location)
    return used_vcpus((f for f in footprints if f), family.key)
