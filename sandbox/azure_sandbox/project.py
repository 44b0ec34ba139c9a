# SPDX-License-Identifier: Apache-2.0
"""The Pulumi project a command belongs to, and the stack of it that the command works on."""

import hashlib
import json
import os
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from azure_sandbox.environment import SelectedStack
from azure_sandbox.errors import CommandError
from azure_sandbox.home import Home, find_project
from azure_sandbox.stack_file import compose, read, scrubbed

STACK_NAME = re.compile(r"[A-Za-z0-9_.-]{1,100}")
STACK_FLAGS = ("--stack", "-s")
DIRECTORY_FLAGS = ("--cwd", "-C")


@dataclass(frozen=True, slots=True)
class Project:
    """What the sandbox has to know of a Pulumi project."""

    file: Path
    name: str
    stacks_directory: Path

    def stack_file(self, stack: str) -> Path:
        """Return where the settings of a stack are tracked."""
        return self.stacks_directory / f"Pulumi.{stack}.yaml"

    def stacks(self) -> list[str]:
        """Return the names of the stacks that have settings."""
        files = self.stacks_directory.glob("Pulumi.*.yaml")
        return sorted(file.name.removeprefix("Pulumi.").removesuffix(".yaml") for file in files)


@dataclass(frozen=True, slots=True)
class StackChoice:
    """A stack, the project it is of, and its settings as the sandbox may use them."""

    project: Project
    name: str
    settings: str
    created_by_command: bool
    """Whether the command itself makes the stack (`pulumi stack init`)."""

    def write_copy(self, home: Home) -> SelectedStack:
        """Write the settings where the engine will read them, and may write."""
        copy = home.stacks / self.project.name / f"Pulumi.{self.name}.yaml"
        copy.parent.mkdir(parents=True, exist_ok=True)
        draft = copy.with_suffix(f".{os.getpid()}")
        draft.write_text(self.settings, encoding="utf-8")
        draft.replace(copy)
        return SelectedStack(self.name, copy)

    def missing(self, home: Home) -> bool:
        """Return whether the backend does not have the stack yet."""
        state = home.backend / ".pulumi" / "stacks" / self.project.name / f"{self.name}.json"
        return not (state.exists() or state.with_suffix(".json.gz").exists())

    def create(self, pulumi: Path, environment: Mapping[str, str]) -> None:
        """Make the stack in the backend."""
        done = subprocess.run(
            [pulumi, "stack", "init", self.name, "--no-select", "--non-interactive"],
            cwd=self.project.file.parent,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise CommandError(
                f"The stack {self.name!r} could not be made in the sandbox: "
                f"{(done.stderr or done.stdout).strip()}"
            )


def choose_stack(
    command: Sequence[str], named: str | None, outer: Mapping[str, str], directory: Path, home: Home
) -> StackChoice | None:
    """Return the stack a command works on, or None when it does not say.

    In this order: the name that `exec --stack` was given, the command's own `--stack` (or the name
    in `pulumi stack init` and `select`), PULUMI_STACK, and what the sandbox's Pulumi has selected.

    Raises:
        CommandError: there is no such stack, or no project, or a file cannot be read.
    """
    is_pulumi = bool(command) and Path(command[0]).name == "pulumi"
    arguments = command[1:] if is_pulumi else ()
    directory = directory / (next(_values(arguments, DIRECTORY_FLAGS), ""))
    own = next(_values(arguments, STACK_FLAGS), None) or _positional_stack(arguments)
    reference = own or (outer.get("PULUMI_STACK") if is_pulumi else None)
    file = find_project(directory.resolve())
    if file is None:
        if named is not None:
            raise CommandError(
                f"--stack {named}: there is no Pulumi.yaml in {directory} or above it. Run the "
                "command in a Pulumi project, or leave --stack out."
            )
        return None
    project = load_project(file)
    reference = reference or (_selected(project, home) if is_pulumi else None)
    if named is not None:
        reference = named
    if reference is None:
        return None
    return _choice(project, reference, created_by_command=tuple(arguments[:2]) == ("stack", "init"))


def load_project(file: Path) -> Project:
    """Read the name of a project and where it keeps the settings of its stacks."""
    text = read(file, source=str(file))
    if compose(text, source=str(file)) is None:
        text = "{}"
    content = yaml.safe_load(text)
    name = content.get("name") if isinstance(content, dict) else None
    if not isinstance(name, str):
        raise CommandError(f"{file}: a project needs a `name`. Add one, as in `name: my-project`.")
    return Project(file, name, file.parent / str(content.get("stackConfigDir") or "."))


def _choice(project: Project, reference: str, *, created_by_command: bool) -> StackChoice:
    stack = reference.rpartition("/")[2]
    if not STACK_NAME.fullmatch(stack):
        raise CommandError(
            f"--stack {reference}: allowed in the name of a stack are letters, digits, `-`, `_` "
            "and `.`, up to 100 of them. Nothing was created."
        )
    file = project.stack_file(stack)
    known = project.stacks()
    if file.is_file():
        shown = str(file.relative_to(project.file.parent))
        settings = scrubbed(read(file, source=shown), source=shown)
    elif known and not created_by_command:
        raise CommandError(
            f"--stack {reference}: there is no {file.name} in {project.stacks_directory}; the "
            f"stacks that have one are: {', '.join(known)}. Name one of these, or write the file. "
            "Nothing was created."
        )
    else:  # a project without any settings can do without
        settings = scrubbed("", source=file.name)
    return StackChoice(project, stack, settings, created_by_command)


def _values(arguments: Sequence[str], flags: Sequence[str]) -> Iterator[str]:
    """Yield the values of a flag in each way that Pulumi lets it be written."""
    for position, argument in enumerate(arguments):
        if argument == "--":
            return
        name, equals, value = argument.partition("=")
        if name in flags:
            if equals:
                yield value
            elif position + 1 < len(arguments):
                yield arguments[position + 1]


def _positional_stack(arguments: Sequence[str]) -> str | None:
    match arguments:
        case ["stack", "init" | "select", name, *_] if not name.startswith("-"):
            return name
    return None


def _selected(project: Project, home: Home) -> str | None:
    """Return what `pulumi stack select` in the sandbox has left behind."""
    # Pulumi's own naming: sdk/go/common/workspace, projectWorkspace.settingsPath.
    digest = hashlib.sha1(str(project.file).encode(), usedforsecurity=False).hexdigest()
    settings = home.pulumi / "workspaces" / f"{project.name}-{digest}-workspace.json"
    try:
        return str(json.loads(settings.read_text())["stack"])
    except (OSError, ValueError, KeyError):
        return None
