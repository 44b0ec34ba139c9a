# SPDX-License-Identifier: Apache-2.0
"""Private endpoints of managed networks: in Microsoft's subscription, approved by the workspace."""

from dataclasses import replace

from azure_sandbox import identity
from azure_sandbox.arm.call import Ending
from azure_sandbox.arm.errors import OperationFailedError
from azure_sandbox.arm.records import Resource
from azure_sandbox.namespaces.machine_learning.outbound_rule_body import target_of
from azure_sandbox.namespaces.machine_learning.workspace_identity import acting
from azure_sandbox.namespaces.network import connections
from azure_sandbox.namespaces.network.link_targets import REGISTRIES
from azure_sandbox.namespaces.network.versions import PRIVATE_ENDPOINTS

APPROVER = "b556d68e-0be0-4f35-a333-ad7ee1ce17ea"
"""Azure AI Enterprise Network Connection Approver."""
_CONNECTION = "connection"


def connect(ending: Ending, workspace: Resource, rule: Resource) -> Resource:
    """Make the connection of a private endpoint rule, and return the rule that knows of it.

    Raises:
        OperationFailedError: the target is gone or takes no endpoints, or a user-assigned
            identity of the workspace may not approve the connection.
    """
    if ending.tx.get(rule.internal.get(_CONNECTION, "")):
        return rule
    target = target_of(ending.tx, rule.properties)
    if target is None:
        resource_id = rule.properties["destination"]["serviceResourceId"]
        text = f"Outbound rule {rule.name} leads to {resource_id}, which does not exist."
        raise OperationFailedError("ResourceNotFound", text)
    if target.type == REGISTRIES and target.body["sku"]["name"] != "Premium":
        raise OperationFailedError(
            "BadRequest",
            f"The private endpoint of outbound rule {rule.name} could not be made: registry "
            f"{target.name} has SKU {target.body['sku']['name']}, and Premium is needed.",
        )
    _check_approver(ending, workspace, target)
    endpoint_id = (
        f"/subscriptions/{identity.OTHER_SUBSCRIPTION_ID}/resourceGroups/"
        f"vnet-{workspace.properties['workspaceId']}/providers/{PRIVATE_ENDPOINTS}/{rule.name}"
    )
    connection = connections.connect(
        ending,
        target,
        endpoint_id,
        groups=[rule.properties["destination"]["subresourceTarget"]],
        status=connections.APPROVED,
        description=f"Auto-approved by {workspace.name}",
    )
    return replace(rule, internal={**rule.internal, _CONNECTION: connection.id})


def disconnect(ending: Ending, rule: Resource) -> None:
    """Take the connection of a rule away.

    Raises:
        OperationFailedError: the resource on the other side is locked.
    """
    connection = ending.tx.get(rule.internal.get(_CONNECTION, ""))
    target = target_of(ending.tx, rule.properties) if connection else None
    if connection and target:
        connections.check_unlocked(ending, target, connection.name)
        ending.tx.delete(connection, ending.at)


def _check_approver(ending: Ending, workspace: Resource, target: Resource) -> None:
    """Azure docs, how-to-managed-network: only a user-assigned identity needs a role for it."""
    identity_of = workspace.body.get("identity") or {}
    actor = acting(ending.tx, identity_of, workspace.properties, ending.operation.started_at)
    if actor and not actor.has(APPROVER, target.id):
        action = f"{target.type}/privateEndpointConnectionsApproval/action"
        raise OperationFailedError(
            "AuthorizationFailed",
            f"The identity of workspace {workspace.name} with object id "
            f"'{', '.join(actor.principals)}' does not have authorization to perform action "
            f"'{action}' over scope '{target.id}'. Assign the role Azure AI Enterprise Network "
            "Connection Approver, wait until it has propagated, and try again.",
        )
