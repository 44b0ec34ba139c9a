# SPDX-License-Identifier: Apache-2.0
"""References from one network resource to another."""

from azure_sandbox.arm.errors import ArmError
from azure_sandbox.arm.records import Resource
from azure_sandbox.arm.rules import member
from azure_sandbox.arm.transaction import Transaction
from azure_sandbox.arm.wire import JsonObject


def referenced(
    tx: Transaction, owner_id: str, resource_id: object, resource_type: str, location: str = ""
) -> Resource:
    """Return what ``owner_id`` refers to; it must exist, and be in the same region if one is given.

    Raises:
        ArmError: in Azure's words, which are the same for both.
    """
    found = tx.get(resource_id) if isinstance(resource_id, str) else None
    if found is None or found.type.lower() != resource_type.lower():
        raise _missing(owner_id, resource_id)
    if location and found.location and found.location != location:
        raise _missing(owner_id, resource_id)
    return found


def id_at(body: JsonObject, path: str) -> str:
    """Return the id of a reference such as ``properties.subnet``, or an empty string."""
    value = member(body, f"{path}.id")
    return value if isinstance(value, str) else ""


def _missing(owner_id: str, resource_id: object) -> ArmError:
    return ArmError(
        400,
        "InvalidResourceReference",
        f"Resource {resource_id} referenced by resource {owner_id} was not found. Please make sure "
        "that the referenced resource exists, and that both resources are in the same region.",
    )
