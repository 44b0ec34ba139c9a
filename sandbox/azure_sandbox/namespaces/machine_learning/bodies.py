# SPDX-License-Identifier: Apache-2.0
"""What the bodies of several resource types have in common."""

from azure_sandbox.arm import locations
from azure_sandbox.arm.call import Call
from azure_sandbox.arm.errors import ArmError
from azure_sandbox.arm.wire import JsonObject
from azure_sandbox.namespaces.machine_learning.violations import Violation, refuse


def properties_of(call: Call) -> JsonObject:
    """Return the `properties` of a request body; refuse a body without them."""
    properties = call.body.get("properties")
    if not isinstance(properties, dict):
        raise ArmError(
            400,
            "InvalidRequestContent",
            "The request content was invalid: 'properties' is required and must be an object.",
        )
    return properties


def check_location(call: Call, parent_id: str) -> list[Violation]:
    """Check that a resource lies in the region of its parent."""
    parent = call.tx.get(parent_id)
    given = locations.normalise(str(call.body.get("location")))
    if parent is None or parent.location == given:
        return []
    text = f"The location is {given}; it must be that of {parent.name}: {parent.location}."
    return [Violation("Location", text)]


def check_patch(call: Call, allowed: tuple[str, ...]) -> None:
    """Refuse a PATCH that wants to change more than Azure lets it."""
    others = sorted(set(call.body) - set(allowed))
    if others:
        text = (
            f"A PATCH may change {' and '.join(allowed)}, not {', '.join(others)}; send a PUT of "
            "the whole resource instead."
        )
        refuse([Violation("", text)])
