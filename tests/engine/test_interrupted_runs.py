# SPDX-License-Identifier: Apache-2.0
"""Runs killed while Azure is still working for them; then `pulumi cancel` is enough."""

from pathlib import Path

from azure_sandbox.home import Home
from tests.engine.project import OUTER, REPOSITORY, Azure, Project, copied, served
from tests.engine.world import shares

STACK = "stacks/Pulumi.dev.yaml"
SETTINGS = """
config:
  azure-model-endpoints:region: eastus
  azure-model-endpoints:public_network_access: true
  azure-model-endpoints:endpoints:
    phi-2: {model: phi-2, deployments: {blue: {}}}
"""
KILLED = 128 + 9
SLOW = OUTER | {"AZURE_SANDBOX_SPEED": "60"}
"""A deployment takes 15 seconds: it is still being created when the next run comes along."""


def test_what_a_killed_run_had_begun_is_waited_for_and_adopted(tmp_path: Path) -> None:
    """The very next run converges: Azure refuses nothing, and serving never stops."""
    tree = copied(REPOSITORY, tmp_path, "Pulumi.yaml", "infra", "stacks")
    project = Project(tree, Home(tree / ".sandbox"))
    (tree / STACK).write_text(SETTINGS)

    with served(project.home, SLOW) as azure:
        created = killed_and_run_again(azure, project)
        project.edit(STACK, "blue", "green")
        swapped = killed_and_run_again(azure, project)
        project.done("preview", "--expect-no-changes")
        history = azure.admin.get("routing")["changes"]

    assert (1, 1) == (created, swapped)
    assert {100} == set(shares(history))
    assert ({"green": 100}, {"green": 1}) == (history[-1]["traffic"], history[-1]["instances"])


def killed_and_run_again(azure: Azure, project: Project) -> int:
    """Kill an update right after it has begun a deployment; return how many the two begin."""
    since = azure.log()[-1]["seq"] if azure.log() else 0
    azure.admin.send("POST", "faults", {"kill": "after", "method": "PUT", "path": "/deployments/"})
    assert KILLED == project.pulumi("up", "--yes", "--skip-preview").returncode
    azure.admin.send("DELETE", "faults")
    project.done("cancel", "--yes")
    project.done("up", "--yes", "--skip-preview")
    return len([path for path in azure.writes(since) if "/deployments/" in path])
