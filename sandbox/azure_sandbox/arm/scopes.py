# SPDX-License-Identifier: Apache-2.0
"""The scope of a request: the subscription, resource group and parents that must exist."""

from azure_sandbox.arm import refusals
from azure_sandbox.arm.call import Call
from azure_sandbox.arm.ids import Target, parse
from azure_sandbox.arm.records import Resource

DELETING = "Deleting"
_WRITES = frozenset({"PUT", "PATCH", "POST"})


def check_group(call: Call) -> None:
    """The resource group exists and, for a change, is not being deleted."""
    name = call.target.resource_group
    if not name:
        return
    group_id = f"/subscriptions/{call.target.subscription}/resourceGroups/{name}"
    group = call.tx.get(group_id)
    if group is None:
        raise refusals.resource_group_not_found(name)
    if group.state == DELETING and call.method in _WRITES:
        raise refusals.resource_group_being_deleted(group.name)


def check_parents(call: Call) -> None:
    """Every resource above the target exists and, for a change, is not being deleted."""
    for ancestor in _ancestors(call.target):
        found = call.tx.get(ancestor)
        if found is None:
            kind = f"{call.target.namespace}/{call.target.type_path}"
            raise refusals.parent_not_found(call.method, kind, ancestor)
        if found.state == DELETING and call.method in _WRITES:
            raise refusals.parent_being_deleted(ancestor)


def parent(call: Call) -> Resource | None:
    """The resource or resource group the target hangs from, or None for other scopes."""
    return call.tx.get(call.target.parent)


def _ancestors(target: Target) -> list[str]:
    """The ids of the resources above, highest first, without group and subscription."""
    above: list[str] = []
    if "/providers/" in target.scope.lower():
        owner = parse(target.scope)
        if owner is not None:
            above += [*_ancestors(owner), target.scope]
    for depth in range(1, len(target.types)):
        part = Target(target.scope, target.namespace, target.types[:depth], target.names[:depth])
        above.append(part.path)
    return above
