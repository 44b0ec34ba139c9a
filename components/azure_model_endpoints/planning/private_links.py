# SPDX-License-Identifier: Apache-2.0
"""What a private workspace is reached by: group ids, private DNS zones, numbers of addresses.

Azure docs, "Azure Private Endpoint private DNS zone values", "Private endpoint overview", and for
workspaces "How to use your workspace with a custom DNS server".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from azure_model_endpoints._wording import listed
from azure_model_endpoints.errors import Problem
from azure_model_endpoints.vocabulary import IsolationMode

__all__ = ["PrivateLink", "private_link_problem", "private_links", "registry_tier", "zone_names"]


@dataclass(frozen=True, slots=True)
class PrivateLink:
    """One private endpoint of a workspace or of something it stands on."""

    name: str
    """What its resources are called after."""
    target: str
    """What it leads to: ``workspace``, ``storage_account``, ``key_vault`` or
    ``container_registry``."""
    group_id: str
    """Which part of that."""
    zones: tuple[str, ...]
    """The private DNS zones its names are in."""
    addresses: int
    """How many addresses it takes in its subnet."""


@dataclass(frozen=True, slots=True)
class _Suffixes:
    """How the names of private link end in one cloud."""

    workspace: str
    notebooks: str
    storage: str
    key_vault: str
    registry: str


_PUBLIC = _Suffixes(
    "api.azureml.ms", "notebooks.azure.net", "core.windows.net", "vaultcore.azure.net", "azurecr.io"
)
_CLOUDS: Mapping[str, _Suffixes] = {
    "china": _Suffixes(
        "api.ml.azure.cn",
        "notebooks.chinacloudapi.cn",
        "core.chinacloudapi.cn",
        "vaultcore.azure.cn",
        "azurecr.cn",
    ),
    "us": _Suffixes(
        "api.ml.azure.us",
        "notebooks.usgovcloudapi.net",
        "core.usgovcloudapi.net",
        "vaultcore.usgovcloudapi.net",
        "azurecr.us",
    ),
}
"""The other clouds, by how the names of their regions begin (``us`` then ``gov`` or ``dod``)."""


def private_links(region: str) -> tuple[PrivateLink, ...]:
    """Return the private endpoints that a workspace needs in the cloud of a region.

    A workspace has three addresses (API, notebooks, inference), a registry two (itself and its
    data endpoint); everything else has one.
    """
    ends = _suffixes(region)
    return (
        PrivateLink(
            "workspace", "workspace", "amlworkspace", _private(ends.workspace, ends.notebooks), 3
        ),
        PrivateLink("blob", "storage_account", "blob", _private(f"blob.{ends.storage}"), 1),
        PrivateLink("file", "storage_account", "file", _private(f"file.{ends.storage}"), 1),
        PrivateLink("vault", "key_vault", "vault", _private(ends.key_vault), 1),
        PrivateLink("registry", "container_registry", "registry", _private(ends.registry), 2),
    )


def zone_names(region: str) -> tuple[str, ...]:
    """Return the names of all private DNS zones that those need."""
    return tuple(zone for link in private_links(region) for zone in link.zones)


def registry_tier(mode: IsolationMode, *, is_public: bool, has_private_endpoints: bool) -> str:
    """Return the cheapest tier in which a workspace's registry can be what it is asked to be.

    Only Premium has private endpoints and can refuse the internet (Azure docs, "Container Registry
    service tiers"). A managed network makes an endpoint of its own to a registry that refuses the
    internet, and where only approved hosts are reached, to any (Azure docs, "Workspace managed
    virtual network isolation").

    Args:
        mode: where the workspace's instances may connect to.
        is_public: whether the registry answers the internet.
        has_private_endpoints: whether private endpoints of another network lead to it.

    Returns:
        ``Basic`` or ``Premium``.
    """
    approved_only = mode is IsolationMode.ALLOW_ONLY_APPROVED_OUTBOUND
    return "Premium" if has_private_endpoints or approved_only or not is_public else "Basic"


def private_link_problem(path: str, region: str, provider: Mapping[str, Any]) -> Problem | None:
    """Return what is wrong with a region in which there are no private endpoints.

    Args:
        path: how messages call the region.
        region: in its short form.
        provider: Microsoft.Network, as Resource Manager describes it to the subscription.
    """
    offered = {
        location.replace(" ", "").lower()
        for kind in provider.get("resourceTypes") or ()
        if kind["resourceType"].lower() == "privateendpoints"
        for location in kind["locations"]
    }
    if not offered or region in offered:
        return None
    remedy = "Choose another region, or a public workspace."
    return Problem(path, f"{region!r}, which has no private link", listed(offered), remedy)


def _suffixes(region: str) -> _Suffixes:
    if region.startswith("china"):
        return _CLOUDS["china"]
    return _CLOUDS["us"] if region.startswith(("usgov", "usdod")) else _PUBLIC


def _private(*suffixes: str) -> tuple[str, ...]:
    return tuple(f"privatelink.{suffix}" for suffix in suffixes)
