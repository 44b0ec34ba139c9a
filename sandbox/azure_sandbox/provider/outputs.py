# SPDX-License-Identifier: Apache-2.0
"""From what ARM answers to what programs see."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from azure_sandbox.provider.body import lookup
from azure_sandbox.provider.metadata import ObjectType, Property, Resource
from azure_sandbox.provider.values import UNKNOWN, Json

Types = Mapping[str, ObjectType]


def outputs_of(shape: ObjectType, types: Types, response: Mapping[str, Any]) -> dict[str, Json]:
    """Shapes a response: flattened, renamed, without nulls and without undeclared fields."""
    return _Reader(types, wire=True).object(shape, response) or {}


def projected_inputs(
    resource: Resource, types: Types, outputs: Mapping[str, Json]
) -> dict[str, Json]:
    """The part of outputs that could have been inputs: the body's properties, in input shape."""
    return _Reader(types, wire=False).object(resource.body, outputs) or {}


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads values by type, from the wire's names and containers or from a program's names."""

    types: Types
    wire: bool

    def object(self, shape: ObjectType, values: Mapping[str, Any]) -> dict[str, Json] | None:
        """Returns None when a constant says that `values` are of another type."""
        read = {}
        for prop in shape.properties:
            path = (*prop.containers, prop.name) if self.wire else (prop.sdk_name,)
            value = lookup(values, path)
            if value is None:
                continue
            if prop.const is not None and value != prop.const:
                return None
            read[prop.sdk_name] = self.value(prop, value)
        return read

    def value(self, prop: Property, value: Any) -> Json:
        if isinstance(value, list):
            return [self.value(prop.items, item) if prop.items else item for item in value]
        if not isinstance(value, dict):
            return value
        if prop.string_set:
            return sorted(value)
        for name in (*prop.one_of, *([prop.ref] if prop.ref else [])):
            read = self.object(self.types[name], value)
            if read is not None:
                return read
        if prop.values is not None:
            return {key: self.value(prop.values, item) for key, item in value.items()}
        return value


def preview_of(shape: ObjectType, types: Types, inputs: Mapping[str, Json]) -> dict[str, Json]:
    """Outputs as a preview can know them: the inputs, and UNKNOWN for all else."""
    return {
        prop.sdk_name: _preview_value(prop, types, inputs[prop.sdk_name])
        if prop.sdk_name in inputs
        else UNKNOWN
        for prop in shape.properties
    }


def _preview_value(prop: Property, types: Types, value: Json) -> Json:
    if isinstance(value, list):
        if prop.items is None:  # a list of identities becomes a map with ids that Azure assigns
            return value if prop.type == "any" else UNKNOWN
        return [_preview_value(prop.items, types, item) for item in value]
    if isinstance(value, dict) and prop.ref is not None:
        return preview_of(types[prop.ref], types, value)
    if isinstance(value, dict) and prop.values is not None:
        return {key: _preview_value(prop.values, types, item) for key, item in value.items()}
    return value
