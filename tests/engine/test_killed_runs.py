# SPDX-License-Identifier: Apache-2.0
"""A run that is killed at any write is made good by `ame recover` and by running it again.

Killed means SIGKILL of the program, the engine and its plugins, right before a write is applied or
right after. The whole matrix takes minutes: `make kill-matrix` runs it. `make test` kills the
creation of every type, and every write of an update that swaps deployments.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.engine.killing import World, killable_world, without_guids
from tests.engine.recovering import assert_sound, recovered

MOMENTS = ("before", "after")
WRITES_OF_UP = 17
WRITES_OF_SWAP = 6
WRITES_OF_DESTROY = 15

TYPES = {
    "resource group": "/resourcegroups/",
    "identity": "/userAssignedIdentities/",
    "storage account": "/storageAccounts/",
    "key vault": "/vaults/",
    "log analytics": "/Microsoft.OperationalInsights/",
    "application insights": "/Microsoft.Insights/",
    "container registry": "/registries/cr",
    "role assignment": "/roleAssignments/",
    "workspace": "/workspaces/mlw-",
    "secret": "/secrets/",
    "environment": "/environments/",
    "endpoint": "/onlineEndpoints/",
    "deployment": "/deployments/",
}
"""A part of the path by which the first write of each type is recognised."""

VLLM = {"vllm": {"image": "docker.io/acme/vllm:v0.20.2"}}
BLUE: dict[str, Any] = {"deployments": {"blue": VLLM}}
GREEN: dict[str, Any] = {"deployments": {"green": VLLM}, "tags": {"team": "b"}}


@dataclass(frozen=True, slots=True)
class Unharmed:
    """What runs that nobody kills lead to, and how they get there."""

    live: list[str]
    recorded: list[str]
    swapped: list[str]
    writes: tuple[int, int, int]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A sandbox for runs that are killed."""
    with killable_world(tmp_path_factory.mktemp("killing")) as world:
        yield world


@pytest.fixture(scope="module")
def unharmed(world: World) -> Unharmed:
    """Run everything once; remembers the stack as it is after `up`."""
    world.declare(BLUE)
    world.done("up")
    up = len(world.writes())
    world.save("up")
    live, recorded = without_guids(world.live_ids()), world.recorded()
    since = world.admin.get("log")["entries"][-1]["seq"]
    world.declare(GREEN)
    world.done("up")
    swap = len(world.writes(since))
    swapped = world.recorded()
    world.load("up")
    world.done("destroy")
    destroy = len(world.writes(since))
    return Unharmed(live, recorded, swapped, (up, swap, destroy))


@pytest.mark.parametrize("path", TYPES.values(), ids=TYPES)
def test_every_type_is_adopted(world: World, unharmed: Unharmed, path: str) -> None:
    """What a killed update had created is found again, whatever it is."""
    world.forget()
    world.declare(BLUE)
    world.killed("up", "after", write=1, path=path)

    adopted = recovered(world)

    assert adopted
    assert_as_unharmed(world, unharmed)


@pytest.mark.parametrize("write", range(1, WRITES_OF_SWAP + 1))
@pytest.mark.parametrize("moment", [pytest.param("before", marks=pytest.mark.matrix), "after"])
def test_killed_swap(world: World, unharmed: Unharmed, moment: str, write: int) -> None:
    """While green takes over from blue somebody always serves, wherever it is killed."""
    world.load("up")
    world.declare(GREEN)
    world.killed("up", moment, write)

    recovered(world)

    assert_sound(world)
    assert unharmed.swapped == world.recorded()
    assert [{"green": 100}, {"green": 1}] == [
        world.routing()[-1][what] for what in ("traffic", "instances")
    ]


def test_endpoint_and_deployment_are_adopted_without_recovery(
    world: World, unharmed: Unharmed
) -> None:
    """The next update itself adopts them; what the engine still notes of them can be forgotten."""
    world.forget()
    world.declare(BLUE)
    for path in ("/onlineEndpoints/", "/deployments/"):
        world.killed("up", "after", write=1, path=path)
        world.unlock()

    world.done("up")

    assert "Forgot that chat-blue was to be created: it was" in world.done("recover")
    assert_as_unharmed(world, unharmed)


def test_killed_deletion_of_an_endpoint_turned_round(world: World, unharmed: Unharmed) -> None:
    """A stack whose endpoint was being deleted can be brought back instead."""
    world.load("up")
    world.declare(BLUE)
    world.killed("destroy", "after", write=1, path="/onlineEndpoints/")

    assert "Forgot chat-endpoint: it is deleted" in world.done("recover")
    assert_brought_back(world, unharmed)


def test_the_matrix_covers_every_write(unharmed: Unharmed) -> None:
    """As many writes are killed as there are."""
    assert (WRITES_OF_UP, WRITES_OF_SWAP, WRITES_OF_DESTROY) == unharmed.writes


@pytest.mark.matrix
@pytest.mark.parametrize("write", range(1, WRITES_OF_UP + 1))
@pytest.mark.parametrize("moment", MOMENTS)
def test_killed_creation(world: World, unharmed: Unharmed, moment: str, write: int) -> None:
    """A first update that was killed ends as if it had not been."""
    world.forget()
    world.declare(BLUE)
    world.killed("up", moment, write)

    recovered(world)

    assert_as_unharmed(world, unharmed)


@pytest.mark.matrix
@pytest.mark.parametrize("write", range(1, WRITES_OF_DESTROY + 1))
@pytest.mark.parametrize("moment", MOMENTS)
def test_killed_destruction(world: World, unharmed: Unharmed, moment: str, write: int) -> None:
    """What is left of a stack that was being destroyed can be destroyed."""
    world.load("up")
    world.declare(BLUE)
    world.killed("destroy", moment, write)

    world.done("recover")
    world.done("destroy")

    assert [] == [one for one in world.live_ids() if "/deletedvaults/" not in one]
    assert [] == world.recorded_ids()


@pytest.mark.matrix
@pytest.mark.parametrize("write", range(1, WRITES_OF_DESTROY + 1))
@pytest.mark.parametrize("moment", MOMENTS)
def test_killed_destruction_turned_round(
    world: World, unharmed: Unharmed, moment: str, write: int
) -> None:
    """What is left of a stack that was being destroyed can be brought back, too."""
    world.load("up")
    world.declare(BLUE)
    world.killed("destroy", moment, write)

    world.done("recover")
    assert_brought_back(world, unharmed)


def assert_brought_back(world: World, unharmed: Unharmed) -> None:
    """The next update makes everything as it was, and there is nothing left to change."""
    world.done("up")

    assert unharmed.live == without_guids(world.live_ids())
    assert unharmed.recorded == world.recorded()
    assert {"blue": 100} == world.routing()[-1]["traffic"]
    assert {"same"} == set(json.loads(world.done("preview").splitlines()[-1]))


def assert_as_unharmed(world: World, unharmed: Unharmed) -> None:
    """Everything is as after a first update that nobody killed."""
    assert unharmed.live == without_guids(world.live_ids())
    assert unharmed.recorded == world.recorded()
    assert {"blue": 100} == world.routing()[-1]["traffic"]
    assert_sound(world)
