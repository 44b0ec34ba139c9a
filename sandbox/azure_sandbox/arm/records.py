# SPDX-License-Identifier: Apache-2.0
"""The rows of the store, as frozen values."""

from dataclasses import dataclass, field
from enum import StrEnum

from azure_sandbox.arm.wire import JsonObject


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource.

    ``body`` is what the last accepted request asked for, defaults and read-only fields added;
    ``internal`` belongs to the resource type and is never shown (keys, applied traffic).
    ``type`` has the casing of its resource type; ``parent`` is the id of the resource, resource
    group or scope it hangs from. Neither dictionary is ever changed in place: use
    ``dataclasses.replace`` and ``Transaction.save``.
    """

    id: str
    type: str
    name: str
    parent: str
    body: JsonObject = field(repr=False)
    subscription: str = ""
    resource_group: str = ""
    location: str = ""
    internal: JsonObject = field(default_factory=dict, repr=False)
    state: str = "Succeeded"
    etag: str = ""
    created_at: float = 0.0
    created_by: str = ""
    modified_at: float = 0.0
    modified_by: str = ""

    @property
    def key(self) -> str:
        """The id in lower case: what the store compares by."""
        return self.id.lower()

    @property
    def properties(self) -> JsonObject:
        """``body["properties"]``, or an empty dictionary."""
        properties: JsonObject = self.body.get("properties") or {}
        return properties


class OperationStatus(StrEnum):
    """ARM's words for the state of a long-running operation."""

    IN_PROGRESS = "InProgress"
    SUCCEEDED = "Succeeded"
    FAILED = "Failed"
    CANCELED = "Canceled"


@dataclass(frozen=True, slots=True)
class Operation:
    """A long-running operation on one resource; it ends at ``due_at`` (epoch seconds)."""

    id: str
    sequence: int
    resource_id: str
    type: str
    verb: str
    """PUT, PATCH, DELETE or the name of a POST action or scheduled event."""
    api_version: str
    started_at: float
    due_at: float
    status: OperationStatus = OperationStatus.IN_PROGRESS
    payload: JsonObject = field(default_factory=dict, repr=False)
    """What the resource type wants to know when the operation ends."""
    result: JsonObject | None = field(default=None, repr=False)
    error: JsonObject | None = None
    """Why it failed; while it runs, why it will fail (an injected fault)."""


@dataclass(frozen=True, slots=True)
class RoutingChange:
    """A moment at which the routing of an endpoint, or its instances, changed."""

    sequence: int
    at: float
    endpoint_id: str
    traffic: JsonObject
    mirror_traffic: JsonObject
    instances: JsonObject
    """Deployment name → instances that serve."""
    cause: str
