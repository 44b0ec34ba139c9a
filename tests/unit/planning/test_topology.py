# SPDX-License-Identifier: Apache-2.0
"""Who may reach what: the picture follows from the plan."""

from typing import Any

import pytest

from azure_model_endpoints.planning.stack import plan_stack
from azure_model_endpoints.planning.topology import topology_of
from azure_model_endpoints.planning.topology_parts import Node, Place, Topology
from tests.unit.planning.catalogs import AROUND

EXISTING = {"existing": {"name": "mlw-theirs", "resource_group_name": "rg-theirs"}}
SUBNET = (
    "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/vnet-hub"
    "/subnets/snet-pe"
)
ZONE = "privatelink.azurecr.io"
ZONE_ID = f"/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network/privateDnsZones/{ZONE}"


def picture(stack: str, **said: Any) -> Topology:
    """The picture of a stack with one endpoint."""
    document = {"region": "eastus", "endpoints": {"chat": {"model": "plain-model"}}, **said}
    return topology_of(stack, plan_stack(stack, document, AROUND))


def paths(topology: Topology) -> set[tuple[str, str, str]]:
    """Who reaches what, and how."""
    return {
        (topology.name(path.source), topology.name(path.target), str(path.kind))
        for path in topology.paths
    }


def details(topology: Topology, title: str) -> tuple[str, ...]:
    """What is said of a node or a place."""
    parts: list[Place | Node] = [*topology.places]
    parts += [node for place in topology.places for node in place.nodes]
    [found] = [part.details for part in parts if part.title == title]
    return found


def test_dev_answers_the_internet() -> None:
    """And its instances call it."""
    assert {
        ("Internet", "Resource group rg-models-dev", "public"),
        ("Internet", "Log Analytics", "public"),
        ("Endpoint chat", "chat.blue", "private"),
        ("Instances, without a managed network", "Resource group rg-models-dev", "public"),
        ("Instances, without a managed network", "Internet", "public"),
    } == paths(picture("dev"))


def test_prod_is_reached_by_private_endpoints_alone() -> None:
    """Each leads to one thing; the workspace's also to the endpoints."""
    found = paths(picture("prod"))

    group = "Resource group rg-models-prod"
    assert {
        ("Internet", group, "refused"),
        ("Internet", "Log Analytics", "public"),
        ("Peered networks", "Virtual network vnet-models", "private"),
        ("Private endpoint: workspace", "Workspace mlw-models", "private"),
        ("Private endpoint: workspace", "Endpoint chat", "private"),
        ("Private endpoint: blob", "Storage account", "private"),
        ("Private endpoint: file", "Storage account", "private"),
        ("Private endpoint: vault", "Key vault", "private"),
        ("Private endpoint: registry", "Container registry", "private"),
        ("Endpoint chat", "chat.blue", "private"),
        ("Managed network of the workspace", group, "private"),
        ("Managed network of the workspace", "Opened by Azure itself", "public"),
        ("Managed network of the workspace", "Approved hosts", "public"),
    } == found


def test_staging_may_call_the_internet() -> None:
    """From a managed network, which is not reached from there."""
    found = paths(picture("staging"))

    assert ("Managed network of the workspace", "Internet", "public") in found
    assert ("Internet", "Resource group rg-models-staging", "refused") in found


LOCKED, ENCRYPTED, REPORTING = (
    "locked against deletion",
    "encrypted with a key of its own",
    "reports to Log Analytics",
)


@pytest.mark.parametrize(
    ("title", "protection"),
    [
        ("Endpoint chat", ("callers show a key", REPORTING)),
        ("Workspace mlw-models", (ENCRYPTED, REPORTING)),
        ("Storage account", (LOCKED, ENCRYPTED, REPORTING)),
        ("Key vault", (LOCKED, REPORTING)),
        ("Container registry", (LOCKED, REPORTING)),
        ("Log Analytics", ("with Application Insights", LOCKED)),
        ("Private endpoint: registry", (ZONE, LOCKED)),
        ("Resource group rg-models-prod", ()),
    ],
)
def test_protection_is_told_of_what_has_it(title: str, protection: tuple[str, ...]) -> None:
    """A reviewer looks for it first, and would believe it of the whole group."""
    assert protection == details(picture("prod"), title)


@pytest.mark.parametrize("stack", ["dev", "staging", "prod"])
def test_logs_are_not_among_what_the_internet_is_refused(stack: str) -> None:
    """They answer it in every environment."""
    found = picture(stack)

    [path] = [path for path in found.paths if path.target == "logs"]
    [closable] = [place for place in found.places if place.key == "resources"]
    assert ("internet", "public", "Microsoft Entra sign-in") == (
        path.source,
        str(path.kind),
        path.label,
    )
    assert "logs" not in {node.key for node in closable.nodes}


def test_what_azure_opens_by_itself_is_told() -> None:
    """With approved outbound it is more than what the rules say; without, all is open."""
    tags = details(picture("prod"), "Service tags")

    assert {"AzureActiveDirectory", "BatchNodeManagement.eastus", "AzureMonitor"} <= set(tags)
    assert "always_open" not in {place.key for place in picture("staging").places}


def test_own_rules_are_shown_by_what_they_open() -> None:
    """Hosts, services and private resources apart."""
    account = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/data"
    rules = {
        "hub": {"type": "fqdn", "destination": "models.example"},
        "factory": {"type": "service_tag", "service_tag": "DataFactory"},
        "data": {
            "type": "private_endpoint",
            "service_resource_id": account,
            "subresource_target": "blob",
        },
    }

    found = picture("prod", isolation={"outbound_rules": rules})

    assert ("rule hub",) == details(found, "models.example")
    assert ("rule factory",) == details(found, "DataFactory, TCP 443")
    assert ("rule data",) == details(found, "data (blob)")
    assert ("Managed network of the workspace", "Private resources", "private") in paths(found)


def test_callers_and_their_proof_are_told() -> None:
    """Who may invoke an endpoint, by object id."""
    chat = {
        "model": "plain-model",
        "auth_mode": "entra_token",
        "invokers": ["00000000-0000-4000-8000-0000000000aa"],
    }

    found = details(picture("dev", endpoints={"chat": chat}), "Endpoint chat")

    assert (
        "callers show a Microsoft Entra token",
        "1 may invoke it: 00000000-0000-4000-8000-0000000000aa",
    ) == found


def test_existing_network_and_zones_are_told() -> None:
    """They are used, not made."""
    network = {"existing_subnet_id": SUBNET, "private_dns_zone_ids": {ZONE: ZONE_ID}}

    found = picture("prod", network=network)

    assert ("subnet snet-pe",) == details(found, "Existing network vnet-hub")
    assert f"{ZONE} (the hub's)" in details(found, "Private endpoint: registry")


@pytest.mark.parametrize(
    ("stack", "first"),
    [
        ("dev", ("Internet", "Workspace mlw-theirs", "public")),
        ("prod", ("The workspace's own network", "Workspace mlw-theirs", "private")),
    ],
)
def test_of_an_existing_workspace_only_what_is_known_is_shown(
    stack: str, first: tuple[str, str, str]
) -> None:
    """Its outbound rules and foundations are somebody else's."""
    found = picture(stack, workspace=EXISTING)

    assert ("resource group rg-theirs", "exists, and stays as it is") == details(
        found, "Workspace mlw-theirs"
    )
    assert first in paths(found)
    assert ["callers", "resources", "instances"] == [place.key for place in found.places]


@pytest.mark.parametrize("stack", ["dev", "staging", "prod"])
def test_every_path_has_two_ends(stack: str) -> None:
    """And every key is one thing's."""
    found = picture(stack)
    keys = [place.key for place in found.places]
    keys += [node.key for place in found.places for node in place.nodes]

    assert len(keys) == len(set(keys))
    assert {end for path in found.paths for end in (path.source, path.target)} <= set(keys)
