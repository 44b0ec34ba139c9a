# SPDX-License-Identifier: Apache-2.0
"""The sandbox's own admin API and its log of requests."""

from azure_sandbox import identity
from tests.sandbox.conftest import SUBSCRIPTION, Azure


def test_log_shows_what_was_asked_and_answered(azure: Azure, group: str) -> None:
    """Method, path, status, code and operation; only what came after a number."""
    before = azure.http.get("/sandbox/log").json()["entries"][-1]["seq"]
    registry = f"{group}/providers/Microsoft.ContainerRegistry/registries/chatimages"

    azure.send("GET", registry)
    started = azure.send("PUT", registry, {"location": "eastus", "sku": {"name": "Basic"}})
    entries = azure.http.get(f"/sandbox/log?since={before}").json()["entries"]

    assert [("GET", registry, 404, "ResourceNotFound"), ("PUT", registry, 201, None)] == [
        (entry["method"], entry["path"], entry["status"], entry["code"]) for entry in entries
    ]
    assert entries[1]["operation"] in started.headers["azure-asyncoperation"]


def test_log_keeps_no_secret(azure: Azure, group: str) -> None:
    """Neither keys and tokens nor client secrets get into it; admin requests do not either."""
    account = f"{group}/providers/Microsoft.Storage/storageAccounts/chatdata"
    azure.put(account, {"location": "eastus", "sku": {"name": "Standard_LRS"}, "kind": "StorageV2"})
    key = azure.send("POST", f"{account}/listKeys").json()["keys"][0]["value"]
    form = {"grant_type": "client_credentials", "client_id": "x", "client_secret": "hush-hush"}
    azure.http.post(f"/{identity.TENANT_ID}/oauth2/v2.0/token", data=form)

    log = azure.http.get("/sandbox/log").text

    assert "/listKeys" in log
    assert key not in log
    assert "hush-hush" not in log
    assert azure.headers["Authorization"].partition(" ")[2] not in log
    assert "/sandbox/" not in log


def test_status(azure: Azure, group: str) -> None:
    """It counts what there is."""
    status = azure.http.get("/sandbox/status").json()

    assert (1, 0) == (status["resources"], status["operations"])
    assert identity.SUBSCRIPTION_ID == status["subscription"]


def test_reset_forgets_everything(azure: Azure, group: str) -> None:
    """Resources, log and old tokens are gone; new tokens are given."""
    azure.http.post("/sandbox/reset")

    refused = azure.refusal("GET", group)
    token = azure.http.get(
        "/msi/token",
        params={"resource": "https://management.azure.com/"},
        headers={"X-IDENTITY-HEADER": identity.IDENTITY_HEADER},
    ).json()["access_token"]
    azure.headers["Authorization"] = f"Bearer {token}"

    assert (401, "InvalidAuthenticationToken") == refused
    assert [] == azure.get(f"{SUBSCRIPTION}/resourceGroups")["value"]
    assert 3 == len(azure.http.get("/sandbox/log").json()["entries"])


def test_unknown_admin_request(azure: Azure) -> None:
    """What the admin API does not have is a 404, bad numbers a 400."""
    assert 404 == azure.http.get("/sandbox/nothing").status_code
    assert 400 == azure.http.get("/sandbox/log?since=x").status_code


def test_path_the_sandbox_does_not_have(azure: Azure) -> None:
    """It never answers for something it is not."""
    assert 404 == azure.http.get("/favicon.ico").status_code
    assert 405 == azure.http.get(f"/{identity.TENANT_ID}/oauth2/v2.0/token").status_code
