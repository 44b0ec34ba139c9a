# SPDX-License-Identifier: Apache-2.0
"""What a resource type is: the rules one kind of resource adds to those of ARM."""

import re
from collections.abc import Callable, Mapping
from enum import Enum
from typing import ClassVar

from azure_sandbox.arm import refusals, scopes
from azure_sandbox.arm.call import Call, Ending
from azure_sandbox.arm.clock import timestamp
from azure_sandbox.arm.errors import ArmError
from azure_sandbox.arm.locations import REGIONS
from azure_sandbox.arm.lro import IMMEDIATE, Lro
from azure_sandbox.arm.records import Operation, Resource
from azure_sandbox.arm.wire import Answer, JsonObject

Action = Callable[[Call, Resource], Answer]


class Scope(Enum):
    """What a top-level resource of a type hangs from."""

    TENANT = "tenant"
    SUBSCRIPTION = "subscription"
    RESOURCE_GROUP = "resource group"
    ANY = "any scope"
    """An extension resource, such as a role assignment."""


class ResourceType:
    """One resource type; subclasses set the attributes and override the hooks they need.

    A type keeps no state: everything is in the transaction of the call. Hooks run inside one
    write transaction and refuse a request by raising ArmError.
    """

    namespace: ClassVar[str]
    path: ClassVar[str]
    """The type without its namespace: ``workspaces/onlineEndpoints``."""
    api_versions: ClassVar[tuple[str, ...]]
    scope: ClassVar[Scope] = Scope.RESOURCE_GROUP
    name_pattern: ClassVar[str] = r"[^<>%&:\\?/]{1,260}"
    name_rule: ClassVar[str] = "1 to 260 characters, none of <>%&:\\?/"
    tracked: ClassVar[bool] = True
    """Whether it has a location, which is required and can never change, and tags."""
    regions: ClassVar[Mapping[str, str]] = REGIONS
    """Where a tracked resource can be, as display name by name."""
    fields: ClassVar[tuple[str, ...]] = ("properties",)
    """Top-level members of a body that are stored besides location and tags; name ``identity``
    here and the core resolves system-assigned and user-assigned identities."""
    write_only: ClassVar[tuple[str, ...]] = ()
    """Properties that are accepted and never shown."""
    shows_state: ClassVar[bool] = True
    """Whether ``properties.provisioningState`` is shown."""
    shows_system_data: ClassVar[bool] = True
    creating: ClassVar[str] = "Creating"
    updating: ClassVar[str] = "Updating"
    deleting: ClassVar[str] = "Deleting"
    on_put: ClassVar[Lro] = IMMEDIATE
    on_patch: ClassVar[Lro] = IMMEDIATE
    on_delete: ClassVar[Lro] = IMMEDIATE
    methods: ClassVar[frozenset[str]] = frozenset({"GET", "PUT", "PATCH", "DELETE"})
    page_size: ClassVar[int] = 1000
    """Rows of a list before ``nextLink``."""

    @property
    def full_name(self) -> str:
        """``Microsoft.X/parents/children``, with the casing Azure shows."""
        return f"{self.namespace}/{self.path}"

    @property
    def actions(self) -> Mapping[str, Action]:
        """POST actions by name in lower case: ``{"listkeys": self.list_keys}``."""
        return {}

    # --- reading ------------------------------------------------------------------------------

    def check_scope(self, call: Call) -> None:
        """Refuses a request below a resource group or parent that does not exist.

        Likewise a change below one that is being deleted.
        """
        scopes.check_group(call)
        scopes.check_parents(call)

    def find(self, call: Call) -> Resource | None:
        """The resource the call is about; override for resources that are not stored."""
        return call.tx.get(call.target.path)

    def missing(self, call: Call) -> ArmError:
        """The error that says that the resource does not exist."""
        return refusals.resource_not_found(call.target)

    def listed(self, call: Call, parent_id: str) -> list[Resource]:
        """The resources of this type directly below ``parent_id``."""
        return call.tx.children(parent_id, self.full_name)

    def shown(self, resource: Resource, api_version: str) -> JsonObject:  # noqa: ARG002 - a hook
        """The resource as a GET under an api-version shows it; here alike under every one."""
        properties = {
            key: value for key, value in resource.properties.items() if key not in self.write_only
        }
        if self.shows_state:
            properties["provisioningState"] = resource.state
        shape: JsonObject = {"id": resource.id, "name": resource.name, "type": resource.type}
        shape |= {key: value for key, value in resource.body.items() if key != "properties"}
        if properties or "properties" in resource.body:
            shape["properties"] = properties
        if self.shows_system_data:
            shape["systemData"] = system_data(resource)
        return shape

    # --- writing ------------------------------------------------------------------------------

    def check_name(self, call: Call) -> None:
        """Refuses a name Azure refuses; called for a PUT only."""
        if not re.fullmatch(self.name_pattern, call.target.name):
            raise ArmError(
                400,
                "InvalidResourceName",
                f"Resource name {call.target.name} is invalid. The name must be: {self.name_rule}.",
            )

    def check_parent(self, call: Call) -> None:
        """Refuses a request whose parent is of no use; that it exists is already known."""

    def check_idle(self, call: Call, existing: Resource) -> None:
        """Refuses a change while an operation runs on the resource."""
        running = call.tx.running_on(existing.id)
        if running:
            raise self.busy(existing, running[0])

    def busy(self, resource: Resource, operation: Operation) -> ArmError:
        """The error that says that another operation is under way."""
        return ArmError(
            409,
            "AnotherOperationInProgress",
            f"Another operation on this or dependent resource is in progress. To retrieve status "
            f"of the operation use uri of operation {operation.id} on resource {resource.id}.",
        )

    def moved(self, existing: Resource, location: str) -> ArmError:
        """The error that says that a location cannot change."""
        return refusals.invalid_location(
            existing.name, existing.resource_group, existing.location, location
        )

    def desired(self, call: Call, existing: Resource | None) -> JsonObject:  # noqa: ARG002 - a hook
        """The body to store for a PUT: validated, with defaults and read-only members.

        ``call.body`` is what was sent. Location, tags and identity are added by the core.
        """
        return {key: call.body[key] for key in self.fields if key in call.body}

    def patched(self, call: Call, existing: Resource) -> JsonObject:
        """The body to store for a PATCH; here members are merged one level deep."""
        body = dict(existing.body)
        for key in (*self.fields, "tags"):
            sent = call.body.get(key)
            if isinstance(sent, dict) and isinstance(body.get(key), dict) and key != "tags":
                body[key] = {**body[key], **sent}
            elif key in call.body:
                body[key] = sent
        return body

    def written(self, call: Call, resource: Resource, existing: Resource | None) -> Resource:  # noqa: ARG002
        """Adds what belongs to a resource before it is saved (internal data, principals)."""
        return resource

    def lro(self, call: Call, existing: Resource | None) -> Lro:  # noqa: ARG002 - a hook
        """How this request is long-running; here by its verb alone."""
        return {"PUT": self.on_put, "PATCH": self.on_patch, "DELETE": self.on_delete}[call.method]

    def payload(self, call: Call, existing: Resource | None) -> JsonObject:  # noqa: ARG002 - a hook
        """What ``finished`` will need to know about this request."""
        return {}

    def finished(self, ending: Ending) -> None:
        """An operation of a PUT, PATCH or action has ended well; not called for DELETE.

        Also called, at once, when the verb is not long-running. ``ending.resource`` already has
        the state Succeeded; save it again to change it. Raise OperationFailedError to let the
        operation fail, as Failed: what was written here is undone.
        """

    # --- deletion -----------------------------------------------------------------------------

    def check_delete(self, call: Call, existing: Resource) -> None:
        """Refuses a deletion; not asked when a parent or the resource group is deleted."""

    def removed(self, ending: Ending) -> None:
        """The resource, and everything below it, has just disappeared."""


def system_data(resource: Resource) -> JsonObject:
    """ARM's record of who made and changed a resource, and when."""
    return {
        "createdAt": timestamp(resource.created_at),
        "createdBy": resource.created_by,
        "createdByType": "Application",
        "lastModifiedAt": timestamp(resource.modified_at),
        "lastModifiedBy": resource.modified_by,
        "lastModifiedByType": "Application",
    }
