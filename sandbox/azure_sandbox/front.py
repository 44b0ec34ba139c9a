# SPDX-License-Identifier: Apache-2.0
"""The front door: every request is settled, possibly struck by a fault, answered and logged."""

import logging
import re
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace

from azure_sandbox import (
    admin,
    faults,
    hub,
    identity,
    image_registries,
    metadata,
    registry_services,
    scoring,
    storage_services,
    vaults,
    workspace_services,
)
from azure_sandbox.arm import control_plane, operations, request_log
from azure_sandbox.arm.errors import ArmError, StoreCorruptError
from azure_sandbox.arm.sandbox import Sandbox
from azure_sandbox.arm.wire import NO_ANSWER, Answer, Exchange
from azure_sandbox.prices import api as prices

Handler = Callable[[Sandbox, Exchange], Answer]

_ROUTES: tuple[tuple[str, str, Handler], ...] = (
    (
        "GET|HEAD|PUT|PATCH|POST|DELETE",
        r"/(?:subscriptions|providers|tenants)(?:/.*)?",
        control_plane.respond,
    ),
    ("GET|POST|HEAD|OPTIONS", r"/inference/.+", scoring.answer),
    ("GET|PUT|POST|PATCH|DELETE", r"/vaults/.+", vaults.answer),
    ("GET|HEAD", r"/storage/.+", storage_services.answer),
    ("GET|HEAD", r"/registries/[^/]+/v2", image_registries.answer),
    ("GET", r"/workspaces/[^/]+(?:/.*)?", workspace_services.answer),
    ("POST", r"/[^/]+/oauth2/(?:v2\.0/)?token", identity.token_answer),
    ("GET", r"/common/discovery/instance", identity.instance_discovery_answer),
    ("GET", r"/[^/]+/(?:v2\.0/)?\.well-known/openid-configuration", identity.discovery_answer),
    ("GET", r"/msi/token", identity.managed_identity_answer),
    ("GET", r"/metadata/endpoints", metadata.endpoints_answer),
    ("GET", prices.PATH, prices.answer),
    ("GET", hub.PATH, hub.answer),
    (
        "GET",
        r"/registrymanagement/v1\.0/registries/[^/]+/discovery",
        registry_services.discovery_answer,
    ),
    ("GET", rf"{registry_services.FRONT_END}/.+", registry_services.front_end_answer),
)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class FrontDoor:
    """Answers every request of one sandbox."""

    sandbox: Sandbox
    kill_jobs: Callable[[], None]
    """Ends the commands that run in the sandbox as a power failure would."""

    def respond(self, exchange: Exchange) -> Answer:
        """The answer to one request; nothing is raised."""
        sandbox = replace(self.sandbox, base_url=exchange.base_url or self.sandbox.base_url)
        if exchange.path.startswith("/sandbox/"):
            return _safely(admin.respond, sandbox, exchange)
        answer = _safely(self._struck_or_handled, sandbox, exchange)
        answer = replace(answer, headers={**answer.headers, **_ids(exchange)})
        _safely(self._recorded(answer), self.sandbox, exchange)
        return answer

    def _struck_or_handled(self, sandbox: Sandbox, exchange: Exchange) -> Answer:
        operations.settle(sandbox)
        for fault in self._faults(exchange):
            if fault.drop:
                return NO_ANSWER
            if fault.status:
                seconds = fault.retry_after_seconds
                headers = {} if seconds is None else {"Retry-After": str(seconds)}
                error = ArmError(fault.status, fault.code, fault.message, headers=headers)
                return error.answer()
            if fault.kill:
                return self._killed(fault.kill, sandbox, exchange)
            time.sleep(fault.latency_ms / 1000)
        return _handler(exchange)(sandbox, exchange)

    def _killed(self, moment: str, sandbox: Sandbox, exchange: Exchange) -> Answer:
        """Kill the commands before or after a request is handled; nobody is left to answer."""
        if moment == faults.AFTER:
            _safely(_handler(exchange), sandbox, exchange)
        self.kill_jobs()
        return NO_ANSWER

    def _faults(self, exchange: Exchange) -> list[faults.Fault]:
        store = self.sandbox.store
        with store.read() as tx:
            if not faults.any_on_requests(tx):
                return []
        with store.write() as tx:
            return faults.on_request(tx, exchange.method, exchange.path)

    def _recorded(self, answer: Answer) -> Handler:
        def record(sandbox: Sandbox, exchange: Exchange) -> Answer:
            with sandbox.store.write() as tx:
                request_log.record(tx, sandbox.clock.now(), exchange, answer)
            return answer

        return record


def _handler(exchange: Exchange) -> Handler:
    for methods, pattern, handler in _ROUTES:
        if re.fullmatch(pattern, exchange.path, re.IGNORECASE):
            if exchange.method in methods.split("|"):
                return handler
            text = f"The method {exchange.method} is not supported at '{exchange.path}'."
            raise ArmError(405, "MethodNotAllowed", text)
    raise ArmError(404, "NotFound", f"The sandbox has nothing at '{exchange.path}'.")


def _safely(handler: Handler, sandbox: Sandbox, exchange: Exchange) -> Answer:
    try:
        return handler(sandbox, exchange)
    except ArmError as error:
        return error.answer()
    except StoreCorruptError as error:
        _log.error("%s", error)
        return ArmError(500, "StateDatabaseCorrupt", str(error)).answer()
    except Exception:  # noqa: BLE001  (logged, and told to the client)
        _log.exception("%s %s", exchange.method, exchange.path)
        text = "The sandbox failed to handle this request; server.log says why."
        return ArmError(500, "InternalServerError", text).answer()


def _ids(exchange: Exchange) -> dict[str, str]:
    """The ids by which Azure traces a request; the client's own are sent back."""
    request_id = str(uuid.uuid4())
    correlation = exchange.headers.get("x-ms-correlation-request-id", request_id)
    ids = {
        "x-ms-request-id": request_id,
        "x-ms-correlation-request-id": correlation,
        "x-ms-routing-request-id": f"SANDBOX:{request_id}",
    }
    client_request_id = exchange.headers.get("x-ms-client-request-id")
    if client_request_id:
        ids["x-ms-client-request-id"] = client_request_id
    return ids
