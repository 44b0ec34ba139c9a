# SPDX-License-Identifier: Apache-2.0
"""The project a command belongs to, and the stack it works on."""

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import pytest

from azure_sandbox.errors import CommandError
from azure_sandbox.home import Home
from azure_sandbox.project import StackChoice, choose_stack

SETTINGS = "config:\n  shop:colour: blue\n"
FAKE_PULUMI = """\
#!/bin/sh
echo "$@" >> "$CALLS"
if [ "$1 $2" = "stack init" ]; then
    mkdir -p "${PULUMI_BACKEND_URL#file://}/.pulumi/stacks/shop"
    echo '{}' > "${PULUMI_BACKEND_URL#file://}/.pulumi/stacks/shop/$3.json"
else
    echo "$PULUMI_STACK $PULUMI_OPTION_CONFIG_FILE"
fi
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with the stack `dev`."""
    (tmp_path / "stacks").mkdir()
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nstackConfigDir: stacks\n")
    (tmp_path / "stacks" / "Pulumi.dev.yaml").write_text(SETTINGS)
    return tmp_path


@pytest.fixture
def engine(shell: Any, project: Path) -> Any:
    """The project, with an engine on PATH that only writes down how it was called."""
    tools = project / "tools"
    tools.mkdir()
    (tools / "pulumi").write_text(FAKE_PULUMI)
    (tools / "pulumi").chmod(0o755)
    shell.environment["CALLS"] = str(project / "calls")
    shell.environment["PATH"] = f"{tools}{os.pathsep}{shell.environment['PATH']}"
    return shell


def choice(
    project: Path, command: str, stack: str | None = None, **outer: str
) -> StackChoice | None:
    """The stack that a command works on."""
    return choose_stack(command.split(), stack, outer, project, Home(project / ".sandbox"))


def refusal(project: Path, stack: str) -> str:
    """What is said of a stack that cannot be."""
    with pytest.raises(CommandError) as refused:
        choice(project, "pulumi up", stack)
    return str(refused.value)


@pytest.mark.parametrize(
    "command",
    [
        "pulumi up --stack dev",
        "pulumi up --stack=dev --yes",
        "pulumi up -s dev",
        "/usr/local/bin/pulumi -s=dev preview",
        "pulumi up --stack organization/shop/dev",
        "pulumi stack select dev",
        "pulumi stack init dev",
        "pulumi -C stacks up --stack dev",
    ],
)
def test_stack_is_found_in_the_command(project: Path, command: str) -> None:
    """However Pulumi lets a stack be named, it is understood."""
    found = choice(project, command)

    assert found
    assert ("shop", "dev") == (found.project.name, found.name)
    assert SETTINGS in found.settings


def test_stack_of_exec_holds_for_any_command(project: Path) -> None:
    """`exec --stack` is for commands that do not say; it wins over the command's own."""
    found = choice(project, "sh -c make", "dev")

    assert found
    assert "dev" == found.name


@pytest.mark.parametrize(
    "command", ["pulumi up", "make up --stack dev", "pulumi up -- --stack dev", "pulumi -s"]
)
def test_command_without_a_stack_has_none(project: Path, command: str) -> None:
    """What other programs call a stack, and what is for the program, is not ours."""
    assert choice(project, command) is None


def test_pulumi_stack_names_the_stack_of_pulumi_commands(project: Path) -> None:
    """The variable is Pulumi's; other commands are left alone."""
    found = choice(project, "pulumi up", PULUMI_STACK="dev")

    assert found
    assert "dev" == found.name
    assert choice(project, "make", PULUMI_STACK="dev") is None


def test_stack_selected_in_the_sandbox_is_known(project: Path) -> None:
    """After `pulumi stack select` no command needs to name the stack."""
    workspaces = project / ".sandbox" / "pulumi" / "workspaces"
    workspaces.mkdir(parents=True)
    # Named by Pulumi after the project and the SHA-1 of its file's path.
    path = str(project / "Pulumi.yaml").encode()
    digest = hashlib.sha1(path, usedforsecurity=False).hexdigest()
    settings = {"stack": "organization/shop/dev"}
    (workspaces / f"shop-{digest}-workspace.json").write_text(json.dumps(settings))

    found = choice(project, "pulumi preview")

    assert found
    assert "dev" == found.name


def test_project_is_found_upwards(project: Path) -> None:
    """As with Pulumi, any directory of the project will do."""
    found = choice(project / "stacks", "pulumi up", "dev")

    assert found
    assert project / "Pulumi.yaml" == found.project.file


def test_project_without_settings_needs_none(project: Path) -> None:
    """Where no stack has a file, a stack can do without."""
    (project / "stacks" / "Pulumi.dev.yaml").unlink()

    found = choice(project, "pulumi up", "any")

    assert found
    assert "any" == found.name


def test_unknown_stack_is_refused_with_those_that_exist(project: Path) -> None:
    """One can pick from the message."""
    said = refusal(project, "prod")

    assert said.startswith("--stack prod: there is no Pulumi.prod.yaml in ")
    assert "the stacks that have one are: dev." in said


@pytest.mark.parametrize("stack", ["", "no good", "a/b/", "x" * 101, "../dev;"])
def test_name_that_pulumi_would_refuse_is_refused(project: Path, stack: str) -> None:
    """The message says what a name may be made of."""
    said = refusal(project, stack)

    assert said.startswith(f"--stack {stack}: allowed in the name of a stack are letters")


def test_stack_file_that_is_not_yaml_is_refused(project: Path) -> None:
    """The message names file, line and column."""
    (project / "stacks" / "Pulumi.dev.yaml").write_text("config:\n  a: b: c\n")

    said = refusal(project, "dev")

    assert said.startswith("stacks/Pulumi.dev.yaml, line 2, column 7: this is not YAML (")


def test_stack_file_that_is_not_text_is_refused(project: Path) -> None:
    """The message names the first byte that is wrong."""
    (project / "stacks" / "Pulumi.dev.yaml").write_bytes(b"config: \xff\n")

    said = refusal(project, "dev")

    assert said.startswith("stacks/Pulumi.dev.yaml: this is not text in UTF-8 (byte 9 is 0xff)")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name: [\n", "Pulumi.yaml, line 2, column 1: this is not YAML"),
        ("", "Pulumi.yaml: a project needs a `name`."),
        ("runtime: python\n", "Pulumi.yaml: a project needs a `name`."),
    ],
)
def test_project_file_that_is_none_is_refused(project: Path, text: str, said: str) -> None:
    """The same care is taken of Pulumi.yaml."""
    (project / "Pulumi.yaml").write_text(text)

    assert said in refusal(project, "dev")


def test_stack_outside_a_project_is_refused(tmp_path: Path) -> None:
    """A stack belongs to a project."""
    assert refusal(tmp_path, "dev").startswith("--stack dev: there is no Pulumi.yaml in ")


def test_stack_is_made_once_and_its_copy_follows_the_tracked_file(
    engine: Any, project: Path
) -> None:
    """The engine gets a stack and settings it may write to; the tracked file stays as it is."""
    engine.run("exec", "--", "pulumi", "up", "--stack", "dev")
    tracked = project / "stacks" / "Pulumi.dev.yaml"
    tracked.write_text("config:\n  shop:colour: red\n")

    result = engine.run("exec", "--stack", "dev", "--", "sh", "-c", "pulumi up")

    copy = engine.home / "stacks" / "shop" / "Pulumi.dev.yaml"
    assert f"dev {copy}\n" == result.stdout, result.stderr
    assert "shop:colour: red" in copy.read_text()
    assert "config:\n  shop:colour: red\n" == tracked.read_text()
    assert [
        "stack init dev --no-select --non-interactive",
        "up --stack dev",
        "up",
    ] == (project / "calls").read_text().splitlines()


def test_stack_that_the_command_makes_is_left_to_it(engine: Any, project: Path) -> None:
    """`pulumi stack init` may be run as ever."""
    result = engine.run("exec", "--", "pulumi", "stack", "init", "dev")

    assert 0 == result.returncode
    assert ["stack init dev"] == (project / "calls").read_text().splitlines()


def test_refused_stack_leaves_nothing_behind(engine: Any, project: Path) -> None:
    """Nothing runs and nothing is written."""
    result = engine.run("exec", "--", "pulumi", "up", "--stack", "prod")

    assert (1, "") == (result.returncode, result.stdout)
    assert 1 == len(result.stderr.splitlines())
    assert not engine.home.exists()
    assert not (project / "calls").exists()


def test_stack_without_an_engine_is_refused(shell: Any, project: Path) -> None:
    """Without a Pulumi CLI a stack cannot be made, and the message says how to get one."""
    shell.environment["PATH"] = "/usr/bin:/bin"

    result = shell.run("exec", "--stack", "dev", "--", "true")

    assert 1 == result.returncode
    assert "There is no Pulumi command line on PATH." in result.stderr
