# SPDX-License-Identifier: Apache-2.0
"""What a `PrivateNetwork` is asked for."""

from collections.abc import Mapping
from typing import Any, NotRequired, TypedDict

import pulumi
from pydantic import BaseModel, Field

from azure_model_endpoints.arguments import ArgumentsError, parse_arguments
from azure_model_endpoints.planning.names import name_problem, region_problem
from azure_model_endpoints.planning.networks import NetworkPlan, plan_network
from azure_model_endpoints.planning.tags import tags_problems
from azure_model_endpoints.workspace_settings import NetworkSettings

__all__ = ["PrivateNetworkArgs", "plan_of_arguments"]


class PrivateNetworkArgs(TypedDict):
    """The arguments of a `PrivateNetwork`.

    What decides which resources exist is plain; names and ids of other resources are inputs.
    """

    resource_group_name: pulumi.Input[str]
    """Resource group to create everything in."""
    region: str
    """Azure region of the network, for example ``eastus``."""
    workload: NotRequired[str]
    """Short name everything is called after: 2 to 12 lower-case letters, digits and single dashes;
    default: the component's name."""
    address_space: NotRequired[list[str]]
    """Ranges of the virtual network in CIDR notation; default ``10.60.0.0/22``."""
    private_endpoints_subnet: NotRequired[str]
    """Range of the subnet for private endpoints; default: the first 32 addresses."""
    peers: NotRequired[list[str]]
    """Ranges of the networks it will be peered with, which must not overlap its own."""
    existing_subnet_id: NotRequired[pulumi.Input[str]]
    """Azure resource id of a subnet that the private endpoints go to; no network is created."""
    private_dns_zone_ids: NotRequired[dict[str, pulumi.Input[str]]]
    """Azure resource ids of private DNS zones by their names, for example those of a hub, which are
    used instead of new ones."""
    workspace_id: NotRequired[pulumi.Input[str]]
    """Azure resource id of the workspace; without it there is no private endpoint for it."""
    storage_account_id: NotRequired[pulumi.Input[str]]
    """Azure resource id of its storage account, likewise; there is one endpoint for blobs and one
    for files."""
    key_vault_id: NotRequired[pulumi.Input[str]]
    """Azure resource id of its key vault, likewise."""
    container_registry_id: NotRequired[pulumi.Input[str]]
    """Azure resource id of its container registry, likewise; the registry must be Premium, as that
    of a `ModelWorkspace` with ``private_endpoints`` is."""
    log_analytics_workspace_id: NotRequired[pulumi.Input[str]]
    """Azure resource id of a Log Analytics workspace that a new network and its security group send
    their logs to; default: they send none. Private endpoints and zones have nothing to send."""
    tags: NotRequired[dict[str, str]]
    """Put on every resource that can have tags."""


_INPUTS = (
    "resource_group_name",
    "existing_subnet_id",
    "private_dns_zone_ids",
    "workspace_id",
    "storage_account_id",
    "key_vault_id",
    "container_registry_id",
    "log_analytics_workspace_id",
)


class _Arguments(BaseModel, extra="forbid", strict=True):
    resource_group_name: str
    region: str
    workload: str | None = None
    address_space: list[str] | None = None
    private_endpoints_subnet: str | None = None
    peers: list[str] | None = None
    existing_subnet_id: str | None = None
    private_dns_zone_ids: dict[str, str] = Field(default_factory=dict)
    workspace_id: str | None = None
    storage_account_id: str | None = None
    key_vault_id: str | None = None
    container_registry_id: str | None = None
    log_analytics_workspace_id: str | None = None
    tags: dict[str, str] = Field(default_factory=dict)


def plan_of_arguments(name: str, args: PrivateNetworkArgs) -> NetworkPlan | None:
    """Return the network that the arguments ask for; None where one exists.

    Raises:
        ArgumentsError: the arguments are malformed, or Azure would refuse them.
    """
    plain, problems = parse_arguments(
        name, args, _Arguments, required=("resource_group_name", "region"), inputs=_INPUTS
    )
    plan = None
    if plain:
        plan, found = plan_network(name, _settings(args, plain), plain.region)
        named = [
            region_problem(f"{name}.region", plain.region),
            name_problem(f"{name}.workload", "workload", plain.workload or name),
        ]
        malformed = {problem.path for problem in problems}
        problems += [p for p in [*named, *found] if p and p.path not in malformed]
        problems += tags_problems(f"{name}.tags", plain.tags)
    if problems:
        raise ArgumentsError(problems, source=name)
    return plan


def _settings(args: Mapping[str, Any], plain: _Arguments) -> NetworkSettings:
    """Return what can be judged now; ids that are known later are taken for right."""
    ids = args.get("private_dns_zone_ids") or {}
    said: dict[str, Any] = {
        "address_space": plain.address_space,
        "private_endpoints_subnet": plain.private_endpoints_subnet,
        "peers": plain.peers,
        "existing_subnet_id": plain.existing_subnet_id,
        "private_dns_zone_ids": {
            zone: zone_id if isinstance(ids.get(zone), str) else _some_zone(zone)
            for zone, zone_id in plain.private_dns_zone_ids.items()
        },
    }
    if plain.existing_subnet_id and not isinstance(args.get("existing_subnet_id"), str):
        said["existing_subnet_id"] = f"{_SOME_NETWORK}/virtualNetworks/n/subnets/s"
    return NetworkSettings(**{key: value for key, value in said.items() if value is not None})


_SOME_NETWORK = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network"


def _some_zone(name: str) -> str:
    return f"{_SOME_NETWORK}/privateDnsZones/{name}"
