# SPDX-License-Identifier: Apache-2.0
"""The managed network of a workspace: modes, outbound rules, provisioning, and what it lets out."""

from dataclasses import dataclass
from typing import Any

import pytest

from tests.sandbox.network.conftest import Net

CLOSED = {"publicNetworkAccess": "Disabled"}
INTERNET = {"isolationMode": "AllowInternetOutbound"}
APPROVED = {"isolationMode": "AllowOnlyApprovedOutbound"}
PHI_2 = "azureml://registries/azureml/models/microsoft-phi-2/versions/22"
LLAMA = "azureml://registries/azureml-meta/models/Llama-3.2-1B-Instruct/versions/1"
PACKAGES = (
    "*.anaconda.org",
    "*.anaconda.com",
    "anaconda.com",
    "pypi.org",
    "*.pythonhosted.org",
    "*.pytorch.org",
    "pytorch.org",
)
HUB = ("huggingface.co", "cdn-lfs.huggingface.co")
APPROVER = "b556d68e-0be0-4f35-a333-ad7ee1ce17ea"


def fqdn(destination: str) -> dict[str, Any]:
    """A rule for a domain."""
    return {"type": "FQDN", "destination": destination, "category": "UserDefined"}


def domains(*names: str) -> dict[str, Any]:
    """Rules for several domains, by name."""
    return {f"allow-{index}": fqdn(name) for index, name in enumerate(names)}


def tag(name: str = "DataFactory", **more: object) -> dict[str, Any]:
    """A rule for a service tag."""
    destination = {"serviceTag": name, "protocol": "TCP", "portRanges": "443", **more}
    return {"type": "ServiceTag", "destination": destination}


def private(resource_id: str, group: str) -> dict[str, Any]:
    """A rule for a private endpoint."""
    destination = {"serviceResourceId": resource_id, "subresourceTarget": group}
    return {"type": "PrivateEndpoint", "destination": destination}


@dataclass
class Isolated:
    """A workspace with a managed network."""

    net: Net
    id: str

    @property
    def network(self) -> dict[str, Any]:
        """`managedNetwork` as a GET shows it."""
        network: dict[str, Any] = self.net.azure.get(self.id)["properties"]["managedNetwork"]
        return network

    def statuses(self) -> dict[str, str]:
        """The status of each user-defined rule."""
        return {
            name: rule["status"]
            for name, rule in self.network["outboundRules"].items()
            if rule["category"] == "UserDefined"
        }

    def required(self) -> list[str]:
        """The names of the rules the service has made, without the end that differs."""
        rules = self.network["outboundRules"]
        return [name for name, rule in rules.items() if rule["category"] == "Required"]

    def put(self, network: object = None, **properties: object) -> Any:
        """The response to a PUT of the workspace."""
        body = self.net.azure.get(self.id)
        given = {**body["properties"], **properties}
        given.pop("managedNetwork")
        if network:
            given["managedNetwork"] = network
        return self.net.azure.send("PUT", self.id, {**body, "properties": given})

    def rule(self, name: str, rule: object, hours: float = 1) -> Any:
        """The response to a PUT of one rule, after its operation unless no time passes."""
        response = self.net.azure.send(
            "PUT", f"{self.id}/outboundRules/{name}", {"properties": rule}
        )
        self.net.azure.time.pass_by(hours * 3600)
        return response

    def provision(self) -> Any:
        """The result of provisioning."""
        response = self.net.azure.send("POST", f"{self.id}/provisionManagedNetwork", {})
        assert 202 == response.status_code, response.text
        self.net.azure.time.pass_by(7200)
        return self.net.azure.poll(response).json()

    def endpoint(self) -> str:
        """The id of a new endpoint."""
        endpoint = f"{self.id}/onlineEndpoints/chat"
        body = {"location": "eastus", "properties": {"authMode": "Key"}}
        self.net.azure.put(endpoint, {**body, "identity": {"type": "SystemAssigned"}})
        return endpoint

    def deploy(self, name: str = "blue", **properties: object) -> dict[str, str]:
        """The error of a deployment, or nothing when it has succeeded."""
        path = f"{self.endpoint()}/deployments/{name}"
        given = {
            "endpointComputeType": "Managed",
            "instanceType": "Standard_NC4as_T4_v3",
            "livenessProbe": {"initialDelay": "PT30M"},
            **properties,
        }
        sku = {"name": "Default", "capacity": 1}
        body = {"location": "eastus", "properties": given, "sku": sku}
        response = self.net.azure.send("PUT", path, body)
        assert response.status_code < 300, response.text
        self.net.azure.time.pass_by(7200)
        error: dict[str, str] = self.net.azure.poll(response).json().get("error") or {}
        return error

    def environment(self, image: str) -> str:
        """The id of an environment whose container starts vLLM."""
        routes = {
            name: {"port": 8000, "path": "/"}
            for name in ("livenessRoute", "readinessRoute", "scoringRoute")
        }
        properties = {"image": image, "inferenceConfig": routes}
        path = f"{self.id}/environments/vllm/versions/1"
        self.net.azure.put(path, {"properties": properties})
        return f"azureml:{path}"


def isolated(net: Net, network: dict[str, Any], **properties: Any) -> Isolated:
    """A new workspace with a managed network."""
    return Isolated(net, net.workspace(managedNetwork=network, **properties))


def message(response: Any) -> str:
    """The text of a refusal."""
    assert 400 == response.status_code, response.text
    text: str = response.json()["error"]["message"]
    return text


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


# --- deployments ------------------------------------------------------------------------------


def test_a_deployment_needs_its_network(net: Net) -> None:
    """It fails with a code of its own until the network has been provisioned."""
    workspace = isolated(net, INTERNET)

    early = workspace.deploy(model=PHI_2)
    workspace.provision()
    later = workspace.deploy("green", model=PHI_2)

    assert ("WorkspaceManagedNetworkNotReady", {}) == (early["code"], later)


def test_endpoints_older_than_the_isolation_are_recreated(net: Net) -> None:
    """They take no more deployments; a new endpoint does."""
    workspace = Isolated(net, net.workspace())
    path = f"{workspace.endpoint()}/deployments/blue"
    body = net.azure.get(workspace.id)
    body["properties"]["managedNetwork"] = INTERNET
    net.azure.put(workspace.id, body)
    workspace.provision()
    deployment = {"endpointComputeType": "Managed", "model": PHI_2}

    refused = net.azure.send("PUT", path, {"location": "eastus", "properties": deployment})
    net.azure.send("DELETE", workspace.endpoint())
    net.azure.time.pass_by(3600)

    details = refused.json()["error"]["details"][0]["message"]
    assert "was created before the managed network" in details
    assert {} == workspace.deploy(model=PHI_2)


def test_curated_models_install_packages(net: Net) -> None:
    """Approved-only needs the documented domains; models of the Meta collection need none."""
    workspace = isolated(net, APPROVED, provisionNetworkNow=True)

    refused = workspace.deploy(model=PHI_2)
    meta = workspace.deploy("meta", model=LLAMA)
    workspace.put(APPROVED | {"outboundRules": domains(*PACKAGES)})
    net.azure.time.pass_by(3600)
    allowed = workspace.deploy("green", model=PHI_2)

    assert "ResourceNotReady" == refused["code"]
    assert "no outbound rule lets conda.anaconda.org" in refused["message"]
    assert ({}, {}) == (meta, allowed)


@pytest.mark.parametrize(
    ("image", "rules", "code"),
    [
        ("vllm/vllm-openai:v0.8.5", HUB, "BadArgument"),
        ("vllm/vllm-openai:v0.8.5", ("*.docker.io", "*.docker.com"), "ResourceNotReady"),
        ("vllm/vllm-openai:v0.8.5", ("*.docker.io", "*.docker.com", *HUB), ""),
        ("vllm/vllm-openai:v0.8.5", ("docker.io, production.cloudflare.docker.com", *HUB), ""),
        ("ghcr.io/team/vllm:1", HUB, "BadArgument"),
        ("ghcr.io/team/vllm:1", ("ghcr.io", *HUB), ""),
        ("mcr.microsoft.com/team/vllm:1", HUB, ""),
        ("mcr.microsoft.com/team/vllm:1", ("huggingface.co",), "ResourceNotReady"),
    ],
)
def test_public_images_and_the_hub_need_rules(
    net: Net, image: str, rules: tuple[str, ...], code: str
) -> None:
    """Without a rule the image is not pulled, or the container cannot download its model."""
    workspace = isolated(
        net, APPROVED | {"outboundRules": domains(*rules)}, provisionNetworkNow=True
    )

    error = workspace.deploy(
        environmentId=workspace.environment(image),
        environmentVariables={"MODEL_NAME": "microsoft/phi-2"},
    )

    assert code == error.get("code", ""), error


def test_an_open_network_pulls_from_everywhere(net: Net) -> None:
    """With outbound to the internet nothing public needs a rule."""
    workspace = isolated(net, INTERNET, provisionNetworkNow=True)

    error = workspace.deploy(
        environmentId=workspace.environment("vllm/vllm-openai:v0.8.5"),
        environmentVariables={"MODEL_NAME": "microsoft/phi-2"},
    )

    assert {} == error


@pytest.mark.parametrize("network", [None, INTERNET])
def test_closed_storage_is_out_of_reach(net: Net, network: dict[str, Any] | None) -> None:
    """Without isolation always, with it as long as there is no private endpoint."""
    workspace = (
        isolated(net, network, provisionNetworkNow=True)
        if network
        else Isolated(net, net.workspace())
    )
    net.account(**CLOSED)

    refused = workspace.deploy(model=PHI_2)
    if network:
        workspace.put(network)
        net.azure.time.pass_by(3600)
    again = workspace.deploy("green", model=PHI_2)

    assert ("BadArgument", "" if network else "BadArgument") == (
        refused["code"],
        again.get("code", ""),
    )
    assert "stchat cannot be reached" in refused["message"]


def test_another_registry_needs_a_rule(net: Net) -> None:
    """A private endpoint, its domain or the service tag of registries open the way."""
    registry = net.registry("crother")
    rules = [
        private(registry, "registry"),
        fqdn("crother.azurecr.io"),
        tag("AzureContainerRegistry"),
    ]
    workspace = isolated(net, APPROVED | {"outboundRules": domains(*HUB)}, provisionNetworkNow=True)
    endpoint = workspace.endpoint()
    principal = net.azure.get(endpoint)["identity"]["principalId"]
    role = f"{net.group}/providers/Microsoft.Authorization/roleAssignments"
    pull = "/providers/Microsoft.Authorization/roleDefinitions/7f951dda-4ed3-4680-a7ca-43fe172d538d"
    assignment = {"principalId": principal, "roleDefinitionId": pull}
    net.azure.put(f"{role}/00000000-0000-4000-8000-0000000000ab", {"properties": assignment})
    given: dict[str, Any] = {
        "environmentId": workspace.environment("crother.azurecr.io/vllm:1"),
        "environmentVariables": {"MODEL_NAME": "microsoft/phi-2"},
    }

    errors = [workspace.deploy("without", **given)]
    for index, rule in enumerate(rules):
        workspace.rule("registry", rule)
        errors.append(workspace.deploy(f"with-{index}", **given))
        net.azure.send("DELETE", f"{workspace.id}/outboundRules/registry")
        net.azure.time.pass_by(3600)

    assert ["BadArgument", None, None, None] == [error.get("code") for error in errors]


def test_a_project_uses_the_network_of_its_hub(net: Net) -> None:
    """It has no rules of its own, and is ready when its hub is."""
    hub = isolated(net, INTERNET)
    project = hub.id.replace("mlw-chat", "mlw-project")
    body = {"location": "eastus", "kind": "Project", "properties": {"hubResourceId": hub.id}}
    net.azure.put(project, {**body, "identity": {"type": "SystemAssigned"}})
    inside = Isolated(net, project)

    early = inside.deploy(model=PHI_2)
    hub.provision()
    later = inside.deploy("green", model=PHI_2)

    assert ("WorkspaceManagedNetworkNotReady", {}) == (early["code"], later)
