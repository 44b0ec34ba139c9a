# SPDX-License-Identifier: Apache-2.0
"""Asks Azure, before a workspace is created for the first time, what would keep it from that."""

from dataclasses import dataclass

import pulumi

from azure_model_endpoints.errors import PlanError
from azure_model_endpoints.planning.names import WorkspaceNames
from azure_model_endpoints.subscription.provider import arm_client, subscription
from azure_model_endpoints.subscription.threads import in_thread

__all__ = ["FirstCreation"]


@dataclass(frozen=True, slots=True)
class FirstCreation:
    """What will be created, if it is not there yet."""

    path: str
    """How messages call the setting that its names follow from."""
    names: pulumi.Output[WorkspaceNames]
    encrypted: bool
    """Whether with a key of one's own."""
    networked: bool
    """Whether in a managed network."""
    parent: pulumi.Resource

    async def check(self, group: str, *, recovers_vault: bool) -> None:
        """Look up registrations and names.

        Args:
            group: the resource group.
            recovers_vault: whether the name of the vault is held by its own deleted self.

        Raises:
            PlanError: Azure would refuse the workspace or its endpoints.
        """
        from azure_model_endpoints.subscription.new_workspaces import creation_problems

        names = await self.names.future()
        if names is None:  # not known before something else is there
            return
        problems = await in_thread(
            creation_problems,
            await arm_client(self.parent),
            await subscription(self.parent),
            group,
            names,
            path=self.path,
            encrypted=self.encrypted,
            networked=self.networked,
            recovers_vault=recovers_vault,
        )
        if problems:
            raise PlanError(problems, source=self.path)
