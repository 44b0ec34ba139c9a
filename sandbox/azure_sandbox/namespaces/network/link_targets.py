# SPDX-License-Identifier: Apache-2.0
"""What private endpoints can lead to: group ids, members, and the names that clients use.

Azure docs, private-endpoint-overview and private-endpoint-dns; for workspaces how-to-custom-dns.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from azure_sandbox.arm.records import Resource

WORKSPACES = "Microsoft.MachineLearningServices/workspaces"
STORAGE_ACCOUNTS = "Microsoft.Storage/storageAccounts"
VAULTS = "Microsoft.KeyVault/vaults"
REGISTRIES = "Microsoft.ContainerRegistry/registries"

_STORAGE_SERVICES = ("blob", "dfs", "file", "queue", "table", "web")
_PRIVATE_SUFFIXES: Mapping[str, str] = {
    **{
        f".{service}.core.windows.net": f".privatelink.{service}.core.windows.net"
        for service in _STORAGE_SERVICES
    },
    ".vault.azure.net": ".privatelink.vaultcore.azure.net",
    ".azurecr.io": ".privatelink.azurecr.io",
    ".api.azureml.ms": ".privatelink.api.azureml.ms",
    ".notebooks.azure.net": ".privatelink.notebooks.azure.net",
}


@dataclass(frozen=True, slots=True)
class Member:
    """One of the addresses a private endpoint has, and the public names that lead to it."""

    name: str
    fqdns: tuple[str, ...]


Groups = Mapping[str, tuple[Member, ...]]


def groups_of(target: Resource) -> Groups | None:
    """Return the members of each group of a resource; None if it has no private endpoints."""
    groups = _GROUPS.get(target.type.lower())
    return groups(target) if groups else None


def fqdns_of(target: Resource) -> tuple[str, ...]:
    """Return all names by which a resource is reached."""
    groups = groups_of(target) or {}
    return tuple(fqdn for members in groups.values() for one in members for fqdn in one.fqdns)


def private_name(fqdn: str) -> str:
    """Return the name in the zone of private link that a public name is an alias of.

    The empty string for a name of something else.
    """
    for public, private in _PRIVATE_SUFFIXES.items():
        if fqdn.lower().endswith(public):
            return fqdn[: -len(public)].lower() + private
    return ""


def scoring_name(endpoint: str, region: str) -> str:
    """Return the name that the clients of an online endpoint use."""
    return f"{endpoint}.{region}.inference.ml.azure.com".lower()


def inference_name(endpoint: str, region: str, workspace: Resource) -> str:
    """Return the name of an endpoint below its workspace, for which there is a wildcard."""
    guid = workspace.properties["workspaceId"]
    return f"{endpoint}.{guid}.inference.{region}.api.azureml.ms".lower()


def _storage(account: Resource) -> Groups:
    return {
        service: (Member(service, (f"{account.name}.{service}.core.windows.net",)),)
        for service in _STORAGE_SERVICES
    }


def _vault(vault: Resource) -> Groups:
    return {"vault": (Member("default", (f"{vault.name.lower()}.vault.azure.net",)),)}


def _registry(registry: Resource) -> Groups:
    name, region = registry.name.lower(), registry.location
    return {
        "registry": (
            Member(f"registry_data_{region}", (f"{name}.{region}.data.azurecr.io",)),
            Member("registry", (f"{name}.azurecr.io",)),
        )
    }


def _workspace(workspace: Resource) -> Groups:
    guid, region = workspace.properties["workspaceId"], workspace.location
    api = f"{guid}.workspace.{region}"
    return {
        "amlworkspace": (
            Member("default", (f"{api}.api.azureml.ms", f"{api}.cert.api.azureml.ms")),
            Member("notebook", (workspace.properties["notebookInfo"]["fqdn"],)),
            Member("inference", (f"*.{guid}.inference.{region}.api.azureml.ms",)),
        )
    }


_GROUPS: Mapping[str, Callable[[Resource], Groups]] = {
    STORAGE_ACCOUNTS.lower(): _storage,
    VAULTS.lower(): _vault,
    REGISTRIES.lower(): _registry,
    WORKSPACES.lower(): _workspace,
}
TYPES = tuple(_GROUPS)
"""The types that private endpoints can lead to, in lower case."""
