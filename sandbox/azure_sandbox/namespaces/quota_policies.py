# SPDX-License-Identifier: Apache-2.0
"""What becomes of requests for quota: set by whoever runs the sandbox, per region and family."""

from enum import StrEnum

from azure_sandbox.arm import locations
from azure_sandbox.arm.errors import ArmError
from azure_sandbox.arm.transaction import Transaction
from azure_sandbox.arm.wire import JsonObject
from azure_sandbox.namespaces.machine_learning.subscription_quota import checked_family
from azure_sandbox.namespaces.machine_learning.vm_sizes import Family

_POLICIES = "quota-policies"


class Policy(StrEnum):
    """What becomes of the requests for a family in a region."""

    APPROVE = "approve"
    """The limit is raised."""
    REFUSE = "refuse"
    """The region has none for the subscription: QuotaNotAvailableForResource."""
    TICKET = "ticket"
    """A person has to decide: ContactSupport."""
    PORTAL = "portal"
    """It cannot be requested through the API at all."""


FAILURES = {
    Policy.REFUSE: (
        "QuotaNotAvailableForResource",
        "No quota is available in this location for the requested resource at the moment.",
    ),
    Policy.TICKET: ("ContactSupport", "The request could not be completed; contact support."),
}
"""Code and message of requests that fail; the codes are documented, the messages are our own."""


def policy_of(tx: Transaction, location: str, family: Family) -> Policy:
    """Return what becomes of requests for a family in a region."""
    stored: JsonObject = tx.document(_POLICIES) or {}
    return Policy(stored.get(location, {}).get(family.name, Policy.APPROVE))


def set_policy(tx: Transaction, change: JsonObject) -> JsonObject:
    """Set what becomes of requests: `{"location", "family", "policy"}`.

    Raises ArmError (400) for an unknown region, family or policy.
    """
    location = locations.checked(change.get("location"), "sandbox quota policy")
    family = checked_family(change.get("family"))
    try:
        policy = Policy(str(change.get("policy")))
    except ValueError as error:
        text = f"'policy' is {change.get('policy')!r}; allowed: {', '.join(Policy)}."
        raise ArmError(400, "InvalidPolicy", text) from error
    stored: JsonObject = tx.document(_POLICIES) or {}
    stored.setdefault(location, {})[family.name] = policy
    tx.put_document(_POLICIES, stored)
    return {"location": location, "family": family.name, "policy": policy}


def policies_report(tx: Transaction) -> list[JsonObject]:
    """Return what was set: `location`, `family` and `policy`."""
    stored: JsonObject = tx.document(_POLICIES) or {}
    return [
        {"location": location, "family": family, "policy": policy}
        for location, families in sorted(stored.items())
        for family, policy in families.items()
    ]
