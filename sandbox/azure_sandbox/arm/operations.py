# SPDX-License-Identifier: Apache-2.0
"""Long-running operations: how they begin, where they are polled, and how they end."""

import logging
import math
import uuid
from dataclasses import replace

from azure_sandbox import faults
from azure_sandbox.arm.call import Call, Ending
from azure_sandbox.arm.clock import timestamp
from azure_sandbox.arm.errors import ArmError, OperationFailedError, error_body
from azure_sandbox.arm.ids import parse
from azure_sandbox.arm.lro import Lro, Polling
from azure_sandbox.arm.records import Operation, OperationStatus, Resource
from azure_sandbox.arm.resource_type import ResourceType
from azure_sandbox.arm.sandbox import Sandbox
from azure_sandbox.arm.transaction import Transaction
from azure_sandbox.arm.wire import Answer, JsonObject

_LONGEST_WAIT_SECONDS = 15.0
"""What Azure asks for between two polls of a slow operation."""
_SHORTEST_WAIT_SECONDS = 0.25
"""However fast the clock, polling more often only costs."""

_log = logging.getLogger(__name__)


def new_operation(call: Call, resource: Resource, lro: Lro, verb: str) -> Operation:
    """An operation of this call that has not been recorded yet."""
    return Operation(
        id=str(uuid.uuid4()),
        sequence=0,
        resource_id=resource.id,
        type=resource.type,
        verb=verb,
        api_version=call.api_version,
        started_at=call.at,
        due_at=call.at + call.clock.real_seconds(lro.seconds),
    )


def begin(call: Call, operation: Operation, payload: JsonObject) -> Operation:
    """Records an operation as started; an injected fault may doom it or never let it end."""
    fault = faults.on_operation(call.tx, operation.verb, operation.resource_id)
    if fault and fault.never_ends:
        operation = replace(operation, due_at=math.inf)
    elif fault:
        operation = replace(operation, error=error_body(fault.code, fault.message))
    return call.tx.begin(replace(operation, payload=payload))


def begin_action(  # noqa: PLR0913, PLR0917  (an action has this many sides)
    kind: ResourceType, call: Call, resource: Resource, lro: Lro, verb: str, payload: JsonObject
) -> Answer:
    """Starts a long-running POST action; it ends in ``kind.finished``."""
    kind.check_idle(call, resource)
    operation = begin(call, new_operation(call, resource, lro, verb), payload)
    return Answer(lro.status, None, polling_headers(call, operation, lro, resource))


def polling_headers(
    call: Call, operation: Operation, lro: Lro, resource: Resource
) -> dict[str, str]:
    """The headers that tell a client where, and how soon, to ask."""
    headers = retry_after(call, operation)
    if lro.polling is Polling.ASYNC_OPERATION:
        headers["Azure-AsyncOperation"] = f"{call.base_url}{status_path(resource, operation)}"
        headers["x-ms-async-operation-timeout"] = "PT1H"
    if lro.polling is Polling.LOCATION:
        headers["Location"] = f"{call.base_url}{_path('operationResults', resource, operation)}"
    return headers


def status_path(resource: Resource, operation: Operation) -> str:
    """The path, with its api-version, of the status document of an operation."""
    return _path("operationsStatus", resource, operation)


def _path(kind: str, resource: Resource, operation: Operation) -> str:
    target = parse(resource.id)
    subscription = resource.subscription or (target.subscription if target else "")
    namespace = resource.type.partition("/")[0]
    location = resource.location or "global"
    base = f"/subscriptions/{subscription}/providers/{namespace}/locations/{location}"
    return f"{base}/{kind}/{operation.id}?api-version={operation.api_version}"


def retry_after(call: Call, operation: Operation) -> dict[str, str]:
    """When to ask again.

    A wait below one second is given in ``retry-after-ms`` alone: of the two headers some Azure
    clients obey the longer one, which has whole seconds.
    """
    longest = max(_LONGEST_WAIT_SECONDS / call.clock.speed, _SHORTEST_WAIT_SECONDS)
    wait = max(min(operation.due_at - call.at, longest), 0.01)
    if wait < 1:
        return {"retry-after-ms": str(math.ceil(wait * 1000))}
    return {"Retry-After": str(math.ceil(wait))}


def status_answer(call: Call, operation: Operation) -> Answer:
    """What ``Azure-AsyncOperation`` answers: always 200, with the status."""
    body: JsonObject = {
        "id": call.target.path,
        "name": operation.id,
        "status": operation.status,
        "startTime": timestamp(operation.started_at),
    }
    if operation.status is OperationStatus.IN_PROGRESS:
        return Answer(200, body, retry_after(call, operation))
    body["endTime"] = timestamp(operation.due_at)
    body["percentComplete"] = 100.0
    if operation.error:
        body["error"] = operation.error
    return Answer(200, body)


def result_answer(call: Call, operation: Operation, kind: ResourceType) -> Answer:
    """What ``Location`` answers: 202 while it runs, then the result or the error."""
    if operation.status is OperationStatus.IN_PROGRESS:
        own_url = f"{call.base_url}{call.target.path}?api-version={call.api_version}"
        return Answer(202, None, {"Location": own_url, **retry_after(call, operation)})
    if operation.status is OperationStatus.FAILED and operation.error:
        raise ArmError(400, **operation.error)
    if operation.status is OperationStatus.CANCELED:
        message = f"Operation {operation.id} was canceled: its resource was deleted."
        raise ArmError(409, "OperationCanceled", message)
    if operation.verb in {"PUT", "PATCH"}:
        resource = call.tx.get(operation.resource_id)
        return Answer(200, kind.shown(resource, call.api_version) if resource else None)
    return Answer(200, operation.result)


def settle(sandbox: Sandbox) -> None:
    """Ends every operation whose time has come, in the order in which they end."""
    with sandbox.store.read() as tx:
        due = tx.due(sandbox.clock.now())
    while due:
        with sandbox.store.write() as tx:
            due = tx.due(sandbox.clock.now())
            if due:
                _end(sandbox, tx, due[0])


def ended_at_once(call: Call, kind: ResourceType, resource: Resource) -> Resource:
    """Ends a verb that is not long-running; a failure refuses the request."""
    operation = replace(new_operation(call, resource, kind.on_put, call.method), due_at=call.at)
    ending = Ending(call.tx, call.clock, operation, resource, call.at)
    try:
        kind.finished(ending)
    except OperationFailedError as error:
        raise ArmError(400, error.code, error.message, error.details) from error
    return call.tx.get(resource.id) or resource


def remove(sandbox: Sandbox, ending: Ending) -> None:
    """Removes a resource and all below it, deepest first."""
    for resource in (*ending.tx.under(ending.resource.id), ending.resource):
        ending.tx.delete(resource, ending.at)
        kind = sandbox.kind(resource.type)
        if kind:
            kind.removed(replace(ending, resource=resource))


def _end(sandbox: Sandbox, tx: Transaction, operation: Operation) -> None:
    resource = tx.get(operation.resource_id)
    kind = sandbox.kind(operation.type)
    if resource is None or kind is None:
        tx.end(replace(operation, status=OperationStatus.CANCELED))
        return
    ending = Ending(tx, sandbox.clock, operation, resource, operation.due_at)
    if operation.error:
        _fail(ending, operation.error)
        return
    try:
        with tx.savepoint():
            _succeed(sandbox, kind, ending)
    except OperationFailedError as error:
        _fail(ending, error.body())
    except Exception:  # noqa: BLE001  (one broken rule must not stop all other operations)
        _log.exception("ending %s of %s", operation.verb, operation.resource_id)
        text = "An internal error occurred while the operation was ending."
        _fail(ending, error_body("InternalServerError", text))


def _succeed(sandbox: Sandbox, kind: ResourceType, ending: Ending) -> None:
    operation = ending.operation
    if operation.verb == "DELETE":
        remove(sandbox, ending)
    else:
        if operation.verb in {"PUT", "PATCH"}:
            ending.resource = ending.tx.save(replace(ending.resource, state="Succeeded"))
        kind.finished(ending)
    ending.tx.end(
        replace(operation, status=OperationStatus.SUCCEEDED, result=ending.result, error=None)
    )


def _fail(ending: Ending, error: JsonObject) -> None:
    if ending.operation.verb in {"PUT", "PATCH", "DELETE"}:
        ending.resource = ending.tx.save(replace(ending.resource, state="Failed"))
    ending.tx.end(replace(ending.operation, status=OperationStatus.FAILED, error=error))
