# SPDX-License-Identifier: Apache-2.0
"""What docs/quota.md shows is what the commands print."""

import re
from collections.abc import Iterator

from azure_model_endpoints.planning.lost_capacity import advice
from tests.engine.project import REPOSITORY, Project

GUIDE = (REPOSITORY / "docs" / "quota.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", GUIDE, re.DOTALL)
T4, NEXT = "Standard_NC4as_T4_v3", "Standard_NC24ads_A100_v4"


def squeezed(text: str) -> str:
    """Return a text with single spaces, however it was wrapped."""
    return " ".join(text.split())


def session(text: str) -> Iterator[tuple[str, list[str]]]:
    """Yield the commands of a block, each with the parts of what it prints, in their order."""
    for said in text.split("$ ")[1:]:
        command, _, printed = said.partition("\n")
        yield command, [part for part in map(squeezed, printed.split("…")) if part]


def test_every_block_is_tried() -> None:
    """None is left out for being marked otherwise."""
    assert GUIDE.count("```") == 2 * len(BLOCKS)
    assert {"yaml", "console"} == {kind for kind, _ in BLOCKS}


def test_commands_print_what_the_guide_shows(project: Project) -> None:
    """One after the other, with the settings that stand before them."""
    for kind, text in BLOCKS:
        if kind == "yaml":
            heading, _, settings = text.partition("\n")
            (project.directory / heading.removeprefix("# ")).write_text(settings)
            continue
        for command, parts in session(text):
            run = project.ame("sandbox", "exec", "--stack", "dev", "--", "bash", "-c", command)
            printed = squeezed(run.stdout + run.stderr)
            place = 0
            for part in parts:
                assert part in printed[place:], f"{command}:\n{run.stdout}{run.stderr}"
                place = printed.index(part, place) + len(part)


def test_guide_quotes_what_is_said_when_machines_are_lost() -> None:
    """The waits of such a run are too long to be tried here."""
    assert advice("chat.deployments.blue", T4, "eastus", NEXT) in squeezed(GUIDE)
