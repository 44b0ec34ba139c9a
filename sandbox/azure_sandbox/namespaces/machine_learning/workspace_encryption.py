# SPDX-License-Identifier: Apache-2.0
"""Customer-managed keys of workspaces (Azure docs, concept-customer-managed-keys)."""

from azure_sandbox.arm.call import Call
from azure_sandbox.arm.errors import ArmError
from azure_sandbox.arm.records import Resource
from azure_sandbox.arm.rules import member, one_of
from azure_sandbox.arm.wire import JsonObject
from azure_sandbox.namespaces import customer_keys
from azure_sandbox.namespaces.customer_keys import KeyUse, Problem
from azure_sandbox.namespaces.key_vault.addresses import parse_key_uri
from azure_sandbox.namespaces.machine_learning.violations import Violation, refuse_workspace

_STATUSES = ("Enabled", "Disabled")


def check_encryption(call: Call, existing: Resource | None, properties: JsonObject) -> None:
    """Refuse a key that a workspace could not use, and a change of mind after its creation."""
    given = properties.get("encryption")
    held = existing.properties.get("encryption") if existing else None
    if given is None:
        if held:
            properties["encryption"] = held
        return
    status = one_of(given, "status", _STATUSES, "ValidationError")
    was = held["status"] if held else "Disabled"
    if existing and status != was:
        text = "Encryption with a customer-managed key can be set only when a workspace is created."
        refuse_workspace([Violation("Encryption", text)])
    if status == "Enabled":
        _check_key(call, existing, given)


def _check_key(call: Call, existing: Resource | None, given: JsonObject) -> None:
    identifier = str(member(given, "keyVaultProperties.keyIdentifier"))
    vault_id = str(member(given, "keyVaultProperties.keyVaultArmId"))
    address = parse_key_uri(identifier)
    if address is None:
        text = f"The keyIdentifier {identifier} is not the address of a key."
        refuse_workspace([Violation("Encryption", text)])
        return
    use = KeyUse(call.tx, address, _principals(call, existing, given), call.at)
    vault = use.vault
    if vault is None or vault.key != vault_id.lower():
        text = f"The key {identifier} is not in the vault {vault_id}."
        refuse_workspace([Violation("Encryption", text)])
    problem = use.problem()
    if problem is Problem.PROTECTION:
        text = "CMK workspaces should have purge protection enabled on their CMK keyvault."
        raise ArmError(400, "BadRequest", text)
    if problem:
        text = f"The customer-managed key {identifier} cannot be used: {problem.value}."
        refuse_workspace([Violation("Encryption", text)])


def _principals(call: Call, existing: Resource | None, given: JsonObject) -> tuple[str, ...] | None:
    """The identity named for the key; without one Azure uses an identity of its own."""
    identity_id = member(given, "identity.userAssignedIdentity")
    if not identity_id:
        return None
    identity = customer_keys.user_assigned(call, existing, str(identity_id))
    if identity is None:
        text = f"The identity {identity_id} of the encryption is not assigned to the workspace."
        refuse_workspace([Violation("Encryption", text)])
        return ()
    return (customer_keys.principal_of(identity),)
