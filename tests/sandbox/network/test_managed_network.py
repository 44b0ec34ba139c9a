# SPDX-License-Identifier: Apache-2.0
"""The managed network of a workspace: modes, outbound rules and provisioning."""

from typing import Any

import pytest

from tests.sandbox.network.conftest import Net
from tests.sandbox.network.isolated import (
    APPROVED,
    CLOSED,
    INTERNET,
    Isolated,
    domains,
    fqdn,
    isolated,
    message,
    private,
    tag,
)

APPROVER = "b556d68e-0be0-4f35-a333-ad7ee1ce17ea"


def test_a_network_waits_to_be_provisioned(net: Net) -> None:
    """Until then it is inactive, and its rules too; provisioning takes half an hour."""
    workspace = isolated(net, APPROVED | {"outboundRules": {"tag": tag()}})
    before = (workspace.network["status"]["status"], workspace.statuses())

    response = net.azure.send("POST", f"{workspace.id}/provisionManagedNetwork", {})
    net.azure.time.pass_by(29 * 60)
    meanwhile = net.azure.poll(response).status_code
    net.azure.time.pass_by(120)

    assert ("Inactive", {"tag": "Inactive"}) == before
    assert (202, 202) == (response.status_code, meanwhile)
    assert {"status": "Active", "sparkReady": False} == net.azure.poll(response).json()
    assert ("Active", {"tag": "Active"}) == (
        workspace.network["status"]["status"],
        workspace.statuses(),
    )


def test_approved_only_makes_the_rules_it_needs(net: Net) -> None:
    """Private endpoints to everything the workspace is made of, and nine service tags."""
    workspace = isolated(net, APPROVED, containerRegistry=net.registry())
    guid = net.azure.get(workspace.id)["properties"]["workspaceId"][:8]

    names = workspace.required()

    endpoints = {name for name in names if name.startswith("__SYS_PE_")}
    assert {
        f"__SYS_PE_mlw-chat_amlworkspace_{guid}",
        f"__SYS_PE_stchat_blob_{guid}",
        f"__SYS_PE_stchat_file_{guid}",
        f"__SYS_PE_kv-chat_vault_{guid}",
        f"__SYS_PE_crchat_registry_{guid}",
    } == endpoints
    assert {
        "__SYS_ST_AzureActiveDirectory_TCP",
        "__SYS_ST_AzureFrontDoor.FirstParty_TCP",
        "__SYS_ST_AzureMachineLearning_TCP",
        "__SYS_ST_AzureMachineLearning_UDP",
        "__SYS_ST_AzureMonitor_TCP",
        "__SYS_ST_AzureResourceManager_TCP",
        "__SYS_ST_BatchNodeManagement.eastus_TCP",
        "__SYS_ST_MicrosoftContainerRegistry.eastus_TCP",
        "__SYS_ST_VirtualNetwork",
    } == set(names) - endpoints


def test_internet_outbound_needs_endpoints_to_closed_resources_alone(net: Net) -> None:
    """What is public is reached over the internet; closing it makes a rule at the next change."""
    workspace = isolated(net, INTERNET)
    before = workspace.required()

    net.vault(**CLOSED)
    workspace.put(INTERNET)
    net.azure.time.pass_by(3600)

    assert [] == before
    assert ["kv-chat"] == [name.split("_")[4] for name in workspace.required()]


def test_provisioning_connects_to_the_resources(net: Net) -> None:
    """The connections appear, approved, and go with the workspace."""
    workspace = isolated(net, APPROVED)
    account = net.account()
    before = net.azure.get(account)["properties"]["privateEndpointConnections"]

    workspace.provision()
    connected = net.azure.get(account)["properties"]["privateEndpointConnections"]
    net.azure.send("DELETE", workspace.id)
    net.azure.time.pass_by(3600)

    states = [one["properties"]["privateLinkServiceConnectionState"]["status"] for one in connected]
    assert ([], ["Approved", "Approved"]) == (before, states)
    assert [] == net.azure.get(account)["properties"]["privateEndpointConnections"]


@pytest.mark.parametrize(
    ("before", "after", "text"),
    [
        (INTERNET, {"isolationMode": "Disabled"}, "cannot be disabled once it is enabled"),
        (APPROVED, {"isolationMode": "Disabled"}, "cannot be disabled once it is enabled"),
        (APPROVED, INTERNET, "cannot be changed from AllowOnlyApprovedOutbound"),
        (APPROVED | {"managedNetworkKind": "V2"}, APPROVED | {"managedNetworkKind": "V1"}, "V2"),
        (INTERNET, {"isolationMode": "Sometimes"}, "isolationMode is 'Sometimes'"),
        (APPROVED, APPROVED | {"firewallSku": "Premium"}, "firewallSku is 'Premium'"),
    ],
)
def test_isolation_is_a_one_way_street(
    net: Net, before: dict[str, Any], after: dict[str, Any], text: str
) -> None:
    """It is never disabled, never opened again, and its kind only goes up."""
    workspace = isolated(net, before)

    assert text in message(workspace.put(after))


def test_internet_outbound_may_become_approved_only(net: Net) -> None:
    """The required rules follow, into force at once where the network is active."""
    workspace = isolated(net, INTERNET)
    workspace.provision()

    workspace.put(APPROVED)
    net.azure.time.pass_by(3600)

    network = workspace.network
    assert ("AllowOnlyApprovedOutbound", "Active") == (
        network["isolationMode"],
        network["status"]["status"],
    )
    assert {"Active"} == {rule["status"] for rule in network["outboundRules"].values()}
    assert 13 == len(workspace.required())


def test_a_workspace_keeps_the_network_it_does_not_mention(net: Net) -> None:
    """A PUT without managedNetwork changes neither mode, nor rules, nor its id."""
    workspace = isolated(net, APPROVED | {"outboundRules": {"tag": tag()}})
    before = workspace.network

    workspace.put(description="ours")
    net.azure.time.pass_by(3600)

    assert before == workspace.network


def test_rules_given_with_a_workspace_are_all_there_are(net: Net) -> None:
    """A PUT with rules replaces the user's own; required ones sent back are left alone."""
    workspace = isolated(net, APPROVED | {"outboundRules": domains("a.example", "b.example")})
    network = workspace.network
    del network["outboundRules"]["allow-0"]

    workspace.put(network)
    net.azure.time.pass_by(3600)

    assert {"allow-1": "Inactive"} == workspace.statuses()
    assert 13 == len(workspace.required())


def test_a_patch_adds_rules(net: Net) -> None:
    """Rules it does not name stay."""
    workspace = isolated(net, APPROVED | {"outboundRules": domains("a.example")})
    network = APPROVED | {"outboundRules": {"late": fqdn("b.example")}}

    net.azure.send("PATCH", workspace.id, {"properties": {"managedNetwork": network}})
    net.azure.time.pass_by(3600)

    assert {"allow-0", "late"} == workspace.statuses().keys()


def test_a_rule_of_its_own(net: Net) -> None:
    """It is long-running, inactive until the network is there, and gone after its DELETE."""
    workspace = isolated(net, APPROVED)
    path = f"{workspace.id}/outboundRules/torch"

    response = workspace.rule("torch", fqdn("pytorch.org"))
    inactive = net.azure.get(path)["properties"]
    workspace.provision()
    active = net.azure.get(path)["properties"]
    listed = net.azure.get(f"{workspace.id}/outboundRules")["value"]
    net.azure.send("DELETE", path)
    net.azure.time.pass_by(3600)

    assert 202 == response.status_code
    assert ("pytorch.org", "UserDefined", "Inactive", "Active") == (
        inactive["destination"],
        inactive["category"],
        inactive["status"],
        active["status"],
    )
    assert "torch" in [rule["name"] for rule in listed]
    assert {} == workspace.statuses()


def test_the_first_domain_rule_brings_a_firewall(net: Net) -> None:
    """It takes ten minutes more, and the network shows the firewall it is billed for."""
    workspace = isolated(net, APPROVED)
    workspace.provision()
    before = workspace.network

    first = workspace.rule("torch", fqdn("pytorch.org"), hours=0)
    net.azure.time.pass_by(9 * 60)
    still = net.azure.poll(first).status_code
    net.azure.time.pass_by(120)
    second = workspace.rule("conda", fqdn("*.anaconda.org"), hours=3 / 60)

    assert "firewallSku" not in before
    assert (202, 200, 200) == (
        still,
        net.azure.poll(first).status_code,
        net.azure.poll(second).status_code,
    )
    assert ("Standard", True) == (
        workspace.network["firewallSku"],
        "firewallPublicIpAddress" in workspace.network,
    )


@pytest.mark.parametrize(
    ("mode", "rule", "text"),
    [
        (INTERNET, fqdn("pytorch.org"), "Only PrivateEndpoint outbound rules are supported"),
        (INTERNET, tag(), "Only PrivateEndpoint outbound rules are supported"),
        (APPROVED, fqdn("no domain"), "it must be a domain"),
        (APPROVED, fqdn("stx.blob.core.windows.net"), "do not reach storage"),
        (APPROVED, tag(protocol="SMTP"), "has the protocol 'SMTP'"),
        (APPROVED, tag(portRanges="80-"), "has the port ranges '80-'"),
        (APPROVED, tag(""), "names no serviceTag"),
        (APPROVED, private("/subscriptions/s/nowhere", "blob"), "does not exist"),
        (APPROVED, {"type": "Tunnel"}, "must be one of FQDN, PrivateEndpoint, ServiceTag"),
        (APPROVED, fqdn("a.example") | {"category": "Required"}, "must be UserDefined"),
    ],
)
def test_rules_azure_refuses(
    net: Net, mode: dict[str, Any], rule: dict[str, Any], text: str
) -> None:
    """By themselves and with the workspace alike."""
    workspace = isolated(net, mode)

    alone = message(workspace.rule("mine", rule))
    together = message(workspace.put(mode | {"outboundRules": {"mine": rule}}))

    assert text in alone
    assert text in together


def test_a_rule_needs_a_network(net: Net) -> None:
    """A workspace without isolation has no rules."""
    workspace = Isolated(net, net.workspace())

    assert "isolation is Disabled" in message(workspace.rule("torch", fqdn("pytorch.org")))


def test_a_destination_has_one_rule(net: Net) -> None:
    """Neither a second rule nor one beside a required endpoint is accepted."""
    workspace = isolated(net, APPROVED | {"outboundRules": {"first": fqdn("pytorch.org")}})
    own_account = private(net.account(), "blob")

    again = message(workspace.rule("second", fqdn("PyTorch.org")))
    required = message(workspace.rule("blob", own_account))

    assert "has the same destination as first" in again
    assert "has the same destination as __SYS_PE_stchat_blob" in required


def test_required_rules_stay(net: Net) -> None:
    """They can be neither deleted nor changed, and their names are reserved."""
    workspace = isolated(net, APPROVED)
    path = f"{workspace.id}/outboundRules/{workspace.required()[0]}"

    deleted = net.azure.send("DELETE", path)
    changed = net.azure.send("PUT", path, {"properties": tag()})
    reserved = workspace.rule("__SYS_mine", tag())

    assert "is required by the service" in message(deleted)
    assert "is required by the service" in message(changed)
    assert "is reserved" in message(reserved)


def test_rules_written_at_the_same_time_are_lost(net: Net) -> None:
    """All of them succeed, the last one stays; one after the other all stay."""
    workspace = isolated(net, APPROVED)
    responses = [
        workspace.rule(name, fqdn(f"{name}.example"), hours=0) for name in ("one", "two", "three")
    ]
    net.azure.time.pass_by(3600)
    together = workspace.statuses()

    for name in ("one", "two"):
        workspace.rule(name, fqdn(f"{name}.example"))

    assert [200] * 3 == [net.azure.poll(response).status_code for response in responses]
    assert {"three"} == together.keys()
    assert {"one", "two", "three"} == workspace.statuses().keys()


def test_a_user_assigned_identity_needs_a_role_to_approve(net: Net) -> None:
    """Without it the network is not provisioned; a new role counts once it has propagated."""
    identities = f"{net.group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities"
    identity = f"{identities}/id-mlw"
    principal = net.azure.put(identity, {"location": "eastus"})["properties"]["principalId"]
    workspace = isolated(net, INTERNET, primaryUserAssignedIdentity=identity)
    body = net.azure.get(workspace.id)
    body["identity"] = {"type": "UserAssigned", "userAssignedIdentities": {identity: {}}}
    net.azure.put(workspace.id, body)
    net.vault(**CLOSED)

    before = workspace.provision()
    role = f"{net.group}/providers/Microsoft.Authorization/roleAssignments"
    definition = f"/providers/Microsoft.Authorization/roleDefinitions/{APPROVER}"
    assignment = {"principalId": principal, "roleDefinitionId": definition}
    net.azure.put(f"{role}/00000000-0000-4000-8000-0000000000aa", {"properties": assignment})
    after = workspace.provision()

    assert "AuthorizationFailed" == before["error"]["code"]
    assert "Azure AI Enterprise Network Connection Approver" in before["error"]["message"]
    assert "Active" == after["status"]


def test_a_registry_needs_premium(net: Net) -> None:
    """The required endpoint to a cheaper one cannot be made."""
    workspace = isolated(net, APPROVED, containerRegistry=net.registry(sku="Basic"))

    error = workspace.provision()["error"]

    assert "Premium is needed" in error["message"]


def test_the_network_provider_must_be_registered(net: Net) -> None:
    """Managed networks need Microsoft.Network."""
    workspace = isolated(net, INTERNET)
    provider = f"{net.group.partition('/resourceGroups')[0]}/providers/Microsoft.Network"
    net.azure.send("POST", f"{provider}/unregister", version="2021-04-01")

    refusal = net.azure.refusal("POST", f"{workspace.id}/provisionManagedNetwork", {})

    assert (409, "MissingSubscriptionRegistration") == refusal


def test_a_network_that_is_provisioned_at_once(net: Net) -> None:
    """`provisionNetworkNow` makes the creation take as long, with all rules in force."""
    workspace = isolated(
        net, APPROVED | {"outboundRules": domains("pytorch.org")}, provisionNetworkNow=True
    )

    assert ("Active", {"allow-0": "Active"}) == (
        workspace.network["status"]["status"],
        workspace.statuses(),
    )
