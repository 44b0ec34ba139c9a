# SPDX-License-Identifier: Apache-2.0
"""`ame plan --write` and `--check`, where nobody has to be asked about quota."""

from pathlib import Path

import pytest

from tests.unit.cli.running import Ame
from tests.unit.planning.catalogs import BIG, REGION, SMALL

STACK = f"""
config:
  azure-model-endpoints:region: {REGION}
  azure-model-endpoints:public_network_access: true
  azure-model-endpoints:preflight: PREFLIGHT
  azure-model-endpoints:endpoints:
    chat: {{model: served-model, workload: {{concurrency: 4}}}}
    code: {{model: served-model, deployments: {{blue: {{sku: {BIG}}}}}}}
"""
CHAT, CODE = "chat.blue: 1 × Standard_Small", "code.blue: 1 × Standard_Big"
pytestmark = pytest.mark.usefixtures("small_catalog")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project whose stack asks nobody about quota; where its lock will be."""
    (tmp_path / "Pulumi.yaml").write_text("name: p\n")
    (tmp_path / "Pulumi.dev.yaml").write_text(STACK.replace("PREFLIGHT", "off"))
    return tmp_path / "dev.lock.yaml"


def edit(lock: Path, old: str, new: str) -> None:
    """Change one place of the stack's settings."""
    path = lock.with_name("Pulumi.dev.yaml")
    assert 1 == path.read_text().count(old)
    path.write_text(path.read_text().replace(old, new))


@pytest.mark.parametrize("option", ["--write", "--check"])
@pytest.mark.parametrize(
    "others", [("--model", "served-model", "--region", REGION), ("--html", "a.html"), ("--json",)]
)
def test_lock_is_of_a_stack_alone(
    ame: Ame, project: Path, option: str, others: tuple[str, ...]
) -> None:
    """What else was asked for would not be answered."""
    stack = () if "--model" in others else ("--stack", "dev")

    run = ame("plan", option, *stack, *others)

    assert (2, False) == (run.status, project.exists())
    assert "goes with --stack alone" in " ".join(run.err.split())


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--write",), "say one of the two"),
        (("--stack", "dev", "--write", "--check"), "goes with --stack alone"),
        (("--stack", "dev", "--write", "--sku", SMALL), "leave out --sku"),
    ],
)
def test_contradicting_options_are_wrong_usage(
    ame: Ame, project: Path, arguments: tuple[str, ...], told: str
) -> None:
    """And nothing is written."""
    run = ame("plan", *arguments)

    assert (2, False) == (run.status, project.exists())
    assert told in " ".join(run.err.split())


def test_choices_are_written_and_fit(ame: Ame, project: Path) -> None:
    """What is new is told; written again, the file stays byte for byte."""
    written = ame("plan", "--stack", "dev", "--write")
    first = project.read_text()
    again = ame("plan", "--stack", "dev", "--write")
    checked = ame("plan", "--stack", "dev", "--check")

    assert (0, 0, 0) == (written.status, again.status, checked.status)
    assert f"+ {CHAT} (the cheapest per hour that holds the workload)" in written.out
    assert f"+ {CODE} (named in the settings)" in written.out
    assert f"= {CHAT}\n= {CODE}\n" in again.out
    assert first == project.read_text()
    assert "dev.lock.yaml fits the settings, the catalogue and the quota." in checked.out


def test_what_changes_and_goes_is_told(ame: Ame, project: Path) -> None:
    """A line each, before it is reviewed."""
    ame("plan", "--stack", "dev", "--write")
    edit(project, f"    code: {{model: served-model, deployments: {{blue: {{sku: {BIG}}}}}}}\n", "")
    edit(project, "workload: {concurrency: 4}", f"deployments: {{blue: {{sku: {BIG}}}}}")

    refused = ame("plan", "--stack", "dev", "--check")
    run = ame("plan", "--stack", "dev", "--write")

    assert (1, 0) == (refused.status, run.status)
    assert "deployments.code.blue: given a deployment that the settings do not have" in refused.err
    assert "endpoints.chat.deployments.blue: given settings other than those that" in refused.err
    assert f"~ {CHAT} → 1 × {BIG} (named in the settings)" in run.out
    assert f"- {CODE}" in run.out


def test_missing_lock_is_a_problem(ame: Ame, project: Path) -> None:
    """With the command that writes it."""
    run = ame("plan", "--stack", "dev", "--check")

    assert (1, False) == (run.status, project.exists())
    assert "Run `ame plan --stack dev --write`, review it and commit it." in run.err


@pytest.mark.parametrize("text", ["[", "hello", "format: 1", "format: 2\nregion: [eastus]"])
def test_nonsense_is_one_paragraph(ame: Ame, project: Path, text: str) -> None:
    """Whoever has edited the lock by hand."""
    project.write_text(text)

    run = ame("plan", "--stack", "dev", "--check")

    assert 1 == run.status
    assert "dev.lock.yaml" in run.err
    assert "Traceback" not in run.err


@pytest.mark.parametrize("text", ["<<<<<<< HEAD\nformat: 2\n", "format: 1\nwritten_by: 0.1.0"])
def test_lock_that_nobody_can_read_is_overwritten(ame: Ame, project: Path, text: str) -> None:
    """With a word of what it was."""
    project.write_text(text)

    run = ame("plan", "--stack", "dev", "--write")
    checked = ame("plan", "--stack", "dev", "--check")

    assert (0, 0) == (run.status, checked.status)
    assert "What was in dev.lock.yaml could not be read: dev.lock.yaml: " in run.err
    assert f"+ {CHAT} (" in run.out


def test_edit_by_hand_is_told(ame: Ame, project: Path) -> None:
    """And written anew, the entry is the planner's again."""
    ame("plan", "--stack", "dev", "--write")
    whole = project.read_text()
    project.write_text(whole.replace("instances: 1", "instances: 4", 1))

    edited = ame("plan", "--stack", "dev", "--check")
    written = ame("plan", "--stack", "dev", "--write")

    assert (1, 0) == (edited.status, written.status)
    assert "deployments.chat.blue: given an entry that was edited by hand" in edited.err
    assert whole == project.read_text()


def test_stack_that_asks_needs_somebody_to_ask(
    ame: Ame, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a subscription nothing is chosen, and nothing written."""
    edit(project, "preflight: off", "preflight: enforce")
    for name in ("ARM_SUBSCRIPTION_ID", "AZURE_SUBSCRIPTION_ID"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AZURE_CONFIG_DIR", str(project.parent))
    monkeypatch.setenv("PATH", str(project.parent))

    run = ame("plan", "--stack", "dev", "--write")

    assert (1, False) == (run.status, project.exists())
    assert "ARM_SUBSCRIPTION_ID" in run.err
