# SPDX-License-Identifier: Apache-2.0
"""A workspace's managed virtual network: its isolation mode, its rules, and whether it is there."""

import uuid
from collections.abc import Mapping
from dataclasses import replace

from azure_sandbox.arm.call import Ending
from azure_sandbox.arm.errors import OperationFailedError
from azure_sandbox.arm.records import Resource
from azure_sandbox.arm.transaction import Transaction
from azure_sandbox.arm.wire import JsonObject
from azure_sandbox.namespaces.machine_learning import approvals
from azure_sandbox.namespaces.machine_learning.endpoint_body import check_choice
from azure_sandbox.namespaces.machine_learning.outbound_rule_body import (
    APPROVED_ONLY,
    FQDN,
    INTERNET,
    PRIVATE_ENDPOINT,
    REQUIRED,
    SYSTEM_PREFIX,
    USER_DEFINED,
    check_rule,
    check_unique,
    completed_rule,
)
from azure_sandbox.namespaces.machine_learning.required_rules import required_rules
from azure_sandbox.namespaces.machine_learning.versions import NAMESPACE_NAME
from azure_sandbox.namespaces.machine_learning.violations import Violation
from azure_sandbox.namespaces.network.network_resource import with_properties

RULES = f"{NAMESPACE_NAME}/workspaces/outboundRules"
PROVISIONING_SECONDS = 30 * 60
FIREWALL_SECONDS = 10 * 60
"""What the first FQDN rule adds, for which a firewall is deployed."""
DISABLED = "Disabled"
_KINDS = ("V1", "V2")
_READ_ONLY = ("networkId", "firewallPublicIpAddress", "outboundRules", "status")
_FIREWALL_ADDRESS = "203.0.113.4"


def mode_of(properties: JsonObject) -> str:
    """Return the isolation mode of a workspace."""
    return str((properties.get("managedNetwork") or {}).get("isolationMode") or DISABLED)


def is_isolated(properties: JsonObject) -> bool:
    """Return whether a workspace has a managed network at all."""
    return mode_of(properties) != DISABLED


def is_active(properties: JsonObject) -> bool:
    """Return whether the managed network has been provisioned."""
    network = properties.get("managedNetwork") or {}
    return bool((network.get("status") or {}).get("status") == "Active")


def owner(tx: Transaction, workspace: Resource) -> Resource:
    """Return the workspace whose network another one uses: a project uses that of its hub."""
    return tx.get(str(workspace.properties.get("hubResourceId"))) or workspace


def status(*, active: bool, spark_ready: bool) -> JsonObject:
    """Return `managedNetwork.status`."""
    return {"status": "Active" if active else "Inactive", "sparkReady": spark_ready}


def check_settings(tx: Transaction, existing: JsonObject, network: JsonObject) -> list[Violation]:
    """Check what a workspace wants its network to be, and the rules given with it.

    Isolation, once on, stays on, and approved-only does not open to the internet again (Azure
    docs, how-to-managed-network).
    """
    before = mode_of(existing)
    after = str(network.get("isolationMode") or before)
    violations = check_choice(network, "isolationMode", (DISABLED, INTERNET, APPROVED_ONLY))
    violations += check_choice(network, "firewallSku", ("Standard", "Basic"))
    violations += check_choice(network, "managedNetworkKind", _KINDS)
    if before != DISABLED and after == DISABLED:
        text = "The managed network isolation of a workspace cannot be disabled once it is enabled."
        violations.append(Violation("ManagedNetwork", text))
    if before == APPROVED_ONLY and after == INTERNET:
        text = f"The isolation mode cannot be changed from {APPROVED_ONLY} to {INTERNET}."
        violations.append(Violation("ManagedNetwork", text))
    kind = (existing.get("managedNetwork") or {}).get("managedNetworkKind")
    if kind == "V2" and network.get("managedNetworkKind") == "V1":
        text = "The managedNetworkKind cannot be changed from V2 back to V1."
        violations.append(Violation("ManagedNetwork", text))
    rules = network.get("outboundRules") or {}
    own = {name: rule for name, rule in rules.items() if not _is_echo(name, rule)}
    for name, rule in own.items():
        violations += check_rule(tx, name, after, rule)
    return violations or check_unique(own)


def settings(existing: JsonObject, network: JsonObject) -> JsonObject:
    """Return `managedNetwork` as it is stored: without the rules, which are resources."""
    held = existing.get("managedNetwork") or {}
    given = {key: value for key, value in network.items() if key not in _READ_ONLY}
    if mode_of({"managedNetwork": {"isolationMode": mode_of(existing), **given}}) == DISABLED:
        return {"isolationMode": DISABLED}
    return {
        "isolationMode": mode_of(existing),
        "managedNetworkKind": held.get("managedNetworkKind", "V1"),
        **{key: value for key, value in given.items() if value is not None},
        "networkId": held.get("networkId") or str(uuid.uuid4()),
        "status": held.get("status") or status(active=False, spark_ready=False),
    }


def rules_of(tx: Transaction, workspace: Resource) -> dict[str, Resource]:
    """Return the outbound rules of a workspace's network by name."""
    return {rule.name: rule for rule in tx.children(workspace.id, RULES)}


def with_rules(tx: Transaction, workspace: Resource) -> Resource:
    """Return a workspace with the rules of its network, as a GET shows them."""
    if not is_isolated(workspace.properties):
        return workspace
    rules = {name: rule.properties for name, rule in rules_of(tx, workspace).items()}
    network = {**workspace.properties["managedNetwork"], "outboundRules": rules}
    if has_firewall(tx, workspace):
        network = {"firewallSku": "Standard", **network}
        if is_active(workspace.properties):
            network["firewallPublicIpAddress"] = _FIREWALL_ADDRESS
    return with_properties(workspace, {"managedNetwork": network})


def has_firewall(tx: Transaction, workspace: Resource) -> bool:
    """Return whether FQDN rules have brought a firewall."""
    return any(rule.properties["type"] == FQDN for rule in rules_of(tx, workspace).values())


def write_rules(ending: Ending, workspace: Resource, given: JsonObject | None) -> None:
    """Bring the rules in line with a workspace that has just been written.

    ``given`` are the rules of a PUT, which replace the user's own; None leaves those alone. The
    required ones follow the isolation mode.
    """
    tx = ending.tx
    wanted = required_rules(tx, workspace, mode_of(workspace.properties))
    held = rules_of(tx, workspace)
    if given is None:
        wanted |= {name: rule.properties for name, rule in held.items() if not _required(rule)}
    else:
        own = {name: rule for name, rule in given.items() if not _is_echo(name, rule)}
        wanted |= {name: completed_rule(rule) for name, rule in own.items()}
    for name, rule in held.items():
        if name not in wanted:
            drop_rule(ending, rule)
    for name, properties in wanted.items():
        if name not in held or _changed(held[name].properties, properties):
            save_rule(tx, workspace, name, properties, ending.at)


def save_rule(
    tx: Transaction, workspace: Resource, name: str, properties: JsonObject, at: float
) -> Resource:
    """Write one rule."""
    return tx.save(
        Resource(
            id=f"{workspace.id}/outboundRules/{name}",
            type=RULES,
            name=name,
            parent=workspace.id,
            subscription=workspace.subscription,
            resource_group=workspace.resource_group,
            location=workspace.location,
            body={"properties": properties},
            created_at=at,
            modified_at=at,
        )
    )


def drop_rule(ending: Ending, rule: Resource) -> None:
    """Forget one rule, and the connection that it has made."""
    approvals.disconnect(ending, rule)
    ending.tx.delete(rule, ending.at)


def activate(ending: Ending, workspace: Resource) -> None:
    """Put all rules of a workspace into force.

    Raises:
        OperationFailedError: a private endpoint could not be made.
    """
    for rule in rules_of(ending.tx, workspace).values():
        activate_rule(ending, workspace, rule)


def activate_rule(ending: Ending, workspace: Resource, rule: Resource) -> None:
    """Put one rule into force.

    Raises:
        OperationFailedError: its private endpoint could not be made.
    """
    if rule.properties["status"] == "Active":
        return
    if rule.properties["type"] == PRIVATE_ENDPOINT:
        rule = approvals.connect(ending, workspace, rule)
    ending.tx.save(with_properties(rule, {"status": "Active"}))


def provisioned(ending: Ending, workspace: Resource, *, spark_ready: bool) -> JsonObject:
    """Provision the network, and return its status.

    Raises:
        OperationFailedError: a private endpoint could not be made.
    """
    write_rules(ending, workspace, None)
    activate(ending, workspace)
    new = status(active=True, spark_ready=spark_ready)
    network = {**workspace.properties["managedNetwork"], "status": new}
    ending.tx.save(with_properties(workspace, {"managedNetwork": network}))
    return new


def check_egress(workspace: Resource, given: JsonObject) -> list[Violation]:
    """Check that a deployment does not ask for the older kind of private egress as well."""
    if given.get("egressPublicNetworkAccess") != DISABLED:
        return []
    if not is_isolated(workspace.properties):
        return []
    text = (
        "The EgressPublicNetworkAccess under online deployment is no longer supported when your "
        "workspace is secured with managed virtual network. Please avoid setting "
        "EgressPublicNetworkAccess on the deployment in this case."
    )
    return [Violation("", text)]


def isolation_at_creation(endpoint: Resource, mode: str) -> Resource:
    """Return a new endpoint that knows in which isolation mode it was made."""
    return replace(endpoint, internal={**endpoint.internal, "isolation": mode})


def check_endpoint(workspace: Resource, endpoint: Resource) -> list[Violation]:
    """Check that an endpoint is not older than the isolation of its workspace.

    Azure docs, how-to-managed-network: such endpoints must be deleted and created again.
    """
    made_in = endpoint.internal.get("isolation", mode_of(workspace.properties))
    if not is_isolated(workspace.properties) or made_in != DISABLED:
        return []
    text = (
        f"The endpoint {endpoint.name} was created before the managed network of workspace "
        f"{workspace.name} was enabled. Delete the endpoint and create it again."
    )
    return [Violation("", text)]


def check_ready(workspace: Resource) -> None:
    """Fail a deployment that starts before the managed network has been provisioned."""
    if is_isolated(workspace.properties) and not is_active(workspace.properties):
        raise OperationFailedError(
            "WorkspaceManagedNetworkNotReady",
            f"The managed network of workspace {workspace.name} has not been provisioned. "
            "Provision it (provisionManagedNetwork) before the first deployment.",
        )


def _is_echo(name: str, rule: object) -> bool:
    """Whether a rule that is sent is one of the service's own, as a GET had shown it."""
    own = isinstance(rule, Mapping) and rule.get("category") == REQUIRED
    return own and name.startswith(SYSTEM_PREFIX)


def _required(rule: Resource) -> bool:
    return bool(rule.properties["category"] != USER_DEFINED)


def _changed(held: JsonObject, wanted: JsonObject) -> bool:
    parts = ("type", "destination")
    return any(held.get(part) != wanted.get(part) for part in parts)
