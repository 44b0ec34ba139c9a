# SPDX-License-Identifier: Apache-2.0
"""Long-running operations: how they are answered, polled, ended and survived."""

import sqlite3
import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from azure_sandbox.arm.call import Ending
from azure_sandbox.arm.errors import OperationFailedError
from azure_sandbox.namespaces.container_registry import Registries
from azure_sandbox.server import STATE_FILE, TICK_SECONDS
from tests.sandbox.conftest import SUBSCRIPTION, Azure

LOG_ANALYTICS = "providers/Microsoft.OperationalInsights/workspaces/logs"
REGISTRY = "providers/Microsoft.ContainerRegistry/registries/chatimages"
ACCOUNT = "providers/Microsoft.Storage/storageAccounts/chatdata"
ACCOUNT_BODY = {"location": "eastus", "sku": {"name": "Standard_LRS"}, "kind": "StorageV2"}
BASIC = {"location": "eastus", "sku": {"name": "Basic"}}


def test_put_with_async_operation(azure: Azure, group: str) -> None:
    """201 with the resource, a status document that is polled, then Succeeded."""
    started = azure.send("PUT", f"{group}/{REGISTRY}", BASIC)
    running = azure.poll(started)
    azure.time.pass_by(3600)
    ended = azure.poll(started)

    assert 201 == started.status_code
    assert "Creating" == started.json()["properties"]["provisioningState"]
    assert "retry-after-ms" in started.headers
    assert (200, "InProgress") == (running.status_code, running.json()["status"])
    assert (200, "Succeeded") == (ended.status_code, ended.json()["status"])
    state = azure.get(f"{group}/{REGISTRY}")["properties"]["provisioningState"]
    assert "Succeeded" == state


def test_put_with_location(azure: Azure, group: str) -> None:
    """202, a Location that answers 202 while it runs, then the resource."""
    started = azure.send("PUT", f"{group}/{ACCOUNT}", ACCOUNT_BODY)
    running = azure.poll(started)
    azure.time.pass_by(3600)
    ended = azure.poll(started)

    assert [202, 202, 200] == [started.status_code, running.status_code, ended.status_code]
    assert started.headers["location"] == running.headers["location"]
    assert "chatdata" == ended.json()["name"]


def test_put_polled_at_the_resource(azure: Azure, group: str) -> None:
    """A vault has no polling URL: its own provisioningState is polled."""
    vault = f"{group}/providers/Microsoft.KeyVault/vaults/kv-chat"
    properties = {
        "tenantId": "00000000-0000-4000-8000-00000000000a",
        "sku": {"family": "A", "name": "standard"},
        "enableRbacAuthorization": True,
    }

    started = azure.send("PUT", vault, {"location": "eastus", "properties": properties})
    azure.time.pass_by(3600)

    assert "RegisteringDns" == started.json()["properties"]["provisioningState"]
    assert not {"location", "azure-asyncoperation"} & set(started.headers)
    assert "Succeeded" == azure.get(vault)["properties"]["provisioningState"]


def test_deletion(azure: Azure, group: str) -> None:
    """202 while the resource is Deleting, then it is gone; deleting it again is 204."""
    azure.put(f"{group}/{REGISTRY}", BASIC)

    started = azure.send("DELETE", f"{group}/{REGISTRY}")
    state = azure.get(f"{group}/{REGISTRY}")["properties"]["provisioningState"]
    azure.time.pass_by(3600)

    assert 202 == started.status_code
    assert "Deleting" == state
    assert 200 == azure.poll(started).status_code
    assert (404, "ResourceNotFound") == azure.refusal("GET", f"{group}/{REGISTRY}")
    assert 204 == azure.send("DELETE", f"{group}/{REGISTRY}").status_code


def test_second_change_while_one_is_under_way(azure: Azure, group: str) -> None:
    """A resource has one operation at a time."""
    azure.send("PUT", f"{group}/{REGISTRY}", BASIC)
    azure.send("PUT", f"{group}/{ACCOUNT}", ACCOUNT_BODY)

    registry = azure.refusal("PUT", f"{group}/{REGISTRY}", BASIC)
    account = azure.refusal("DELETE", f"{group}/{ACCOUNT}")

    assert (409, "AnotherOperationInProgress") == registry
    assert (409, "StorageAccountOperationInProgress") == account


def test_operation_ends_though_nobody_polls(azure: Azure, group: str) -> None:
    """The background tick ends what is due without any request."""
    azure.send("PUT", f"{group}/{REGISTRY}", BASIC)
    azure.time.pass_by(3600)
    database = sqlite3.connect(azure.home / STATE_FILE)
    query = "SELECT count(*) FROM operations WHERE status = 'InProgress'"

    for _ in range(100):
        running = database.execute(query).fetchone()[0]
        if not running:
            break
        time.sleep(TICK_SECONDS)

    database.close()
    assert 0 == running


def test_operation_survives_a_restart(start: Callable[[], Azure]) -> None:
    """A server that is stopped in the middle of an operation goes on with it."""
    first = start()
    group = f"{SUBSCRIPTION}/resourceGroups/rg-chat"
    first.put(group, {"location": "eastus"})
    started = first.send("PUT", f"{group}/{REGISTRY}", BASIC)
    first.http.close()

    second = start()
    running = second.poll(started).json()["status"]
    second.time.pass_by(3600)
    ended = second.poll(started).json()["status"]

    assert ("InProgress", "Succeeded") == (running, ended)


def test_waits_are_as_long_as_the_operation(start: Callable[[], Azure]) -> None:
    """A wait is given in milliseconds, and never longer than the operation takes."""
    azure = start()
    group = f"{SUBSCRIPTION}/resourceGroups/rg-chat"
    azure.put(group, {"location": "eastus"})

    started = azure.send("PUT", f"{group}/{REGISTRY}", BASIC)
    first = int(started.headers["retry-after-ms"])
    azure.time.pass_by(27)
    last = int(azure.poll(started).headers["retry-after-ms"])

    assert 250 == first
    assert 50 == last


def test_group_deletion_takes_everything_with_it(azure: Azure, group: str) -> None:
    """While a group is deleted nothing can be made in it; then all of it is gone."""
    azure.put(f"{group}/{REGISTRY}", BASIC)
    azure.put(f"{group}/{ACCOUNT}", ACCOUNT_BODY)

    started = azure.send("DELETE", group)
    refusal = azure.refusal("PUT", f"{group}/{LOG_ANALYTICS}", {"location": "eastus"})
    azure.time.pass_by(3600)

    assert 202 == started.status_code
    assert (409, "ResourceGroupBeingDeleted") == refusal
    assert (404, "ResourceGroupNotFound") == azure.refusal("GET", group)
    assert [] == azure.get(f"{SUBSCRIPTION}/resources")["value"]


def test_operations_of_a_deleted_group_are_canceled(azure: Azure, group: str) -> None:
    """A deletion overtakes the creation of what it deletes."""
    started = azure.send("PUT", f"{group}/{LOG_ANALYTICS}", {"location": "eastus"})
    azure.http.post("/sandbox/faults", json={"never_ends": True, "path": "registries"})
    endless = azure.send("PUT", f"{group}/{REGISTRY}", BASIC)
    azure.send("DELETE", group)
    azure.time.pass_by(36_000)

    assert "Succeeded" == azure.poll(started).json()["status"]
    assert "Canceled" == azure.poll(endless).json()["status"]


@pytest.mark.parametrize(
    ("problem", "code"),
    [
        (OperationFailedError("OutOfCapacity", "No capacity."), "OutOfCapacity"),
        (KeyError("a mistake in a rule"), "InternalServerError"),
    ],
)
def test_rule_that_fails_an_operation_leaves_the_others_alone(
    azure: Azure, group: str, monkeypatch: pytest.MonkeyPatch, problem: Exception, code: str
) -> None:
    """What the rule had written is undone, the resource is Failed, the next operation ends."""

    def finished(kind: Registries, ending: Ending) -> None:
        ending.tx.save(replace(ending.resource, location="elsewhere"))
        raise problem

    monkeypatch.setattr(Registries, "finished", finished)
    failing = azure.send("PUT", f"{group}/{REGISTRY}", BASIC)
    other = azure.send("PUT", f"{group}/{LOG_ANALYTICS}", {"location": "eastus"})
    azure.time.pass_by(3600)

    ended = azure.poll(failing).json()

    assert ("Failed", code) == (ended["status"], ended["error"]["code"])
    assert "Failed" == azure.get(f"{group}/{REGISTRY}")["properties"]["provisioningState"]
    assert "Succeeded" == azure.poll(other).json()["status"]
    assert "eastus" in azure.send("DELETE", f"{group}/{REGISTRY}").headers["location"]
