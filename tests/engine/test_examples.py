# SPDX-License-Identifier: Apache-2.0
"""The examples work as they stand, from creation to destruction, and leave nothing behind."""

from pathlib import Path

import pytest

from tests.engine.project import REPOSITORY, Azure, Project, changes, copied
from tests.engine.world import WORKSPACE, World


@pytest.mark.parametrize(
    ("example", "created", "edit"),
    [
        ("existing_workspace", 5, ('"phi-2",', '"phi-2", "tags": {"team": "search"},')),
        ("own_program", 19, ('"blue": 90, "green": 10', '"blue": 50, "green": 50')),
    ],
)
def test_example_comes_changes_and_goes(
    world: World, tmp_path: Path, example: str, created: int, edit: tuple[str, str]
) -> None:
    """What a reader copies creates, settles, follows a change of the program, and is removed."""
    tree = copied(REPOSITORY, tmp_path, f"examples/{example}")
    project = Project(tree / "examples" / example, world.home)
    azure = Azure(world.admin)
    before = azure.resources()

    assert {"created": created} == changes(project.done("up", "--yes", "--skip-preview"))
    project.done("preview", "--expect-no-changes")
    project.edit("__main__.py", *edit)
    changed = changes(project.done("up", "--yes", "--skip-preview"))
    project.done("destroy", "--yes", "--skip-preview")

    assert {"updated"} == changed.keys()
    assert before == azure.resources()
    assert ("Microsoft.MachineLearningServices/workspaces", WORKSPACE) in before
