# SPDX-License-Identifier: Apache-2.0
"""Rules several resource types share, on the body of a request."""

from collections.abc import Iterable
from typing import Any

from azure_sandbox.arm.errors import ArmError
from azure_sandbox.arm.wire import JsonObject


def member(body: JsonObject, path: str) -> Any:
    """The value at ``a.b.c``, or None."""
    value: Any = body
    for part in path.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def required(body: JsonObject, path: str, code: str = "BadRequest") -> Any:
    """The value at ``a.b.c``; refuses its absence."""
    value = member(body, path)
    if value is None:
        raise ArmError(400, code, f"The required property '{path}' is missing from the request.")
    return value


def one_of(
    body: JsonObject, path: str, allowed: Iterable[str], code: str = "BadRequest"
) -> str | None:
    """The value at ``a.b.c``, if there is one, in the allowed spelling; refuses any other."""
    value = member(body, path)
    if value is None:
        return None
    for name in allowed:
        if str(value).lower() == name.lower():
            return name
    raise ArmError(
        400,
        code,
        f"The value '{value}' of property '{path}' is invalid. Allowed: {', '.join(allowed)}.",
    )


def unchanged(
    before: JsonObject, after: JsonObject, path: str, code: str = "PropertyChangeNotAllowed"
) -> None:
    """Refuses a change of a create-only property; leaving it out is no change."""
    old, new = member(before, path), member(after, path)
    if new is not None and old != new:
        raise ArmError(
            409, code, f"Changing property '{path}' is not allowed (from '{old}' to '{new}')."
        )


def integer_between(
    body: JsonObject, path: str, bounds: tuple[int, int], default: int, code: str = "BadRequest"
) -> int:
    """The whole number at ``a.b.c``; refuses one outside the bounds, which are included."""
    lowest, highest = bounds
    value = member(body, path)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= highest:
        raise ArmError(
            400,
            code,
            f"The value '{value}' of property '{path}' is invalid. It must be a whole number "
            f"between {lowest} and {highest}.",
        )
    return value
