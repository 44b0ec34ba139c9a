# SPDX-License-Identifier: Apache-2.0
"""What production has besides is made good after a kill too: networks, keys, limits, logs, locks.

The run is killed after the first write of each type and of each step. All of them take minutes:
`make kill-matrix` runs them, `make test` two.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.engine.killing import World, killable_world, without_guids
from tests.engine.recovering import assert_sound, recovered

PROTECTED = {"program": "protected"}


@dataclass(frozen=True, slots=True)
class Write:
    """What the first write of something is recognised by."""

    path: str
    """A part of its path."""
    method: str = ""


RESOURCES = {
    "security group": Write("/networkSecurityGroups/"),
    "virtual network": Write("/virtualNetworks/"),
    "subnet": Write("/subnets/"),
    "private zone": Write("/privateDnsZones/"),
    "zone link": Write("/virtualNetworkLinks/"),
    "private endpoint": Write("/privateEndpoints/"),
    "zone group": Write("/privateDnsZoneGroups/"),
    "outbound rule": Write("/outboundRules/"),
    "encryption key": Write("/keys/"),
    "role assignment": Write("/roleAssignments/"),
    "diagnostic setting": Write("/diagnosticSettings/"),
    "lock": Write("/locks/"),
}
STEPS = {
    "managed network": Write("/provisionManagedNetwork", "POST"),
    "storage encryption": Write("/storageAccounts/", "PATCH"),
    "share of the quota": Write("/updateQuotas", "POST"),
}
IN_EVERY_RUN = ("private endpoint", "managed network")


@dataclass(frozen=True, slots=True)
class Unharmed:
    """What a run that nobody kills leads to."""

    live: list[str]
    recorded: list[str]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A sandbox for runs that are killed."""
    with killable_world(tmp_path_factory.mktemp("killing")) as world:
        world.declare(PROTECTED)
        yield world


@pytest.fixture(scope="module")
def unharmed(world: World) -> Unharmed:
    """Run everything once."""
    world.done("up")
    return Unharmed(without_guids(world.live_ids()), world.recorded())


@pytest.mark.parametrize(
    "what",
    [
        pytest.param(what, marks=() if what in IN_EVERY_RUN else pytest.mark.matrix)
        for what in (*RESOURCES, *STEPS)
    ],
)
def test_killed_run_ends_as_if_it_had_not_been(world: World, unharmed: Unharmed, what: str) -> None:
    """A resource is adopted, a step taken again; nothing is doubled, nothing left over."""
    write = RESOURCES.get(what) or STEPS[what]
    world.forget()
    world.killed("up", "after", 1, write.path, write.method)

    adopted = recovered(world)

    assert adopted or what in STEPS
    assert unharmed.live == without_guids(world.live_ids())
    assert unharmed.recorded == world.recorded()
    assert {"blue": 100} == world.routing()[-1]["traffic"]
    assert_sound(world)
