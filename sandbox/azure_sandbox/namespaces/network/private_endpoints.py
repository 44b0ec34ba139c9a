# SPDX-License-Identifier: Apache-2.0
"""Private endpoints: addresses in a subnet that lead to one resource."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from azure_sandbox.arm import lro
from azure_sandbox.arm.call import Call, Ending
from azure_sandbox.arm.errors import ArmError, OperationFailedError
from azure_sandbox.arm.lro import Lro
from azure_sandbox.arm.records import Resource
from azure_sandbox.arm.transaction import Transaction
from azure_sandbox.arm.wire import JsonObject
from azure_sandbox.namespaces.network import connections, interfaces
from azure_sandbox.namespaces.network.link_targets import (
    REGISTRIES,
    STORAGE_ACCOUNTS,
    Member,
    groups_of,
)
from azure_sandbox.namespaces.network.network_resource import (
    NetworkResource,
    with_properties,
    without,
)
from azure_sandbox.namespaces.network.references import id_at, referenced
from azure_sandbox.namespaces.network.versions import PRIVATE_ENDPOINTS, SUBNETS, ZONE_GROUPS

_AUTOMATIC, _MANUAL = "privateLinkServiceConnections", "manualPrivateLinkServiceConnections"
_READ_ONLY = ("networkInterfaces", "customDnsConfigs", "provisioningState", "resourceGuid")
_COLLISION = "collision"


@dataclass(frozen=True, slots=True)
class _Link:
    """What a private endpoint leads to."""

    kind: str
    """The property that lists the connection: approved automatically, or by somebody."""
    name: str
    target: Resource
    group: str
    members: tuple[Member, ...]


class PrivateEndpoints(NetworkResource):
    """`privateEndpoints`."""

    path = "privateEndpoints"
    computed = ("networkInterfaces", "customDnsConfigs")
    on_put: ClassVar[Lro] = lro.async_operation(60)
    on_delete: ClassVar[Lro] = lro.location(60)

    def completed(self, tx: Transaction, resource: Resource) -> Resource:
        """The endpoint with its interface, names and the state of its connection."""
        interface = tx.get(resource.internal["interface"])
        connection_id = resource.internal.get("connection")
        added: JsonObject = {
            "networkInterfaces": [{"id": interface.id}] if interface else [],
            "customDnsConfigs": [],
        }
        if connection_id:
            state = connections.state_of(tx.get(connection_id))
            for kind in (_AUTOMATIC, _MANUAL):
                added[kind] = [_with_state(one, state) for one in resource.properties[kind]]
            # A zone group takes the names over (Azure docs, private-endpoint-dns).
            if interface and not tx.children(resource.id, ZONE_GROUPS):
                added["customDnsConfigs"] = _dns_configs(interface)
        return with_properties(resource, added)

    def desired(self, call: Call, existing: Resource | None) -> JsonObject:
        """The endpoint, where its subnet and what it leads to exist."""
        properties = without(call.body.get("properties") or {}, _READ_ONLY)
        endpoint_id = call.target.path
        location = str(call.body["location"]).replace(" ", "").lower()
        subnet_id = id_at(call.body, "properties.subnet")
        subnet = referenced(call.tx, endpoint_id, subnet_id, SUBNETS, location)
        link = _link(call, properties)
        if existing:
            _check_unchanged(call, existing, subnet, link)
        connection = {
            "name": link.name,
            "id": f"{endpoint_id}/{link.kind}/{link.name}",
            "properties": {
                **_connection_of(properties)[1].get("properties", {}),
                "provisioningState": "Succeeded",
                "privateLinkServiceId": link.target.id,
                "groupIds": [link.group],
            },
        }
        guid = existing.properties["resourceGuid"] if existing else str(uuid.uuid4())
        return {
            "properties": {
                "ipConfigurations": [],
                "customNetworkInterfaceName": "",
                **properties,
                _AUTOMATIC: [connection] if link.kind == _AUTOMATIC else [],
                _MANUAL: [connection] if link.kind == _MANUAL else [],
                "subnet": {"id": subnet.id},
                "resourceGuid": guid,
            }
        }

    def patched(self, call: Call, existing: Resource) -> JsonObject:
        """Only tags can be patched."""
        return {**existing.body, "tags": call.body.get("tags", existing.body.get("tags", {}))}

    def written(self, call: Call, resource: Resource, existing: Resource | None) -> Resource:
        """A new endpoint takes its addresses at once."""
        resource = super().written(call, resource, existing)
        if existing:
            return resource
        link = _link(call, resource.properties)
        subnet = call.tx.get(id_at(resource.body, "properties.subnet"))
        if subnet is None:  # `desired` has found it
            raise LookupError(resource.id)
        wanted = _static_addresses(resource, link)
        interface = interfaces.new_interface(
            call, resource, subnet, link.group, link.members, wanted
        )
        return replace(resource, internal={"interface": interface.id})

    def payload(self, call: Call, existing: Resource | None) -> JsonObject:
        """Whether another endpoint of the same storage account was being made.

        Azure docs, functions-create-vnet, and public reports: endpoints made at the same time
        fail with StorageAccountOperationInProgress.
        """
        if call.method != "PUT" or existing:
            return {}
        own = call.tx.get(call.target.path)
        target = target_id(own) if own else ""
        busy = [
            endpoint.id
            for endpoint in call.tx.of_type(PRIVATE_ENDPOINTS)
            if own
            and endpoint.key != own.key
            and target_id(endpoint).lower() == target.lower()
            and call.tx.running_on(endpoint.id)
        ]
        is_storage = f"/providers/{STORAGE_ACCOUNTS}/".lower() in target.lower()
        return {_COLLISION: bool(busy and is_storage)}

    def finished(self, ending: Ending) -> None:
        """The resource that the endpoint leads to learns of it."""
        endpoint = ending.resource
        if "connection" in endpoint.internal:
            return
        if ending.operation.payload.get(_COLLISION):
            raise OperationFailedError(
                "StorageAccountOperationInProgress",
                f"Call to {STORAGE_ACCOUNTS} failed. Error message: An operation is currently "
                "performing on this storage account that requires exclusive access.",
            )
        kind, given = _connection_of(endpoint.properties)
        target = ending.tx.get(target_id(endpoint))
        if target is None:
            text = f"The resource {target_id(endpoint)} was not found."
            raise OperationFailedError("ResourceNotFound", text)
        automatic = kind == _AUTOMATIC
        connection = connections.connect(
            ending,
            target,
            endpoint.id,
            groups=given["properties"]["groupIds"],
            status=connections.APPROVED if automatic else connections.PENDING,
            description=(
                "Auto-Approved" if automatic else given["properties"].get("requestMessage", "")
            ),
        )
        internal = {**endpoint.internal, "connection": connection.id}
        ending.tx.save(replace(endpoint, internal=internal))

    def removed(self, ending: Ending) -> None:
        """The interface and the connection go with the endpoint."""
        internal = ending.resource.internal
        target = ending.tx.get(target_id(ending.resource))
        if target:
            connections.check_unlocked(ending, target, ending.resource.name)
        for owned in (internal["interface"], internal.get("connection", "")):
            found = ending.tx.get(owned)
            if found:
                ending.tx.delete(found, ending.at)


def target_id(endpoint: Resource) -> str:
    """Return the id of what a private endpoint leads to."""
    given = _connection_of(endpoint.properties)[1]
    return str(given.get("properties", {}).get("privateLinkServiceId", ""))


def interface_of(tx: Transaction, endpoint: Resource) -> Resource | None:
    """Return the network interface of a private endpoint."""
    return tx.get(endpoint.internal["interface"])


def _connection_of(properties: JsonObject) -> tuple[str, JsonObject]:
    for kind in (_AUTOMATIC, _MANUAL):
        if properties.get(kind):
            given: JsonObject = properties[kind][0]
            return kind, given
    return _AUTOMATIC, {}


def _link(call: Call, properties: JsonObject) -> _Link:
    endpoint_id = call.target.path
    if len([*(properties.get(_AUTOMATIC) or ()), *(properties.get(_MANUAL) or ())]) != 1:
        text = f"Private endpoint {endpoint_id} must have exactly one connection."
        raise ArmError(400, "PrivateEndpointMustHaveOneConnection", text)
    kind, given = _connection_of(properties)
    name = str(given.get("name"))
    wanted: JsonObject = given.get("properties") or {}
    target = call.tx.get(str(wanted.get("privateLinkServiceId")))
    if target is None:
        text = f"Private link service id {wanted.get('privateLinkServiceId')} is invalid."
        raise ArmError(400, "InvalidPrivateLinkServiceId", text)
    if target.state in {"Creating", "Accepted", "Deleting"}:
        text = f"The provisioning state of {target.id} is {target.state}; it must be Succeeded."
        raise _refused(target, text)
    groups = wanted.get("groupIds") or []
    if len(groups) != 1:
        raise ArmError(
            400,
            "MissingParameterOnPrivateLinkServiceConnection",
            f"Private link service connection {endpoint_id}/{kind}/{name} is missing required "
            "parameter 'group Id'.",
        )
    return _Link(kind, name, target, groups[0], _members(target, groups[0]))


def _members(target: Resource, group: str) -> tuple[Member, ...]:
    groups = groups_of(target)
    if groups is None:
        raise _refused(target, "The resource type has no private endpoints.")
    if target.type == REGISTRIES and target.body["sku"]["name"] != "Premium":
        raise _refused(
            target,
            f"Private endpoints need a registry of SKU Premium; {target.name} has SKU "
            f"{target.body['sku']['name']}.",
        )
    if group not in groups:
        allowed = ", ".join(groups)
        raise _refused(target, f"Invalid groupId {group}. Allowed: {allowed}.")
    return groups[group]


def _refused(target: Resource, reason: str) -> ArmError:
    """What a private endpoint is told by the resource provider of what it leads to."""
    text = f"Call to {target.type} failed. Error message: {reason}"
    return ArmError(400, "BadRequest", text)


def _static_addresses(endpoint: Resource, link: _Link) -> Mapping[str, str]:
    wanted = {
        str(one["properties"].get("memberName")): str(one["properties"]["privateIPAddress"])
        for one in endpoint.properties.get("ipConfigurations") or ()
    }
    names = [member.name for member in link.members]
    if wanted and set(wanted) != set(names):
        raise ArmError(
            400,
            "MissingMemberNames",
            "Private Endpoint needs to be reconfigured with missing memberNames. The members of "
            f"group {link.group} are {', '.join(names)}.",
        )
    return wanted


def _check_unchanged(call: Call, existing: Resource, subnet: Resource, link: _Link) -> None:
    held = _connection_of(existing.properties)[1]["properties"]
    before: Sequence[str] = (
        id_at(existing.body, "properties.subnet").lower(),
        str(held["privateLinkServiceId"]).lower(),
        str(held["groupIds"][0]).lower(),
    )
    if before != (subnet.key, link.target.key, link.group.lower()):
        raise ArmError(
            400,
            "PrivateEndpointCannotBeUpdated",
            f"The subnet and the connection of private endpoint {call.target.path} cannot be "
            "changed. Delete it and create it again.",
        )


def _with_state(connection: JsonObject, state: JsonObject) -> JsonObject:
    properties = {**connection["properties"], "privateLinkServiceConnectionState": state}
    return {**connection, "properties": properties}


def _dns_configs(interface: Resource) -> list[JsonObject]:
    return [
        {"fqdn": fqdn, "ipAddresses": [interfaces.address_of(configuration)]}
        for configuration in interfaces.configurations_of(interface)
        for fqdn in interfaces.fqdns_of(configuration)
    ]
