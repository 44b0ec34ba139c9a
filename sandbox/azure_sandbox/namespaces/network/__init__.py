# SPDX-License-Identifier: Apache-2.0
"""Microsoft.Network: virtual networks, private endpoints and private DNS."""

from azure_sandbox.arm.namespace import Namespace
from azure_sandbox.namespaces.network.dns_zones import Records, ZoneLinks, Zones
from azure_sandbox.namespaces.network.interfaces import NetworkInterfaces
from azure_sandbox.namespaces.network.peerings import Peerings
from azure_sandbox.namespaces.network.private_endpoints import PrivateEndpoints
from azure_sandbox.namespaces.network.security_groups import SecurityGroups
from azure_sandbox.namespaces.network.subnets import Subnets
from azure_sandbox.namespaces.network.versions import NAMESPACE_NAME
from azure_sandbox.namespaces.network.virtual_networks import VirtualNetworks
from azure_sandbox.namespaces.network.zone_groups import ZoneGroups

__all__ = ["NAMESPACE"]

NAMESPACE = Namespace(
    NAMESPACE_NAME,
    (
        VirtualNetworks(),
        Subnets(),
        Peerings(),
        SecurityGroups(),
        NetworkInterfaces(),
        PrivateEndpoints(),
        ZoneGroups(),
        Zones(),
        ZoneLinks(),
        Records(),
    ),
)
