# SPDX-License-Identifier: Apache-2.0
"""What GET, PUT, PATCH, DELETE and POST do to one resource of any type."""

from dataclasses import replace

from azure_sandbox.arm import (
    locations,
    operations,
    refusals,
    registrations,
    scope_locks,
    scopes,
)
from azure_sandbox.arm.call import Call, Ending
from azure_sandbox.arm.identities import with_identity
from azure_sandbox.arm.lro import Polling
from azure_sandbox.arm.records import Resource
from azure_sandbox.arm.resource_type import ResourceType
from azure_sandbox.arm.sandbox import Sandbox
from azure_sandbox.arm.wire import Answer, JsonObject


def get(kind: ResourceType, call: Call) -> Answer:
    """GET and HEAD of one resource."""
    resource = _existing(kind, call)
    headers = _etag(resource)
    if kind.on_put.polling is Polling.RESOURCE:
        for operation in call.tx.running_on(resource.id):
            headers |= operations.retry_after(call, operation)
    return Answer(200, kind.shown(resource, call.api_version), headers)


def put(kind: ResourceType, call: Call) -> Answer:
    """PUT: creates or replaces."""
    _check_registered(call)
    kind.check_scope(call)
    scope_locks.check_write(call.tx, call.target.path)
    kind.check_name(call)
    kind.check_parent(call)
    existing = kind.find(call)
    _check_conditions(call, existing)
    if existing:
        kind.check_idle(call, existing)
    location = _location(kind, call, existing)
    body: JsonObject = {"location": location} if location else {}
    if kind.tracked and call.body.get("tags") is not None:
        body["tags"] = _tags(call.body["tags"])
    body |= kind.desired(call, existing)
    return _write(kind, call, existing, body)


def patch(kind: ResourceType, call: Call) -> Answer:
    """PATCH: changes what is named."""
    _check_registered(call)
    existing = _existing(kind, call)
    scope_locks.check_write(call.tx, call.target.path)
    kind.check_parent(call)
    _check_conditions(call, existing)
    kind.check_idle(call, existing)
    if call.body.get("tags") is not None:
        _tags(call.body["tags"])
    return _write(kind, call, existing, kind.patched(call, existing))


def delete(sandbox: Sandbox, kind: ResourceType, call: Call) -> Answer:
    """DELETE: 204 when there is nothing to delete."""
    kind.check_scope(call)
    existing = kind.find(call)
    if existing is None:
        return Answer(204)
    scope_locks.check_delete(call.tx, existing.id)
    _check_conditions(call, existing)
    kind.check_idle(call, existing)
    kind.check_delete(call, existing)
    lro = kind.lro(call, existing)
    operation = operations.new_operation(call, existing, lro, "DELETE")
    if lro.polling is Polling.NONE:
        operations.remove(sandbox, Ending(call.tx, call.clock, operation, existing, call.at))
        return Answer(lro.status)
    deleting = call.tx.save(replace(existing, state=kind.deleting))
    operation = operations.begin(call, operation, kind.payload(call, existing))
    headers = operations.polling_headers(call, operation, lro, deleting)
    return Answer(lro.status, None, headers)


def act(kind: ResourceType, call: Call, action: str) -> Answer | None:
    """POST of an action on one resource; None when the type has no such action."""
    handler = kind.actions.get(action.lower())
    if handler is None:
        return None
    resource = _existing(kind, call)
    scope_locks.check_write(call.tx, resource.id)
    return handler(call, resource)


def _existing(kind: ResourceType, call: Call) -> Resource:
    kind.check_scope(call)
    resource = kind.find(call)
    if resource is None:
        raise kind.missing(call)
    return resource


def _write(kind: ResourceType, call: Call, existing: Resource | None, body: JsonObject) -> Answer:
    lro = kind.lro(call, existing)
    draft = _draft(kind, call, existing, body)
    if "identity" in kind.fields:
        draft = with_identity(call, draft, existing)
    draft = kind.written(call, draft, existing)
    created = existing is None
    status = lro.created_status if created else lro.status
    if lro.polling is Polling.NONE:
        resource = operations.ended_at_once(call, kind, call.tx.save(draft))
        return Answer(status, kind.shown(resource, call.api_version), _etag(resource))
    state = kind.creating if created else kind.updating
    resource = call.tx.save(replace(draft, state=state))
    operation = operations.new_operation(call, resource, lro, call.method)
    operation = operations.begin(call, operation, kind.payload(call, existing))
    headers = {**_etag(resource), **operations.polling_headers(call, operation, lro, resource)}
    shown = kind.shown(resource, call.api_version)
    return Answer(status, shown, headers)


def _draft(kind: ResourceType, call: Call, existing: Resource | None, body: JsonObject) -> Resource:
    if existing:
        return replace(
            existing,
            body=body,
            state="Succeeded",
            modified_at=call.at,
            modified_by=call.caller.client_id,
        )
    target = call.target
    return Resource(
        id=_new_id(kind, call),
        type=kind.full_name,
        name=target.name,
        parent=_parent_id(call),
        body=body,
        subscription=target.subscription,
        resource_group=target.resource_group,
        location=body.get("location", "") if kind.tracked else _parent_location(call),
        created_at=call.at,
        created_by=call.caller.client_id,
        modified_at=call.at,
        modified_by=call.caller.client_id,
    )


def _parent_id(call: Call) -> str:
    """The parent's id with the casing it was made with."""
    parent = scopes.parent(call)
    return parent.id if parent else call.target.parent


def _parent_location(call: Call) -> str:
    parent = scopes.parent(call)
    return parent.location if parent else ""


def _new_id(kind: ResourceType, call: Call) -> str:
    target = call.target
    if len(target.types) > 1:
        return f"{_parent_id(call)}/{kind.path.rpartition('/')[2]}/{target.name}"
    if target.path.lower().startswith(f"{target.parent}/providers/".lower()):
        return f"{_parent_id(call)}/providers/{kind.full_name}/{target.name}"
    return target.path


def _location(kind: ResourceType, call: Call, existing: Resource | None) -> str:
    if not kind.tracked:
        return ""
    location = locations.checked(call.body.get("location"), kind.full_name, kind.regions)
    if existing and existing.location != location:
        raise kind.moved(existing, location)
    return location


def _tags(tags: object) -> JsonObject:
    if not isinstance(tags, dict) or not all(isinstance(tag, str) for tag in tags.values()):
        raise refusals.invalid_content("The tags must be an object of strings.")
    return tags


def _check_registered(call: Call) -> None:
    subscription, namespace = call.target.subscription, call.target.namespace
    if subscription and not registrations.is_registered(call.tx, subscription, namespace):
        raise refusals.not_registered(namespace)


def _check_conditions(call: Call, existing: Resource | None) -> None:
    wanted = call.headers.get("if-match", "").strip('"')
    if wanted and (existing is None or wanted not in {"*", existing.etag}):
        raise refusals.precondition_failed(wanted)
    unwanted = call.headers.get("if-none-match", "").strip('"')
    if unwanted == "*" and existing is not None:
        raise refusals.precondition_failed(unwanted)


def _etag(resource: Resource) -> dict[str, str]:
    return {"ETag": f'"{resource.etag}"'} if resource.etag else {}
