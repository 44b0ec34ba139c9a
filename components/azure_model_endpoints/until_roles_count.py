# SPDX-License-Identifier: Apache-2.0
"""Tries a creation again while a role that was granted in the same run may not count yet."""

import asyncio
from itertools import accumulate, repeat

import pulumi

from azure_model_endpoints.engine_errors import hooked
from azure_model_endpoints.planning.refusals import may_be_late_role

__all__ = ["PAUSES_SECONDS", "until_roles_count"]

PAUSES_SECONDS = tuple(accumulate(repeat(2.0, 14), lambda pause, _: min(2 * pause, 60.0)))
"""Between two attempts: ten minutes altogether, within which a role counts (Azure docs,
"Troubleshoot Azure RBAC"), and soon again at first, since most are there within seconds."""


def until_roles_count(name: str) -> pulumi.ResourceOptions:
    """Return the options of a resource that Azure refuses until its identity has its roles.

    Args:
        name: the resource's name in the program.
    """

    async def again(args: pulumi.ErrorHookArgs) -> bool:
        attempts = len(args.errors)
        if attempts > len(PAUSES_SECONDS) or not may_be_late_role(args.errors[0]):
            return False
        await asyncio.sleep(PAUSES_SECONDS[attempts - 1])
        return True

    return hooked(on_error={f"{name}-until-roles-count": again})
