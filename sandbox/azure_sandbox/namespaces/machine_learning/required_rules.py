# SPDX-License-Identifier: Apache-2.0
"""The outbound rules that a managed network makes itself (Azure docs, how-to-managed-network)."""

from collections.abc import Iterator, Sequence

from azure_sandbox.arm.records import Resource
from azure_sandbox.arm.transaction import Transaction
from azure_sandbox.arm.wire import JsonObject
from azure_sandbox.namespaces.machine_learning.outbound_rule_body import (
    APPROVED_ONLY,
    PRIVATE_ENDPOINT,
    REQUIRED,
    SERVICE_TAG,
    SYSTEM_PREFIX,
)

_TAGS: Sequence[tuple[str, str, str]] = (
    ("AzureActiveDirectory", "TCP", "80, 443"),
    ("AzureMachineLearning", "TCP", "443, 8787, 18881"),
    ("AzureMachineLearning", "UDP", "5831"),
    ("BatchNodeManagement.{region}", "TCP", "443"),
    ("AzureResourceManager", "TCP", "443"),
    ("AzureFrontDoor.FirstParty", "TCP", "443"),
    ("MicrosoftContainerRegistry.{region}", "TCP", "443"),
    ("AzureMonitor", "TCP", "443"),
    ("VirtualNetwork", "*", "*"),
)
_DEPENDENCIES: Sequence[tuple[str, Sequence[str]]] = (
    ("storageAccount", ("blob", "file")),
    ("keyVault", ("vault",)),
    ("containerRegistry", ("registry",)),
)


def required_rules(tx: Transaction, workspace: Resource, mode: str) -> dict[str, JsonObject]:
    """Return the rules of a workspace by name.

    With approved outbound only there are private endpoints to everything the workspace is made
    of, and service tags; with outbound to the internet, endpoints to what has no public access.
    """
    rules = {}
    for target, group in _targets(tx, workspace):
        if mode == APPROVED_ONLY or _is_closed(target):
            suffix = workspace.properties["workspaceId"][:8]
            name = f"{SYSTEM_PREFIX}PE_{target.name}_{group}_{suffix}"
            rules[name] = _rule(
                PRIVATE_ENDPOINT,
                {
                    "serviceResourceId": target.id,
                    "subresourceTarget": group,
                    "sparkEnabled": True,
                    "sparkStatus": "Inactive",
                },
            )
    for tag, protocol, ports in _TAGS if mode == APPROVED_ONLY else ():
        service = tag.format(region=workspace.location)
        name = f"{SYSTEM_PREFIX}ST_{service}" + ("" if protocol == "*" else f"_{protocol}")
        destination = {
            "action": "Allow",
            "addressPrefixes": [],
            "portRanges": ports,
            "protocol": protocol,
            "serviceTag": service,
        }
        rules[name] = _rule(SERVICE_TAG, destination)
    return rules


def _targets(tx: Transaction, workspace: Resource) -> Iterator[tuple[Resource, str]]:
    yield workspace, "amlworkspace"
    for name, groups in _DEPENDENCIES:
        found = tx.get(str(workspace.properties.get(name)))
        if found:
            yield from ((found, group) for group in groups)


def _is_closed(target: Resource) -> bool:
    return str(target.properties.get("publicNetworkAccess")).lower() == "disabled"


def _rule(kind: str, destination: JsonObject) -> JsonObject:
    return {"type": kind, "destination": destination, "category": REQUIRED, "status": "Inactive"}
