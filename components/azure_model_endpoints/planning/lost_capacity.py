# SPDX-License-Identifier: Apache-2.0
"""What to do when a region has run out of machines although the quota is there."""

import re

__all__ = ["CAPACITY_PAUSES_SECONDS", "advice", "lacks_capacity"]

CAPACITY_PAUSES_SECONDS = (60, 120, 240, 480, 900)
"""How long to wait before each further attempt: half an hour in all, which leaves room in the two
hours that the provider gives a deployment by default."""

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


def advice(path: str, sku: str, region: str, alternative: str | None) -> str:
    """Return what to say once there is no hope left for now.

    Args:
        path: how messages call the deployment.
        sku: what it was to run on.
        region: where.
        alternative: the next best SKU, if there is one.
    """
    instead = (
        f"The next best is {alternative}: write `sku: {alternative}` for it, and with a lock run "
        "`ame plan --write` for the stack. "
        if alternative
        else ""
    )
    return (
        f"{path}: {region} has no machines left for {sku}, though there is quota. Nothing of it "
        f"serves. {instead}Or run the same command again later."
    )
