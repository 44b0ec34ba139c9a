# SPDX-License-Identifier: Apache-2.0
"""The date by which retirements are judged."""

import os
from datetime import UTC, date, datetime

from azure_sandbox.arm.errors import ArmError

VARIABLE = "AZURE_SANDBOX_DATE"


def today(at: float) -> date:
    """Return the day of a moment (epoch seconds), or AZURE_SANDBOX_DATE (YYYY-MM-DD) if set.

    Raises ArmError (500) when the variable holds something else.
    """
    fixed = os.environ.get(VARIABLE)
    if not fixed:
        return datetime.fromtimestamp(at, tz=UTC).date()
    try:
        return date.fromisoformat(fixed)
    except ValueError:
        text = (
            f"{VARIABLE}: given {fixed!r}; allowed: a date such as 2026-01-31. Unset it for "
            "today's date, and restart the sandbox."
        )
        raise ArmError(500, "InvalidSandboxDate", text) from None
