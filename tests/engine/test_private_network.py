# SPDX-License-Identifier: Apache-2.0
"""Private networks as plain programs build them, through the engine and the provider."""

from collections.abc import Mapping

import pulumi
from pulumi_azure_native import containerregistry, keyvault, network, privatedns, resources, storage

from azure_sandbox import identity
from tests.engine.world import REGION, Stack, World

ZONES = {
    "blob": "privatelink.blob.core.windows.net",
    "file": "privatelink.file.core.windows.net",
    "vault": "privatelink.vaultcore.azure.net",
    "registry": "privatelink.azurecr.io",
}


def private_network(stack: Stack) -> None:
    """Build a network with everything that a private workspace stands on."""
    group = resources.ResourceGroup("rg", location=REGION)
    guard = network.NetworkSecurityGroup(
        "nsg",
        resource_group_name=group.name,
        security_rules=[
            network.SecurityRuleArgs(
                name="https",
                protocol=network.SecurityRuleProtocol.TCP,
                access=network.SecurityRuleAccess.ALLOW,
                direction=network.SecurityRuleDirection.INBOUND,
                priority=100,
                source_address_prefix="VirtualNetwork",
                source_port_range="*",
                destination_address_prefix="*",
                destination_port_range="443",
            )
        ],
    )
    vnet = network.VirtualNetwork(
        "vnet",
        resource_group_name=group.name,
        address_space=network.AddressSpaceArgs(address_prefixes=["10.0.0.0/16"]),
        tags=stack.arguments["tags"],
    )
    subnets = [
        network.Subnet(
            name,
            resource_group_name=group.name,
            virtual_network_name=vnet.name,
            address_prefix=f"10.0.{index}.0/24",
            network_security_group=network.NetworkSecurityGroupArgs(id=guard.id),
        )
        for index, name in enumerate(("endpoints", "callers"))
    ]
    links = _links(group, vnet)
    previous: list[pulumi.Resource] = []
    for kind, target in _targets(group).items():
        endpoint = network.PrivateEndpoint(
            f"pep-{kind}",
            resource_group_name=group.name,
            subnet=network.SubnetArgs(id=subnets[0].id),
            private_link_service_connections=[
                network.PrivateLinkServiceConnectionArgs(
                    name=kind, private_link_service_id=target, group_ids=[kind]
                )
            ],
            # A zone group takes the names over, which a refresh would then find gone.
            opts=pulumi.ResourceOptions(depends_on=previous, ignore_changes=["customDnsConfigs"]),
        )
        zone, link = links[kind]
        network.PrivateDnsZoneGroup(
            f"names-{kind}",
            resource_group_name=group.name,
            private_endpoint_name=endpoint.name,
            private_dns_zone_group_name="default",
            private_dns_zone_configs=[
                network.PrivateDnsZoneConfigArgs(name=kind, private_dns_zone_id=zone.id)
            ],
            opts=pulumi.ResourceOptions(depends_on=[link]),
        )
        previous = [endpoint]
    pulumi.export("network", vnet.name)
    pulumi.export("group", group.name)


def _links(
    group: resources.ResourceGroup, vnet: network.VirtualNetwork
) -> dict[str, tuple[privatedns.PrivateZone, privatedns.VirtualNetworkLink]]:
    made = {}
    for kind, name in ZONES.items():
        zone = privatedns.PrivateZone(
            f"zone-{kind}",
            resource_group_name=group.name,
            private_zone_name=name,
            location="global",
        )
        link = privatedns.VirtualNetworkLink(
            f"link-{kind}",
            resource_group_name=group.name,
            private_zone_name=zone.name,
            location="global",
            registration_enabled=False,
            virtual_network=privatedns.SubResourceArgs(id=vnet.id),
        )
        made[kind] = (zone, link)
    return made


def _targets(group: resources.ResourceGroup) -> Mapping[str, pulumi.Output[str]]:
    account = storage.StorageAccount(
        "stprivate",
        resource_group_name=group.name,
        kind=storage.Kind.STORAGE_V2,
        sku=storage.SkuArgs(name=storage.SkuName.STANDARD_LRS),
        public_network_access=storage.PublicNetworkAccess.DISABLED,
    )
    vault = keyvault.Vault(
        "kv-private",
        resource_group_name=group.name,
        properties=keyvault.VaultPropertiesArgs(
            tenant_id=identity.TENANT_ID,
            sku=keyvault.SkuArgs(family="A", name=keyvault.SkuName.STANDARD),
            enable_rbac_authorization=True,
            public_network_access="Disabled",
        ),
    )
    registry = containerregistry.Registry(
        "crprivate",
        resource_group_name=group.name,
        sku=containerregistry.SkuArgs(name="Premium"),
        public_network_access="Disabled",
    )
    return {"blob": account.id, "file": account.id, "vault": vault.id, "registry": registry.id}


def test_a_private_network_comes_changes_and_goes(world: World) -> None:
    """One run builds it, names resolve inside, nothing drifts, a tag changes one resource."""
    stack = world.endpoint_stack(tags={"team": "a"})
    stack.program = private_network
    outputs = stack.up().outputs

    account = world.arm.get(
        f"/subscriptions/{world.subscription}/resourceGroups/{outputs['group'].value}"
        "/providers/Microsoft.Storage/storageAccounts",
        "2024-01-01",
    )
    assert account is not None
    name = f"{account['value'][0]['name']}.file.core.windows.net"
    place = f"vnet:{outputs['network'].value}"
    resolved = world.admin.get("resolve", {"name": name, "from": place})
    first = stack.changes()
    stack.refresh()
    after_refresh = stack.changes()
    stack.arguments["tags"] = {"team": "b"}
    tagged = stack.changes()
    stack.up()

    assert resolved["addresses"][0].startswith("10.0.0.")
    assert ({}, {}, {"update": 1}) == (first, after_refresh, tagged)
    assert {} == stack.changes()
