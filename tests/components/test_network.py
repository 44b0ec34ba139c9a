# SPDX-License-Identifier: Apache-2.0
"""`PrivateNetwork`: what it registers, and what it leaves alone."""

from typing import Any

import pulumi
import pulumi_azure_native as azure_native
import pytest

from azure_model_endpoints import PrivateNetwork, PrivateNetworkArgs, network_checks
from azure_model_endpoints.arguments import ArgumentsError
from azure_model_endpoints.errors import ArmError
from azure_model_endpoints.planning.private_links import private_links, zone_names
from azure_model_endpoints.planning.tags import OWNED, OWNER
from tests.components.engine import SUBSCRIPTION, Engine

TARGETS = {
    "workspace_id": "/workspace",
    "storage_account_id": "/storage",
    "key_vault_id": "/vault",
    "container_registry_id": "/registry",
}
HUB = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/hub/providers/Microsoft.Network"
SPOKE = f"{HUB}/virtualNetworks/spoke"
SUBNET = f"{SPOKE}/subnets/endpoints"
BLOB = "privatelink.blob.core.windows.net"


def arguments(**more: Any) -> PrivateNetworkArgs:
    """A network with endpoints to everything, and more."""
    args: Any = {"resource_group_name": "rg", "region": "eastus", **TARGETS, **more}
    return args  # type: ignore[no-any-return]


class Client:
    """Resource Manager with one network, and the zones that it is linked to."""

    def __init__(self, *linked: str, dns_servers: list[str] | None = None) -> None:
        self.linked = linked
        subnet = {"name": "endpoints", "properties": {"addressPrefix": "10.9.0.0/27"}}
        self.network: dict[str, Any] = {
            "location": "eastus",
            "properties": {"dhcpOptions": {"dnsServers": dns_servers or []}, "subnets": [subnet]},
        }
        self.missing = ""
        self.refused = ""
        self.exists = True
        self.regions = ["East US", "West Europe"]
        self.registration = "Registered"

    def get(self, resource_id: str, _api_version: str) -> dict[str, Any] | None:
        """Return the network, a zone, or what the subscription may create in one."""
        if self.refused and self.refused in resource_id:
            raise ArmError("no", status=403)
        if resource_id.endswith("/providers/Microsoft.Network"):
            kind = {"resourceType": "privateEndpoints", "locations": self.regions}
            return {"resourceTypes": [kind], "registrationState": self.registration}
        if "/privateDnsZones/" in resource_id:
            return None if resource_id == self.missing else {"id": resource_id}
        assert SPOKE == resource_id
        return self.network if self.exists else None

    def list(self, path: str, _api_version: str) -> list[dict[str, Any]]:
        """Return the zones of the subscription, or the links of one."""
        if path.endswith("/privateDnsZones"):
            return [{"id": zone, "name": zone.rpartition("/")[2]} for zone in self.linked]
        zone = path.removesuffix("/virtualNetworkLinks")
        link = {"properties": {"virtualNetwork": {"id": SPOKE.upper()}}}
        return [link] if zone in self.linked else []


@pytest.fixture(autouse=True)
def azure(monkeypatch: pytest.MonkeyPatch) -> Client:
    """What is live, for programs that look."""
    client = Client()

    async def given(_parent: pulumi.Resource) -> Client:
        return client

    monkeypatch.setattr(network_checks, "arm_client", given)
    return client


def test_children_are_a_network_zones_and_endpoints(engine: Engine) -> None:
    """Their names and types are a contract: renaming one replaces it."""
    engine.run(lambda: PrivateNetwork("net", arguments()))

    labels = [zone.removeprefix("privatelink.").replace(".", "-") for zone in zone_names("eastus")]
    links = [link.name for link in private_links("eastus")]
    assert {
        "net-security-group": "azure-native:network:NetworkSecurityGroup",
        "net-network": "azure-native:network:VirtualNetwork",
        "net-subnet": "azure-native:network:Subnet",
        **{f"net-zone-{label}": "azure-native:privatedns:PrivateZone" for label in labels},
        **{f"net-link-{label}": "azure-native:privatedns:VirtualNetworkLink" for label in labels},
        **{f"net-endpoint-{link}": "azure-native:network:PrivateEndpoint" for link in links},
        **{f"net-names-{link}": "azure-native:network:PrivateDnsZoneGroup" for link in links},
    } == engine.children("net")


def test_ranges_are_as_planned(engine: Engine) -> None:
    """What the preview checked is what is created."""
    space = ["10.1.0.0/24"]

    engine.run(
        lambda: PrivateNetwork(
            "net", arguments(address_space=space, private_endpoints_subnet="10.1.0.64/26")
        )
    )

    inputs = engine.resources["net-network"].inputs
    assert space == inputs["addressSpace"]["addressPrefixes"]
    assert "10.1.0.64/26" == engine.resources["net-subnet"].inputs["addressPrefix"]


def test_subnet_lets_in_callers_of_the_network_alone(engine: Engine) -> None:
    """Over HTTPS; and rules count for private endpoints only where the subnet says so."""
    engine.run(lambda: PrivateNetwork("net", arguments()))

    rules = engine.resources["net-security-group"].inputs["securityRules"]
    assert [
        ("VirtualNetwork", "443", "Allow", "Inbound"),
        ("*", "*", "Deny", "Inbound"),
    ] == [
        (
            rule["sourceAddressPrefix"],
            rule["destinationPortRange"],
            rule["access"],
            rule["direction"],
        )
        for rule in sorted(rules, key=lambda rule: rule["priority"])
    ]
    subnet = engine.resources["net-subnet"]
    assert "NetworkSecurityGroupEnabled" == subnet.inputs["privateEndpointNetworkPolicies"]
    assert {"net-security-group", "net-network"} <= subnet.waits_for


@pytest.mark.parametrize("link", private_links("eastus"), ids=lambda link: link.name)
def test_endpoint_leads_to_its_target(engine: Engine, link: Any) -> None:
    """Under the group id of private link, with names in its zones."""
    engine.run(lambda: PrivateNetwork("net", arguments()))

    endpoint = engine.resources[f"net-endpoint-{link.name}"]
    [connection] = endpoint.inputs["privateLinkServiceConnections"]
    assert (TARGETS[f"{link.target}_id"], [link.group_id]) == (
        connection["privateLinkServiceId"],
        connection["groupIds"],
    )
    assert endpoint.inputs["subnet"]["id"].endswith("/net-subnet")
    names = engine.resources[f"net-names-{link.name}"]
    zones = [config["privateDnsZoneId"] for config in names.inputs["privateDnsZoneConfigs"]]
    assert len(link.zones) == len(zones)
    linked = {name for name in names.waits_for if name.startswith("net-link-")}
    assert len(link.zones) == len(linked)


def test_endpoints_of_one_account_come_one_after_the_other(engine: Engine) -> None:
    """Azure refuses two changes of a storage account at once."""
    engine.run(lambda: PrivateNetwork("net", arguments()))

    assert "net-endpoint-blob" in engine.resources["net-endpoint-file"].waits_for


def test_zones_have_no_region_and_register_nobody(engine: Engine) -> None:
    """Registration is for virtual machines; one zone per network can have it."""
    engine.run(lambda: PrivateNetwork("net", arguments()))

    assert {"global"} == {zone.inputs["location"] for zone in engine.of_type(":PrivateZone")}
    links = engine.of_type(":VirtualNetworkLink")
    assert {False} == {link.inputs["registrationEnabled"] for link in links}
    assert all(link.inputs["virtualNetwork"]["id"].endswith("/net-network") for link in links)


def test_targets_that_are_left_out_have_no_endpoint(engine: Engine) -> None:
    """Nor a zone; an existing workspace may share its storage with others."""
    args: Any = {"resource_group_name": "rg", "region": "eastus", "workspace_id": "/workspace"}

    engine.run(lambda: PrivateNetwork("net", args))

    assert ["net-endpoint-workspace"] == [
        found.name for found in engine.of_type(":PrivateEndpoint")
    ]
    assert 2 == len(engine.of_type(":PrivateZone"))


def test_network_that_exists_is_not_touched(engine: Engine, azure: Client) -> None:
    """It gets endpoints, and links in zones of one's own."""
    engine.run(lambda: PrivateNetwork("net", arguments(existing_subnet_id=SUBNET)))

    assert [] == [
        *engine.of_type(":VirtualNetwork"),
        *engine.of_type(":Subnet"),
        *engine.of_type(":NetworkSecurityGroup"),
    ]
    endpoints = engine.of_type(":PrivateEndpoint")
    assert {SUBNET} == {found.inputs["subnet"]["id"] for found in endpoints}
    links = engine.of_type(":VirtualNetworkLink")
    assert {SPOKE} == {found.inputs["virtualNetwork"]["id"] for found in links}


def test_zones_that_exist_are_used_instead_of_new_ones(engine: Engine, azure: Client) -> None:
    """In a network that exists they are linked already, and stay as they are."""
    zone = f"{HUB}/privateDnsZones/{BLOB}"
    azure.linked = (zone,)
    args = arguments(existing_subnet_id=SUBNET, private_dns_zone_ids={BLOB: zone})

    engine.run(lambda: PrivateNetwork("net", args))

    assert "net-zone-blob-core-windows-net" not in engine.resources
    assert "net-link-blob-core-windows-net" not in engine.resources
    [config] = engine.resources["net-names-blob"].inputs["privateDnsZoneConfigs"]
    assert zone == config["privateDnsZoneId"]


def test_zones_that_exist_are_linked_to_a_new_network(engine: Engine) -> None:
    """Nobody could have done it before; the link is where the zone is."""
    zone = f"{HUB}/privateDnsZones/{BLOB}"

    engine.run(lambda: PrivateNetwork("net", arguments(private_dns_zone_ids={BLOB: zone})))

    assert "net-zone-blob-core-windows-net" not in engine.resources
    link = engine.resources["net-link-blob-core-windows-net"].inputs
    assert ("hub", BLOB) == (link["resourceGroupName"], link["privateZoneName"])


def test_links_of_several_networks_fit_into_one_zone(engine: Engine) -> None:
    """Their names follow from the resource group."""
    zone = f"{HUB}/privateDnsZones/{BLOB}"

    def program() -> None:
        for group in ("rg-staging", "rg-prod"):
            args = arguments(
                resource_group_name=group, workload="models", private_dns_zone_ids={BLOB: zone}
            )
            PrivateNetwork(group, args)

    engine.run(program)

    links = engine.of_type(":VirtualNetworkLink")
    names = [
        link.inputs["virtualNetworkLinkName"]
        for link in links
        if link.inputs["resourceGroupName"] == "hub"
    ]
    assert 2 == len(names) == len(set(names))


def refused(engine: Engine, args: PrivateNetworkArgs) -> str:
    """What a user reads of a program that is refused."""
    with pytest.raises(Exception, match="problem") as caught:
        engine.run(lambda: PrivateNetwork("net", args))
    return str(caught.value)


def test_zone_that_is_not_linked_to_the_network(engine: Engine, azure: Client) -> None:
    """Names would resolve to public addresses, which are closed."""
    zone = f"{HUB}/privateDnsZones/{BLOB}"

    text = refused(engine, arguments(existing_subnet_id=SUBNET, private_dns_zone_ids={BLOB: zone}))

    assert f"net.private_dns_zone_ids.{BLOB}" in text
    assert "not linked to the network spoke" in text
    assert [] == engine.of_type(":PrivateEndpoint")


def test_network_with_dns_servers_of_its_own_needs_no_links(engine: Engine, azure: Client) -> None:
    """They ask the hub, which knows the zones."""
    zone = f"{HUB}/privateDnsZones/{BLOB}"
    azure.network = Client(dns_servers=["10.0.0.4"]).network
    args = arguments(existing_subnet_id=SUBNET, private_dns_zone_ids={BLOB: zone})

    engine.run(lambda: PrivateNetwork("net", args))

    assert 5 == len(engine.of_type(":PrivateEndpoint"))


def test_network_that_is_linked_to_a_zone_of_the_name(engine: Engine, azure: Client) -> None:
    """Azure links a network to one zone of a name; which one, is told."""
    azure.linked = (f"{HUB}/privateDnsZones/{BLOB}",)

    text = refused(engine, arguments(existing_subnet_id=SUBNET))

    assert f"net.private_dns_zone_ids.{BLOB}" in text
    assert azure.linked[0] in text


def test_zone_of_this_stack_is_no_second_one(engine: Engine, azure: Client) -> None:
    """In the next run it is there, and linked."""
    own = HUB.replace("/hub/", "/rg/")
    azure.linked = (f"{own}/privateDnsZones/{BLOB}",)

    engine.run(lambda: PrivateNetwork("net", arguments(existing_subnet_id=SUBNET)))

    assert 6 == len(engine.of_type(":PrivateZone"))


def test_network_that_does_not_exist(engine: Engine, azure: Client) -> None:
    """A wrong id is told before anything is created."""
    azure.exists = False

    text = refused(engine, arguments(existing_subnet_id=SUBNET))

    assert "net.existing_subnet_id" in text


def test_zone_that_does_not_exist(engine: Engine, azure: Client) -> None:
    """Also for a new network, which Azure would refuse to link when it is there."""
    azure.missing = zone = f"{HUB}/privateDnsZones/{BLOB}"

    for more in ({}, {"existing_subnet_id": SUBNET}):
        text = refused(engine, arguments(private_dns_zone_ids={BLOB: zone}, **more))

        assert f"net.private_dns_zone_ids.{BLOB}: given '{zone}', which does not exist" in text


def test_subnet_that_takes_no_endpoints(engine: Engine, azure: Client) -> None:
    """Everything about it is told at once, and by the argument that names it."""
    subnet = {"name": "endpoints", "properties": {"addressPrefix": "10.9.0.0/29"}}
    azure.network |= {"location": "westeurope", "properties": {"subnets": [subnet]}}

    text = refused(engine, arguments(existing_subnet_id=SUBNET))

    assert "2 problems in net" in text
    assert "net.existing_subnet_id: given a subnet in westeurope" in text
    assert "net.existing_subnet_id: given the subnet 'endpoints', with 3 of 3 addresses" in text


def test_endpoints_that_are_there_need_no_more_room(engine: Engine, azure: Client) -> None:
    """Else no second run would pass in a subnet that fits."""
    own = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.Network"
    names = [f"pep-net-{link.name}" for link in private_links("eastus")]
    properties = {
        "addressPrefix": "10.9.0.0/28",
        "privateEndpoints": [{"id": f"{own}/privateEndpoints/{name}"} for name in names],
        "ipConfigurations": [{"id": str(number)} for number in range(11)],
    }
    azure.network["properties"]["subnets"] = [{"name": "endpoints", "properties": properties}]

    engine.run(lambda: PrivateNetwork("net", arguments(existing_subnet_id=SUBNET)))

    assert 5 == len(engine.of_type(":PrivateEndpoint"))
    properties["privateEndpoints"] = []
    assert "0 of 11 addresses free" in refused(engine, arguments(existing_subnet_id=SUBNET))


def test_what_azure_does_not_answer_hides_nothing(engine: Engine, azure: Client) -> None:
    """It is told besides, by what was asked."""
    azure.refused, azure.regions = SPOKE, ["West Europe"]

    text = refused(engine, arguments(existing_subnet_id=SUBNET))

    assert "net.region: given 'eastus', which has no private link" in text
    assert "net: given no answer about the network that exists (no)" in text


def test_region_without_private_link(engine: Engine, azure: Client) -> None:
    """A new region begins without it."""
    azure.regions = ["West Europe"]

    text = refused(engine, arguments())

    assert "net.region: given 'eastus', which has no private link" in text


def test_missing_registration_is_told_with_everything_else(engine: Engine, azure: Client) -> None:
    """Azure would refuse the network, and not say how to be let in."""
    azure.registration, azure.regions = "NotRegistered", ["West Europe"]

    text = refused(engine, arguments())

    assert "2 problems in net" in text
    assert "az provider register --namespace Microsoft.Network" in text
    assert [] == engine.of_type(":PrivateEndpoint")


def test_zone_of_another_subscription_cannot_be_linked(engine: Engine) -> None:
    """A new network has no link there, and nobody but its owners can make one."""
    elsewhere = "00000000-0000-4000-8000-0000000000ff"
    zone = f"{HUB}/privateDnsZones/{BLOB}".replace(SUBSCRIPTION, elsewhere)

    text = refused(engine, arguments(private_dns_zone_ids={BLOB: zone}))

    assert elsewhere in text


def test_ids_may_be_outputs(engine: Engine) -> None:
    """The usual case: the same program makes what the endpoints lead to."""
    later = {name: pulumi.Output.from_input(value) for name, value in TARGETS.items()}

    engine.run(lambda: PrivateNetwork("net", arguments(**later)))

    assert 5 == len(engine.of_type(":PrivateEndpoint"))


def test_subnet_and_zones_may_be_outputs(engine: Engine, azure: Client) -> None:
    """They come from a stack reference."""
    zone = f"{HUB}/privateDnsZones/{BLOB}"
    azure.linked = (zone,)
    args = arguments(
        existing_subnet_id=pulumi.Output.from_input(SUBNET),
        private_dns_zone_ids={BLOB: pulumi.Output.from_input(zone)},
    )

    engine.run(lambda: PrivateNetwork("net", args))

    [config] = engine.resources["net-names-blob"].inputs["privateDnsZoneConfigs"]
    assert zone == config["privateDnsZoneId"]


def test_all_malformed_arguments_are_told_at_once(engine: Engine) -> None:
    """As the settings of a stack are."""
    args = arguments(
        region="East US", address_space=["10.0.0.0/29"], peers=["10.0.0"], unknown=1, tags={"": ""}
    )

    with pytest.raises(ArgumentsError) as caught:
        engine.run(lambda: PrivateNetwork("net", args))

    assert {
        "net.region",
        "net.private_endpoints_subnet",
        "net.peers[0]",
        "net.unknown",
        "net.tags",
    } == {problem.path for problem in caught.value.problems}


def test_tags_reach_every_resource_that_has_tags(engine: Engine) -> None:
    """With the marks of their stack; subnets and zone groups have none."""
    engine.run(lambda: PrivateNetwork("net", arguments(tags={"team": "a"})))

    without = ("Subnet", "PrivateDnsZoneGroup")
    tagged = [
        found
        for found in engine.resources.values()
        if found.parent == "net" and not found.type_.endswith(without)
    ]
    assert 19 == len(tagged)
    assert all(
        found.inputs["tags"] == {"team": "a", OWNER: "models/dev", OWNED: "team"}
        for found in tagged
    )


LOGS = "/subscriptions/s/resourceGroups/g/providers/Microsoft.OperationalInsights/workspaces/log"


def test_new_network_sends_its_logs(engine: Engine) -> None:
    """Its security group too, which has no metrics; nothing else has anything to send."""
    engine.run(lambda: PrivateNetwork("net", arguments(log_analytics_workspace_id=LOGS)))

    settings = engine.of_type(":DiagnosticSetting")
    assert {LOGS} == {setting.inputs["workspaceId"] for setting in settings}
    assert {
        "net-network": (["VMProtectionAlerts"], ["AllMetrics"]),
        "net-security-group": (
            ["NetworkSecurityGroupEvent", "NetworkSecurityGroupRuleCounter"],
            [],
        ),
    } == {
        setting.inputs["resourceUri"].rpartition("/")[2]: (
            [log["category"] for log in setting.inputs["logs"]],
            [metric["category"] for metric in setting.inputs.get("metrics", [])],
        )
        for setting in settings
    }


def test_network_that_exists_sends_what_its_owners_want(engine: Engine, azure: Client) -> None:
    """Its settings are theirs."""
    args = arguments(existing_subnet_id=SUBNET, log_analytics_workspace_id=LOGS)

    engine.run(lambda: PrivateNetwork("net", args))

    assert [] == engine.of_type(":DiagnosticSetting")


def lockable(engine: Engine, args: PrivateNetworkArgs) -> dict[str, str]:
    """What a lock is for, by the names of the resources in the program."""
    seen: list[dict[str, str]] = []

    def program() -> pulumi.Output[Any]:
        return pulumi.Output.all(**PrivateNetwork("net", args).lockable_ids).apply(seen.append)

    engine.run(program)
    return {label: id_.rpartition("/")[2] for label, id_ in seen[0].items()}


def test_locks_are_for_everything_but_records(engine: Engine) -> None:
    """A subnet is in its network; the links keep the zones, whose records have to go freely."""
    labels = [zone.removeprefix("privatelink.").replace(".", "-") for zone in zone_names("eastus")]

    assert {
        "network": "net-network",
        "security-group": "net-security-group",
        **{
            f"endpoint-{link.name}": f"net-endpoint-{link.name}" for link in private_links("eastus")
        },
        **{f"link-{label}": f"net-link-{label}" for label in labels},
    } == lockable(engine, arguments())


def test_nothing_of_others_is_locked(engine: Engine, azure: Client) -> None:
    """Neither a network and zones that exist, nor the link of a new network in such a zone."""
    zone = f"{HUB}/privateDnsZones/{BLOB}"
    azure.linked = (zone,)

    in_theirs = lockable(
        engine, arguments(existing_subnet_id=SUBNET, private_dns_zone_ids={BLOB: zone})
    )
    of_theirs = lockable(engine, arguments(private_dns_zone_ids={BLOB: zone}))

    assert {"network", "security-group"} == of_theirs.keys() - in_theirs.keys()
    assert "link-blob-core-windows-net" not in of_theirs
    assert "link-file-core-windows-net" in of_theirs


def test_explicit_provider_reaches_every_child(engine: Engine) -> None:
    """Another subscription's network is not made with this one's credentials."""

    def program() -> None:
        provider = azure_native.Provider("elsewhere")
        PrivateNetwork("net", arguments(), pulumi.ResourceOptions(providers=[provider]))

    engine.run(program)

    children = [engine.resources[name] for name in engine.children("net")]
    assert {"elsewhere"} == {child.provider for child in children}


def test_outputs(engine: Engine) -> None:
    """What somebody else's subnets, peerings and records need."""
    seen: list[Any] = []

    def program() -> pulumi.Output[Any]:
        net = PrivateNetwork("net", arguments())
        return pulumi.Output.all(
            net.virtual_network_id, net.private_endpoint_subnet_id, net.zone_ids
        ).apply(seen.append)

    engine.run(program)

    [[network_id, subnet_id, zone_ids]] = seen
    assert network_id.endswith("/net-network")
    assert subnet_id.endswith("/net-subnet")
    assert set(zone_names("eastus")) == set(zone_ids)
