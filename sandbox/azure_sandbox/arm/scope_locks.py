# SPDX-License-Identifier: Apache-2.0
"""Management locks, which Azure Resource Manager checks before any resource provider is asked.

Azure docs, lock-resources: a lock counts for its scope and everything below it; what has something
locked below it cannot be deleted either. The data planes do not know of locks.
"""

from collections.abc import Iterable

from azure_sandbox.arm.errors import ArmError
from azure_sandbox.arm.records import Resource
from azure_sandbox.arm.transaction import Transaction

LOCKS = "Microsoft.Authorization/locks"
CAN_NOT_DELETE, READ_ONLY = "CanNotDelete", "ReadOnly"


def check_delete(tx: Transaction, resource_id: str) -> None:
    """Refuse a deletion that a lock at, above or below the resource forbids."""
    locked = locked_for_deletion(tx, resource_id)
    if locked:
        raise ArmError(409, "ScopeLocked", refusal(resource_id, "delete", locked))


def check_write(tx: Transaction, resource_id: str) -> None:
    """Refuse a change, or an action, that a read-only lock at or above the resource forbids."""
    locked = [
        lock.parent
        for lock in _locks(tx, resource_id)
        if lock.properties["level"] == READ_ONLY and _covers(lock.parent, resource_id)
    ]
    if locked:
        raise ArmError(409, "ScopeLocked", refusal(resource_id, "write", locked))


def locked_for_deletion(tx: Transaction, resource_id: str) -> list[str]:
    """Return the locked scopes because of which something cannot be deleted."""
    return [
        lock.parent
        for lock in _locks(tx, resource_id)
        if _covers(lock.parent, resource_id) or _covers(resource_id, lock.parent)
    ]


def refusal(resource_id: str, operation: str, scopes: Iterable[str]) -> str:
    """Return the text of a refusal."""
    listed = ",".join(dict.fromkeys(f"'{scope}'" for scope in scopes))
    return (
        f"The scope '{resource_id}' cannot perform {operation} operation because following "
        f"scope(s) are locked: {listed}. Please remove the lock and try again."
    )


def _locks(tx: Transaction, resource_id: str) -> list[Resource]:
    """The locks that may count for something; none for a lock, which is how it is removed."""
    return [] if f"/providers/{LOCKS}/".lower() in resource_id.lower() else tx.of_type(LOCKS)


def _covers(scope: str, resource_id: str) -> bool:
    above, below = scope.lower(), resource_id.lower()
    return below == above or below.startswith(f"{above}/")
