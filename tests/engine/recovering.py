# SPDX-License-Identifier: Apache-2.0
"""What is done after a run that was killed, and what is true then."""

import json
import re

from tests.engine.killing import World
from tests.engine.world import shares

_ADOPTED = re.compile(r"^Adopted (\S+): ", re.MULTILINE)
_CHANGED = re.compile(
    r"^ *[-+~]+ +\S+ (\S+) (?:creating|updating|replacing|deleting)", re.MULTILINE
)


def recovered(world: World) -> set[str]:
    """Recover and update; returns what was adopted, of which the update changes nothing."""
    adopted = set(_ADOPTED.findall(world.done("recover")))
    changed = set(_CHANGED.findall(world.done("up")))
    assert set() == adopted & changed
    return adopted


def assert_sound(world: World) -> None:
    """Nothing is doubled, unwell, protected or about to change, and nobody ever stopped serving."""
    assert [] == world.unsettled()
    recorded = world.recorded_ids()
    assert len(recorded) == len(set(recorded))
    assert set(recorded) <= set(world.live_ids())
    state = world.state()
    assert [] == (state.get("pending_operations") or [])
    assert [] == [r["urn"] for r in state["resources"] if r.get("protect") or r.get("delete")]
    assert {"same"} == set(json.loads(world.done("preview").splitlines()[-1]))
    assert {100} == set(shares(world.routing()))
