# SPDX-License-Identifier: Apache-2.0
"""Which resource providers a subscription is registered to use."""

from azure_sandbox.arm.transaction import Transaction

REGISTERED = "Registered"
NOT_REGISTERED = "NotRegistered"


def state(tx: Transaction, subscription: str, namespace: str) -> str:
    """The registration state; every provider is registered until somebody unregisters it."""
    return tx.registration(subscription, namespace) or REGISTERED


def is_registered(tx: Transaction, subscription: str, namespace: str) -> bool:
    """Whether resources of this provider can be made in the subscription."""
    return state(tx, subscription, namespace) == REGISTERED
