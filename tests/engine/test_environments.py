# SPDX-License-Identifier: Apache-2.0
"""The environments of the repository: each comes, stays, changes and goes as its file says."""

from pathlib import Path
from typing import Any

import pytest

from azure_sandbox.home import Home
from azure_sandbox.identity import SUBSCRIPTION_ID
from tests.engine.project import REPOSITORY, Azure, Project, changes, copied, served

WORKSPACES = "Microsoft.MachineLearningServices/workspaces"
OPEN, SHUT = {"enabled"}, {"disabled"}
"""Public access of everything that can have it."""

PROTECTION: dict[str, dict[str, Any]] = {
    "dev": {
        "access": OPEN,
        "isolation": "Disabled",
        "own key": False,
        "locks": set(),
        "instances": [1, 1, 1],
    },
    "staging": {
        "access": SHUT,
        "isolation": "AllowInternetOutbound",
        "own key": False,
        "locks": set(),
        "instances": [1, 1],
    },
    "prod": {
        "access": SHUT,
        "isolation": "AllowOnlyApprovedOutbound",
        "own key": True,
        "locks": {"CanNotDelete"},
        "instances": [1, 3],
    },
}


@pytest.mark.parametrize("stack", ["dev", "staging", "prod"])
def test_an_environment_comes_stays_changes_and_goes(tmp_path: Path, stack: str) -> None:
    """Applied twice it changes nothing; a change reaches what is there; nothing is left over."""
    tree = copied(REPOSITORY, tmp_path / "tree", "Pulumi.yaml", "infra", "stacks")
    project = Project(tree, Home(tree / ".sandbox"), stack=stack)

    with served(project.home) as azure:
        created = changes(project.done("up", "--yes", "--skip-preview"))
        assert {"created"} == created.keys()
        assert PROTECTION[stack] == protection(azure, stack)
        assert (stack == "dev") is is_answered(project, "internet")
        assert stack == "dev" or is_answered(project, "vnet:vnet-models")

        last = azure.log()[-1]["seq"]
        assert {} == changes(project.done("up", "--yes", "--skip-preview"))
        assert [] == azure.writes(last)
        project.done("refresh", "--yes")
        project.done("preview", "--expect-no-changes")

        project.edit(f"stacks/Pulumi.{stack}.yaml", f"environment: {stack}", "environment: other")
        assert {"updated"} == changes(project.done("up", "--yes", "--skip-preview")).keys()
        project.done("preview", "--expect-no-changes")

        project.done("destroy", "--yes", "--skip-preview")
        assert [] == azure.resources()


def protection(azure: Azure, stack: str) -> dict[str, Any]:
    """What protects the live environment."""
    subscription = f"/subscriptions/{SUBSCRIPTION_ID}"
    group = f"{subscription}/resourceGroups/rg-models-{stack}/providers"
    workspace = azure.get(f"{group}/{WORKSPACES}/mlw-models", "2025-12-01")["properties"]
    endpoints = azure.get(f"{group}/{WORKSPACES}/mlw-models/onlineEndpoints", "2025-12-01")["value"]
    closable = [
        workspace,
        *(endpoint["properties"] for endpoint in endpoints),
        azure.get(workspace["storageAccount"], "2024-01-01")["properties"],
        azure.get(workspace["keyVault"], "2024-11-01")["properties"],
        azure.get(workspace["containerRegistry"], "2023-07-01")["properties"],
    ]
    deployments = [
        deployment
        for endpoint in endpoints
        for deployment in azure.get(f"{endpoint['id']}/deployments", "2025-12-01")["value"]
    ]
    locks = azure.get(f"{subscription}/providers/Microsoft.Authorization/locks", "2020-05-01")
    return {
        "access": {properties["publicNetworkAccess"].lower() for properties in closable},
        "isolation": (workspace.get("managedNetwork") or {}).get("isolationMode", "Disabled"),
        "own key": "encryption" in workspace,
        "locks": {lock["properties"]["level"] for lock in locks["value"]},
        "instances": sorted(deployment["sku"]["capacity"] for deployment in deployments),
    }


def is_answered(project: Project, place: str) -> bool:
    """Whether every endpoint answers somebody who asks from a place."""
    smoke = ("ame", "smoke", "--stack", project.stack)
    inside = ("--from", place, "--stack", project.stack, "--", *smoke)
    return project.ame("sandbox", "exec", *inside).returncode == 0


GUEST = """
config:
  azure-model-endpoints:region: eastus
  azure-model-endpoints:profile: dev
  azure-model-endpoints:workspace:
    existing: {name: mlw-models, resource_group_name: rg-models-dev}
  azure-model-endpoints:endpoints:
    guest: {model: phi-2}
"""


def test_an_existing_workspace_is_used_and_left_alone(tmp_path: Path) -> None:
    """Another stack's endpoints live in it; nothing else is written, there or anywhere."""
    tree = copied(REPOSITORY, tmp_path / "tree", "Pulumi.yaml", "infra", "stacks")
    (tree / "stacks" / "Pulumi.guest.yaml").write_text(GUEST)
    host = Project(tree, Home(tree / ".sandbox"))
    guest = Project(tree, host.home, stack="guest")

    with served(host.home) as azure:
        host.done("up", "--yes", "--skip-preview")
        before, last = azure.resources(), azure.log()[-1]["seq"]
        guest.done("up", "--yes", "--skip-preview")
        assert is_answered(guest, "internet")
        assert [] == [path for path in azure.writes(last) if "/onlineEndpoints/guest-" not in path]
        guest.done("preview", "--expect-no-changes")
        host.done("preview", "--expect-no-changes")

        guest.done("destroy", "--yes", "--skip-preview")
        assert before == azure.resources()
