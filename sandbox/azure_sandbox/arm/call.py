# SPDX-License-Identifier: Apache-2.0
"""One ARM request on its way through a resource type, and the end of an operation."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from azure_sandbox.arm.clock import Clock
from azure_sandbox.arm.ids import Target
from azure_sandbox.arm.records import Operation, Resource
from azure_sandbox.arm.transaction import Transaction
from azure_sandbox.arm.wire import JsonObject


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, from the claims of the token."""

    object_id: str
    client_id: str
    tenant_id: str


@dataclass(frozen=True, slots=True)
class Call:
    """One authenticated request inside its one transaction.

    ``at`` is the moment of the request (epoch seconds): hooks use it instead of the clock, so
    that everything one request writes carries one time.
    """

    method: str
    target: Target
    api_version: str
    body: JsonObject = field(repr=False)
    caller: Caller
    tx: Transaction
    clock: Clock
    at: float
    base_url: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(slots=True)
class Ending:
    """The end of an operation: the hook may save resources and set ``result``.

    ``at`` is when the operation ended, which may be a little before anybody looked. ``resource``
    is the resource as stored now. ``result`` is what the polling URL of an action answers.
    """

    tx: Transaction
    clock: Clock
    operation: Operation
    resource: Resource
    at: float
    result: JsonObject | None = None
