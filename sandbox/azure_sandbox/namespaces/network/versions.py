# SPDX-License-Identifier: Apache-2.0
"""Names and api-versions of Microsoft.Network, whose private DNS has versions of its own."""

NAMESPACE_NAME = "Microsoft.Network"

VERSIONS = (
    "2025-05-01",
    "2025-03-01",
    "2025-01-01",
    "2024-10-01",
    "2024-07-01",
    "2024-05-01",
    "2024-03-01",
    "2024-01-01",
    "2023-11-01",
    "2023-09-01",
    "2023-06-01",
    "2023-05-01",
    "2023-04-01",
    "2023-02-01",
    "2022-11-01",
    "2022-07-01",
    "2021-08-01",
    "2021-05-01",
    "2020-11-01",
    "2020-06-01",
)
DNS_VERSIONS = ("2024-06-01", "2020-06-01", "2018-09-01")

VIRTUAL_NETWORKS = f"{NAMESPACE_NAME}/virtualNetworks"
SUBNETS = f"{VIRTUAL_NETWORKS}/subnets"
PEERINGS = f"{VIRTUAL_NETWORKS}/virtualNetworkPeerings"
SECURITY_GROUPS = f"{NAMESPACE_NAME}/networkSecurityGroups"
INTERFACES = f"{NAMESPACE_NAME}/networkInterfaces"
PRIVATE_ENDPOINTS = f"{NAMESPACE_NAME}/privateEndpoints"
ZONE_GROUPS = f"{PRIVATE_ENDPOINTS}/privateDnsZoneGroups"
ZONES = f"{NAMESPACE_NAME}/privateDnsZones"
ZONE_LINKS = f"{ZONES}/virtualNetworkLinks"
RECORDS = f"{ZONES}/A"
