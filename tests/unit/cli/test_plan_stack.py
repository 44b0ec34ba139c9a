# SPDX-License-Identifier: Apache-2.0
"""`ame plan --stack`: what the deployments of a stack run on, and where its settings come from."""

from pathlib import Path

import pytest

from tests.unit.cli.running import Ame
from tests.unit.planning.catalogs import BIG, REGION, SMALL

STACK = f"""
config:
  azure-model-endpoints:region: {REGION}
  azure-model-endpoints:public_network_access: true
  azure-model-endpoints:endpoints:
    chat: {{model: plain-model}}
    big: {{model: plain-model, deployments: {{blue: {{sku: standard_big}}}}}}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with one stack; where the files of stacks are."""
    (tmp_path / "Pulumi.yaml").write_text("name: p\nstackConfigDir: stacks\n")
    stacks = tmp_path / "stacks"
    stacks.mkdir()
    (stacks / "Pulumi.dev.yaml").write_text(STACK)
    return stacks


@pytest.mark.usefixtures("small_catalog")
def test_stack_shows_what_each_deployment_runs_on(ame: Ame, project: Path) -> None:
    """And in a sentence why."""
    run = ame("plan", "--stack", "dev")

    assert 0 == run.status
    assert f"chat.blue plain-model {SMALL} 100 1 1 " in " ".join(run.out.split())
    assert "the cheapest per hour that holds it: 8 streams of up to 4,096 tokens" in run.out
    assert "named in the settings: 8 streams" in run.out


@pytest.mark.usefixtures("small_catalog")
def test_stack_in_json(ame: Ame, project: Path) -> None:
    """One entry per deployment."""
    document = ame("plan", "--stack", "dev", "--json").document()

    assert ("dev", REGION) == (document["stack"], document["region"])
    assert [("chat", "blue", SMALL), ("big", "blue", BIG)] == [
        (each["endpoint"], each["deployment"], each["chosen"]["sku"])
        for each in document["deployments"]
    ]


@pytest.mark.usefixtures("small_catalog")
def test_stack_explains_its_settings(ame: Ame, project: Path) -> None:
    """What holds, and whether the file, the profile or nobody said so."""
    settings = STACK.replace("  azure-model-endpoints:public_network_access: true\n", "")
    (project / "Pulumi.prod.yaml").write_text(settings)

    run = ame("plan", "--stack", "prod")
    document = ame("plan", "--stack", "prod", "--json").document()

    assert f"{REGION} stack file" == run.row("region")
    assert "can_not_delete profile prod" == run.row("workspace.lock")
    assert "models default" == run.row("name")
    assert "lasts as long as the workspace" in run.out
    assert document["notices"]
    assert {
        "path": "workspace.lock",
        "value": "can_not_delete",
        "origin": "profile prod",
    } in document["settings"]


LONG = "a-name-as-long-as-azure-allows-1"
SHIPPED = {
    stack: (Path(__file__).parents[3] / "stacks" / f"Pulumi.{stack}.yaml").read_text()
    for stack in ("dev", "staging", "prod")
}
WITH_LONG_NAMES = f"""
config:
  azure-model-endpoints:profile: staging
  azure-model-endpoints:region: eastus
  azure-model-endpoints:endpoints:
    {LONG}:
      model: mistral-7b-instruct-v0-2
      deployments: {{{LONG}: {{}}}}
      traffic: {{{LONG}: 100}}
"""


@pytest.mark.parametrize("text", [*SHIPPED.values(), WITH_LONG_NAMES], ids=[*SHIPPED, "long"])
def test_nothing_is_cut_in_a_terminal_of_100_columns(
    ame: Ame, project: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    """What does not fit on a line takes several: of the shipped stacks, and of long names."""
    stack = "prod" if text == SHIPPED["prod"] else "staging"
    (project / f"Pulumi.{stack}.yaml").write_text(text)
    document = ame("plan", "--stack", stack, "--json").document()
    in_terminal = {"FORCE_COLOR": "1", "NO_COLOR": "1", "TERM": "dumb", "COLUMNS": "100"}
    for name, value in in_terminal.items():
        monkeypatch.setenv(name, value)

    shown = ame("plan", "--stack", stack).out

    held = [each for each in document["settings"] if each["value"] not in (None, {}, [])]
    parts = {part for each in held for part in each["path"].split(".")}
    words = {word for each in held for word in f"{each['origin']} {each['value']}".split()}
    words = {word.strip("{}[]':,") for word in words} - {"True", "False"}
    assert 100 >= max(map(len, shown.splitlines()))
    assert "…" not in shown
    assert [] == [text for text in sorted(parts | words) if text not in shown]
    for each in document["deployments"]:
        assert each["reason"].split()[-2] in shown


def test_unknown_stack_is_a_problem(ame: Ame, project: Path) -> None:
    """As for the other commands about stacks."""
    run = ame("plan", "--stack", "prod")

    assert (1, "") == (run.status, run.out)
    assert "stack: given 'prod'; allowed: dev." in run.err


def test_models_that_are_no_mapping_are_told_with_the_rest(ame: Ame, project: Path) -> None:
    """One run shows everything that is wrong with the settings."""
    (project / "Pulumi.dev.yaml").write_text(
        "config:\n  azure-model-endpoints:region: 5\n  azure-model-endpoints:models: [a]\n"
    )

    run = ame("plan", "--stack", "dev")

    assert (1, "") == (run.status, run.out)
    assert "region: given 5; allowed: a text." in run.err
    assert "models: given ['a']; allowed: a mapping" in run.err
