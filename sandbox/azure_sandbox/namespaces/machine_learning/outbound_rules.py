# SPDX-License-Identifier: Apache-2.0
"""Outbound rules of a managed network, one by one."""

from azure_sandbox.arm import lro
from azure_sandbox.arm.call import Call, Ending
from azure_sandbox.arm.lro import Lro
from azure_sandbox.arm.records import Resource
from azure_sandbox.arm.resource_type import ResourceType
from azure_sandbox.arm.transaction import Transaction
from azure_sandbox.arm.wire import JsonObject
from azure_sandbox.namespaces.machine_learning import approvals, managed_network
from azure_sandbox.namespaces.machine_learning.bodies import properties_of
from azure_sandbox.namespaces.machine_learning.outbound_rule_body import (
    FQDN,
    PRIVATE_ENDPOINT,
    USER_DEFINED,
    check_rule,
    check_unique,
    completed_rule,
)
from azure_sandbox.namespaces.machine_learning.versions import NAMESPACE_NAME, WITHOUT_ENDPOINTS
from azure_sandbox.namespaces.machine_learning.violations import Violation, refuse_workspace

_NOTED_SECONDS = 30
"""As long as the network has not been provisioned a rule is only noted."""
_ENDPOINT_SECONDS = 300
_FIREWALL_UPDATE_SECONDS = 120
_DELETION_SECONDS = 60


class OutboundRules(ResourceType):
    """`workspaces/outboundRules`.

    The service keeps the rules as one list: a PUT writes the list that it read when it began. So
    of rules that are written at the same time only the last one stays, as public reports show
    (Azure/terraform-provider-azapi issue 453). Write them one after the other, or all of them
    with the workspace.
    """

    namespace = NAMESPACE_NAME
    path = "workspaces/outboundRules"
    api_versions = WITHOUT_ENDPOINTS
    tracked = False
    shows_state = False
    on_delete = lro.location(_DELETION_SECONDS)
    methods = frozenset({"GET", "PUT", "DELETE"})

    def desired(self, call: Call, existing: Resource | None) -> JsonObject:
        """Return a user's rule, if its network can have it."""
        workspace = _workspace(call.tx, call.target.parent)
        given, name = properties_of(call), call.target.name
        refuse_workspace(_check_own(existing))
        mode = managed_network.mode_of(workspace.properties)
        refuse_workspace(check_rule(call.tx, name, mode, given))
        rule = completed_rule(given)
        held = managed_network.rules_of(call.tx, workspace)
        others = {key: one.properties for key, one in held.items() if key != name}
        refuse_workspace(check_unique({**others, name: rule}))
        if existing and existing.properties["destination"] == rule["destination"]:
            rule["status"] = existing.properties["status"]
        return {"properties": rule}

    def lro(self, call: Call, existing: Resource | None) -> Lro:  # noqa: ARG002 - a hook
        """A rule takes as long as what it brings: an endpoint, or the network's first firewall."""
        if call.method == "DELETE":
            return self.on_delete
        workspace = _workspace(call.tx, call.target.parent)
        return lro.location(_seconds(call.tx, workspace, properties_of(call)["type"]))

    def payload(self, call: Call, existing: Resource | None) -> JsonObject:  # noqa: ARG002 - a hook
        """The rules there are when the change begins."""
        workspace = _workspace(call.tx, call.target.parent)
        return {"known": [rule.name for rule in _settled(call.tx, workspace)]}

    def finished(self, ending: Ending) -> None:
        """Put the rule into force where its network is; rules written meanwhile are lost."""
        rule = ending.resource
        workspace = _workspace(ending.tx, rule.parent)
        known = {*ending.operation.payload["known"], rule.name}
        for other in _settled(ending.tx, workspace):
            if other.name not in known and other.properties["category"] == USER_DEFINED:
                managed_network.drop_rule(ending, other)
        if managed_network.is_active(workspace.properties):
            managed_network.activate_rule(ending, workspace, rule)

    def check_delete(self, call: Call, existing: Resource) -> None:  # noqa: ARG002 - a hook
        """Refuse to delete what the service needs."""
        refuse_workspace(_check_own(existing))

    def removed(self, ending: Ending) -> None:
        """Take the rule's connection away."""
        approvals.disconnect(ending, ending.resource)


def _check_own(existing: Resource | None) -> list[Violation]:
    if existing is None or existing.properties["category"] == USER_DEFINED:
        return []
    text = f"Outbound rule {existing.name} is required by the service and cannot be changed."
    return [Violation("OutboundRules", text)]


def _workspace(tx: Transaction, workspace_id: str) -> Resource:
    workspace = tx.get(workspace_id)
    if workspace is None:  # the core has checked that it exists
        raise LookupError(workspace_id)
    return workspace


def _settled(tx: Transaction, workspace: Resource) -> list[Resource]:
    """The rules that no operation is under way on."""
    rules = managed_network.rules_of(tx, workspace).values()
    return [rule for rule in rules if not tx.running_on(rule.id)]


def _seconds(tx: Transaction, workspace: Resource, kind: str) -> float:
    if not managed_network.is_active(workspace.properties):
        return _NOTED_SECONDS
    if kind == PRIVATE_ENDPOINT:
        return _ENDPOINT_SECONDS
    if kind == FQDN and not managed_network.has_firewall(tx, workspace):
        return managed_network.FIREWALL_SECONDS
    return _FIREWALL_UPDATE_SECONDS
