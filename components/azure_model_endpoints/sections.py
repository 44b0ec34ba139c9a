# SPDX-License-Identifier: Apache-2.0
"""What the sections of a stack file, and of its lock, have in common."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, PlainSerializer, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

__all__ = ["OneOrSeveral", "Section"]


class Section(BaseModel):
    """A mapping in such a file: nothing unknown in it, and nothing of a wrong type."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


def _one_or_several(given: Any) -> str | tuple[str, ...]:
    several = given if isinstance(given, list | tuple) else [given]
    if not several or not all(isinstance(each, str) for each in several):
        raise PydanticCustomError("string_type", "a text or several")
    return given if isinstance(given, str) else tuple(given)


def _as_written(value: str | tuple[str, ...]) -> str | list[str]:
    return value if isinstance(value, str) else list(value)


_TEXT = {"type": "string"}
OneOrSeveral = Annotated[
    str | tuple[str, ...],
    PlainValidator(_one_or_several),
    # Of a union, pydantic warns that neither member is what it expects.
    PlainSerializer(_as_written, return_type=Any),
    WithJsonSchema({"anyOf": [_TEXT, {"type": "array", "items": _TEXT, "minItems": 1}]}),
]
"""A text, or a list of texts in an order."""
