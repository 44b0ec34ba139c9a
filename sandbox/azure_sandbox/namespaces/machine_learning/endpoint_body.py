# SPDX-License-Identifier: Apache-2.0
"""What the body of an online endpoint may say."""

from collections.abc import Mapping

from azure_sandbox.arm.wire import JsonObject
from azure_sandbox.namespaces.machine_learning.system_entries import without_system_entries
from azure_sandbox.namespaces.machine_learning.violations import Violation

AUTH_MODES = ("Key", "AMLToken", "AADToken")
ACCESS = ("Enabled", "Disabled")


def check_endpoint_body(properties: Mapping[str, object]) -> list[Violation]:
    """Check the properties that need nothing but themselves."""
    violations = []
    if properties.get("authMode") is None:
        violations.append(Violation("AuthMode", "authMode is required."))
    else:
        violations += check_choice(properties, "authMode", AUTH_MODES)
    violations += check_choice(properties, "publicNetworkAccess", ACCESS)
    return violations


def check_choice(
    properties: Mapping[str, object], name: str, allowed: tuple[str, ...]
) -> list[Violation]:
    """Check that a property, if given, has one of its allowed values."""
    value = properties.get(name)
    if value is None or value in allowed:
        return []
    field = name[0].upper() + name[1:]
    return [Violation(field, f"{name} is {value!r}; it must be one of {', '.join(allowed)}.")]


def merge_property_map(
    given: object, existing: Mapping[str, str]
) -> tuple[JsonObject, list[Violation]]:
    """Return the property map after a PUT; entries are added, never removed or changed.

    An entry that the PUT leaves out stays; one that it changes is a violation.
    """
    existing = without_system_entries(existing)
    if given is None:
        return existing, []
    if not isinstance(given, dict):
        return existing, [Violation("Properties", "properties.properties must be a map.")]
    given = without_system_entries(given)
    violations = [
        Violation(
            "Properties",
            f"The property '{name}' is '{existing[name]}' and cannot be changed to '{value}'. "
            "Properties can be added, but not removed or altered.",
        )
        for name, value in given.items()
        if name in existing and existing[name] != value
    ]
    return {**existing, **given}, violations
