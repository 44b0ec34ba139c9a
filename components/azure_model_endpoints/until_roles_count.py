# SPDX-License-Identifier: Apache-2.0
"""Tries again while a role that was granted in the same run may not count yet."""

import time
from collections.abc import Callable
from itertools import accumulate, repeat

from azure_model_endpoints.errors import ArmError
from azure_model_endpoints.planning.refusals import may_be_late_role

__all__ = ["PAUSES_SECONDS", "call_until_roles_count"]

PAUSES_SECONDS = tuple(accumulate(repeat(2.0, 14), lambda pause, _: min(2 * pause, 60.0)))
"""Between two attempts: ten minutes altogether, within which a role counts (Azure docs,
"Troubleshoot Azure RBAC"), and soon again at first, since most are there within seconds."""


def call_until_roles_count(call: Callable[[], object]) -> None:
    """Ask Azure for something that it refuses until an identity has its roles.

    Args:
        call: asks once; is called from the same thread each time, which sleeps between.

    Raises:
        ArmError: Azure refused for another reason, or ten minutes long.
    """
    for pause_seconds in PAUSES_SECONDS:
        try:
            call()
        except ArmError as error:
            if not may_be_late_role(str(error)):
                raise
            time.sleep(pause_seconds)
        else:
            return
    call()
