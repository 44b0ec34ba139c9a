# SPDX-License-Identifier: Apache-2.0
"""What the texts of problems have in common."""

from collections.abc import Iterable
from difflib import get_close_matches

__all__ = ["did_you_mean", "listed"]


def did_you_mean(given: str, known: Iterable[str]) -> str:
    """Return a hint at the nearest known name, or nothing when none is near."""
    by_lower = {name.lower(): name for name in known}
    near = get_close_matches(given.lower(), by_lower, n=1)
    return f"Did you mean {by_lower[near[0]]!r}?" if near else ""


def listed(names: Iterable[str]) -> str:
    """Return names as one readable list."""
    return ", ".join(sorted(names)) or "nothing"
