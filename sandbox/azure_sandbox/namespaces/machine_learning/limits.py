# SPDX-License-Identifier: Apache-2.0
"""How many endpoints, deployments and instances there may be (Azure docs, how-to-manage-quotas)."""

from azure_sandbox.namespaces.machine_learning.violations import Violation

MOST_ENDPOINTS = 100
"""Per subscription and region."""
MOST_DEPLOYMENTS = 500
"""Per subscription and region."""
MOST_DEPLOYMENTS_PER_ENDPOINT = 20
MOST_INSTANCES = 50
"""Per deployment."""


def check_room_for_endpoint(existing: int, location: str) -> list[Violation]:
    """Check that one more endpoint fits into the region."""
    if existing < MOST_ENDPOINTS:
        return []
    return [
        Violation(
            "",
            f"The subscription already has {existing} endpoints in {location}; the limit is "
            f"{MOST_ENDPOINTS}.",
        )
    ]


def check_room_for_deployment(on_endpoint: int, in_region: int, location: str) -> list[Violation]:
    """Check that one more deployment fits onto the endpoint and into the region."""
    violations = []
    if on_endpoint >= MOST_DEPLOYMENTS_PER_ENDPOINT:
        violations.append(
            Violation(
                "",
                f"The endpoint already has {on_endpoint} deployments; the limit is "
                f"{MOST_DEPLOYMENTS_PER_ENDPOINT}.",
            )
        )
    if in_region >= MOST_DEPLOYMENTS:
        violations.append(
            Violation(
                "",
                f"The subscription already has {in_region} deployments in {location}; the limit "
                f"is {MOST_DEPLOYMENTS}.",
            )
        )
    return violations


def check_instances(capacity: object) -> list[Violation]:
    """Check the instance count `sku.capacity`: an integer from 1 to 50.

    A managed online deployment cannot be scaled to zero.
    """
    if (
        isinstance(capacity, int)
        and not isinstance(capacity, bool)
        and 1 <= capacity <= MOST_INSTANCES
    ):
        return []
    return [
        Violation(
            "Sku.Capacity",
            f"The instance count is {capacity!r}; it must be an integer from 1 to "
            f"{MOST_INSTANCES}.",
        )
    ]
