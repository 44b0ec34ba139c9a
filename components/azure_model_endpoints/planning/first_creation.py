# SPDX-License-Identifier: Apache-2.0
"""What keeps a workspace from being created for the first time: names and registrations."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from azure_model_endpoints.errors import Problem

__all__ = ["GloballyNamed", "globally_named", "name_problems", "registration_problems"]


@dataclass(frozen=True, slots=True)
class GloballyNamed:
    """A resource whose name nobody else in Azure may have."""

    what: str
    """What messages call it."""
    type_: str
    """Its resource type."""
    name: str
    api_version: str


def globally_named(storage_account: str, key_vault: str, registry: str) -> list[GloballyNamed]:
    """Return the resources of a workspace whose names are shared out over all of Azure."""
    return [
        GloballyNamed(
            "storage account", "Microsoft.Storage/storageAccounts", storage_account, "2024-01-01"
        ),
        GloballyNamed("key vault", "Microsoft.KeyVault/vaults", key_vault, "2024-11-01"),
        GloballyNamed(
            "container registry", "Microsoft.ContainerRegistry/registries", registry, "2023-07-01"
        ),
    ]


def registration_problems(states: Mapping[str, str]) -> Iterator[Problem]:
    """Yield a problem for each resource provider that is not registered.

    Args:
        states: Azure's word for the state of each; ``NotFound`` where a cloud does not have it.
    """
    for provider, state in states.items():
        if state not in {"Registered", "NotFound"}:
            yield Problem(
                "subscription",
                f"{provider}, which is {state}",
                "a subscription in which it is registered",
                f"Register it with `az provider register --namespace {provider}`; it takes a "
                "minute. Without it Azure refuses endpoints, and does not say why.",
            )


def name_problems(path: str, taken: Iterable[GloballyNamed]) -> Iterator[Problem]:
    """Yield a problem for each name that somebody else has.

    Args:
        path: how messages call the setting that the names follow from.
        taken: those whose names are not free.
    """
    for each in taken:
        remedy = "Choose another name for the workload."
        if each.what == "key vault":
            remedy = (
                "It may be a deleted one, whose name is held for up to 90 days: "
                f"`az keyvault list-deleted` shows it, and `az keyvault purge --name {each.name}` "
                "frees the name. Or choose another name for the workload."
            )
        given = f"a {each.what} called {each.name!r}, which somebody else has"
        yield Problem(path, given, "names that are free", remedy)
