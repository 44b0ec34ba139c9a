# SPDX-License-Identifier: Apache-2.0
"""Rules of a deployment that look at what else there is."""

from azure_sandbox.arm.records import Resource
from azure_sandbox.arm.transaction import Transaction
from azure_sandbox.arm.wire import JsonObject
from azure_sandbox.namespaces.machine_learning.limits import check_room_for_deployment
from azure_sandbox.namespaces.machine_learning.quota import Footprint, check_quota
from azure_sandbox.namespaces.machine_learning.routing import DEPLOYMENT_TYPE
from azure_sandbox.namespaces.machine_learning.serving import footprint_of, serving_of
from azure_sandbox.namespaces.machine_learning.subscription_quota import (
    limit_vcpus,
    used_in,
    workspace_limits,
)
from azure_sandbox.namespaces.machine_learning.violations import Violation, refuse_quota
from azure_sandbox.namespaces.machine_learning.vm_sizes import find_vm_size


def check_room(tx: Transaction, endpoint: Resource) -> list[Violation]:
    """Check that one more deployment fits onto the endpoint and into its region."""
    on_endpoint = tx.children(endpoint.id, DEPLOYMENT_TYPE)
    in_region = tx.of_type(
        DEPLOYMENT_TYPE, subscription=endpoint.subscription, location=endpoint.location
    )
    return check_room_for_deployment(len(on_endpoint), len(in_region), endpoint.location)


def check_recoverable(existing: Resource) -> list[Violation]:
    """Check that a deployment is not one whose creation failed; the text is Azure's own."""
    if existing.state != "Failed" or serving_of(existing):
        return []
    text = (
        f"Specified deployment [{existing.name}] failed during initial provisioning and is in an "
        "unrecoverable state. Delete and re-create."
    )
    return [Violation("", text)]


def require_quota(
    tx: Transaction, endpoint: Resource, body: JsonObject, existing: Resource | None
) -> None:
    """Refuse a checked body whose instances the subscription or workspace has no vCPUs for."""
    size = find_vm_size(body["properties"]["instanceType"])
    if size is None:
        return
    wanted = Footprint(size, body["sku"]["capacity"])
    held = footprint_of(existing) if existing else None
    place = (tx, endpoint.subscription, endpoint.location, size.family)
    subscription = f"SubscriptionId {endpoint.subscription}"
    violations = check_quota(
        wanted,
        held,
        used=used_in(*place),
        limit=limit_vcpus(tx, endpoint.location, size.family),
        whose=subscription,
    )
    own = workspace_limits(tx).get((endpoint.parent.lower(), size.family.key))
    if own is not None and not violations:
        violations = check_quota(
            wanted,
            held,
            used=used_in(*place, endpoint.parent),
            limit=own,
            whose=f"{subscription}, workspace {endpoint.parent.rpartition('/')[2]}",
        )
    refuse_quota(violations)
