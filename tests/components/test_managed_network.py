# SPDX-License-Identifier: Apache-2.0
"""The managed network of a `ModelWorkspace`: its rules, its provisioning, and who waits for it."""

import time
from collections.abc import Mapping
from typing import Any

import pulumi
import pytest

from azure_model_endpoints import ModelEndpoint, ModelWorkspace, ModelWorkspaceArgs
from azure_model_endpoints.arguments import ArgumentsError
from azure_model_endpoints.errors import ArmError
from azure_model_endpoints.managed_network import provision
from azure_model_endpoints.planning.isolation import ENDPOINT_NETWORK, MANAGED
from tests.components.engine import Engine

GET_WORKSPACE = "azure-native:machinelearningservices:getWorkspace"
APPROVED = "allow_only_approved_outbound"
INTERNET = "allow_internet_outbound"
ACCOUNT = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/data"
RULES: Mapping[str, Mapping[str, str]] = {
    "torch": {"type": "fqdn", "destination": "pytorch.org"},
    "factory": {"type": "service_tag", "service_tag": "DataFactory"},
    "data": {
        "type": "private_endpoint",
        "service_resource_id": ACCOUNT,
        "subresource_target": "blob",
    },
}
WORKSPACE = (
    "/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w"
)


def arguments(**more: Any) -> ModelWorkspaceArgs:
    """The least a workspace must be told, and more."""
    args: Any = {"resource_group_name": "rg", "region": "eastus", **more}
    return args  # type: ignore[no-any-return]


def run(engine: Engine, **more: Any) -> None:
    """Register a workspace."""
    engine.run(lambda: ModelWorkspace("models", arguments(**more)))


def test_there_is_none_unless_it_is_said(engine: Engine) -> None:
    """It cannot be taken back, and its private endpoints are billed."""
    run(engine)

    assert "managedNetwork" not in engine.resources["models-workspace"].inputs
    assert "models-managed-network" not in engine.resources


@pytest.mark.parametrize(
    ("mode", "word"),
    [(INTERNET, "AllowInternetOutbound"), (APPROVED, "AllowOnlyApprovedOutbound")],
)
def test_mode_is_the_workspaces(engine: Engine, mode: str, word: str) -> None:
    """The rules are not: what the service adds to them would look like drift."""
    run(engine, isolation_mode=mode)

    workspace = engine.resources["models-workspace"]
    network = workspace.inputs["managedNetwork"]
    assert word == network["isolationMode"]
    assert "outboundRules" not in network
    ignored = set(workspace.request.ignoreChanges)
    assert {"managedNetwork.outboundRules", "managedNetwork.status"} <= ignored


def test_rules_say_where_to(engine: Engine) -> None:
    """Each kind in Azure's words."""
    run(engine, isolation_mode=APPROVED, outbound_rules=RULES)

    found = {rule.inputs["ruleName"]: rule.inputs for rule in engine.of_type("SettingsRule")}
    said = {
        name: (inputs["properties"]["type"], inputs["properties"]["destination"])
        for name, inputs in found.items()
    }
    assert {
        "torch": ("FQDN", "pytorch.org"),
        "factory": (
            "ServiceTag",
            {"serviceTag": "DataFactory", "protocol": "TCP", "portRanges": "443"},
        ),
        "data": (
            "PrivateEndpoint",
            {"serviceResourceId": ACCOUNT, "subresourceTarget": "blob", "sparkEnabled": False},
        ),
    } == said
    assert {("rg", "mlw-models")} == {
        (inputs["resourceGroupName"], inputs["workspaceName"]) for inputs in found.values()
    }


def test_rules_come_one_after_the_other_and_the_network_last(engine: Engine) -> None:
    """Of rules written at once one stays, and a network that is there takes minutes for each."""
    run(engine, isolation_mode=APPROVED, outbound_rules=RULES)

    resources = engine.resources
    assert "models-outbound-torch" in resources["models-outbound-factory"].waits_for
    assert "models-outbound-factory" in resources["models-outbound-data"].waits_for
    rules = {f"models-outbound-{name}" for name in RULES}
    assert rules <= resources["models-managed-network"].waits_for


def test_whoever_uses_the_workspace_waits_for_the_network(engine: Engine) -> None:
    """A deployment that comes before fails; private endpoints collide with those it makes."""

    def program() -> None:
        made = ModelWorkspace("models", arguments(isolation_mode=INTERNET))
        for label, value in (
            ("name", made.workspace_name),
            ("identity", made.identity_id),
            ("storage", made.storage_account_id),
            ("vault", made.key_vault_id),
            ("registry", made.container_registry_id),
        ):
            pulumi.Stash(label, input=value)

    engine.run(program)

    for label in ("name", "identity", "storage", "vault", "registry"):
        assert "models-managed-network" in engine.resources[label].waits_for, label


def test_resource_of_a_rule_may_be_an_output(engine: Engine) -> None:
    """It is made by the same program."""
    data = {**RULES["data"], "service_resource_id": pulumi.Output.from_input(ACCOUNT)}

    run(engine, isolation_mode=INTERNET, outbound_rules={"data": data})

    [rule] = engine.of_type("SettingsRule")
    assert ACCOUNT == rule.inputs["properties"]["destination"]["serviceResourceId"]


@pytest.mark.parametrize(
    ("mode", "rule", "path"),
    [
        (INTERNET, RULES["torch"], "models.outbound_rules.r"),
        ("disabled", RULES["data"], "models.outbound_rules.r"),
        (APPROVED, {"type": "fqdn"}, "models.outbound_rules.r.destination"),
        (APPROVED, {"type": "dns", "destination": "a.b"}, "models.outbound_rules.r.type"),
        (APPROVED, {"type": "fqdn", "destination": "a b"}, "models.outbound_rules.r.destination"),
    ],
)
def test_rules_that_contradict_the_mode_or_say_nothing(
    engine: Engine, mode: str, rule: Mapping[str, str], path: str
) -> None:
    """Refused before anything is created."""
    with pytest.raises(ArgumentsError) as caught:
        run(engine, isolation_mode=mode, outbound_rules={"r": rule})

    assert [path] == [problem.path for problem in caught.value.problems]


class Client:
    """Resource Manager with one workspace, and a memory of what it was asked."""

    def __init__(self, network: Mapping[str, Any] | None) -> None:
        self.live = None if network is None else {"properties": {"managedNetwork": network}}
        self.asked: list[tuple[str, str]] = []

    def get(self, _resource_id: str, _api_version: str) -> dict[str, Any] | None:
        """Return the workspace."""
        return self.live

    def put(self, resource_id: str, _api_version: str, _body: Mapping[str, Any]) -> None:
        """Remember a write."""
        self.asked.append(("PUT", resource_id.removeprefix(WORKSPACE)))

    def run(self, path: str, _api_version: str, body: Mapping[str, Any]) -> None:
        """Remember an action."""
        assert {"includeSpark": False} == body
        self.asked.append(("POST", path.removeprefix(WORKSPACE)))


PROVISION = ("POST", "/provisionManagedNetwork")


@pytest.mark.parametrize(
    ("network", "expected"),
    [
        ({}, [("PUT", "/outboundRules/torch"), PROVISION]),
        ({"outboundRules": {"torch": {}}, "status": {"status": "Inactive"}}, [PROVISION]),
        ({"outboundRules": {"torch": {}}, "status": {"status": "Active"}}, []),
        (
            {"outboundRules": None, "status": {"status": "Active"}},
            [("PUT", "/outboundRules/torch")],
        ),
    ],
)
def test_network_is_provisioned_once(
    network: Mapping[str, Any], expected: list[tuple[str, str]]
) -> None:
    """And gets back the rules that a write of the workspace may have cost it."""
    client: Any = Client(network)

    provision(client, WORKSPACE, {"torch": {"type": "FQDN", "destination": "pytorch.org"}})

    assert expected == client.asked


def test_network_that_somebody_is_changing_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that was killed has asked for it already."""
    client: Any = Client({})

    def busy(*_arguments: Any) -> None:
        client.asked.append("busy")
        raise ArmError("Conflict", status=409)

    def pause(_seconds: float) -> None:
        client.live = {"properties": {"managedNetwork": {"status": {"status": "Active"}}}}

    client.run = busy
    monkeypatch.setattr(time, "sleep", pause)

    provision(client, WORKSPACE, {})

    assert ["busy"] == client.asked


def test_workspace_that_is_gone(engine: Engine) -> None:
    """Somebody deleted it meanwhile."""
    client: Any = Client(None)

    with pytest.raises(ArmError, match="does not exist"):
        provision(client, WORKSPACE, {})


def endpoint(engine: Engine, **more: Any) -> None:
    """Register an endpoint in some workspace."""
    args: Any = {
        "resource_group_name": "rg",
        "workspace_name": "w",
        "region": "eastus",
        "model": "phi-2",
        **more,
    }
    engine.run(lambda: ModelEndpoint("chat", args))


def test_endpoint_in_a_managed_network_leaves_egress_to_it(engine: Engine) -> None:
    """Azure refuses the older way of closing it; and a tag says where the endpoint was made."""
    endpoint(engine, managed_network=True)

    deployment = engine.resources["chat-blue"].inputs["properties"]
    assert "Enabled" == deployment["egressPublicNetworkAccess"]
    made = engine.resources["chat-endpoint"]
    assert MANAGED == made.inputs["tags"][ENDPOINT_NETWORK]
    assert "Disabled" == made.inputs["properties"]["publicNetworkAccess"]
    assert "chat-moving-in" in made.waits_for


@pytest.mark.parametrize(
    ("network", "expected"),
    [
        ({"isolationMode": "AllowInternetOutbound"}, "Enabled"),
        ({"isolationMode": "Disabled"}, "Disabled"),
    ],
)
def test_workspace_of_others_is_asked_for_its_network(
    engine: Engine, network: dict[str, str], expected: str
) -> None:
    """Nobody has to know how it was made."""
    engine.answers[GET_WORKSPACE] = {"name": "w", "managedNetwork": network}

    endpoint(engine)

    deployment = engine.resources["chat-blue"].inputs["properties"]
    assert expected == deployment["egressPublicNetworkAccess"]


@pytest.mark.parametrize("said", [{"public_network_access": True}, {"managed_network": False}])
def test_workspace_is_asked_only_for_what_nobody_said(
    engine: Engine, said: dict[str, bool]
) -> None:
    """A preview costs what it must."""
    endpoint(engine, **said)

    assert GET_WORKSPACE not in [call.token for call in engine.calls]


def test_endpoint_outside_of_one_is_as_it_was(engine: Engine) -> None:
    """Closed in both directions."""
    endpoint(engine)

    deployment = engine.resources["chat-blue"].inputs["properties"]
    assert "Disabled" == deployment["egressPublicNetworkAccess"]
    assert ENDPOINT_NETWORK not in engine.resources["chat-endpoint"].inputs["tags"]
    assert "chat-moving-in" not in engine.resources
