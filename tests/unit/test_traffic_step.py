# SPDX-License-Identifier: Apache-2.0
"""Moving the traffic of a live endpoint, and nothing else of it."""

from typing import Any

import pytest

from azure_model_endpoints.credentials import Cloud
from azure_model_endpoints.errors import ArmError
from azure_model_endpoints.subscription import arm
from azure_model_endpoints.subscription.arm import ArmClient
from azure_model_endpoints.traffic import set_traffic
from tests.unit.http_server import Reply, Server

ID = "/subscriptions/s/resourceGroups/rg/onlineEndpoints/chat"
BUSY = Reply(409, {"error": {"code": "Conflict", "message": "Busy."}})
DONE = Reply(200, {"properties": {"provisioningState": "Succeeded"}})


@pytest.fixture
def client(server: Server) -> ArmClient:
    """A client of a cloud whose endpoint sends everything to blue."""
    server.answer("PUT", ID, DONE)
    live(server, traffic={"blue": 100, "green": 0})
    return ArmClient.with_token(Cloud(server.url, "", server.url), "t")


def live(server: Server, **properties: Any) -> None:
    """Make the endpoint what it is now, as Azure shows it."""
    document = {
        "id": ID,
        "name": "chat",
        "type": "…",
        "location": "eastus",
        "kind": "Managed",
        "systemData": {"createdAt": "…"},
        "tags": {"team": "a"},
        "identity": {
            "type": "UserAssigned",
            "userAssignedIdentities": {"/id": {"principalId": "p", "clientId": "c"}},
        },
        "properties": {
            "authMode": "Key",
            "publicNetworkAccess": "Disabled",
            "scoringUri": "https://…",
            "provisioningState": "Succeeded",
            **properties,
        },
    }
    server.answer("GET", ID, Reply(body=document))


def sent(server: Server) -> dict[str, Any]:
    """What was written."""
    [body] = [asked.body for asked in server.asked if asked.method == "PUT"]
    written: dict[str, Any] = body
    return written


def test_everything_else_is_sent_back_as_it_was(client: ArmClient, server: Server) -> None:
    """A PUT replaces the whole endpoint."""
    set_traffic(client, ID, {"green": 100})

    assert {
        "location": "eastus",
        "kind": "Managed",
        "tags": {"team": "a"},
        "identity": {"type": "UserAssigned", "userAssignedIdentities": {"/id": {}}},
        "properties": {
            "authMode": "Key",
            "publicNetworkAccess": "Disabled",
            "traffic": {"green": 100},
        },
    } == sent(server)


def test_traffic_that_flows_already_is_not_written(client: ArmClient, server: Server) -> None:
    """However Azure spells it."""
    set_traffic(client, ID, {"blue": 100.0, "red": 0})

    assert ["GET"] == server.methods()


def test_endpoint_can_be_turned_off(client: ArmClient, server: Server) -> None:
    """No traffic is said, not left out."""
    set_traffic(client, ID, {"blue": 0})

    assert {} == sent(server)["properties"]["traffic"]


@pytest.mark.parametrize(
    ("traffic", "mirrored"),
    [({"blue": 50, "red": 50}, {"green": 10}), ({"green": 100}, None)],
)
def test_mirror_stays_until_its_deployment_gets_live_traffic(
    client: ArmClient, server: Server, traffic: dict[str, int], mirrored: dict[str, int] | None
) -> None:
    """Azure refuses both at once."""
    live(server, traffic={"blue": 100}, mirrorTraffic={"green": 10})

    set_traffic(client, ID, traffic)

    assert mirrored == sent(server)["properties"].get("mirrorTraffic")


def test_busy_endpoint_is_looked_at_again(
    client: ArmClient, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The operation that kept it busy may have changed it."""
    monkeypatch.setattr(arm, "_BUSY_SECONDS", 0)
    server.answer("PUT", ID, BUSY, DONE)

    set_traffic(client, ID, {"green": 100})

    assert ["GET", "PUT", "GET", "PUT"] == server.methods()[:4]


def test_missing_endpoint_is_told(client: ArmClient, server: Server) -> None:
    """It was deleted behind the engine's back."""
    server.replies.clear()

    with pytest.raises(ArmError, match=r"onlineEndpoints/chat does not exist\."):
        set_traffic(client, ID, {"blue": 100})
