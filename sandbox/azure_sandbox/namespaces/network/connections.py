# SPDX-License-Identifier: Apache-2.0
"""Private endpoint connections: a private endpoint as the resource it leads to sees it."""

import uuid
from collections.abc import Sequence

from azure_sandbox.arm import refusals, scope_locks
from azure_sandbox.arm.call import Call, Ending
from azure_sandbox.arm.errors import ArmError, OperationFailedError
from azure_sandbox.arm.records import Resource
from azure_sandbox.arm.resource_type import ResourceType
from azure_sandbox.arm.rules import member, required
from azure_sandbox.arm.transaction import Transaction
from azure_sandbox.arm.wire import JsonObject
from azure_sandbox.namespaces.network.network_resource import with_properties
from azure_sandbox.namespaces.network.references import id_at

APPROVED, PENDING, REJECTED, DISCONNECTED = "Approved", "Pending", "Rejected", "Disconnected"
_STATE = "privateLinkServiceConnectionState"
_DECISIONS = (APPROVED, REJECTED)


class Connections(ResourceType):
    """`…/privateEndpointConnections`: made by a private endpoint, approved by a PUT."""

    tracked = False
    methods = frozenset({"GET", "PUT", "DELETE"})

    def desired(self, call: Call, existing: Resource | None) -> JsonObject:
        """The connection with another state: nothing else can be changed."""
        if existing is None:
            raise refusals.resource_not_found(call.target)
        state = required(call.body, f"properties.{_STATE}")
        if member(call.body, f"properties.{_STATE}.status") not in _DECISIONS:
            text = f"The status of a connection can be set to {' or '.join(_DECISIONS)}."
            raise ArmError(400, "BadRequest", text)
        return with_properties(existing, {_STATE: {"actionsRequired": "None", **state}}).body


class PrivateLinkTarget(ResourceType):
    """A resource that private endpoints can lead to: it shows their connections."""

    def find(self, call: Call) -> Resource | None:
        """The resource with its connections."""
        found = super().find(call)
        return found and self.completed(call.tx, found)

    def listed(self, call: Call, parent_id: str) -> list[Resource]:
        """The resources with their connections."""
        return [self.completed(call.tx, row) for row in super().listed(call, parent_id)]

    def written(self, call: Call, resource: Resource, existing: Resource | None) -> Resource:
        """A change of the resource keeps its connections."""
        del existing
        return self.completed(call.tx, resource)

    def completed(self, tx: Transaction, resource: Resource) -> Resource:
        """The resource with its connections, and whatever else others add to it."""
        return with_connections(tx, resource)


def connect(  # noqa: PLR0913  (a connection has this many sides)
    ending: Ending,
    target: Resource,
    endpoint_id: str,
    *,
    groups: Sequence[str],
    status: str,
    description: str,
) -> Resource:
    """Make the connection of a private endpoint on the resource it leads to."""
    name = f"{endpoint_id.rpartition('/')[2]}.{uuid.uuid4()}"
    return ending.tx.save(
        Resource(
            id=f"{target.id}/privateEndpointConnections/{name}",
            type=f"{target.type}/privateEndpointConnections",
            name=name,
            parent=target.id,
            subscription=target.subscription,
            resource_group=target.resource_group,
            location=target.location,
            body={
                "properties": {
                    "privateEndpoint": {"id": endpoint_id},
                    "groupIds": list(groups),
                    _STATE: {
                        "status": status,
                        "description": description,
                        "actionsRequired": "None",
                    },
                }
            },
            created_at=ending.at,
            modified_at=ending.at,
        )
    )


def check_unlocked(ending: Ending, target: Resource, endpoint: str) -> None:
    """Fail to take a private endpoint away from a resource that is locked.

    Public reports: the deletion of the endpoint ends with this error, though the endpoint itself
    is not locked (hashicorp/terraform-provider-azurerm issue 17478).

    Raises:
        OperationFailedError: the resource is locked.
    """
    proxy = f"{target.id}/privateEndpointConnectionProxies/{endpoint}"
    locked = scope_locks.locked_for_deletion(ending.tx, proxy)
    if locked:
        text = scope_locks.refusal(proxy, "delete", locked)
        raise OperationFailedError(
            "ScopeLocked", f"Call to {target.type} failed. Error message: {text}"
        )


def connections_of(tx: Transaction, target: Resource) -> list[Resource]:
    """Return the connections of a resource."""
    return tx.children(target.id, f"{target.type}/privateEndpointConnections")


def with_connections(tx: Transaction, target: Resource) -> Resource:
    """Return a resource with its connections, as a GET shows them."""
    shown = [_shown(connection) for connection in connections_of(tx, target)]
    return with_properties(target, {"privateEndpointConnections": shown})


def state_of(connection: Resource | None) -> JsonObject:
    """Return the state of a connection; one that is gone is disconnected."""
    if connection is None:
        text = "The resource has removed the connection."
        return {"status": DISCONNECTED, "description": text, "actionsRequired": "None"}
    state: JsonObject = connection.properties[_STATE]
    return state


def is_approved(connection: Resource | None) -> bool:
    """Return whether traffic flows through a connection."""
    return bool(state_of(connection)["status"] == APPROVED)


def endpoint_of(connection: Resource) -> str:
    """Return the id of the private endpoint of a connection."""
    return id_at(connection.body, "properties.privateEndpoint")


def _shown(connection: Resource) -> JsonObject:
    return {
        "id": connection.id,
        "name": connection.name,
        "type": connection.type,
        "properties": {**connection.properties, "provisioningState": connection.state},
    }
