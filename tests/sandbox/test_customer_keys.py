# SPDX-License-Identifier: Apache-2.0
"""Keys of vaults, and the services that encrypt with them."""

from typing import Any

import pytest

from azure_sandbox import identity
from tests.sandbox.network.conftest import Net

VAULT_AUDIENCE = "https://vault.azure.net"
ENCRYPTION_USER = "e147488a-f6f5-4113-8e2d-b22465e65bf6"
ASSIGNMENT = "00000000-0000-4000-8000-0000000000aa"


@pytest.fixture
def net(azure: Any, group: str) -> Net:
    """A resource group with short ways to make resources."""
    return Net(azure, group)


@pytest.fixture
def vault(net: Net) -> str:
    """A vault that is protected against purging."""
    return net.vault("kv-keys", enablePurgeProtection=True)


@pytest.fixture
def user(net: Net) -> Any:
    """A user-assigned identity."""
    path = f"{net.group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-keys"
    return net.azure.put(path, {"location": "eastus"})


def key(net: Net, vault: str, name: str = "cmk", **properties: object) -> Any:
    """A new key."""
    return net.azure.put(f"{vault}/keys/{name}", {"properties": {"kty": "RSA", **properties}})


def allow(net: Net, scope: str, principal: str, role: str = ENCRYPTION_USER) -> None:
    """Assign a role, and wait until it is felt."""
    path = f"{scope}/providers/Microsoft.Authorization/roleAssignments/{ASSIGNMENT}"
    definition = f"/providers/Microsoft.Authorization/roleDefinitions/{role}"
    properties = {"principalId": principal, "roleDefinitionId": definition}
    response = net.azure.send("PUT", path, {"properties": properties})
    assert response.status_code < 300, response.text
    net.azure.time.pass_by(120)


def data_plane(net: Net, method: str, path: str) -> Any:
    """The answer of the vault itself."""
    return net.azure.http.request(
        method,
        f"/vaults/kv-keys/{path}",
        headers=net.azure.token(VAULT_AUDIENCE),
        params={"api-version": "7.4"},
    )


# --- keys -------------------------------------------------------------------------------------


def test_a_key_is_made_once(net: Net, vault: str) -> None:
    """A second PUT returns the key as it is, whatever it asks for."""
    first = key(net, vault)["properties"]

    second = key(net, vault, keySize=4096)["properties"]

    assert first == second
    assert (2048, "RSA", True, "Recoverable") == (
        first["keySize"],
        first["kty"],
        first["attributes"]["enabled"],
        first["attributes"]["recoveryLevel"],
    )
    assert first["keyUriWithVersion"].startswith(first["keyUri"] + "/")
    assert "https://localhost:8443/vaults/kv-keys/keys/cmk" == first["keyUri"]


@pytest.mark.parametrize(
    "properties",
    [{"kty": "AES"}, {"keySize": 1024}, {"kty": "EC", "curveName": "X"}, {"keyOps": ["guess"]}],
)
def test_keys_azure_refuses(net: Net, vault: str, properties: dict[str, object]) -> None:
    """Type, size, curve and operations."""
    body = {"properties": {"kty": "RSA", **properties}}

    assert (400, "BadRequest") == net.azure.refusal("PUT", f"{vault}/keys/cmk", body)


def test_the_vault_shows_the_public_part(net: Net, vault: str) -> None:
    """Newest or by version; a version that does not exist is not found."""
    uri = key(net, vault)["properties"]["keyUriWithVersion"]
    version = uri.rpartition("/")[2]

    newest = data_plane(net, "GET", "keys/cmk").json()
    same = data_plane(net, "GET", f"keys/cmk/{version}").json()
    none = data_plane(net, "GET", f"keys/cmk/{'0' * 32}")

    assert (uri, newest) == (newest["key"]["kid"], same)
    assert {"kid", "kty", "key_ops", "n", "e"} == newest["key"].keys()
    assert (404, "KeyNotFound") == (none.status_code, none.json()["error"]["code"])


def test_a_deleted_key_holds_its_name(net: Net, vault: str) -> None:
    """It is recovered with its version; a protected vault does not purge it."""
    uri = key(net, vault)["properties"]["keyUriWithVersion"]

    deleted = data_plane(net, "DELETE", "keys/cmk")
    taken = net.azure.refusal("PUT", f"{vault}/keys/cmk", {"properties": {"kty": "RSA"}})
    purged = data_plane(net, "DELETE", "deletedkeys/cmk")
    recovered = data_plane(net, "POST", "deletedkeys/cmk/recover")

    assert (200, (409, "Conflict"), 403) == (deleted.status_code, taken, purged.status_code)
    assert uri == recovered.json()["key"]["kid"]
    assert 200 == net.azure.send("GET", f"{vault}/keys/cmk").status_code


def test_keys_come_back_with_their_vault(net: Net, vault: str) -> None:
    """A recovered vault has the same key."""
    before = key(net, vault)["properties"]["keyUriWithVersion"]
    net.azure.send("DELETE", vault)

    net.vault("kv-keys", createMode="recover")

    after = net.azure.get(f"{vault}/keys/cmk")["properties"]["keyUriWithVersion"]
    assert before == after


# --- storage ----------------------------------------------------------------------------------


def account(net: Net, user: Any = None, name: str = "cmk", vault: str = "kv-keys") -> Any:
    """The response to the PUT of an account with a customer's key."""
    encryption: dict[str, Any] = {
        "keySource": "Microsoft.Keyvault",
        "keyvaultproperties": {
            "keyname": name,
            "keyvaulturi": f"https://{vault}.vault.azure.net/",
        },
    }
    given: dict[str, Any] = {"type": "SystemAssigned"}
    if user:
        given = {"type": "UserAssigned", "userAssignedIdentities": {user["id"]: {}}}
        encryption["identity"] = {"userAssignedIdentity": user["id"]}
    body = {
        "location": "eastus",
        "kind": "StorageV2",
        "sku": {"name": "Standard_LRS"},
        "identity": given,
        "properties": {"encryption": encryption},
    }
    path = f"{net.group}/providers/Microsoft.Storage/storageAccounts/stkeys"
    return net.azure.send("PUT", path, body)


def code(response: Any) -> str:
    """The error code of a refusal."""
    return str(response.json()["error"]["code"])


def test_an_account_with_a_key(net: Net, vault: str, user: Any) -> None:
    """The identity needs the role first; then the account names the version it uses."""
    uri = key(net, vault)["properties"]["keyUriWithVersion"].rpartition("/")[2]

    without = account(net, user)
    allow(net, vault, user["properties"]["principalId"])
    accepted = account(net, user)

    shown = accepted.json()["properties"]["encryption"]["keyvaultproperties"]
    assert ("KeyVaultAuthenticationFailure", 202) == (code(without), accepted.status_code)
    assert (
        f"https://kv-keys.vault.azure.net/keys/cmk/{uri}"
        == (shown["currentVersionedKeyIdentifier"])
    )


def test_a_change_keeps_the_key(net: Net, vault: str, user: Any) -> None:
    """A PUT that does not mention the encryption leaves it alone."""
    key(net, vault)
    allow(net, vault, user["properties"]["principalId"])
    path = account(net, user).json()["id"]
    net.azure.time.pass_by(600)
    before = net.azure.get(path)["properties"]["encryption"]

    net.azure.send("PATCH", path, {"tags": {"a": "b"}})

    assert before == net.azure.get(path)["properties"]["encryption"]


def test_a_new_role_takes_a_minute(net: Net, vault: str, user: Any) -> None:
    """An assignment that has just been made does not count yet."""
    key(net, vault)
    path = f"{vault}/providers/Microsoft.Authorization/roleAssignments/{ASSIGNMENT}"
    definition = f"/providers/Microsoft.Authorization/roleDefinitions/{ENCRYPTION_USER}"
    properties = {
        "principalId": user["properties"]["principalId"],
        "roleDefinitionId": definition,
    }
    net.azure.send("PUT", path, {"properties": properties})

    assert "KeyVaultAuthenticationFailure" == code(account(net, user))


def test_a_new_account_has_no_identity_of_its_own_yet(net: Net, vault: str) -> None:
    """So a key of a system-assigned identity cannot be given at the creation."""
    key(net, vault)

    assert "KeyVaultAuthenticationFailure" == code(account(net))


def test_an_access_policy_allows_it_too(net: Net, user: Any) -> None:
    """In vaults without roles the policy must name get, wrapKey and unwrapKey."""
    policy = {
        "tenantId": identity.TENANT_ID,
        "objectId": user["properties"]["principalId"],
        "permissions": {"keys": ["get", "wrapKey"]},
    }
    given = {"enableRbacAuthorization": False, "enablePurgeProtection": True}
    vault = net.vault("kv-keys", accessPolicies=[policy], **given)
    key(net, vault)

    partly = account(net, user)
    policy["permissions"] = {"keys": ["Get", "WrapKey", "UnwrapKey"]}
    net.vault("kv-keys", accessPolicies=[policy], **given)
    wholly = account(net, user)

    assert ("KeyVaultAuthenticationFailure", 202) == (code(partly), wholly.status_code)


def test_what_keeps_storage_from_a_key(net: Net, user: Any) -> None:
    """No vault, no protection, no key, one of the wrong type or disabled, a closed vault."""
    principal = user["properties"]["principalId"]
    plain = net.vault("kv-plain")
    key(net, plain)
    vault = net.vault("kv-keys", enablePurgeProtection=True)
    key(net, vault, "curve", kty="EC")
    key(net, vault, "off", attributes={"enabled": False})
    key(net, vault)
    allow(net, vault, principal)

    codes = [
        code(account(net, user, vault="kv-none")),
        code(account(net, user, vault="kv-plain")),
        code(account(net, user, name="none")),
        code(account(net, user, name="curve")),
        code(account(net, user, name="off")),
    ]
    closed = {"publicNetworkAccess": "Disabled", "networkAcls": {"bypass": "None"}}
    net.vault("kv-keys", enablePurgeProtection=True, **closed)
    codes.append(code(account(net, user)))
    bypassed = {"publicNetworkAccess": "Disabled", "networkAcls": {"bypass": "AzureServices"}}
    net.vault("kv-keys", enablePurgeProtection=True, **bypassed)

    assert [
        "KeyVaultVaultNotFound",
        "KeyVaultPolicyError",
        "KeyVaultKeyNotFound",
        "KeyVaultKeyNotSupported",
        "KeyVaultKeyDisabled",
        "KeyVaultAuthenticationFailure",
    ] == codes
    assert 202 == account(net, user).status_code


# --- registries and workspaces ----------------------------------------------------------------


def registry(net: Net, uri: str, user: Any, sku: str = "Premium", client: str = "") -> Any:
    """The response to the PUT of a registry with a customer's key."""
    client = client or user["properties"]["clientId"]
    properties = {"keyIdentifier": uri, "identity": client}
    body = {
        "location": "eastus",
        "sku": {"name": sku},
        "identity": {"type": "UserAssigned", "userAssignedIdentities": {user["id"]: {}}},
        "properties": {"encryption": {"status": "enabled", "keyVaultProperties": properties}},
    }
    path = f"{net.group}/providers/Microsoft.ContainerRegistry/registries/crkeys"
    return net.azure.send("PUT", path, body)


def test_a_registry_with_a_key(net: Net, vault: str, user: Any) -> None:
    """Premium, an identity of its own with the role; decided at the creation."""
    uri = key(net, vault)["properties"]["keyUri"]

    without_role = registry(net, uri, user)
    allow(net, vault, user["properties"]["principalId"])
    cheap = registry(net, uri, user, sku="Basic")
    stranger = registry(net, uri, user, client=ASSIGNMENT)
    accepted = registry(net, uri, user)
    net.azure.time.pass_by(600)
    path = accepted.json()["id"]
    body = net.azure.get(path)
    body["properties"]["encryption"] = {"status": "disabled"}
    later = net.azure.send("PUT", path, body)

    assert [
        "InvalidEncryptionProperties",
        "FeatureNotSupportedForSku",
        "InvalidEncryptionProperties",
        "EncryptionPropertiesCannotBeChanged",
    ] == [code(one) for one in (without_role, cheap, stranger, later)]
    assert 201 == accepted.status_code
    assert accepted.json()["properties"]["encryption"]["keyVaultProperties"]["keyRotationEnabled"]


def workspace(net: Net, vault: str, uri: str, user: Any) -> Any:
    """The response to the PUT of a workspace with a customer's key."""
    insights = f"{net.group}/providers/Microsoft.Insights/components/appi-chat"
    component = {"location": "eastus", "kind": "web", "properties": {"Application_Type": "web"}}
    net.azure.put(insights, component)
    encryption = {
        "status": "Enabled",
        "identity": {"userAssignedIdentity": user["id"]},
        "keyVaultProperties": {"keyVaultArmId": vault, "keyIdentifier": uri},
    }
    body = {
        "location": "eastus",
        "identity": {"type": "UserAssigned", "userAssignedIdentities": {user["id"]: {}}},
        "properties": {
            "storageAccount": net.account(),
            "keyVault": net.vault(),
            "applicationInsights": insights,
            "encryption": encryption,
        },
    }
    path = f"{net.group}/providers/Microsoft.MachineLearningServices/workspaces/mlw-keys"
    return net.azure.send("PUT", path, body)


def test_a_workspace_with_a_key(net: Net, vault: str, user: Any) -> None:
    """Its vault is protected, the key is in it, the identity has the role; then it stays so."""
    uri = key(net, vault)["properties"]["keyUriWithVersion"]
    plain = net.vault("kv-plain")
    plain_uri = key(net, plain)["properties"]["keyUri"]

    unprotected = workspace(net, plain, plain_uri, user).json()["error"]
    elsewhere = workspace(net, plain, uri, user).json()["error"]
    without_role = workspace(net, vault, uri, user).json()["error"]
    allow(net, vault, user["properties"]["principalId"])
    accepted = workspace(net, vault, uri, user)
    net.azure.time.pass_by(600)
    body = net.azure.get(accepted.json()["id"])
    body["properties"]["encryption"]["status"] = "Disabled"
    later = net.azure.send("PUT", body["id"], body).json()["error"]

    purge_protection = "CMK workspaces should have purge protection enabled on their CMK keyvault."
    assert ("BadRequest", purge_protection) == (unprotected["code"], unprotected["message"])
    assert "is not in the vault" in elsewhere["message"]
    assert "may not get, wrap and unwrap" in without_role["message"]
    assert 202 == accepted.status_code
    assert "only when a workspace is created" in later["message"]


def test_a_workspace_keeps_the_key_it_does_not_mention(net: Net, vault: str, user: Any) -> None:
    """A PUT without encryption changes nothing; none can be added later."""
    uri = key(net, vault)["properties"]["keyUriWithVersion"]
    allow(net, vault, user["properties"]["principalId"])
    path = workspace(net, vault, uri, user).json()["id"]
    net.azure.time.pass_by(600)
    body = net.azure.get(path)
    encryption = body["properties"].pop("encryption")

    after = net.azure.put(path, body)["properties"]["encryption"]
    other = net.workspace()
    late = net.azure.get(other)
    late["properties"]["encryption"] = encryption
    refusal = net.azure.send("PUT", other, late).json()["error"]

    assert encryption == after
    assert "only when a workspace is created" in refusal["message"]
