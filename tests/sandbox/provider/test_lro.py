# SPDX-License-Identifier: Apache-2.0
"""Waiting for operations."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from azure.core import PipelineClient
from azure.core.pipeline.policies import RequestIdPolicy
from azure.core.rest import HttpRequest, HttpResponse

from azure_sandbox.provider.cloud import transport
from azure_sandbox.provider.errors import ArmError, ProviderError, TimedOutError
from azure_sandbox.provider.lro import Answer, await_operation
from azure_sandbox.provider.retries import retry_after_seconds
from tests.sandbox.provider.conftest import Answer as Prepared
from tests.sandbox.provider.conftest import FakeArm

THING = "/subscriptions/s/things/t"
MONITOR = "/subscriptions/s/operations/1"
READY = {"id": THING, "properties": {"provisioningState": "Succeeded"}}


@dataclass
class Waits:
    """A deadline that never comes, and remembers what it was asked to wait for."""

    seconds: list[float] = field(default_factory=list)

    def check(self) -> None:
        """Never ends anything."""

    def wait(self, seconds: float) -> None:
        """Does not wait, and does not let a test poll for ever."""
        self.seconds.append(seconds)
        if len(self.seconds) > 9:
            raise TimedOutError


def run(arm: FakeArm, method: str, accepted: Prepared, waits: Waits | None = None) -> Any:
    """Sends a request, and waits for its operation."""
    arm.prepare(f"{method} {THING}", accepted)
    client: PipelineClient[HttpRequest, HttpResponse] = PipelineClient(
        arm.url, policies=[RequestIdPolicy()], transport=transport()
    )
    with client:
        answer: Answer = client.send_request(  # type: ignore[assignment]
            HttpRequest(method, f"{arm.url}{THING}"), _return_pipeline_response=True
        )
        deadline: Any = waits or Waits()
        return await_operation(client, answer, "2025-12-01", deadline, speed=1)


def test_without_a_header_the_resource_itself_is_polled(arm: FakeArm) -> None:
    """A provisioning state that is not final yet is read again."""
    arm.prepare(
        f"GET {THING}",
        Prepared(200, {"properties": {"provisioningState": "Creating"}}),
        Prepared(200, READY),
    )

    body = run(arm, "PUT", Prepared(201, {"properties": {"provisioningState": "Creating"}}))

    assert body == READY
    assert arm.lines().count(f"GET {THING}") == 2


@pytest.mark.parametrize(
    "accepted", [Prepared(201, READY), Prepared(200, {"id": THING, "properties": {}})]
)
def test_a_final_state_needs_no_poll(arm: FakeArm, accepted: Prepared) -> None:
    """An answer that is ready, or speaks of no state, is the end."""
    run(arm, "PUT", accepted)

    assert arm.lines() == [f"PUT {THING}"]


@pytest.mark.parametrize("status", ["Failed", "Canceled", "Cancelled"])
def test_a_failed_operation_raises_its_error(arm: FakeArm, status: str) -> None:
    """Each word for failure is understood."""
    error = {"code": "Broken", "message": "It broke"}
    arm.prepare(f"GET {MONITOR}", Prepared(200, {"status": status, "error": error}))

    with pytest.raises(ArmError, match=r'^Status=200 Code="Broken" Message="It broke"$'):
        run(arm, "PUT", Prepared(202, {}, {"Azure-AsyncOperation": f"{arm.url}{MONITOR}"}))


def test_completed_is_a_success(arm: FakeArm) -> None:
    """Some services say Completed where others say Succeeded."""
    arm.prepare(f"GET {MONITOR}", Prepared(200, {"status": "Completed"}))
    arm.prepare(f"GET {THING}", Prepared(200, READY))

    body = run(arm, "PUT", Prepared(202, {}, {"Azure-AsyncOperation": f"{arm.url}{MONITOR}"}))

    assert body == READY


def test_a_relative_monitor_is_an_error(arm: FakeArm) -> None:
    """An Azure-AsyncOperation URL has to be absolute."""
    with pytest.raises(ProviderError, match=f"polling URL must be absolute, got '{MONITOR}'"):
        run(arm, "PUT", Prepared(202, {}, {"Azure-AsyncOperation": MONITOR}))


def test_a_location_that_ends_in_a_failed_resource_fails(arm: FakeArm) -> None:
    """A 200 ends the polling, not the judgement."""
    failed = {"properties": {"provisioningState": "Failed"}, "error": {"code": "C", "message": "M"}}
    arm.prepare(f"GET {MONITOR}", Prepared(200, failed))

    with pytest.raises(ArmError, match='Code="C"'):
        run(arm, "PUT", Prepared(202, {}, {"Location": MONITOR}))


def test_the_first_poll_comes_at_once_and_then_at_an_interval(arm: FakeArm) -> None:
    """Unless the service says otherwise, a PUT is polled every ten seconds."""
    busy = Prepared(200, {"status": "InProgress"})
    arm.prepare(f"GET {MONITOR}", busy, busy, Prepared(200, {"status": "Succeeded"}))
    arm.prepare(f"GET {THING}", Prepared(200, READY))
    waits = Waits()

    run(arm, "PUT", Prepared(202, {}, {"Azure-AsyncOperation": f"{arm.url}{MONITOR}"}), waits)

    assert waits.seconds == [10.0, 10.0]


def test_retry_after_comes_before_the_first_poll(arm: FakeArm) -> None:
    """What a service asks for is kept, from the first poll on."""
    arm.prepare(f"GET {MONITOR}", Prepared(202, None, {"Retry-After": "7"}), Prepared(204))
    waits = Waits()

    run(arm, "DELETE", Prepared(202, None, {"Location": MONITOR, "Retry-After": "3"}), waits)

    assert waits.seconds == [3.0, 7.0]


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"retry-after": "2", "retry-after-ms": "5"}, 0.005),
        ({"retry-after": "2", "x-ms-retry-after-ms": "40"}, 0.04),
        ({"retry-after": "2"}, 2.0),
        ({"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}, None),
        ({}, None),
    ],
)
def test_milliseconds_come_before_seconds(headers: dict[str, str], expected: float | None) -> None:
    """The more precise of two wishes counts."""
    assert expected == retry_after_seconds(headers)
