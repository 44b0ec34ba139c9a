# SPDX-License-Identifier: Apache-2.0
"""Secrets of key vaults: what the provider does beside ARM."""

import grpc
import pytest

from tests.sandbox.provider.conftest import SUBSCRIPTION, Answer, FakeArm, Plugin

KIND = "keyvault:Secret"
VAULT = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/kv"
SECRET = f"{VAULT}/secrets/hub"
DELETED = "/vaults/kv/deletedsecrets/hub"
INPUTS = {
    "resourceGroupName": "rg",
    "vaultName": "kv",
    "secretName": "hub",
    "properties": {"value": "hush", "attributes": {"expires": 2_000_000_000}},
}
BODY = {"id": SECRET, "name": "hub", "properties": {"secretUri": "https://kv/secrets/hub"}}
ABSENT = Answer(404, {"error": {"code": "SecretNotFound", "message": "gone"}})
CONFLICT = Answer(409, {"error": {"code": "Conflict", "message": "It is deleted."}})


@pytest.fixture(autouse=True)
def _vault(arm: FakeArm) -> None:
    arm.prepare(f"GET {VAULT}", Answer(200, {"properties": {"vaultUri": f"{arm.url}/vaults/kv/"}}))


def test_a_secret_is_created_by_arm(arm: FakeArm, plugin: Plugin) -> None:
    """A PUT with the value; what comes back has the secret's address and no value."""
    arm.prepare(f"GET {SECRET}", ABSENT, Answer(200, BODY))
    arm.prepare(f"PUT {SECRET}", Answer(201, BODY))

    created_id, outputs = plugin.create(KIND, INPUTS)

    assert [f"GET {SECRET}", f"PUT {SECRET}", f"GET {SECRET}"] == arm.lines()
    assert arm.sent("PUT") == {
        "properties": {"value": "hush", "attributes": {"exp": 2_000_000_000}}
    }
    assert created_id == SECRET
    assert outputs["properties"] == {"secretUri": "https://kv/secrets/hub"}


def test_a_deleted_secret_that_holds_the_name_is_recovered(arm: FakeArm, plugin: Plugin) -> None:
    """After a conflict the vault is asked, the secret recovered, and the PUT sent again."""
    arm.prepare(f"GET {SECRET}", ABSENT, Answer(200, BODY))
    arm.prepare(f"PUT {SECRET}", CONFLICT, Answer(200, BODY))
    arm.prepare(f"GET {DELETED}", Answer(200, {"recoveryId": "r"}))
    arm.prepare(f"POST {DELETED}/recover", Answer(200, {}))

    created_id, _ = plugin.create(KIND, INPUTS)

    puts_and_recovery = [line for line in arm.lines() if not line.startswith("GET")]
    assert [f"PUT {SECRET}", f"POST {DELETED}/recover", f"PUT {SECRET}"] == puts_and_recovery
    assert created_id == SECRET


def test_a_conflict_without_a_deleted_secret_is_reported(arm: FakeArm, plugin: Plugin) -> None:
    """Half a minute later it is believed; nothing is in the state."""
    arm.prepare(f"GET {SECRET}", ABSENT)
    arm.prepare(f"PUT {SECRET}", CONFLICT)
    arm.prepare(f"GET {DELETED}", ABSENT)

    with pytest.raises(grpc.RpcError) as error:
        plugin.create(KIND, INPUTS)

    assert error.value.details() == 'Status=409 Code="Conflict" Message="It is deleted."'
    assert [f"PUT {SECRET}"] * 6 == [line for line in arm.lines() if line.startswith("PUT")]


def test_keys_are_recovered_and_deleted_by_their_vault_too(arm: FakeArm, plugin: Plugin) -> None:
    """The paths are those of keys; what Resource Manager answers is flat in the outputs."""
    key, deleted = f"{VAULT}/keys/cmk", "/vaults/kv/deletedkeys/cmk"
    body = {"id": key, "name": "cmk", "properties": {"kty": "RSA", "keyUri": "https://kv/keys/cmk"}}
    arm.prepare(f"GET {key}", ABSENT, Answer(200, body))
    arm.prepare(f"PUT {key}", CONFLICT, Answer(200, body))
    arm.prepare(f"GET {deleted}", Answer(200, {"recoveryId": "r"}))
    arm.prepare(f"POST {deleted}/recover", Answer(200, {}))
    arm.prepare("DELETE /vaults/kv/keys/cmk", Answer(200, {}))
    inputs = {"resourceGroupName": "rg", "vaultName": "kv", "keyName": "cmk"}

    _, outputs = plugin.create("keyvault:Key", {**inputs, "properties": {"kty": "RSA"}})
    plugin.delete("keyvault:Key", key)

    assert ("RSA", "https://kv/keys/cmk") == (outputs["kty"], outputs["keyUri"])
    assert "DELETE /vaults/kv/keys/cmk" == arm.lines()[-1]


def test_a_refused_secret_is_not_tried_again(arm: FakeArm, plugin: Plugin) -> None:
    """Only conflicts have to do with deleted secrets."""
    arm.prepare(f"PUT {SECRET}", Answer(400, {"error": {"code": "BadRequest", "message": "No."}}))

    with pytest.raises(grpc.RpcError) as error:
        plugin.create(KIND, INPUTS)

    assert error.value.details() == 'Status=400 Code="BadRequest" Message="No."'
    assert [f"GET {SECRET}", f"PUT {SECRET}"] == arm.lines()


def test_a_secret_is_deleted_by_its_vault(arm: FakeArm, plugin: Plugin) -> None:
    """ARM has no DELETE for secrets; the vault says where it answers."""
    arm.prepare("DELETE /vaults/kv/secrets/hub", Answer(200, {"recoveryId": "r"}))

    plugin.delete(KIND, SECRET)

    assert [f"GET {VAULT}", "DELETE /vaults/kv/secrets/hub"] == arm.lines()
    assert arm.requests[-1].query == "api-version=7.6"


@pytest.mark.parametrize("gone", [f"GET {VAULT}", "DELETE /vaults/kv/secrets/hub"])
def test_a_secret_that_is_gone_is_deleted(arm: FakeArm, plugin: Plugin, gone: str) -> None:
    """Without the secret, or without its vault, there is nothing to delete."""
    arm.prepare(gone, ABSENT)

    plugin.delete(KIND, SECRET)

    assert gone == arm.lines()[-1]


def test_a_refused_deletion_is_reported(arm: FakeArm, plugin: Plugin) -> None:
    """Who may not delete secrets learns it from the vault."""
    refusal = {"error": {"code": "Forbidden", "message": "Caller is not authorized."}}
    arm.prepare("DELETE /vaults/kv/secrets/hub", Answer(403, refusal))

    with pytest.raises(grpc.RpcError) as error:
        plugin.delete(KIND, SECRET)

    expected = 'Status=403 Code="Forbidden" Message="Caller is not authorized."'
    assert expected == error.value.details()
