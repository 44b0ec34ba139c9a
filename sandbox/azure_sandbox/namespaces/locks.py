# SPDX-License-Identifier: Apache-2.0
"""Microsoft.Authorization/locks: at a subscription, a resource group or a resource."""

from azure_sandbox.arm.call import Call
from azure_sandbox.arm.errors import ArmError
from azure_sandbox.arm.records import Resource
from azure_sandbox.arm.resource_type import ResourceType, Scope
from azure_sandbox.arm.rules import one_of
from azure_sandbox.arm.scope_locks import CAN_NOT_DELETE, LOCKS, READ_ONLY
from azure_sandbox.arm.wire import JsonObject

_LONGEST_NOTES = 512


class Locks(ResourceType):
    """Locks; what they forbid is checked before every change."""

    namespace = LOCKS.partition("/")[0]
    path = LOCKS.partition("/")[2]
    api_versions = ("2020-05-01", "2017-04-01", "2016-09-01", "2015-01-01")
    scope = Scope.ANY
    tracked = False
    shows_state = False
    methods = frozenset({"GET", "PUT", "DELETE"})

    def missing(self, call: Call) -> ArmError:
        """Locks have an error of their own."""
        text = f"The lock '{call.target.name}' could not be found."
        return ArmError(404, "LockNotFound", text)

    def listed(self, call: Call, parent_id: str) -> list[Resource]:
        """Those at a scope and below it."""
        scope = parent_id.lower()
        return [
            lock
            for lock in call.tx.of_type(LOCKS)
            if lock.parent.lower() == scope or lock.parent.lower().startswith(f"{scope}/")
        ]

    def desired(self, call: Call, existing: Resource | None) -> JsonObject:  # noqa: ARG002 - a hook
        """A level, and notes."""
        level = one_of(
            call.body, "properties.level", (CAN_NOT_DELETE, READ_ONLY), "InvalidLockLevel"
        )
        if level is None:
            text = f"The lock level must be {CAN_NOT_DELETE} or {READ_ONLY}."
            raise ArmError(400, "InvalidLockLevel", text)
        notes = (call.body.get("properties") or {}).get("notes")
        if notes is not None and len(str(notes)) > _LONGEST_NOTES:
            text = f"The notes of a lock can have at most {_LONGEST_NOTES} characters."
            raise ArmError(400, "InvalidLockNotes", text)
        properties = {"level": level, **({} if notes is None else {"notes": notes})}
        return {"properties": properties}
