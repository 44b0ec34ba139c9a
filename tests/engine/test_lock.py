# SPDX-License-Identifier: Apache-2.0
"""The lock between quota and the engine: chosen once, reviewed, obeyed."""

import re

import pytest

from tests.engine.project import Azure, Project, changes

STACK = "stacks/Pulumi.dev.yaml"
LOCK = "stacks/dev.lock.yaml"
T4, A100 = "Standard_NC4as_T4_v3", "Standard_NC24ads_A100_v4"
SETTINGS = """
config:
  azure-model-endpoints:region: eastus
  azure-model-endpoints:fallback_regions: [westus]
  azure-model-endpoints:endpoints:
    chat:
      model: phi-2
"""


@pytest.fixture
def project(azure: Azure, project: Project) -> Project:
    """One endpoint, for which there is no quota on a T4."""
    azure.limit("standard NCASv3_T4 Family", 0)
    (project.directory / STACK).write_text(SETTINGS)
    return project


def plan(project: Project, option: str) -> tuple[int, str]:
    """Run `ame plan` on the stack; its status and everything it said."""
    run = project.ame("sandbox", "exec", "--", "ame", "plan", "--stack", "dev", option)
    assert "Traceback" not in run.stderr
    return run.returncode, run.stdout + run.stderr


def served_on(project: Project) -> list[str]:
    """The SKUs of the deployments the engine knows."""
    return re.findall(r'"instanceType": "(\w+)"', project.done("stack", "export"))


def test_fallback_is_locked_and_stays(azure: Azure, project: Project) -> None:
    """A later quota moves nothing; a new choice does, and only that."""
    status, said = plan(project, "--write")
    assert 0 == status, said
    assert f"+ chat.blue: 1 × {A100} (" in said
    assert f"not {T4}: quota of `standard NCASv3_T4 Family` is short by 8 cores" in said
    project.done("up", "--yes", "--skip-preview")
    assert {A100} == set(served_on(project))

    azure.limit("standard NCASv3_T4 Family", 24)
    project.done("preview", "--expect-no-changes")
    assert 0 == plan(project, "--check")[0]
    locked = (project.directory / LOCK).read_text()

    status, said = plan(project, "--write")
    assert (0, True) == (status, f"~ chat.blue: 1 × {A100} → 1 × {T4} (" in said)
    assert locked != (project.directory / LOCK).read_text()


def test_lock_and_settings_disagree(azure: Azure, project: Project) -> None:
    """`--check` tells a pipeline, and no run goes on."""
    assert 1 == plan(project, "--check")[0]  # there is none yet
    assert 0 == plan(project, "--write")[0]
    assert 0 == plan(project, "--check")[0]
    project.edit(STACK, "model: phi-2", "model: mistral-7b-instruct-v0-2")

    status, said = plan(project, "--check")
    preview = project.pulumi("preview")

    for told in (said, preview.stdout):
        assert (
            "endpoints.chat.deployments.blue: given settings other than those that dev.lock" in told
        )
    assert (1, 255) == (status, preview.returncode)
    assert [] == azure.writes()


def test_quota_that_went_is_told(azure: Azure, project: Project) -> None:
    """The choice stands, but there is no room for it any more."""
    assert 0 == plan(project, "--write")[0]
    azure.limit("standardNCADSA100v4Family", 0)

    status, said = plan(project, "--check")

    assert 1 == status
    assert "given 24 cores more of quota family `standardNCADSA100v4Family` in eastus" in said


@pytest.fixture
def in_westus(azure: Azure, project: Project) -> Project:
    """The same, in the region that is left where nothing in the first has quota."""
    for family in (
        "standardNCADSA100v4Family",
        "standardNCADSH100v5Family",
        "standard NDASv4_A100 Family",
        "standard NDAMSv4_A100Family",
    ):
        azure.limit(family, 0)
    status, said = plan(project, "--write")
    assert 0 == status, said
    assert f"+ chat.blue: 1 × {T4} (" in said
    assert "in westus since eastus lacks quota" in said
    return project


def test_what_is_live_stays_in_its_region(azure: Azure, in_westus: Project) -> None:
    """A new choice stays there; what would move it, and so delete it, is refused at preview."""
    project, lock = in_westus, in_westus.directory / LOCK
    project.done("up", "--yes", "--skip-preview")
    since = max(entry["seq"] for entry in azure.log())
    azure.limit("standard NCASv3_T4 Family", 64)

    status, said = plan(project, "--write")
    assert (0, True) == (status, f"= chat.blue: 1 × {T4}\n" in said), said
    assert ", in westus, where it is live" in lock.read_text()
    assert {} == changes(project.done("preview", "--expect-no-changes"))

    lock.unlink()
    for preflight in ("enforce", "warn"):
        (project.directory / STACK).write_text(
            f"{SETTINGS}  azure-model-endpoints:preflight: {preflight}\n"
        )
        refused = project.pulumi("up", "--yes", "--skip-preview")
        assert 255 == refused.returncode
        assert "region: given 'eastus', while chat-" in refused.stdout
        assert "is live in westus and would be deleted; allowed: 'westus'" in refused.stdout
        assert "Run `ame plan --stack dev --write`, which stays there." in refused.stdout

    project.edit(STACK, "fallback_regions: [westus]", "fallback_regions: []")
    status, said = plan(project, "--write")
    assert (1, False) == (status, lock.exists())
    assert "Write `region: westus`, and with a lock run" in said
    assert [] == azure.writes(since)
    assert [] == azure.deletions(since)
