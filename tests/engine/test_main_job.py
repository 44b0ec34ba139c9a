# SPDX-License-Identifier: Apache-2.0
"""The repository's own program, from an empty subscription to an empty subscription."""

import subprocess
from pathlib import Path

from azure_sandbox.home import Home
from tests.engine.project import REPOSITORY, Project, changes, copied, served


def test_a_stack_comes_serves_goes_and_comes_back(tmp_path: Path) -> None:
    """One command serves the model; nothing changes without a reason; nothing is left over."""
    tree = copied(REPOSITORY, tmp_path / "tree", "Pulumi.yaml", "infra", "stacks", ".gitignore")
    git(tree, "init", "--quiet")
    git(tree, "add", ".")
    tracked = git(tree, "status", "--porcelain")
    project = Project(tree, Home(tree / ".sandbox"))

    with served(project.home) as azure:
        created = changes(project.done("up", "--yes", "--skip-preview"))
        assert {"created"} == created.keys()
        project.done("preview", "--expect-no-changes")

        smoke = project.ame("sandbox", "exec", "--", "ame", "smoke", "--stack", "dev")
        assert 0 == smoke.returncode, smoke.stderr
        assert "blue" in smoke.stdout
        assert "phi-2" in smoke.stdout.lower()
        assert " ms " in smoke.stdout

        project.done("refresh", "--yes")
        project.done("preview", "--expect-no-changes")
        last = azure.log()[-1]["seq"]
        assert {} == changes(project.done("up", "--yes", "--skip-preview"))
        assert [] == azure.writes(last)
        project.done("preview", "--expect-no-changes")

        vaults = azure.named("Microsoft.KeyVault/vaults")
        project.done("destroy", "--yes", "--skip-preview")
        assert ([], vaults) == (azure.resources(), azure.deleted_vaults())
        assert len(vaults) == azure.admin.get("status")["resources"]  # role assignments included

        assert created == changes(project.done("up", "--yes", "--skip-preview"))
        assert [] == azure.deleted_vaults()

    assert tracked == git(tree, "status", "--porcelain")


def git(directory: Path, *arguments: str) -> str:
    """Run git and return what it printed."""
    command = ["git", "-C", str(directory), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
