# SPDX-License-Identifier: Apache-2.0
"""What the sections of a stack file have in common."""

from pydantic import BaseModel, ConfigDict

__all__ = ["Section", "without_branches"]


class Section(BaseModel):
    """A mapping in a stack file: nothing unknown in it, and nothing of a wrong type."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


def without_branches(location: tuple[int | str, ...]) -> tuple[int | str, ...]:
    """Return where a value is written, without the names of the alternatives it was tried as.

    Settings of which there are several kinds name each in round brackets: ``(section)``.
    """
    return tuple(part for part in location if not str(part).startswith("("))
