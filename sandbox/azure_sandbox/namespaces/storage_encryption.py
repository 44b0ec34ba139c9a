# SPDX-License-Identifier: Apache-2.0
"""How a storage account is encrypted: with Microsoft's keys, or with the customer's."""

from azure_sandbox.arm.call import Call
from azure_sandbox.arm.clock import timestamp
from azure_sandbox.arm.errors import ArmError
from azure_sandbox.arm.records import Resource
from azure_sandbox.arm.rules import member, one_of
from azure_sandbox.arm.wire import JsonObject
from azure_sandbox.namespaces import customer_keys
from azure_sandbox.namespaces.customer_keys import KeyUse, Problem
from azure_sandbox.namespaces.key_vault.addresses import KeyAddress, parse_vault_uri
from azure_sandbox.namespaces.key_vault.vault_keys import version_of

_MICROSOFT, _CUSTOMER = "Microsoft.Storage", "Microsoft.Keyvault"
_OWN = ("keyvaulturi", "keyname", "keyversion")
_ERRORS = {
    Problem.VAULT: ("KeyVaultVaultNotFound", "The key vault is not found."),
    Problem.PROTECTION: ("KeyVaultPolicyError", "Keyvault policy recoverable is not set"),
    Problem.KEY: ("KeyVaultKeyNotFound", "The key is not found in the key vault."),
    Problem.TYPE: ("KeyVaultKeyNotSupported", "The key in the key vault must be an RSA key."),
    Problem.DISABLED: ("KeyVaultKeyDisabled", "The key in the key vault is disabled."),
}
_AUTHENTICATION = (
    "KeyVaultAuthenticationFailure",
    (
        "The operation failed because of authentication issue on the keyvault. For more "
        "information, see - https://go.microsoft.com/fwlink/?linkid=865164"
    ),
)
"""What Azure says when it does not get to the key: of rights, and of networks."""


def encryption(call: Call, existing: Resource | None, given: JsonObject | None) -> JsonObject:
    """Return the encryption of an account; refuses a key that it could not use.

    What a request does not mention stays as it is.
    """
    held: JsonObject = existing.properties["encryption"] if existing else {}
    given = given or held
    source = one_of(given, "keySource", (_MICROSOFT, _CUSTOMER)) or _MICROSOFT
    services = {name: {"keyType": "Account", "enabled": True} for name in ("file", "blob")}
    kept = {name: value for name, value in given.items() if value is not None}
    completed: JsonObject = {"services": services, **kept, "keySource": source}
    if source == _CUSTOMER:
        key = _checked(call, existing, given)
        before = held.get("keyvaultproperties") or {}
        same = all(before.get(name) == key.get(name) for name in _OWN)
        completed["keyvaultproperties"] = {**key, **before} if same else key
    return completed


def _checked(call: Call, existing: Resource | None, given: JsonObject) -> JsonObject:
    key: JsonObject = given.get("keyvaultproperties") or {}
    uri, name = str(key.get("keyvaulturi") or ""), str(key.get("keyname") or "")
    vault = parse_vault_uri(uri)
    if vault is None or not name:
        text = "The keyvaulturi and the keyname of keyvaultproperties must be given."
        raise ArmError(400, "InvalidRequestPropertyValue", text)
    address = KeyAddress(vault, name, key.get("keyversion") or None)
    problem = KeyUse(call.tx, address, _principals(call, existing, given), call.at).problem()
    if problem:
        code, text = _ERRORS.get(problem, _AUTHENTICATION)
        raise ArmError(400, code, text)
    return {
        **{name: key[name] for name in _OWN if key.get(name)},
        "currentVersionedKeyIdentifier": _identifier(call, uri, address),
        "lastKeyRotationTimestamp": timestamp(call.at),
    }


def _identifier(call: Call, uri: str, address: KeyAddress) -> str:
    vault = KeyUse(call.tx, address, None, call.at).vault
    key = call.tx.get(f"{vault.id}/keys/{address.key}") if vault else None
    version = version_of(key, address.version) if key else None
    return f"{uri.rstrip('/')}/keys/{address.key}/{version.id if version else ''}"


def _principals(call: Call, existing: Resource | None, given: JsonObject) -> tuple[str, ...]:
    identity_id = member(given, "identity.userAssignedIdentity")
    if not identity_id:
        return tuple(customer_keys.system_assigned(existing))
    identity = customer_keys.user_assigned(call, existing, str(identity_id))
    if identity is None:
        raise ArmError(
            400,
            "InvalidRequestPropertyValue",
            f"The identity {identity_id} of the encryption is not assigned to the account.",
        )
    return (customer_keys.principal_of(identity),)
