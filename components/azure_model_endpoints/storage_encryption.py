# SPDX-License-Identifier: Apache-2.0
"""Encrypts a storage account with a key of one's own, once the key's role counts.

A step of its own, after the account: Azure refuses an account whose identity may not use the key
yet, and the engine (before 3.244) tells nobody of a creation that was refused at once. The
workspace comes after the step, and so after a proof that the key can be used.
"""

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import pulumi

from azure_model_endpoints.customer_managed_key import EncryptionKey
from azure_model_endpoints.errors import ArmError
from azure_model_endpoints.foreign_fields import UNKNOWN
from azure_model_endpoints.planning.encryption_keys import KeyAddress
from azure_model_endpoints.step import step
from azure_model_endpoints.subscription.provider import arm_client
from azure_model_endpoints.subscription.threads import in_thread
from azure_model_endpoints.until_roles_count import call_until_roles_count

if TYPE_CHECKING:
    from azure_model_endpoints.subscription.arm import ArmClient

__all__ = ["encrypt", "encryption_step"]

_API_VERSION = "2024-01-01"


def encryption_step(
    name: str, account: pulumi.CustomResource, key: EncryptionKey, parent: pulumi.Resource
) -> pulumi.Stash:
    """Encrypt an account with a key; what waits for the step finds it encrypted.

    Args:
        name: the step's name in the program.
        account: the storage account, which has the key's identity.
        key: the key.
        parent: the component they belong to.
    """

    async def used_instead(declared: Mapping[str, Any]) -> object:
        if UNKNOWN in declared.values():
            return UNKNOWN
        client = await arm_client(parent)
        live = await in_thread(client.get, declared["accountId"], _API_VERSION)
        used = _key_of(live or {})
        if used == KeyAddress.parse(declared["keyUri"]):
            return None
        return used.name if used else "a key of Microsoft's"

    async def run(wanted: Mapping[str, Any]) -> None:
        client = await arm_client(parent)
        await in_thread(encrypt, client, wanted)

    return step(
        name,
        {"accountId": account.id, "keyUri": key.uri, "identityId": key.identity_id},
        instead=used_instead,
        run=run,
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[account], deleted_with=account),
    )


def encrypt(client: "ArmClient", wanted: Mapping[str, str]) -> None:
    """Encrypt a live account, trying again while its identity may not use the key yet.

    Raises:
        ArmError: Azure refused for another reason, or ten minutes long.
    """
    address = KeyAddress.parse(wanted["keyUri"])
    if address is None:
        raise ArmError(f"{wanted['keyUri']} is no address of a key's version.")
    encryption = {
        "keySource": "Microsoft.Keyvault",
        "keyvaultproperties": {
            "keyvaulturi": address.vault_uri,
            "keyname": address.name,
            "keyversion": address.version,
        },
        "identity": {"userAssignedIdentity": wanted["identityId"]},
    }
    body = {"properties": {"encryption": encryption}}
    call_until_roles_count(partial(client.patch, wanted["accountId"], _API_VERSION, body))


def _key_of(account: Mapping[str, Any]) -> KeyAddress | None:
    encryption = (account.get("properties") or {}).get("encryption") or {}
    key = encryption.get("keyvaultproperties") or {}
    vault, name = str(key.get("keyvaulturi") or ""), str(key.get("keyname") or "")
    if encryption.get("keySource") != "Microsoft.Keyvault" or not name:
        return None
    return KeyAddress(f"{vault.rstrip('/')}/", name, str(key.get("keyversion") or ""))
