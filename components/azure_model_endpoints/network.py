# SPDX-License-Identifier: Apache-2.0
"""The network from which a private workspace and its endpoints can be reached."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_azure_native import network

from azure_model_endpoints.callback_server import share_callback_server
from azure_model_endpoints.diagnostics import NETWORK_LOGS, SECURITY_GROUP_LOGS, report
from azure_model_endpoints.foreign_fields import owner
from azure_model_endpoints.network_args import PrivateNetworkArgs, plan_of_arguments
from azure_model_endpoints.network_checks import Wanted, checked_subnet
from azure_model_endpoints.planning.existing_subnets import network_id_of
from azure_model_endpoints.planning.networks import NetworkNames, NetworkPlan
from azure_model_endpoints.planning.private_links import private_links
from azure_model_endpoints.planning.tags import owned_tags
from azure_model_endpoints.private_endpoints import Place, private_endpoints, private_zones

__all__ = ["PrivateNetwork", "PrivateNetworkArgs"]


@dataclass(frozen=True, slots=True)
class _New:
    """A new virtual network."""

    virtual_network: network.VirtualNetwork
    security_group: network.NetworkSecurityGroup
    subnet: network.Subnet

    @property
    def lockable_ids(self) -> dict[str, pulumi.Output[str]]:
        """Ids, by short names, of what a lock is for; the subnet is inside the network."""
        return {"network": self.virtual_network.id, "security-group": self.security_group.id}


class PrivateNetwork(pulumi.ComponentResource):
    """A virtual network with private endpoints to a workspace and to what it stands on.

    Callers in the network, or in one that is peered with it, reach the workspace, its storage, its
    key vault, its registry and all its online endpoints by their usual names.

    Assumptions:

    - What the private endpoints lead to exists, or is created by the same program.
    - A network that exists, and zones that exist, are never changed. The network's zones are linked
      to it already, or it has DNS servers of its own that know them.
    - Peerings, gateways and further subnets are somebody else's.
    """

    virtual_network_id: pulumi.Output[str]
    """Azure resource id of the virtual network."""
    private_endpoint_subnet_id: pulumi.Output[str]
    """Azure resource id of the subnet that the private endpoints are in."""
    zone_ids: pulumi.Output[dict[str, str]]
    """Azure resource ids of the private DNS zones by their names."""

    def __init__(
        self, name: str, args: PrivateNetworkArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Create a network.

        Args:
            name: what the program calls it.
            args: what it shall be.
            opts: the usual options.

        Raises:
            ArgumentsError: the arguments are malformed, or Azure would refuse them.
        """
        share_callback_server()
        super().__init__("azure-model-endpoints:index:PrivateNetwork", name, {}, opts)
        plan = plan_of_arguments(name, args)
        place = Place(
            name=name,
            group=args["resource_group_name"],
            region=args["region"],
            names=NetworkNames.of(args.get("workload") or name),
            tags=owned_tags(args.get("tags", {}), owner()),
            opts=pulumi.ResourceOptions(parent=self),
        )
        targets = _targets(args)
        links = [link for link in private_links(args["region"]) if link.target in targets]
        names = list(dict.fromkeys(zone for link in links for zone in link.zones))
        ids = args.get("private_dns_zone_ids") or {}
        given = {zone: ids[zone] for zone in names if zone in ids}
        new = _network(place, plan) if plan else None
        if new:
            subnet_id, self.virtual_network_id = new.subnet.id, new.virtual_network.id
            if logs := args.get("log_analytics_workspace_id"):
                _report(place, new, logs)
        else:
            subnet_id = pulumi.Output.from_input(args["existing_subnet_id"])
            self.virtual_network_id = subnet_id.apply(network_id_of)
        created = dict.fromkeys((zone for zone in names if zone not in ids), place.group)
        wanted = Wanted(
            name, args["region"], given, None if plan else created, links, place.names, place.group
        )
        self.private_endpoint_subnet_id = checked_subnet(self, wanted, subnet_id)
        zones = private_zones(
            place, names, self.virtual_network_id, given, new_network=plan is not None
        )
        made = private_endpoints(place, links, targets, self.private_endpoint_subnet_id, zones)
        self._lockable_ids = {
            **(new.lockable_ids if new else {}),
            **{f"endpoint-{link}": endpoint.id for link, endpoint in made.items()},
            **zones.lockable_ids,
        }
        self.zone_ids = pulumi.Output.all(**zones.ids)
        self.register_outputs(
            {
                "virtualNetworkId": self.virtual_network_id,
                "privateEndpointSubnetId": self.private_endpoint_subnet_id,
                "zoneIds": self.zone_ids,
            }
        )

    @property
    def lockable_ids(self) -> Mapping[str, pulumi.Output[str]]:
        """Azure resource ids, by short names, of everything a lock is for.

        What was there before is not among them: a network that exists, zones that exist, and the
        links in those zones.
        """
        return self._lockable_ids


def _targets(args: PrivateNetworkArgs) -> dict[str, pulumi.Input[str]]:
    """Return what private endpoints shall lead to."""
    ids = {
        "workspace": args.get("workspace_id"),
        "storage_account": args.get("storage_account_id"),
        "key_vault": args.get("key_vault_id"),
        "container_registry": args.get("container_registry_id"),
    }
    return {target: resource_id for target, resource_id in ids.items() if resource_id is not None}


def _network(place: Place, plan: NetworkPlan) -> _New:
    """Create a virtual network with a subnet for private endpoints.

    The subnet is a resource of its own, so that others may add subnets to the network.
    """
    guard = network.NetworkSecurityGroup(
        f"{place.name}-security-group",
        network_security_group_name=place.names.security_group,
        resource_group_name=place.group,
        location=place.region,
        security_rules=[
            _rule("allow-https-from-network", 100, "Allow", source="VirtualNetwork", port="443"),
            _rule("deny-everything-else", 4096, "Deny", source="*", port="*"),
        ],
        tags=place.tags,
        # Azure deletes none that a subnet has, and the subnet moves to the new one first.
        opts=pulumi.ResourceOptions.merge(
            place.opts, pulumi.ResourceOptions(delete_before_replace=False)
        ),
    )
    made = network.VirtualNetwork(
        f"{place.name}-network",
        virtual_network_name=place.names.virtual_network,
        resource_group_name=place.group,
        location=place.region,
        address_space=network.AddressSpaceArgs(address_prefixes=list(plan.address_space)),
        tags=place.tags,
        opts=pulumi.ResourceOptions.merge(
            place.opts, pulumi.ResourceOptions(ignore_changes=["subnets", "virtualNetworkPeerings"])
        ),
    )
    subnet = network.Subnet(
        f"{place.name}-subnet",
        subnet_name=place.names.subnet,
        virtual_network_name=made.name,
        resource_group_name=place.group,
        address_prefix=plan.private_endpoints_subnet,
        network_security_group=network.NetworkSecurityGroupArgs(id=guard.id),
        # Without it no rule counts for private endpoints (Azure docs, "Manage network policies for
        # private endpoints").
        private_endpoint_network_policies="NetworkSecurityGroupEnabled",
        opts=place.opts,
    )
    return _New(made, guard, subnet)


def _report(place: Place, new: _New, destination: pulumi.Input[str]) -> None:
    """Let a new network tell what happens in it.

    Private endpoints and private DNS zones have neither logs nor metrics that Azure would send
    anywhere (Azure docs, "Supported metrics").
    """
    name, opts = f"{place.name}-report", place.opts
    report(f"{name}-network", new.virtual_network.id, destination, opts, categories=NETWORK_LOGS)
    report(
        f"{name}-security-group",
        new.security_group.id,
        destination,
        opts,
        categories=SECURITY_GROUP_LOGS,
        metrics=False,
    )


def _rule(
    name: str, priority: int, access: str, *, source: str, port: str
) -> network.SecurityRuleArgs:
    return network.SecurityRuleArgs(
        name=name,
        priority=priority,
        direction=network.SecurityRuleDirection.INBOUND,
        access=access,
        protocol=network.SecurityRuleProtocol.TCP if port == "443" else "*",
        source_address_prefix=source,
        source_port_range="*",
        destination_address_prefix="*",
        destination_port_range=port,
    )
