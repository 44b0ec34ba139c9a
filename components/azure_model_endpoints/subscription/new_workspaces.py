# SPDX-License-Identifier: Apache-2.0
"""What would keep Azure from creating a workspace for the first time."""

from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from typing import Any

from azure_model_endpoints.errors import ArmError, Problem
from azure_model_endpoints.planning.first_creation import (
    GloballyNamed,
    globally_named,
    name_problems,
    registration_problems,
)
from azure_model_endpoints.planning.names import WorkspaceNames
from azure_model_endpoints.subscription import api_versions
from azure_model_endpoints.subscription.arm import ArmClient
from azure_model_endpoints.subscription.concurrently import begun
from azure_model_endpoints.subscription.registrations import registration_states

__all__ = ["creation_problems", "is_soft_deleted", "problems_if_new"]

_UNEXPECTED = ("Microsoft.PolicyInsights", "Microsoft.Cdn")
"""Creating an online endpoint fails without these two, and nobody registers them on the way, as the
azure-native provider does with those whose resources it creates (Azure docs,
how-to-troubleshoot-online-endpoints, "SubscriptionNotRegistered")."""
_OF_ENCRYPTION = ("Microsoft.DocumentDB", "Microsoft.Search")
"""A workspace with a key of one's own brings resources of these, too (Azure docs,
how-to-setup-customer-managed-keys)."""
_OF_NETWORKS = ("Microsoft.Network",)
"""Private endpoints are of it, those of a managed network too, for which nobody registers it on the
way (Azure docs, "Workspace managed virtual network isolation", prerequisites)."""


def is_soft_deleted(
    client: ArmClient, subscription_id: str, group: str, region: str, vault: str
) -> bool:
    """Return whether a vault was deleted from a resource group and can be recovered there.

    Raises:
        ArmError: Azure refused, or could not be reached.
    """
    path = (
        f"/subscriptions/{subscription_id}/providers/Microsoft.KeyVault"
        f"/locations/{region}/deletedVaults/{vault}"
    )
    deleted = client.get(path, api_versions.VAULTS)
    held = f"/resourcegroups/{group}/".lower()
    return deleted is not None and held in deleted["properties"]["vaultId"].lower()


def problems_if_new(  # noqa: PLR0913  (each is a different noun)
    client: ArmClient,
    subscription_id: str,
    group: str,
    names: WorkspaceNames,
    *,
    region: str,
    path: str,
    encrypted: bool,
    networked: bool,
) -> list[Problem]:
    """Return what is wrong with a workspace that may exist already, and then nothing is.

    The vault comes first of everything, so where it is, the rest is or is about to be.

    Raises:
        ArmError: Azure refused, or could not be reached.
    """
    where = f"/subscriptions/{subscription_id}/resourceGroups/{group}/providers"
    vault = f"{where}/Microsoft.KeyVault/vaults/{names.key_vault}"
    # Together, though most stacks are there and the second answer is of no use to them: a new one
    # waits for a round trip less.
    deleted = begun(
        {vault: partial(is_soft_deleted, client, subscription_id, group, region, names.key_vault)}
    )
    if client.get(vault, api_versions.VAULTS) is not None:
        return []
    recovers = deleted[vault].result()
    return creation_problems(
        client,
        subscription_id,
        group,
        names,
        path=path,
        encrypted=encrypted,
        networked=networked,
        recovers_vault=recovers,
    )


def creation_problems(  # noqa: PLR0913  (each is a different noun)
    client: ArmClient,
    subscription_id: str,
    group: str,
    names: WorkspaceNames,
    *,
    path: str,
    encrypted: bool,
    networked: bool,
    recovers_vault: bool,
) -> list[Problem]:
    """Return which registrations are missing and which names are taken, all looked up at once.

    Args:
        client: of the subscription.
        subscription_id: the subscription.
        group: the resource group.
        names: what the workspace's resources will be called.
        path: how messages call the setting that the names follow from.
        encrypted: whether the workspace has a key of one's own.
        networked: whether it has a private network or a managed one.
        recovers_vault: whether the name of the vault is held by its own deleted self.

    Raises:
        ArmError: Azure refused, or could not be reached.
    """
    where = f"/subscriptions/{subscription_id}"
    wanted = [
        each
        for each in globally_named(names.storage_account, names.key_vault, names.container_registry)
        if not (recovers_vault and each.what == "key vault")
    ]
    needed = [
        *_UNEXPECTED,
        *(_OF_ENCRYPTION if encrypted else ()),
        *(_OF_NETWORKS if networked else ()),
    ]

    def is_taken(each: GloballyNamed) -> bool:
        address = f"{where}/providers/{each.type_.partition('/')[0]}/checkNameAvailability"
        body = {"name": each.name, "type": each.type_}
        answer = _if_allowed(lambda: client.post(address, each.api_version, body))
        if answer is None or answer["nameAvailable"]:
            return False
        # A run that was killed may have created it.
        own = f"{where}/resourceGroups/{group}/providers/{each.type_}/{each.name}"
        return client.get(own, each.api_version) is None

    asked = begun({each: partial(is_taken, each) for each in wanted})
    states = _if_allowed(lambda: registration_states(client, subscription_id, needed))
    taken = [each for each, answer in asked.items() if answer.result()]
    return [*registration_problems(states or {}), *name_problems(path, taken)]


def _if_allowed(ask: Callable[[], dict[str, Any]]) -> dict[str, Any] | None:
    """Return an answer; None where it takes a right on the subscription that nobody needs else."""
    try:
        return ask()
    except ArmError as error:
        if error.status == HTTPStatus.FORBIDDEN:
            return None
        raise
