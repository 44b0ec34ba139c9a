# SPDX-License-Identifier: Apache-2.0
"""Azure fails in the middle of an update: it is survived, or told in one paragraph.

Either way nobody stops serving, and running the same command again converges.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest

from tests.engine.killing import World, killable_world
from tests.engine.world import shares

PHI: dict[str, Any] = {"model": "phi-2"}
BLUE = PHI | {"deployments": {"blue": {}}}
GREEN = PHI | {"deployments": {"blue": {}, "green": {}}, "traffic": {"green": 100}}

# What the provider writes, and what the library itself writes.
DEPLOYMENT = {"method": "PUT", "path": "/deployments/green"}
TRAFFIC = {"method": "PUT", "path": "/onlineEndpoints/"}
ANY_READ = {"method": "GET", "path": "/onlineEndpoints/"}

TOO_MANY = {"status": 429, "code": "TooManyRequests", "retry_after_seconds": 1, "times": 2}
CONFLICT = {"status": 409, "code": "Conflict", "message": "It is busy.", "times": 1}
INTERNAL = {"status": 500, "times": 2}
UNAVAILABLE = {"status": 503, "code": "ServerBusy", "message": "Come back later."}
DROPPED = {"drop": True, "times": 1}
LATE = {"latency_ms": 500}
FAILED = {"fail_operation": True, "code": "OutOfCapacity", "message": "No GPU.", "times": 1}


@dataclass(frozen=True, slots=True)
class Stage:
    """A stack as it is before an update that Azure disturbs."""

    world: World

    def set(self, name: str, rule: dict[str, Any]) -> None:
        """Bring the stack to where it was under a name, want green, and let Azure fail."""
        self.world.load(name)
        self.world.declare(GREEN)
        self.world.admin.send("POST", "faults", rule)

    def assert_waited(self, fault: dict[str, Any]) -> None:
        """See that a write that came too soon was repeated no sooner than Azure asked for."""
        writes = [
            each for each in self.world.admin.get("log")["entries"] if each["method"] == "PUT"
        ]
        refused = [each for each in writes if each["status"] == fault.get("status")]
        assert fault["times"] == len(refused)
        for early in refused:
            again = next(
                each
                for each in writes
                if each["seq"] > early["seq"] and each["path"] == early["path"]
            )
            pause = datetime.fromisoformat(again["time"]) - datetime.fromisoformat(early["time"])
            assert fault["retry_after_seconds"] <= pause.total_seconds()

    def assert_converges(self) -> None:
        """Run the same command again in good weather."""
        self.world.admin.send("DELETE", "faults")
        self.world.done("up")
        assert {"green": 100} == self.world.routing()[-1]["traffic"]
        assert [] == self.world.unsettled()
        assert {100} == set(shares(self.world.routing()))


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A stack where blue serves, and one where green only waits for traffic."""
    with killable_world(tmp_path_factory.mktemp("faults")) as world:
        world.declare(BLUE)
        world.done("up")
        world.save("blue")
        world.declare(GREEN | {"traffic": {"blue": 100}})
        world.done("up")
        world.save("both")
        yield Stage(world)


@pytest.mark.parametrize("fault", [TOO_MANY, INTERNAL, DROPPED, LATE])
def test_provider_survives(stage: Stage, fault: dict[str, Any]) -> None:
    """Creating a deployment is tried again when that may help."""
    stage.set("blue", DEPLOYMENT | fault)

    stage.world.done("up")

    if fault is TOO_MANY:
        stage.assert_waited(fault)
    stage.assert_converges()


@pytest.mark.parametrize("fault", [TOO_MANY, CONFLICT, INTERNAL, DROPPED, LATE])
def test_traffic_survives(stage: Stage, fault: dict[str, Any]) -> None:
    """So is moving the traffic, also when somebody else keeps the endpoint busy."""
    stage.set("both", TRAFFIC | fault)

    stage.world.done("up")

    if fault is TOO_MANY:
        stage.assert_waited(fault)
    stage.assert_converges()


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        (DEPLOYMENT | CONFLICT, 'Status=409 Code="Conflict" Message="It is busy."'),
        (DEPLOYMENT | UNAVAILABLE, 'Status=503 Code="ServerBusy" Message="Come back later."'),
        (DEPLOYMENT | FAILED, 'Code="OutOfCapacity" Message="No GPU."'),
        (DEPLOYMENT | {"drop": True}, "/deployments/green"),
        (
            ANY_READ | UNAVAILABLE,
            "Azure could not be asked what is live, so nothing may be changed: ",
        ),
        (
            ANY_READ | {"drop": True},
            "Azure could not be asked what is live, so nothing may be changed: ",
        ),
    ],
)
def test_failure_is_one_paragraph(stage: Stage, rule: dict[str, Any], told: str) -> None:
    """What cannot be survived is told in Azure's own words, and blue goes on serving."""
    stage.set("blue", rule)

    run = stage.world.run("up")

    assert 1 == run.status, run.said
    assert told in run.said
    assert "Traceback" not in run.said
    assert {"blue": 100} == stage.world.routing()[-1]["traffic"]
    stage.assert_converges()


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (UNAVAILABLE, "refused (503 ServerBusy): Come back later."),
        ({"drop": True}, "Azure Resource Manager could not be reached: "),
        (FAILED, "could not carry it out (OutOfCapacity): No GPU."),
    ],
)
def test_traffic_stays_in_one_paragraph(stage: Stage, fault: dict[str, Any], told: str) -> None:
    """Where the traffic cannot be moved, nothing after it happens either."""
    stage.set("both", TRAFFIC | fault)

    run = stage.world.run("up")

    assert 1 == run.status, run.said
    assert "stays as it is: Azure Resource Manager " in run.said
    assert told in run.said
    assert "Traceback" not in run.said
    assert {"blue": 100} == stage.world.routing()[-1]["traffic"]
    stage.assert_converges()


def test_operation_that_never_ends(stage: Stage) -> None:
    """The program's own time limit ends the wait, and blue goes on serving."""
    stage.set("blue", DEPLOYMENT | {"never_ends": True, "times": 1})
    stage.world.declare(GREEN | {"timeout": "2s"})

    run = stage.world.run("up")

    assert 1 == run.status, run.said
    assert "operation timed out" in run.said
    assert "Traceback" not in run.said
    assert {"blue": 100} == stage.world.routing()[-1]["traffic"]
    stage.world.end_operations()
    stage.world.declare(GREEN)
    stage.assert_converges()
