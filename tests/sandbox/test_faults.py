# SPDX-License-Identifier: Apache-2.0
"""Injected faults."""

from collections.abc import Callable

import pytest

from azure_sandbox.arm.wire import NO_ANSWER
from tests.sandbox.conftest import SUBSCRIPTION, Azure

REGISTRY = "providers/Microsoft.ContainerRegistry/registries/chatimages"
BASIC = {"location": "eastus", "sku": {"name": "Basic"}}


def _inject(azure: Azure, **rule: object) -> int:
    response = azure.http.post("/sandbox/faults", json=rule)
    assert 200 == response.status_code, response.text
    number: int = response.json()["id"]
    return number


def test_status_strikes_as_often_as_said(azure: Azure, group: str) -> None:
    """A throttled request gets code, text and Retry-After, and the next one passes."""
    _inject(
        azure,
        method="GET",
        path="/RESOURCEGROUPS/rg-chat",
        status=429,
        code="TooManyRequests",
        message="Slow down.",
        retry_after_seconds=7,
        times=1,
    )

    first, second = (azure.send("GET", group) for _ in range(2))

    assert (429, "7") == (first.status_code, first.headers["retry-after"])
    assert {"code": "TooManyRequests", "message": "Slow down."} == first.json()["error"]
    assert 200 == second.status_code


def test_other_requests_are_spared(azure: Azure, group: str) -> None:
    """Method and path both have to match."""
    _inject(azure, method="PUT", path="rg-chat", status=500)

    assert 200 == azure.send("GET", group).status_code
    assert 200 == azure.send("GET", SUBSCRIPTION).status_code
    assert 500 == azure.send("PUT", group, {"location": "eastus"}).status_code


def test_struck_request_has_no_effect(azure: Azure) -> None:
    """A request that is answered by a fault is not handled."""
    path = f"{SUBSCRIPTION}/resourceGroups/rg-chat"
    _inject(azure, method="PUT", status=503, times=1)

    azure.send("PUT", path, {"location": "eastus"})

    assert (404, "ResourceGroupNotFound") == azure.refusal("GET", path)


def test_operation_fails(azure: Azure, group: str) -> None:
    """The PUT is accepted; its operation and the resource end as Failed."""
    _inject(azure, fail_operation=True, path="registries", code="OutOfQuota", message="No cores.")

    started = azure.send("PUT", f"{group}/{REGISTRY}", BASIC)
    azure.time.pass_by(3600)
    ended = azure.poll(started).json()

    assert 201 == started.status_code
    assert ("Failed", {"code": "OutOfQuota", "message": "No cores."}) == (
        ended["status"],
        ended["error"],
    )
    state = azure.get(f"{group}/{REGISTRY}")["properties"]["provisioningState"]
    assert "Failed" == state


def test_failed_deletion_is_told_at_its_location(azure: Azure, group: str) -> None:
    """The Location of a failed deletion answers with the error."""
    azure.put(f"{group}/{REGISTRY}", BASIC)
    _inject(azure, fail_operation=True, method="DELETE", code="Conflict", message="Still in use.")

    started = azure.send("DELETE", f"{group}/{REGISTRY}")
    azure.time.pass_by(3600)
    ended = azure.poll(started)

    assert (400, "Conflict") == (ended.status_code, ended.json()["error"]["code"])
    assert 200 == azure.send("GET", f"{group}/{REGISTRY}").status_code


def test_operation_never_ends(azure: Azure, group: str) -> None:
    """It stays InProgress however long one waits."""
    _inject(azure, never_ends=True, times=1)

    started = azure.send("PUT", f"{group}/{REGISTRY}", BASIC)
    azure.time.pass_by(1_000_000)

    assert "InProgress" == azure.poll(started).json()["status"]


def test_only_writes_to_resource_manager_kill(azure: Azure, group: str) -> None:
    """Reads pass, whatever their method; the write has its effect, and nobody sees an answer."""
    azure.put(f"{group}/{REGISTRY}", BASIC | {"properties": {"adminUserEnabled": True}})
    _inject(azure, kill="after")

    assert 200 == azure.send("GET", group).status_code
    assert 200 == azure.send("POST", f"{group}/{REGISTRY}/listCredentials").status_code
    unanswered = azure.send("DELETE", f"{group}/{REGISTRY}")
    assert NO_ANSWER.status == unanswered.status_code
    azure.time.pass_by(3600)
    assert 404 == azure.send("GET", f"{group}/{REGISTRY}").status_code


def test_probability_strikes_some_and_the_same_ones_again(azure: Azure) -> None:
    """A rule with a probability is repeatable."""

    def statuses() -> list[int]:
        return [azure.send("GET", SUBSCRIPTION).status_code for _ in range(20)]

    _inject(azure, status=500, probability=0.5)
    first = statuses()
    azure.http.post("/sandbox/reset")
    _inject(azure, status=500, probability=0.5)
    azure.headers["Authorization"] = "Bearer"

    second = statuses()

    assert {200, 500} == set(first)
    assert [status == 500 for status in first] == [status == 500 for status in second]


def test_seed_strikes_the_same_share_whatever_else_is_set(azure: Azure) -> None:
    """Another seed strikes another share; what is slow is also struck."""

    def struck(seed: int) -> list[bool]:
        _inject(azure, latency_ms=1)
        _inject(azure, status=503, probability=0.25, seed=seed)
        statuses = [azure.send("GET", SUBSCRIPTION).status_code for _ in range(40)]
        azure.http.delete("/sandbox/faults")
        return [status == 503 for status in statuses]

    first, other, again = struck(7), struck(8), struck(7)

    assert first == again != other
    assert 0 < sum(first) < 20


def test_faults_survive_a_restart(start: Callable[[], Azure]) -> None:
    """Rules are part of the state."""
    number = _inject(start(), drop=True, path="nothing")

    rules = start().http.get("/sandbox/faults").json()["faults"]

    assert [number] == [rule["id"] for rule in rules]


def test_faults_are_removed_one_by_one_or_all(azure: Azure) -> None:
    """Numbers are never used twice."""
    first, second = (_inject(azure, drop=True, path=name) for name in ("a", "b"))

    removed = azure.http.delete(f"/sandbox/faults?id={second}").json()
    third = _inject(azure, drop=True, path="c")
    unknown = azure.http.delete(f"/sandbox/faults?id={second}")
    rest = azure.http.delete("/sandbox/faults").json()

    assert {"removed": 1} == removed
    assert [1, 2, 3] == [first, second, third]
    assert 404 == unknown.status_code
    assert {"removed": 2} == rest


@pytest.mark.parametrize(
    "rule",
    [
        {},
        {"status": 500, "drop": True},
        {"status": 42},
        {"status": "500"},
        {"drop": True, "probability": 1.5},
        {"drop": True, "times": -1},
        {"drop": True, "times": 0},
        {"latency_ms": -1},
        {"drop": True, "colour": "red"},
        {"kill": "meanwhile"},
        {"kill": "before", "write": 0},
        {"drop": True, "write": 2},
    ],
)
def test_rules_that_make_no_sense_are_refused(azure: Azure, rule: dict[str, object]) -> None:
    """Each is a 400 with a sentence."""
    response = azure.http.post("/sandbox/faults", json=rule)

    assert (400, "InvalidFault") == (response.status_code, response.json()["error"]["code"])
