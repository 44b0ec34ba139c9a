# SPDX-License-Identifier: Apache-2.0
"""Asks Azure, before a workspace is created for the first time, what would keep it from that."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from itertools import compress
from typing import Any

import pulumi

from azure_model_endpoints.errors import ArmError, PlanError
from azure_model_endpoints.planning.first_creation import (
    GloballyNamed,
    globally_named,
    name_problems,
    registration_problems,
)
from azure_model_endpoints.planning.names import WorkspaceNames
from azure_model_endpoints.subscription.provider import arm_client, subscription

__all__ = ["FirstCreation"]

_PROVIDERS_API_VERSION = "2021-04-01"
_UNEXPECTED = ("Microsoft.PolicyInsights", "Microsoft.Cdn")
"""Creating an online endpoint fails without these two, and nobody registers them on the way, as the
azure-native provider does with those whose resources it creates (Azure docs,
how-to-troubleshoot-online-endpoints, "SubscriptionNotRegistered")."""
_OF_ENCRYPTION = ("Microsoft.DocumentDB", "Microsoft.Search")
"""A workspace with a key of one's own brings resources of these, too (Azure docs,
how-to-setup-customer-managed-keys)."""


@dataclass(frozen=True, slots=True)
class FirstCreation:
    """What will be created, if it is not there yet."""

    path: str
    """How messages call the setting that its names follow from."""
    names: pulumi.Output[WorkspaceNames]
    encrypted: bool
    """Whether with a key of one's own."""
    parent: pulumi.Resource

    async def check(self, group: str, *, recovers_vault: bool) -> None:
        """Look up registrations and names, all at the same time.

        Args:
            group: the resource group.
            recovers_vault: whether the name of the vault is held by its own deleted self.

        Raises:
            PlanError: Azure would refuse the workspace or its endpoints.
        """
        names = await self.names.future()
        if names is None:  # not known before something else is there
            return
        wanted = [
            each
            for each in globally_named(
                names.storage_account, names.key_vault, names.container_registry
            )
            if not (recovers_vault and each.what == "key vault")
        ]
        needed = [*_UNEXPECTED, *(_OF_ENCRYPTION if self.encrypted else ())]
        client = await arm_client(self.parent)
        where = f"/subscriptions/{await subscription(self.parent)}"

        def state(provider: str) -> str:
            path = f"{where}/providers/{provider}"
            document = _if_allowed(lambda: client.get(path, _PROVIDERS_API_VERSION))
            return str((document or {}).get("registrationState", "Registered"))

        def is_taken(each: GloballyNamed) -> bool:
            namespace = each.type_.partition("/")[0]
            path = f"{where}/providers/{namespace}/checkNameAvailability"
            body = {"name": each.name, "type": each.type_}
            answer = _if_allowed(lambda: client.post(path, each.api_version, body))
            if answer is None or answer["nameAvailable"]:
                return False
            # A run that was killed may have created it.
            own = f"{where}/resourceGroups/{group}/providers/{each.type_}/{each.name}"
            return client.get(own, each.api_version) is None

        states, taken = await asyncio.gather(
            asyncio.gather(*(asyncio.to_thread(state, each) for each in needed)),
            asyncio.gather(*(asyncio.to_thread(is_taken, each) for each in wanted)),
        )
        problems = [
            *registration_problems(dict(zip(needed, states, strict=True))),
            *name_problems(self.path, list(compress(wanted, taken))),
        ]
        if problems:
            raise PlanError(problems, source=self.path)


def _if_allowed(ask: Callable[[], dict[str, Any] | None]) -> dict[str, Any] | None:
    """Return an answer; None where it takes a right on the subscription that nobody needs else."""
    try:
        return ask()
    except ArmError as error:
        if error.status == HTTPStatus.FORBIDDEN:
            return None
        raise
