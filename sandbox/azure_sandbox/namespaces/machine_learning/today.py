# SPDX-License-Identifier: Apache-2.0
"""The date by which retirements are judged."""

import os
from datetime import UTC, date, datetime


def today(at: float) -> date:
    """Return the day of a moment (epoch seconds), or AZURE_SANDBOX_DATE (YYYY-MM-DD) if set."""
    fixed = os.environ.get("AZURE_SANDBOX_DATE")
    return date.fromisoformat(fixed) if fixed else datetime.fromtimestamp(at, tz=UTC).date()
