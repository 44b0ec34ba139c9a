# SPDX-License-Identifier: Apache-2.0
"""Regions that do not have some VM size at all, unlike those that have run out of machines.

Which regions lack which size is not published for Azure Machine Learning, so every region has every
size until somebody says otherwise.
"""

from azure_sandbox.arm import locations
from azure_sandbox.arm.errors import ArmError
from azure_sandbox.arm.transaction import Transaction
from azure_sandbox.arm.wire import JsonObject
from azure_sandbox.namespaces.machine_learning.violations import Violation
from azure_sandbox.namespaces.machine_learning.vm_sizes import find_vm_size

_DOCUMENT = "withdrawn-sizes"


def set_offer(tx: Transaction, change: JsonObject) -> JsonObject:
    """Let a region have a size, or not: `{"location", "size", "offered"}`.

    Raises ArmError (400) for an unknown region or size, and where `offered` is neither.
    """
    location = locations.checked(change.get("location"), "sandbox quota")
    size = find_vm_size(str(change.get("size")))
    if size is None:
        raise ArmError(400, "UnknownSize", f"There is no VM size '{change.get('size')}'.")
    offered = change.get("offered")
    if not isinstance(offered, bool):
        raise ArmError(400, "InvalidOffer", f"'offered' is {offered!r}; allowed: true or false.")
    lacking = withdrawn(tx, location) - {size.name}
    document = tx.document(_DOCUMENT) or {}
    document[location] = sorted(lacking if offered else lacking | {size.name})
    tx.put_document(_DOCUMENT, document)
    return {"location": location, "size": size.name, "offered": offered}


def withdrawn(tx: Transaction, location: str) -> set[str]:
    """Return the names of the sizes that a region lacks."""
    return set((tx.document(_DOCUMENT) or {}).get(location, ()))


def check_offered(tx: Transaction, location: str, instance_type: object) -> list[Violation]:
    """Check that a region has the size of a new deployment; the words are our own."""
    size = find_vm_size(str(instance_type))
    if size is None or size.name not in withdrawn(tx, location):
        return []
    return [Violation("VmSize", f"The VM size {size.name} is not available in {location}.")]
