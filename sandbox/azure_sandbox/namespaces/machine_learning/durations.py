# SPDX-License-Identifier: Apache-2.0
"""Durations as they travel on the wire: ISO 8601, for example `PT10M` or `PT1.5S`."""

import re

_DURATION = re.compile(
    r"P(?!$)(?:(?P<days>\d+)D)?"
    r"(?:T(?!$)(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+(?:\.\d+)?)S)?)?"
)


def parse_seconds(text: object) -> float | None:
    """Return the length of an ISO 8601 duration in seconds, or None if it is not one.

    Months and years have no fixed length and are not accepted.
    """
    match = _DURATION.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        return None
    days, hours, minutes, seconds = (float(part or 0) for part in match.groups())
    return ((days * 24 + hours) * 60 + minutes) * 60 + seconds
