# SPDX-License-Identifier: Apache-2.0
"""What is found out of the network of a workspace that somebody else made."""

from datetime import date
from typing import Any

import pulumi
import pytest

from azure_model_endpoints import existing_isolation
from azure_model_endpoints.catalog import load_catalog
from azure_model_endpoints.existing_isolation import with_existing_isolation
from azure_model_endpoints.planning import Surroundings
from azure_model_endpoints.planning.endpoint_ids import endpoint_ids
from azure_model_endpoints.planning.isolation import ENDPOINT_NETWORK, MANAGED
from azure_model_endpoints.planning.stack import plan_stack
from azure_model_endpoints.planning.stack_plan import StackPlan
from azure_model_endpoints.vocabulary import IsolationMode
from tests.components.engine import SUBSCRIPTION
from tests.package_hosts import PACKAGES


def isolated(*hosts: str, mode: str = "AllowOnlyApprovedOutbound") -> dict[str, Any]:
    """The properties of a workspace whose network lets instances connect to some hosts."""
    rules: dict[str, Any] = {
        f"rule-{index}": {"type": "FQDN", "destination": host, "category": "UserDefined"}
        for index, host in enumerate(hosts)
    }
    tag = {"serviceTag": "DataFactory", "protocol": "TCP", "portRanges": "443"}
    rules["tag"] = {"type": "ServiceTag", "destination": tag}
    network = {"isolationMode": mode, "outboundRules": rules}
    return {"managedNetwork": network, **CONNECTED}


def connected(*states: str) -> dict[str, Any]:
    """The properties of a workspace that private endpoints lead to, in some state each."""
    connections = [
        {"properties": {"privateLinkServiceConnectionState": {"status": state}}} for state in states
    ]
    return {"privateEndpointConnections": connections}


CONNECTED = connected("Approved")


class Client:
    """Resource Manager with one workspace and its endpoints."""

    def __init__(self) -> None:
        self.workspace: dict[str, Any] | None = {"properties": isolated(*PACKAGES)}
        self.endpoints: list[dict[str, Any]] = []
        self.asked: list[str] = []

    def get(self, path: str, _api_version: str) -> dict[str, Any] | None:
        """Return the workspace."""
        self.asked.append(path)
        return self.workspace

    def list(self, path: str, _api_version: str) -> list[dict[str, Any]]:
        """Return its endpoints."""
        self.asked.append(path)
        return self.endpoints


@pytest.fixture
def azure(monkeypatch: pytest.MonkeyPatch) -> Client:
    """What the program asks."""
    client = Client()
    monkeypatch.setattr(
        existing_isolation, "program_client", lambda **_: (client, SUBSCRIPTION), raising=True
    )
    return client


@pytest.fixture
def warnings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the program says."""
    said: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", said.append)
    return said


def plan_of(profile: str = "staging", **workspace: Any) -> StackPlan:
    """The plan of a stack in some workspace."""
    document: dict[str, Any] = {
        "profile": profile,
        "region": "eastus",
        "workspace": workspace,
        "endpoints": {"guest": {"model": "phi-2"}},
    }
    return plan_stack("guest", document, Surroundings(load_catalog(), date(2026, 11, 1)))


EXISTING: dict[str, Any] = {"existing": {"name": "mlw-theirs", "resource_group_name": "rg-theirs"}}


def test_endpoints_are_told_of_the_managed_network(azure: Client) -> None:
    """No setting says it: it is the workspace's."""
    plan = with_existing_isolation(plan_of(**EXISTING))

    assert IsolationMode.ALLOW_ONLY_APPROVED_OUTBOUND is plan.isolation.mode
    assert plan.endpoint_arguments("guest")["managed_network"] is True
    assert azure.asked[0].endswith(
        "/resourceGroups/rg-theirs/providers/Microsoft.MachineLearning"
        "Services/workspaces/mlw-theirs"
    )


@pytest.mark.parametrize(
    "properties", [None, {}, {"managedNetwork": {"isolationMode": "Disabled"}}]
)
def test_without_one_nothing_is_said(azure: Client, warnings: list[str], properties: Any) -> None:
    """Nor of a workspace that does not exist, which is told elsewhere."""
    azure.workspace = None if properties is None else {"properties": properties}

    plan = with_existing_isolation(plan_of(**EXISTING))

    assert "managed_network" not in plan.endpoint_arguments("guest")


def test_workspace_of_the_stack_is_not_asked(azure: Client) -> None:
    """Its settings are in the stack file."""
    plan = plan_of()

    assert plan is with_existing_isolation(plan)
    assert [] == azure.asked


def test_endpoints_that_are_older_are_named(azure: Client, warnings: list[str]) -> None:
    """Those of this stack, which will be created again; others are not its business."""
    plan = plan_of(**EXISTING)
    [own] = endpoint_ids(plan, SUBSCRIPTION).values()
    marked = {"tags": {ENDPOINT_NETWORK: MANAGED}}
    others = {"id": f"{own}-of-others", "name": "others"}
    azure.endpoints = [{"id": own.upper(), "name": "guest-1", **marked}, others]
    with_existing_isolation(plan)
    before = list(warnings)
    azure.endpoints = [{"id": own.upper(), "name": "guest-1"}, others]

    with_existing_isolation(plan)

    assert [] == before
    [warning] = warnings
    assert "workspace.existing: mlw-theirs has got a managed network" in warning
    assert "deleted and created again, with all their deployments" in warning
    assert "guest-1. Nobody answers" in warning


def test_hosts_that_no_rule_reaches_are_named(azure: Client, warnings: list[str]) -> None:
    """With who needs them: its owners alone can add rules, and a deployment would not start."""
    azure.workspace = {"properties": isolated(*PACKAGES[1:])}

    with_existing_isolation(plan_of(**EXISTING))

    [warning] = warnings
    assert (
        "workspace.existing: mlw-theirs lets instances connect to approved hosts alone" in warning
    )
    assert (
        "no rule is for *.anaconda.org (endpoints.guest.deployments.blue for its model)" in warning
    )
    assert [] == [host for host in PACKAGES[1:] if host in warning]


def test_outbound_to_the_internet_needs_no_rules(azure: Client, warnings: list[str]) -> None:
    """Nor do models whose hosts are all reached."""
    azure.workspace = {"properties": isolated(mode="AllowInternetOutbound")}
    with_existing_isolation(plan_of(**EXISTING))
    azure.workspace = {"properties": isolated(*PACKAGES)}

    with_existing_isolation(plan_of(**EXISTING))

    assert [] == warnings


@pytest.mark.parametrize("states", [(), ("Pending",), ("Rejected", "Disconnected")])
def test_private_endpoints_that_nobody_could_call_are_told(
    azure: Client, warnings: list[str], states: tuple[str, ...]
) -> None:
    """They are reached through the workspace's private endpoint alone."""
    azure.workspace = {"properties": connected(*states)}

    with_existing_isolation(plan_of(**EXISTING))

    [warning] = warnings
    assert "workspace.existing: mlw-theirs has no approved private endpoint connection" in warning
    assert "or say `public_network_access: true`" in warning


@pytest.mark.parametrize(
    ("profile", "properties"),
    [("staging", connected("Pending", "Approved")), ("dev", {}), ("staging", None)],
)
def test_endpoints_that_somebody_can_call_are_not(
    azure: Client, warnings: list[str], profile: str, properties: Any
) -> None:
    """Nor those of a workspace that does not exist: that is told elsewhere."""
    azure.workspace = None if properties is None else {"properties": properties}

    with_existing_isolation(plan_of(profile, **EXISTING))

    assert [] == warnings
