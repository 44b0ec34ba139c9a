# SPDX-License-Identifier: Apache-2.0
"""Azure Resource Manager: from one request to the handler of its resource type."""

import json
from dataclasses import replace

from azure_sandbox import identity
from azure_sandbox.arm import lists, operations, refusals, verbs
from azure_sandbox.arm.call import Call
from azure_sandbox.arm.errors import ArmError
from azure_sandbox.arm.ids import RESOURCES, Target, parse
from azure_sandbox.arm.locations import REGIONS
from azure_sandbox.arm.namespace import Namespace
from azure_sandbox.arm.resource_type import ResourceType, Scope
from azure_sandbox.arm.sandbox import Sandbox
from azure_sandbox.arm.wire import Answer, Exchange, JsonObject

_SUBSCRIPTIONS = frozenset({identity.SUBSCRIPTION_ID, identity.OTHER_SUBSCRIPTION_ID})
_READS = frozenset({"GET", "HEAD"})
_OBJECTS = ("properties", "tags", "identity")
"""Members that are objects in the body of every resource."""


def respond(sandbox: Sandbox, exchange: Exchange) -> Answer:
    """Answers one request; every refusal is an answer too."""
    store = sandbox.store
    try:
        with store.read() if exchange.method in _READS else store.write() as tx:
            now = sandbox.clock.now()
            audiences = identity.arm_audiences(sandbox.base_url)
            caller = identity.verify(tx, exchange.headers.get("authorization"), now, audiences)
            call = Call(
                method=exchange.method,
                target=_target(exchange),
                api_version=_api_version(exchange),
                body=_body(exchange),
                caller=caller,
                tx=tx,
                clock=sandbox.clock,
                at=now,
                base_url=sandbox.base_url,
                query=exchange.query,
                headers=exchange.headers,
            )
            return _dispatch(sandbox, call)
    except ArmError as error:
        return error.answer()


def _dispatch(sandbox: Sandbox, call: Call) -> Answer:
    target = call.target
    if target.subscription and target.subscription.lower() not in _SUBSCRIPTIONS:
        raise refusals.subscription_not_found(target.subscription)
    namespace = sandbox.namespaces.get((target.namespace or RESOURCES).lower())
    if namespace is None:
        raise refusals.unknown_namespace(target.namespace)
    polled = _polled(sandbox, call)
    if polled:
        return polled
    provider = sandbox.namespaces[RESOURCES.lower()] if _about_provider(target) else namespace
    types = _provider_route(target) if _about_provider(target) else target.type_path
    route = provider.route(call.method, types)
    if route:
        _check_version(provider, call, route.api_versions)
        return route.handler(call)
    return _on_type(sandbox, namespace, call)


def _about_provider(target: Target) -> bool:
    """Whether the path ends at a namespace or registers one."""
    return bool(target.namespace) and (
        not target.types or target.type_path.lower() in {"register", "unregister"}
    )


def _provider_route(target: Target) -> str:
    return f"providers/{target.types[0] if target.types else 'of'}"


def _on_type(sandbox: Sandbox, namespace: Namespace, call: Call) -> Answer:
    target = call.target
    kind = namespace.by_path.get(target.type_path.lower())
    if kind is None and not target.is_item and call.method == "POST":
        return _on_action(namespace, call)
    if kind is None:
        raise refusals.unknown_type(target, call.api_version)
    call = replace(call, target=_canonical(kind, target))
    _check_version(namespace, call, kind.api_versions)
    method = "GET" if call.method == "HEAD" else call.method
    misplaced = target.is_item and kind.scope is Scope.RESOURCE_GROUP and not target.resource_group
    if misplaced or method not in kind.methods or (not target.is_item and method != "GET"):
        raise refusals.method_not_supported(call.method, target)
    if not target.is_item:
        return lists.list_resources(kind, call)
    match method:
        case "PUT":
            return verbs.put(kind, call)
        case "PATCH":
            return verbs.patch(kind, call)
        case "DELETE":
            return verbs.delete(sandbox, kind, call)
        case _:
            return verbs.get(kind, call)


def _on_action(namespace: Namespace, call: Call) -> Answer:
    """POST …/{type}/{name}/{action}."""
    target = call.target
    owner = Target(target.scope, target.namespace, target.types[:-1], target.names)
    kind = namespace.by_path.get(owner.type_path.lower()) if owner.types else None
    if kind is None:
        raise refusals.unknown_type(target, call.api_version)
    _check_version(namespace, call, kind.api_versions)
    answer = verbs.act(kind, replace(call, target=_canonical(kind, owner)), target.types[-1])
    if answer is None:
        raise refusals.unknown_type(target, call.api_version)
    return answer


def _polled(sandbox: Sandbox, call: Call) -> Answer | None:
    """The answer of a polling URL, or None when the path is another one."""
    target = call.target
    if call.method != "GET" or not target.is_item or target.types[:1] != ("locations",):
        return None
    operation = call.tx.operation(target.name)
    if operation is None:
        return None
    kind = sandbox.kind(operation.type)
    segment = target.types[-1].lower()
    if kind is None or segment.endswith("status"):
        return operations.status_answer(call, operation)
    return operations.result_answer(call, operation, kind)


def _canonical(kind: ResourceType, target: Target) -> Target:
    """The target with the provider's own casing of namespace and types."""
    return Target(target.scope, kind.namespace, tuple(kind.path.split("/")), target.names)


def _target(exchange: Exchange) -> Target:
    target = parse(exchange.path)
    if target is None:
        raise ArmError(404, "NotFound", f"No operation has the path '{exchange.path}'.")
    return target


def _api_version(exchange: Exchange) -> str:
    version = exchange.query.get("api-version")
    if not version:
        raise refusals.missing_api_version()
    return version


def _check_version(namespace: Namespace, call: Call, supported: tuple[str, ...]) -> None:
    if call.api_version in supported:
        return
    if namespace.name == RESOURCES:
        raise refusals.invalid_api_version(call.api_version, supported)
    resource = call.tx.get(call.target.path)
    location = str(call.body.get("location") or (resource.location if resource else ""))
    raise refusals.unsupported_api_version(
        call.api_version,
        call.target.type_path,
        supported,
        namespace.locations or REGIONS,
        location,
    )


def _body(exchange: Exchange) -> JsonObject:
    if exchange.method in _READS or exchange.method == "DELETE":
        return {}
    if not exchange.body.strip():
        if exchange.method == "POST":
            return {}
        raise refusals.invalid_content("The request body is empty")
    try:
        body = json.loads(exchange.body)
    except ValueError as error:
        raise refusals.invalid_content(f"{error}") from error
    if not isinstance(body, dict):
        raise refusals.invalid_content("The body must be a JSON object")
    for name in _OBJECTS:
        if not isinstance(body.get(name, {}), dict | None):
            raise refusals.invalid_content(f"The member '{name}' must be a JSON object")
    return body
