# SPDX-License-Identifier: Apache-2.0
"""Virtual networks, subnets, peerings and network security groups."""

import pytest

from tests.sandbox.network.conftest import Net

RULE = {
    "protocol": "Tcp",
    "sourcePortRange": "*",
    "destinationPortRange": "443",
    "sourceAddressPrefix": "*",
    "destinationAddressPrefix": "*",
    "access": "Allow",
    "direction": "Inbound",
}


def test_subnets_are_made_with_their_network(net: Net) -> None:
    """Inline subnets are resources of their own, with the defaults of the service."""
    network = net.network(one="10.0.0.0/24", two="10.0.1.0/24")

    inline = net.get("virtualNetworks/vnet")["subnets"]
    subnet = net.get("virtualNetworks/vnet/subnets/one")

    assert [f"{network}/subnets/one", f"{network}/subnets/two"] == [one["id"] for one in inline]
    assert ("10.0.0.0/24", "Disabled", []) == (
        subnet["addressPrefix"],
        subnet["privateEndpointNetworkPolicies"],
        subnet["delegations"],
    )


def test_subnets_are_made_by_themselves(net: Net) -> None:
    """A subnet of its own appears in its network."""
    net.network()

    net.put("virtualNetworks/vnet/subnets/late", {"addressPrefixes": ["10.0.3.0/24"]})

    names = [subnet["name"] for subnet in net.get("virtualNetworks/vnet")["subnets"]]
    assert ["late"] == names


def test_a_network_is_long_running(net: Net) -> None:
    """A PUT is answered with 201 and a status URL, and the network says that it is updating."""
    body = net.body("", {"addressSpace": {"addressPrefixes": ["10.0.0.0/16"]}})

    answer = net.azure.send("PUT", net.id_of("virtualNetworks/vnet"), body)

    assert (201, "Updating") == (
        answer.status_code,
        answer.json()["properties"]["provisioningState"],
    )
    assert "azure-asyncoperation" in answer.headers


@pytest.mark.parametrize(
    ("prefixes", "code"),
    [
        (["10.0.0.0"], "InvalidAddressPrefixFormat"),
        (["ten/8"], "InvalidAddressPrefixFormat"),
        (["10.0.0.1/24"], "InvalidCIDRNotation"),
        (["10.0.0.0/16", "10.0.1.0/24"], "InvalidAddressSpace"),
        (["169.254.0.0/24"], "InvalidAddressSpace"),
        ([], "MissingAddressPrefix"),
    ],
)
def test_address_spaces_azure_refuses(net: Net, prefixes: list[str], code: str) -> None:
    """No prefix, host bits, overlaps and ranges of the platform."""
    refusal = net.refusal("virtualNetworks/vnet", {"addressSpace": {"addressPrefixes": prefixes}})

    assert (400, code) == refusal[:2]


def test_a_prefix_with_host_bits_is_corrected_in_the_message(net: Net) -> None:
    """Azure says what the prefix should have been."""
    space = {"addressSpace": {"addressPrefixes": ["10.0.0.1/24"]}}

    message = net.refusal("virtualNetworks/vnet", space)[2]

    assert message.endswith("the address prefix should be 10.0.0.0/24.")


@pytest.mark.parametrize(
    ("prefix", "code"),
    [
        ("10.1.0.0/24", "NetcfgSubnetRangeOutsideVnet"),
        ("10.0.0.128/25", "NetcfgSubnetRangesOverlap"),
        ("10.0.8.0/30", "NetcfgInvalidSubnet"),
        ("10.0.8.1/24", "InvalidCIDRNotation"),
    ],
)
def test_subnets_azure_refuses(net: Net, prefix: str, code: str) -> None:
    """Outside the network, over another subnet, smaller than /29; alone or inline alike."""
    net.network(one="10.0.0.0/24")
    child = {"addressPrefix": prefix}
    inline = {
        "addressSpace": {"addressPrefixes": ["10.0.0.0/16"]},
        "subnets": [
            {"name": "one", "properties": {"addressPrefix": "10.0.0.0/24"}},
            {"name": "two", "properties": child},
        ],
    }

    alone = net.refusal("virtualNetworks/vnet/subnets/two", child)
    together = net.refusal("virtualNetworks/vnet", inline)

    assert ((400, code), (400, code)) == (alone[:2], together[:2])


def test_the_smallest_subnet(net: Net) -> None:
    """A /29 is accepted."""
    net.network(small="10.0.0.0/29")

    assert "10.0.0.0/29" == net.get("virtualNetworks/vnet/subnets/small")["addressPrefix"]


def test_a_space_must_keep_its_subnets(net: Net) -> None:
    """A network cannot shrink below its subnets."""
    net.network(one="10.0.0.0/24")

    refusal = net.refusal(
        "virtualNetworks/vnet", {"addressSpace": {"addressPrefixes": ["10.0.8.0/24"]}}
    )

    assert "NetcfgSubnetRangeOutsideVnet" == refusal[1]


def test_only_an_empty_list_deletes_subnets(net: Net) -> None:
    """Without the list subnets stay as they are; an empty one deletes them."""
    net.network(one="10.0.0.0/24")
    space = {"addressSpace": {"addressPrefixes": ["10.0.0.0/16"]}}

    kept = net.put("virtualNetworks/vnet", space)["properties"]["subnets"]
    gone = net.put("virtualNetworks/vnet", {**space, "subnets": []})["properties"]["subnets"]

    assert (1, 0) == (len(kept), len(gone))


def test_a_network_takes_one_change_at_a_time(net: Net) -> None:
    """While a subnet is made, another one is refused, and the provider tries again."""
    net.network()
    path = net.id_of("virtualNetworks/vnet/subnets/{}")
    net.azure.send("PUT", path.format("a"), {"properties": {"addressPrefix": "10.0.0.0/24"}})

    refusal = net.refusal("virtualNetworks/vnet/subnets/b", {"addressPrefix": "10.0.1.0/24"})

    assert (409, "AnotherOperationInProgress") == refusal[:2]


def test_a_subnet_in_use_stays(net: Net) -> None:
    """Neither it nor its network nor its prefix can be deleted, by any way."""
    net.network(endpoints="10.0.0.0/24")
    net.endpoint(net.account(), "blob")
    space = {"addressSpace": {"addressPrefixes": ["10.0.0.0/16"]}}
    other = {"name": "endpoints", "properties": {"addressPrefix": "10.0.9.0/24"}}

    subnet = net.delete("virtualNetworks/vnet/subnets/endpoints")
    network = net.delete("virtualNetworks/vnet")
    inline = net.refusal("virtualNetworks/vnet", {**space, "subnets": []})
    moved = net.refusal("virtualNetworks/vnet", {**space, "subnets": [other]})

    assert (400, "InUseSubnetCannotBeDeleted") == subnet == network == inline[:2]
    assert (400, "InUsePrefixCannotBeDeleted") == moved[:2]


def test_a_subnet_shows_who_is_in_it(net: Net) -> None:
    """A subnet lists the addresses and endpoints in it, its network the same."""
    net.network(endpoints="10.0.0.0/24")
    endpoint = net.endpoint(net.account(), "blob")["id"]

    subnet = net.get("virtualNetworks/vnet/subnets/endpoints")
    inline = net.get("virtualNetworks/vnet")["subnets"][0]["properties"]

    assert [{"id": endpoint}] == subnet["privateEndpoints"] == inline["privateEndpoints"]
    assert 1 == len(subnet["ipConfigurations"])


def test_security_rules(net: Net) -> None:
    """A group has its own rules and six that every group has."""
    rule = {"name": "web", "properties": {**RULE, "priority": 100}}
    net.put("networkSecurityGroups/nsg", {"securityRules": [rule]})

    properties = net.get("networkSecurityGroups/nsg")

    assert (["web"], 6) == (
        [rule["name"] for rule in properties["securityRules"]],
        len(properties["defaultSecurityRules"]),
    )


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"priority": 99}, "SecurityRuleInvalidPriority"),
        ({"priority": 4097}, "SecurityRuleInvalidPriority"),
        ({"priority": 100, "direction": None}, "SecurityRuleParameterMissing"),
        ({"priority": 100, "access": "Maybe"}, "SecurityRuleInvalid"),
    ],
)
def test_security_rules_azure_refuses(net: Net, changes: dict[str, object], code: str) -> None:
    """Priorities from 100 to 4096; direction, access and protocol."""
    rule = {"name": "web", "properties": {**RULE, **changes}}

    refusal = net.refusal("networkSecurityGroups/nsg", {"securityRules": [rule]})

    assert (400, code) == refusal[:2]


def test_priorities_are_unique_per_direction(net: Net) -> None:
    """Two rules of one direction cannot have the same priority."""
    rules = [{"name": name, "properties": {**RULE, "priority": 100}} for name in ("a", "b")]

    refusal = net.refusal("networkSecurityGroups/nsg", {"securityRules": rules})

    assert "SecurityRuleConflict" == refusal[1]


def test_a_security_group_in_use_stays(net: Net) -> None:
    """The subnet has to let it go first; then the group forgets the subnet."""
    net.network()
    group = net.put("networkSecurityGroups/nsg")["id"]
    subnet = "virtualNetworks/vnet/subnets/guarded"
    guarded = {"addressPrefix": "10.0.0.0/24"}
    net.put(subnet, {**guarded, "networkSecurityGroup": {"id": group}})

    shown = net.get("networkSecurityGroups/nsg")["subnets"]
    refused = net.delete("networkSecurityGroups/nsg")
    net.put(subnet, guarded)
    deleted = net.delete("networkSecurityGroups/nsg")

    assert [{"id": net.id_of(subnet)}] == shown
    assert (400, "InUseNetworkSecurityGroupCannotBeDeleted") == refused
    assert 202 == deleted[0]


def test_a_security_group_must_be_near(net: Net) -> None:
    """It exists, and in the region of the network."""
    net.network()
    net.put("networkSecurityGroups/far", location="westus")

    refusals = [
        net.refusal(
            "virtualNetworks/vnet/subnets/one",
            {
                "addressPrefix": "10.0.0.0/24",
                "networkSecurityGroup": {"id": net.id_of(f"networkSecurityGroups/{name}")},
            },
        )
        for name in ("none", "far")
    ]

    assert [(400, "InvalidResourceReference")] * 2 == [refusal[:2] for refusal in refusals]


def test_a_peering_needs_both_sides(net: Net) -> None:
    """One side initiates, the other connects."""
    net.network("hub", "10.1.0.0/16")
    net.network("spoke", "10.2.0.0/16")
    path = "virtualNetworks/{}/virtualNetworkPeerings/peering"
    other = {"remoteVirtualNetwork": {"id": net.id_of("virtualNetworks/spoke")}}
    back = {"remoteVirtualNetwork": {"id": net.id_of("virtualNetworks/hub")}}

    first = net.put(path.format("hub"), other)["properties"]["peeringState"]
    net.put(path.format("spoke"), back)

    assert ("Initiated", "Connected") == (first, net.get(path.format("hub"))["peeringState"])


def test_overlapping_networks_are_not_peered(net: Net) -> None:
    """Azure names the overlap."""
    net.network("hub", "10.1.0.0/16")
    net.network("spoke", "10.1.128.0/17")
    other = {"remoteVirtualNetwork": {"id": net.id_of("virtualNetworks/spoke")}}

    refusal = net.refusal("virtualNetworks/hub/virtualNetworkPeerings/peering", other)

    assert (400, "VnetAddressSpacesOverlap") == refusal[:2]
    assert "Overlapping address prefixes: 10.1.0.0/16" in refusal[2]


def test_tags_of_a_network_are_patched(net: Net) -> None:
    """A PATCH changes the tags and nothing else."""
    network = net.network(one="10.0.0.0/24")

    net.azure.send("PATCH", network, {"tags": {"a": "b"}})

    live = net.azure.get(network)
    assert ({"a": "b"}, 1) == (live["tags"], len(live["properties"]["subnets"]))
