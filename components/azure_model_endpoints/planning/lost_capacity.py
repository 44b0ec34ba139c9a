# SPDX-License-Identifier: Apache-2.0
"""What to do when a region has run out of machines although the quota is there."""

import re

__all__ = ["CAPACITY_PAUSES_SECONDS", "CREATION_SECONDS", "advice", "lacks_capacity", "next_pause"]

CAPACITY_PAUSES_SECONDS = (60, 120, 240, 480, 900)
"""How long to wait before each further attempt: half an hour in all."""
CREATION_SECONDS = 120 * 60
"""How long the creation of a deployment may take, all attempts and pauses together: as long as the
azure-native provider gives one by default."""

# Azure docs, "Troubleshooting online endpoints": a region without capacity is reported as
# OutOfQuota, like a want of quota, which no waiting helps; only the text tells them apart.
_CODE = re.compile(r"\bOutOfQuota\b")
_ABOUT_CAPACITY = re.compile(r"\bcapacity\b", re.IGNORECASE)
_ABOUT_QUOTA = re.compile(r"not enough quota", re.IGNORECASE)


def lacks_capacity(error: str) -> bool:
    """Return whether an operation failed because there were no machines left in the region."""
    return bool(
        _CODE.search(error) and _ABOUT_CAPACITY.search(error) and not _ABOUT_QUOTA.search(error)
    )


def next_pause(attempts: int, elapsed_seconds: float) -> float | None:
    """Return how long to wait before the next attempt, in seconds; None where there is none.

    There is none either where one like those before would not end in the time of a creation.

    Args:
        attempts: how many have failed.
        elapsed_seconds: since the first one began.
    """
    waited = CAPACITY_PAUSES_SECONDS[: attempts - 1]
    [*pauses] = CAPACITY_PAUSES_SECONDS[attempts - 1 : attempts]
    if not pauses:
        return None
    attempt = max(elapsed_seconds - sum(waited), 0) / attempts
    return pauses[0] if elapsed_seconds + pauses[0] + attempt <= CREATION_SECONDS else None


def advice(path: str, sku: str, region: str, alternative: str | None) -> str:
    """Return what to say once there is no hope left for now.

    Args:
        path: how messages call the deployment.
        sku: what it was to run on.
        region: where.
        alternative: what to take instead, if there is something.
    """
    later = "run the same command again later."
    instead = (
        f"The next best is {alternative} (quota: see `ame quota`): write `sku: {alternative}` for "
        f"it, and with a lock run `ame plan --write` for the stack. Or {later}"
        if alternative
        else later.capitalize()
    )
    return (
        f"{path}: {region} has no machines left for {sku}, though there is quota. Nothing of it "
        f"serves. {instead}"
    )
