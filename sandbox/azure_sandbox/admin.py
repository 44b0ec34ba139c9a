# SPDX-License-Identifier: Apache-2.0
"""The sandbox's own admin API below ``/sandbox``: no token, loopback only, never logged."""

import json
from collections.abc import Callable
from dataclasses import asdict

from azure_sandbox import faults, identity
from azure_sandbox.arm import request_log
from azure_sandbox.arm.clock import timestamp
from azure_sandbox.arm.errors import ArmError
from azure_sandbox.arm.operations import settle
from azure_sandbox.arm.records import RoutingChange
from azure_sandbox.arm.sandbox import Sandbox
from azure_sandbox.arm.transaction import Transaction
from azure_sandbox.arm.wire import Answer, Exchange, JsonObject
from azure_sandbox.name_resolution import network_of, resolve
from azure_sandbox.namespaces import machine_learning, quota_policies
from azure_sandbox.namespaces.network.versions import VIRTUAL_NETWORKS
from azure_sandbox.places import INTERNET, Place, parse_place


def respond(sandbox: Sandbox, exchange: Exchange) -> Answer:
    """Answers one admin request."""
    settle(sandbox)
    try:
        with sandbox.store.read() if exchange.method == "GET" else sandbox.store.write() as tx:
            return Answer(200, _answer(sandbox, tx, exchange))
    except ArmError as error:
        return error.answer()


def _answer(sandbox: Sandbox, tx: Transaction, exchange: Exchange) -> JsonObject:
    """What a request is answered with."""
    handlers: dict[tuple[str, str], Callable[[], JsonObject]] = {
        ("GET", "status"): lambda: _status(sandbox, tx),
        ("GET", "log"): lambda: {"entries": request_log.entries(tx, _number(exchange, "since"))},
        ("GET", "routing"): lambda: {"changes": _routing(tx, exchange)},
        ("GET", "resolve"): lambda: _resolve(tx, exchange),
        ("POST", "places"): lambda: _open_place(sandbox, tx, exchange),
        ("POST", "reset"): lambda: _reset(tx),
        ("GET", "faults"): lambda: {"faults": [asdict(fault) for fault in faults.listed(tx)]},
        ("POST", "faults"): lambda: asdict(faults.added(tx, _body(exchange))),
        ("DELETE", "faults"): lambda: _remove_faults(tx, exchange),
        ("GET", "quota"): lambda: _quota(tx),
        ("PUT", "quota"): lambda: machine_learning.set_quota(tx, _body(exchange)),
        ("PUT", "quota/policy"): lambda: quota_policies.set_policy(tx, _body(exchange)),
        ("PUT", "quota/capacity"): lambda: machine_learning.set_capacity(tx, _body(exchange)),
        ("PUT", "quota/offer"): lambda: machine_learning.set_offer(tx, _body(exchange)),
        ("PUT", "quota/spelling"): lambda: machine_learning.set_spelling(tx, _body(exchange)),
    }
    handler = handlers.get((exchange.method, exchange.path.removeprefix("/sandbox/")))
    if handler is None:
        text = f"The admin API has no {exchange.method} {exchange.path}."
        raise ArmError(404, "NotFound", text)
    return handler()


def _resolve(tx: Transaction, exchange: Exchange) -> JsonObject:
    """What ``?name=`` means to callers ``?from=`` a place."""
    place = _place(tx, exchange.query.get("from", str(INTERNET)))
    return {"from": str(place), **resolve(tx, exchange.query.get("name", ""), place).shown()}


def _open_place(sandbox: Sandbox, tx: Transaction, exchange: Exchange) -> JsonObject:
    """Listens for callers at a place, and says where."""
    place = _place(tx, str(_body(exchange).get("from")))
    if place == INTERNET:
        return {"from": str(place), "url": sandbox.base_url}
    port = sandbox.places.port_for(place)
    return {"from": str(place), "url": f"https://localhost:{port}"}


def _place(tx: Transaction, text: str) -> Place:
    """The place that somebody names; a network is named by its id from here on."""
    try:
        place = parse_place(text)
    except ValueError as error:
        raise ArmError(400, "BadRequest", f"from: {error}.") from error
    if place == INTERNET:
        return place
    network = network_of(tx, place)
    if network is None:
        known = ", ".join(sorted(one.name for one in tx.of_type(VIRTUAL_NETWORKS))) or "none"
        text = f"There is no virtual network {place.network}. There are: {known}."
        raise ArmError(404, "VirtualNetworkNotFound", text)
    return Place(network.id)


def _reset(tx: Transaction) -> JsonObject:
    tx.clear()
    identity.seed(tx)
    return {}


def _remove_faults(tx: Transaction, exchange: Exchange) -> JsonObject:
    """Removes the rule of ``?id=``, or all."""
    fault_id = _number(exchange, "id") if "id" in exchange.query else None
    removed = faults.cleared(tx, fault_id)
    if fault_id is not None and not removed:
        raise ArmError(404, "FaultNotFound", f"There is no fault {fault_id}.")
    return {"removed": removed}


def _quota(tx: Transaction) -> JsonObject:
    """Limits and usage, what becomes of requests for more, and which capacity is lost."""
    return {
        **machine_learning.quota_report(tx),
        "policies": quota_policies.policies_report(tx),
        "lost_capacity": machine_learning.capacity_report(tx),
    }


def _status(sandbox: Sandbox, tx: Transaction) -> JsonObject:
    return {
        "url": sandbox.base_url,
        "speed": sandbox.clock.speed,
        "subscription": identity.SUBSCRIPTION_ID,
        "tenant": identity.TENANT_ID,
        **tx.counts(),
    }


def _routing(tx: Transaction, exchange: Exchange) -> list[JsonObject]:
    """The routing history of all endpoints, or of those of a name or id."""
    wanted = exchange.query.get("endpoint", "").lower()
    return [
        _shown(change)
        for change in tx.routing()
        if wanted in {"", change.endpoint_id.lower(), _name(change).lower()}
    ]


def _shown(change: RoutingChange) -> JsonObject:
    return {
        "seq": change.sequence,
        "time": timestamp(change.at),
        "endpoint": _name(change),
        "endpoint_id": change.endpoint_id,
        "traffic": change.traffic,
        "mirror_traffic": change.mirror_traffic,
        "instances": change.instances,
        "cause": change.cause,
    }


def _name(change: RoutingChange) -> str:
    return change.endpoint_id.rpartition("/")[2]


def _number(exchange: Exchange, name: str) -> int:
    """A whole number of the query, 0 when it is not given."""
    text = exchange.query.get(name, "0")
    if not text.isdecimal():
        raise ArmError(400, "BadRequest", f"'{name}' is '{text}'; allowed: a whole number.")
    return int(text)


def _body(exchange: Exchange) -> JsonObject:
    try:
        body = json.loads(exchange.body)
    except ValueError as error:
        raise ArmError(400, "BadRequest", f"The body is not JSON: {error}.") from error
    if not isinstance(body, dict):
        raise ArmError(400, "BadRequest", "The body must be a JSON object.")
    return body
