# SPDX-License-Identifier: Apache-2.0
"""Completes and validates the inputs of a resource."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from azure_sandbox.provider.autonaming import Proposal, automatic_name
from azure_sandbox.provider.diff import CREATE_BEFORE_DELETE
from azure_sandbox.provider.metadata import ObjectType, Parameter, Property, Resource
from azure_sandbox.provider.values import UNKNOWN, Json, has_unknowns

_LOCATION_HINT = (
    ". Either set it explicitly or configure it with "
    "'pulumi config set azure-native:location <value>'."
)


@dataclass(frozen=True, slots=True)
class Defaults:
    """What Check may fill in: names, and a location.

    `location` is that of the provider's configuration; `group_location` looks a resource group's
    up and returns None when there is none to be had.
    """

    logical_name: str
    random_seed: bytes
    proposal: Proposal | None
    location: str | None
    group_location: Callable[[str], str | None]


def completed(
    resource: Resource,
    old_inputs: Mapping[str, Json],
    new_inputs: Mapping[str, Json],
    defaults: Defaults,
) -> dict[str, Json]:
    """Adds the name, the location and the API version that a program may leave out."""
    inputs = dict(new_inputs)
    for parameter in resource.parameters:
        if parameter.autoname is None or parameter.name in inputs:
            continue
        name = automatic_name(
            parameter, defaults.logical_name, defaults.random_seed, defaults.proposal, old_inputs
        )
        if name is not None:
            inputs[parameter.name] = name.value
            if name.made_up:
                inputs[CREATE_BEFORE_DELETE] = True
    has_location = any(prop.sdk_name == "location" for prop in resource.body.properties)
    if has_location and "location" not in inputs:
        location = _location(old_inputs, inputs, defaults)
        if location is not None:
            inputs["location"] = location
    inputs.setdefault("azureApiVersion", resource.api_version)
    return inputs


def _location(
    old_inputs: Mapping[str, Json], inputs: Mapping[str, Json], defaults: Defaults
) -> Json:
    if "location" in old_inputs:
        return old_inputs["location"]
    if defaults.location is not None:
        return defaults.location
    group = inputs.get("resourceGroupName")
    if has_unknowns(group):
        return UNKNOWN
    return defaults.group_location(group) if isinstance(group, str) else None


def failures(
    resource: Resource, types: Mapping[str, ObjectType], inputs: Mapping[str, Json]
) -> Iterator[str]:
    """Says what is wrong with inputs, in the provider's words.

    Unknown values, members of enums and undeclared properties are not checked.
    """
    for parameter in resource.parameters:
        if parameter.name in inputs:
            yield from _parameter_failures(parameter, inputs[parameter.name])
        else:
            yield f"missing required property '{parameter.name}'"
    yield from _object_failures(resource.body, types, inputs, "")


def _parameter_failures(parameter: Parameter, value: Json) -> Iterator[str]:
    yield from _value_failures(Property("", "", "string"), {}, value, parameter.name)
    if not isinstance(value, str):
        return
    if parameter.min_length is not None and len(value) < parameter.min_length:
        yield (
            f"'{parameter.name}' is too short ({len(value)}): "
            f"at least {parameter.min_length} characters required"
        )
    if parameter.max_length is not None and len(value) > parameter.max_length:
        yield (
            f"'{parameter.name}' is too long ({len(value)}): "
            f"at most {parameter.max_length} characters allowed"
        )


def _object_failures(
    shape: ObjectType, types: Mapping[str, ObjectType], values: Mapping[str, Json], at: str
) -> Iterator[str]:
    sdk_names = {prop.name: prop.sdk_name for prop in shape.properties}
    for name in (sdk_names[name] for name in shape.required):
        if name not in values:
            path = f"{at}{name}"
            hint = _LOCATION_HINT if path == "location" else ""
            yield f"missing required property '{path}'{hint}"
    for prop in shape.properties:
        if prop.sdk_name in values:
            yield from _value_failures(prop, types, values[prop.sdk_name], f"{at}{prop.sdk_name}")


def _value_failures(
    prop: Property, types: Mapping[str, ObjectType], value: Json, path: str
) -> Iterator[str]:
    if value is UNKNOWN or prop.kind == "any":
        return
    if isinstance(value, dict):
        if prop.ref is not None:
            yield from _object_failures(types[prop.ref], types, value, f"{path}.")
        return
    got = _mismatch(prop.kind, value)
    if got is not None:
        yield f"'{path}' should be of type '{prop.kind}' but got {got}"
    elif isinstance(value, list) and prop.items is not None:
        for index, item in enumerate(value):
            yield from _value_failures(prop.items, types, item, f"{path}[{index}]")
    elif isinstance(value, float) and prop.kind == "integer":
        yield f"'{path}' must be an integer but got {value:f}"
    elif prop.pattern and isinstance(value, str) and not re.search(prop.pattern, value):
        yield f"'{path}' does not match expression '{prop.pattern}'"


def _mismatch(kind: str, value: Any) -> str | None:
    """Names a value's type when it is not `kind`; booleans pass everywhere, as in the provider."""
    if isinstance(value, list):
        return None if kind == "array" else "an array"
    if isinstance(value, str):
        return None if kind == "string" else "a string"
    if isinstance(value, int | float) and not isinstance(value, bool):
        return None if kind in {"integer", "number"} else "a number"
    return None
