# SPDX-License-Identifier: Apache-2.0
"""A workspace's managed virtual network, as far as deployments depend on it."""

from azure_sandbox.arm.errors import OperationFailedError
from azure_sandbox.arm.records import Resource
from azure_sandbox.arm.wire import JsonObject
from azure_sandbox.namespaces.machine_learning.violations import Violation

PROVISIONING_SECONDS = 30 * 60


def is_isolated(properties: JsonObject) -> bool:
    """Return whether a workspace has a managed network at all."""
    mode = (properties.get("managedNetwork") or {}).get("isolationMode", "Disabled")
    return bool(mode != "Disabled")


def status(*, active: bool, spark_ready: bool) -> JsonObject:
    """Return `managedNetwork.status`."""
    return {"status": "Active" if active else "Inactive", "sparkReady": spark_ready}


def check_not_disabled(existing: JsonObject, wanted: JsonObject) -> list[Violation]:
    """Check that isolation, once on, stays on (Azure docs, how-to-managed-network)."""
    if not is_isolated(existing) or is_isolated(wanted):
        return []
    text = "The managed network isolation of a workspace cannot be disabled once it is enabled."
    return [Violation("ManagedNetwork", text)]


def check_egress(workspace: Resource, given: JsonObject) -> list[Violation]:
    """Check that a deployment does not ask for the older kind of private egress as well."""
    if given.get("egressPublicNetworkAccess") != "Disabled":
        return []
    if not is_isolated(workspace.properties):
        return []
    text = (
        "The EgressPublicNetworkAccess under online deployment is no longer supported when your "
        "workspace is secured with managed virtual network. Please avoid setting "
        "EgressPublicNetworkAccess on the deployment in this case."
    )
    return [Violation("", text)]


def check_ready(workspace: Resource) -> None:
    """Fail a deployment that starts before the managed network has been provisioned."""
    network = workspace.properties.get("managedNetwork") or {}
    if (
        is_isolated(workspace.properties)
        and (network.get("status") or {}).get("status") != "Active"
    ):
        raise OperationFailedError(
            "WorkspaceManagedNetworkNotReady",
            f"The managed network of workspace {workspace.name} has not been provisioned. "
            "Provision it (provisionManagedNetwork) before the first deployment.",
        )
