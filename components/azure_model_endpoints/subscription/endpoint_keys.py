# SPDX-License-Identifier: Apache-2.0
"""The keys of live endpoints: made anew one at a time, while callers hold the other."""

from dataclasses import dataclass

from azure_model_endpoints.errors import AmeError
from azure_model_endpoints.planning.access import HELD_KEY, KEY_TYPES, key_secret_name, other_key
from azure_model_endpoints.subscription import api_versions
from azure_model_endpoints.subscription.arm import ArmClient

__all__ = ["Rotation", "rotate_in_vault", "rotate_key", "vault_of_workspace"]


@dataclass(frozen=True, slots=True)
class Rotation:
    """One key that was made anew."""

    endpoint_name: str
    key: str
    """Which of the two: ``Primary`` or ``Secondary``."""
    secret_id: str | None = None
    """Azure resource id of the secret that holds it now; None where no vault does."""


def vault_of_workspace(client: ArmClient, workspace_id: str) -> str:
    """Return the Azure resource id of a workspace's key vault.

    Raises:
        ArmError: Azure refused, or could not be reached.
        AmeError: there is no such workspace.
    """
    workspace = client.get(workspace_id, api_versions.MACHINE_LEARNING)
    if workspace is None:
        raise AmeError(f"The workspace {workspace_id} does not exist; run `pulumi up` first.")
    return str(workspace["properties"]["keyVault"])


def rotate_in_vault(client: ArmClient, endpoint_id: str, vault_id: str) -> Rotation:
    """Make the key anew that is not in the vault, and put it there.

    Callers read it from now on; who still has the other key may use it until the next rotation.
    Stopped half-way, the vault holds a key that opens the endpoint.

    Args:
        client: of the subscription.
        endpoint_id: the endpoint.
        vault_id: the vault that holds its key.

    Raises:
        ArmError: Azure refused, or could not be reached.
        AmeError: the vault does not hold a key of the endpoint.
    """
    name = endpoint_id.rpartition("/")[2]
    secret_id = f"{vault_id}/secrets/{key_secret_name(name)}"
    secret = client.get(secret_id, api_versions.VAULTS)
    if secret is None:
        raise AmeError(f"{name}: {secret_id} does not exist; run `pulumi up` first.")
    tags = secret.get("tags") or {}
    renewed = other_key(tags.get(HELD_KEY, KEY_TYPES[0]))
    value = _renewed(client, endpoint_id, renewed)
    body = {"properties": {"value": value}, "tags": {**tags, HELD_KEY: renewed}}
    client.put(secret_id, api_versions.VAULTS, body)
    return Rotation(name, renewed, secret_id)


def rotate_key(client: ArmClient, endpoint_id: str, key: str) -> Rotation:
    """Make one key of an endpoint anew; who holds the old one is shut out at once.

    Args:
        client: of the subscription.
        endpoint_id: the endpoint.
        key: ``Primary`` or ``Secondary``.

    Raises:
        ArmError: Azure refused, or could not be reached.
    """
    _renewed(client, endpoint_id, key)
    return Rotation(endpoint_id.rpartition("/")[2], key)


def _renewed(client: ArmClient, endpoint_id: str, key: str) -> str:
    client.run(f"{endpoint_id}/regenerateKeys", api_versions.MACHINE_LEARNING, {"keyType": key})
    keys = client.post(f"{endpoint_id}/listKeys", api_versions.MACHINE_LEARNING)
    return str(keys[f"{key.lower()}Key"])
