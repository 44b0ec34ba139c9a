# SPDX-License-Identifier: Apache-2.0
"""What a vault keeps when something in it is deleted, or when it is deleted itself."""

from dataclasses import asdict, replace

from azure_sandbox.arm.call import Ending
from azure_sandbox.arm.records import Resource
from azure_sandbox.arm.transaction import Transaction

_DELETED_AT = "deletedAt"


def is_deleted(item: Resource) -> bool:
    """Whether a secret or key is in the deleted state, from which it can be recovered."""
    return _DELETED_AT in item.internal


def deleted_at(item: Resource) -> float:
    """When a deleted secret or key was deleted, in epoch seconds."""
    return float(item.internal[_DELETED_AT])


def soft_delete(tx: Transaction, item: Resource, at: float) -> Resource:
    """Puts a secret or key into the deleted state."""
    return tx.save(replace(item, internal={**item.internal, _DELETED_AT: at}))


def recover(tx: Transaction, item: Resource) -> Resource:
    """Takes a secret or key out of the deleted state, with all its versions."""
    kept = {name: value for name, value in item.internal.items() if name != _DELETED_AT}
    return tx.save(replace(item, internal=kept))


def wait_for_vault(ending: Ending) -> None:
    """Keeps a secret or key whose vault was deleted until that is recovered or purged."""
    item = ending.resource
    name = _waiting(item.parent)
    waiting = ending.tx.document(name) or {}
    ending.tx.put_document(name, {**waiting, item.key: asdict(item)})


def bring_back(tx: Transaction, vault_id: str) -> None:
    """Restores what was in a vault that is recovered, deleted things as deleted ones."""
    for stored in (tx.document(_waiting(vault_id)) or {}).values():
        tx.save(Resource(**stored))
    forget(tx, vault_id)


def forget(tx: Transaction, vault_id: str) -> None:
    """Forgets what was in a deleted vault."""
    tx.put_document(_waiting(vault_id), {})


def _waiting(vault_id: str) -> str:
    return f"key-vault-secrets {vault_id.lower()}"
