# SPDX-License-Identifier: Apache-2.0
"""Regions that have no machines left of a size or family, whatever the quota says.

Azure docs, how-to-troubleshoot-online-endpoints: a shortage of the whole region is reported as
OutOfQuota, like a want of quota; it may be over after a while.
"""

from azure_sandbox.arm import locations
from azure_sandbox.arm.errors import ArmError, OperationFailedError
from azure_sandbox.arm.transaction import Transaction
from azure_sandbox.arm.wire import JsonObject
from azure_sandbox.namespaces.machine_learning.vm_sizes import (
    VmSize,
    find_family,
    find_vm_size,
)

_DOCUMENT = "lost-capacity"


def set_capacity(tx: Transaction, change: JsonObject) -> JsonObject:
    """Take the machines of a size or family from a region, or give them back.

    `{"location", "of", "lost", "times"}`: `of` is a size or a family, `lost` true or false; after
    `times` starts that failed there are machines again, without it only when they are given back.
    Raises ArmError (400) where that makes no sense.
    """
    location = locations.checked(change.get("location"), "sandbox capacity")
    name, lost, times = _name(change.get("of")), change.get("lost"), change.get("times")
    if not isinstance(lost, bool):
        raise ArmError(400, "InvalidCapacity", f"'lost' is {lost!r}; allowed: true or false.")
    if times is not None and (isinstance(times, bool) or not isinstance(times, int) or times < 1):
        raise ArmError(400, "InvalidCapacity", f"'times' is {times!r}; allowed: 1 or more.")
    kept = [row for row in capacity_report(tx) if (row["location"], row["of"]) != (location, name)]
    if lost:
        kept.append({"location": location, "of": name, "times": times})
    tx.put_document(_DOCUMENT, {"rows": kept})
    return {"location": location, "of": name, "lost": lost, "times": times}


def capacity_report(tx: Transaction) -> list[JsonObject]:
    """Return what is lost where: `location`, `of`, and `times`, None for until it is given back."""
    rows: list[JsonObject] = (tx.document(_DOCUMENT) or {"rows": []})["rows"]
    return rows


def is_struck(tx: Transaction, location: str, size: VmSize) -> bool:
    """Return whether a start in a region fails for want of machines of a size; it is counted."""
    rows = capacity_report(tx)
    struck = next(
        (
            row
            for row in rows
            if row["location"] == location and row["of"] in {size.name, size.family.name}
        ),
        None,
    )
    if struck is None:
        return False
    if struck["times"] is not None:
        struck["times"] -= 1
        tx.put_document(_DOCUMENT, {"rows": [row for row in rows if row["times"] != 0]})
    return True


def shortage(location: str, size: VmSize) -> OperationFailedError:
    """Return how an operation ends for which there are no machines; the words are our own."""
    return OperationFailedError(
        "OutOfQuota",
        f"The region {location} has no Azure Machine Learning capacity left for the VM size "
        f"{size.name}, although the subscription has the quota. Try again later, or deploy to "
        "another region or on another VM size.",
    )


def _name(given: object) -> str:
    """Return size or family in the spelling of the data."""
    size = find_vm_size(str(given))
    family = find_family(str(given))
    if size is None and family is None:
        text = f"There is no VM size or family '{given}'."
        raise ArmError(400, "UnknownSize", text)
    return size.name if size else family.name if family else ""
