# SPDX-License-Identifier: Apache-2.0
"""Property values: the engine's protobuf structs on one side, plain JSON values on the other.

The sentinels are those of Pulumi's property value encoding (pulumi/pulumi, sdk/go/common/resource).
"""

from collections.abc import Mapping
from enum import Enum
from typing import Any

from google.protobuf.struct_pb2 import NULL_VALUE, Struct, Value

Json = Any
"""A JSON value in which UNKNOWN may stand for a value that only an update will bring."""

_SIGNATURE = "4dabf18193072939515e22adb298388d"
_SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - a public marker
_OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
_UNKNOWNS = frozenset(
    {
        "04da6b54-80e4-46f7-96ec-b56ff0331ba9",  # of a string; the others are of the other kinds
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
        "030794c1-ac77-496b-92df-f27374a8bd58",
        "e48ece36-62e2-4504-bad9-02848725956a",
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
    }
)
_UNKNOWN_STRING = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


class Unknown(Enum):
    """The type of UNKNOWN, so that type checkers know it from a string."""

    UNKNOWN = "unknown"


UNKNOWN = Unknown.UNKNOWN


def from_struct(struct: Struct) -> dict[str, Json]:
    """Reads a struct of the engine: secrets and outputs unwrapped, nulls left out."""
    return {
        name: from_value(value)
        for name, value in struct.fields.items()
        if value.WhichOneof("kind") != "null_value"
    }


def from_value(value: Value) -> Json:
    """Reads one value of the engine; a whole number becomes an int, as in a JSON body."""
    match value.WhichOneof("kind"):
        case "number_value":
            number = value.number_value
            return int(number) if number.is_integer() else number
        case "string_value":
            return UNKNOWN if value.string_value in _UNKNOWNS else value.string_value
        case "bool_value":
            return value.bool_value
        case "list_value":
            return [from_value(item) for item in value.list_value.values]
        case "struct_value":
            return _unwrapped(value.struct_value)
        case _:
            return None


def _unwrapped(struct: Struct) -> Json:
    signature = struct.fields.get(_SIGNATURE)
    if signature is None:
        return from_struct(struct)
    if signature.string_value in {_SECRET, _OUTPUT}:
        return from_value(struct.fields["value"]) if "value" in struct.fields else UNKNOWN
    raise ValueError(
        "The engine sent an asset, archive or resource reference; no azure-native property of the "
        "sandbox's resource types takes one."
    )


def to_struct(values: Mapping[str, Json]) -> Struct:
    """Writes values for the engine, nulls left out at every level of maps."""
    struct = Struct()
    for name, value in values.items():
        if value is not None:
            struct.fields[name].CopyFrom(_to_value(value))
    return struct


def _to_value(value: Json) -> Value:
    written = Value()
    match value:
        case None:
            written.null_value = NULL_VALUE
        case Unknown.UNKNOWN:
            written.string_value = _UNKNOWN_STRING
        case bool():
            written.bool_value = value
        case int() | float():
            written.number_value = value
        case str():
            written.string_value = value
        case Mapping():
            written.struct_value.CopyFrom(to_struct(value))
        case _:
            written.list_value.SetInParent()
            written.list_value.values.extend(_to_value(item) for item in value)
    return written


def has_unknowns(value: Json) -> bool:
    """Says whether any part of a value is unknown."""
    if isinstance(value, dict):
        return any(has_unknowns(item) for item in value.values())
    if isinstance(value, list):
        return any(has_unknowns(item) for item in value)
    return value is UNKNOWN
