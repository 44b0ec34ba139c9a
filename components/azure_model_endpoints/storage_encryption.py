# SPDX-License-Identifier: Apache-2.0
"""Encrypts a storage account with a key of one's own, once the key's role counts.

A step of its own, after the account: Azure refuses an account whose identity may not use the key
yet, and the engine (before 3.244) tells nobody of a creation that was refused at once. The
workspace comes after the step, and so after a proof that the key can be used.
"""

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pulumi

from azure_model_endpoints.customer_managed_key import EncryptionKey
from azure_model_endpoints.engine_errors import hooked, refusing
from azure_model_endpoints.errors import ArmError
from azure_model_endpoints.foreign_fields import UNKNOWN, plain
from azure_model_endpoints.planning.encryption_keys import KeyAddress
from azure_model_endpoints.planning.refusals import may_be_late_role
from azure_model_endpoints.subscription.provider import arm_client
from azure_model_endpoints.subscription.threads import in_thread
from azure_model_endpoints.until_roles_count import PAUSES_SECONDS

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

    async def compare_with_live(
        args: pulumi.ResourceTransformArgs,
    ) -> pulumi.ResourceTransformResult | None:
        value = await plain(args.props["input"])
        if value is UNKNOWN or UNKNOWN in value.values():
            return None
        client = await arm_client(parent)
        live = await in_thread(client.get, value["accountId"], _API_VERSION)
        used = _key_of(live or {})
        if used == KeyAddress.parse(value["keyUri"]):
            args.opts.ignore_changes = [*(args.opts.ignore_changes or []), "input"]
            return pulumi.ResourceTransformResult(args.props, args.opts)
        # Whatever was declared before, this makes the value a new one, and so the step runs.
        moved = {**value, "instead_of": used.name if used else "a key of Microsoft's"}
        return pulumi.ResourceTransformResult({**args.props, "input": moved}, args.opts)

    async def run(args: pulumi.ResourceHookArgs) -> None:
        wanted = (args.new_inputs or {})["input"]
        client = await arm_client(parent)
        await in_thread(encrypt, client, wanted)

    opts = pulumi.ResourceOptions.merge(
        hooked(before_create=[run], before_update=[run]),
        pulumi.ResourceOptions(
            parent=parent,
            depends_on=[account],
            transforms=[refusing(compare_with_live)],
            deleted_with=account,
        ),
    )
    value = {"accountId": account.id, "keyUri": key.uri, "identityId": key.identity_id}
    return pulumi.Stash(name, input=value, opts=opts)


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
    for pause_seconds in PAUSES_SECONDS:
        try:
            client.patch(wanted["accountId"], _API_VERSION, body)
        except ArmError as error:
            if not may_be_late_role(str(error)):
                raise
            time.sleep(pause_seconds)
        else:
            return
    client.patch(wanted["accountId"], _API_VERSION, body)


def _key_of(account: Mapping[str, Any]) -> KeyAddress | None:
    encryption = (account.get("properties") or {}).get("encryption") or {}
    key = encryption.get("keyvaultproperties") or {}
    vault, name = str(key.get("keyvaulturi") or ""), str(key.get("keyname") or "")
    if encryption.get("keySource") != "Microsoft.Keyvault" or not name:
        return None
    return KeyAddress(f"{vault.rstrip('/')}/", name, str(key.get("keyversion") or ""))
