# SPDX-License-Identifier: Apache-2.0
"""Workspaces, and the assets kept in them."""

from typing import Any

import pytest

from tests.sandbox.machine_learning.conftest import GROUP, Azure, messages


def put(azure: Azure, name: str = "ml-dev", **properties: Any) -> Any:
    """Send the PUT of a workspace like the one that exists, with other properties."""
    existing = azure.get(azure.workspace)["properties"]
    path = f"{azure.workspace.rpartition('/')[0]}/{name}"
    body = {"location": "eastus", "properties": {**existing, **properties}}
    return azure.send("PUT", path, body)


def test_a_workspace_is_created_with_what_azure_adds(azure: Azure) -> None:
    """A workspace has a GUID, a discovery URL and the tier Basic."""
    workspace = azure.get(azure.workspace)

    assert len(workspace["properties"]["workspaceId"]) == 36
    assert workspace["properties"]["discoveryUrl"] == "https://eastus.api.azureml.ms/discovery"
    assert workspace["sku"] == {"name": "Basic", "tier": "Basic"}
    assert {} == workspace["tags"]
    assert (0, False) == (
        workspace["properties"]["privateLinkCount"],
        workspace["properties"]["storageHnsEnabled"],
    )
    notebooks = workspace["properties"]["notebookInfo"]["fqdn"]
    assert notebooks.endswith(
        f"{workspace['properties']['workspaceId']}.eastus.notebooks.azure.net"
    )


def test_another_put_keeps_the_guid(azure: Azure) -> None:
    """The immutable id survives updates; a PUT is answered with 202 and Location."""
    before = azure.get(azure.workspace)["properties"]["workspaceId"]

    answer = put(azure, description="ours")
    azure.wait()

    after = azure.get(azure.workspace)["properties"]
    assert (202, True) == (answer.status, "Location" in answer.headers)
    assert (before, "ours") == (after["workspaceId"], after["description"])


@pytest.mark.parametrize("name", ["storageAccount", "keyVault", "applicationInsights"])
def test_dependencies_are_required(azure: Azure, name: str) -> None:
    """Storage, vault and Application Insights are needed; Azure does not say which is missing."""
    answer = put(azure, "ml-other", **{name: None})

    error = answer.body["error"]
    assert (400, "ValidationError") == (answer.status, error["code"])
    assert error["message"] == "Missing dependent resources in workspace json"


def test_dependencies_must_exist(azure: Azure) -> None:
    """An id that points nowhere, or at another type, is refused."""
    nowhere = put(azure, "ml-other", keyVault=f"{GROUP}/providers/Microsoft.KeyVault/vaults/none")
    wrong = put(azure, "ml-other", keyVault=azure.workspace)

    expected = "which is no existing resource of type Microsoft.KeyVault/vaults"
    assert expected in messages(nowhere)
    assert expected in messages(wrong)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("storageAccount", "Microsoft.Storage/storageAccounts"),
        ("keyVault", "Microsoft.KeyVault/vaults"),
    ],
)
def test_storage_and_vault_are_fixed(azure: Azure, name: str, kind: str) -> None:
    """They cannot be exchanged once the workspace exists, by PUT or by PATCH."""
    other = azure.save(f"{GROUP}/providers/{kind}/other", kind)

    answer = put(azure, **{name: other})
    patched = azure.send("PATCH", azure.workspace, {"properties": {name: other}})

    assert f"{name} cannot be changed" in messages(answer)
    assert patched.status == 400


def test_the_region_cannot_change(azure: Azure) -> None:
    """Azure refuses a workspace of the same name in another region."""
    body = azure.get(azure.workspace)

    answer = azure.send("PUT", azure.workspace, {**body, "location": "westus"})

    assert (409, "InvalidResourceLocation") == (answer.status, answer.body["error"]["code"])


@pytest.mark.parametrize("name", ["ml", "-ml", "ml.dev", "m" * 33])
def test_a_name_azure_refuses_is_refused(azure: Azure, name: str) -> None:
    """Workspace names have 3 to 32 letters, digits, dashes and underscores."""
    assert put(azure, name).status == 400


def test_isolation_cannot_be_disabled(azure: Azure) -> None:
    """A managed network, once on, stays on."""
    put(azure, managedNetwork={"isolationMode": "AllowInternetOutbound"})
    azure.wait()

    answer = put(azure, managedNetwork={"isolationMode": "Disabled"})

    assert "cannot be disabled once it is enabled" in messages(answer)


def test_the_network_can_be_provisioned_at_once(azure: Azure) -> None:
    """`provisionNetworkNow` leaves an active network behind and is never shown."""
    put(
        azure,
        managedNetwork={"isolationMode": "AllowOnlyApprovedOutbound"},
        provisionNetworkNow=True,
    )
    azure.wait()

    properties = azure.get(azure.workspace)["properties"]
    assert properties["managedNetwork"]["status"] == {"status": "Active", "sparkReady": False}
    assert "provisionNetworkNow" not in properties


def test_a_patch_keeps_what_it_does_not_name(azure: Azure) -> None:
    """Tags and a description change; the dependencies stay."""
    before = azure.get(azure.workspace)["properties"]

    azure.done("PATCH", azure.workspace, {"tags": {"a": "b"}, "properties": {"description": "d"}})

    after = azure.get(azure.workspace)
    assert {"a": "b"} == after["tags"]
    assert {**before, "description": "d"} == after["properties"]


def test_the_keys_of_a_workspace_are_listed(azure: Azure) -> None:
    """`listKeys` names the storage account and gives keys that do not change."""
    first, second = (azure.send("POST", f"{azure.workspace}/listKeys").body for _ in range(2))

    assert first["userStorageArmId"].endswith("storageAccounts/storageaccount")
    assert first == second


def test_old_versions_name_the_storage_account_otherwise(azure: Azure) -> None:
    """Until 2023-04-01 the keys call it `userStorageResourceId`."""
    keys = azure.send("POST", f"{azure.workspace}/listKeys", version="2023-04-01").body

    assert keys["userStorageResourceId"].endswith("storageAccounts/storageaccount")
    assert "userStorageArmId" not in keys


def test_deleting_a_workspace_deletes_everything_in_it(azure: Azure) -> None:
    """Endpoints, deployments and models go with their workspace."""
    azure.make_endpoint("blue")

    azure.done("DELETE", azure.workspace)

    assert azure.send("GET", azure.workspace).status == 404
    assert azure.routing()[-1] == ({}, {})


@pytest.mark.parametrize("kind", ["models", "environments"])
def test_assets_are_numbered(azure: Azure, kind: str) -> None:
    """A container knows its latest and its next version; a version's content is fixed."""
    path = f"{azure.workspace}/{kind}/mine"
    content = {"models": "modelUri", "environments": "image"}[kind]
    azure.done("PUT", path, {"properties": {}})
    for version in ("1", "2"):
        azure.done("PUT", f"{path}/versions/{version}", {"properties": {content: "a"}})

    changed = azure.send("PUT", f"{path}/versions/2", {"properties": {content: "b"}})

    properties = azure.get(path)["properties"]
    assert ("2", "3") == (properties["latestVersion"], properties["nextVersion"])
    assert changed.status == 400
    assert len(azure.get(f"{path}/versions")["value"]) == 2


def test_a_version_of_a_model_shows_empty_maps(azure: Azure) -> None:
    """`azure-ai-ml` reads the flavours of a model without asking whether it has any."""
    path = f"{azure.workspace}/models/mine/versions/1"

    azure.done("PUT", path, {"properties": {"modelUri": "azureml://w"}})

    properties = azure.get(path)["properties"]
    assert "custom_model" == properties["modelType"]
    assert [{}, {}, {}] == [properties[name] for name in ("flavors", "properties", "tags")]
