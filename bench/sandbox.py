# SPDX-License-Identifier: Apache-2.0
"""Pulumi projects in a sandbox that lasts for one benchmark."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from azure_model_endpoints import credentials
from azure_model_endpoints.cli.engine import find_engine
from azure_model_endpoints.subscription.arm import ArmClient
from azure_sandbox import standins
from azure_sandbox.client import AdminClient
from azure_sandbox.environment import environment
from azure_sandbox.home import Home
from azure_sandbox.serving import leased
from bench import measure

ROOT = Path(__file__).parents[1]
PROGRAMS = ROOT / "bench" / "programs"
STACK = "dev"
_SPEED = "100000"
"""Operations of Azure end at once, so that what is measured is not the pace of the sandbox."""


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A running sandbox."""

    directory: Path
    admin: AdminClient
    environment: Mapping[str, str]

    @property
    def arm(self) -> ArmClient:
        """A client of Resource Manager."""
        return ArmClient(credentials.cloud(), credentials.credential())

    def project(
        self, name: str, program: Path, settings: Mapping[str, Any] | None = None
    ) -> "Project":
        """Make a project with one stack.

        Args:
            name: the project's name.
            program: the directory of the program it runs.
            settings: the stack's configuration.
        """
        directory = self.directory / name
        directory.mkdir()
        python = {"name": "python", "options": {"virtualenv": str(Path(sys.prefix))}}
        _write(directory / "Pulumi.yaml", {"name": name, "runtime": python, "main": str(program)})
        _write(directory / f"Pulumi.{STACK}.yaml", {"config": dict(settings or {})})
        project = Project(directory, {**self.environment, "PULUMI_STACK": STACK})
        project.pulumi("stack", "init", STACK)
        return project


@dataclass(frozen=True, slots=True)
class Project:
    """A Pulumi project with one stack."""

    directory: Path
    environment: Mapping[str, str]

    def with_variables(self, **variables: str) -> "Project":
        """Return the project with more in its environment."""
        return replace(self, environment={**self.environment, **variables})

    def pulumi(self, *arguments: str) -> measure.Run:
        """Run the Pulumi CLI."""
        command = ("pulumi", *arguments, "--non-interactive")
        return measure.run(command, self.directory, self.environment)

    def preview(self) -> measure.Run:
        """Preview an update."""
        return self.pulumi("preview")

    def up(self) -> measure.Run:
        """Update."""
        return self.pulumi("up", "--yes", "--skip-preview")

    def resource_types(self) -> list[str]:
        """Return the types of the Azure resources of the stack, one for each resource."""
        exported = subprocess.run(
            ("pulumi", "stack", "export"),
            cwd=self.directory,
            env=self.environment,
            capture_output=True,
            check=True,
        ).stdout
        resources = yaml.safe_load(exported)["deployment"]["resources"]
        types = (resource["type"] for resource in resources)
        return sorted(kind for kind in types if kind.startswith("azure-native:"))


@contextmanager
def sandbox() -> Iterator[Sandbox]:
    """Run a sandbox of its own for the time of a ``with`` block."""
    outer = {**os.environ, "AZURE_SANDBOX_SPEED": _SPEED}
    # Programs are compiled once, as they are wherever Python may keep what it compiles.
    outer.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.TemporaryDirectory(prefix="bench-") as scratch:
        home = Home(Path(scratch).resolve() / "sandbox")
        home.create()
        standins.install(home, find_engine().path)
        for directory in (home.backend, home.pulumi):
            directory.mkdir()
        with leased(home, port=None, environment=outer) as server:
            inner = environment(outer, home=home, url=server.url)
            before = dict(os.environ)
            os.environ.update(inner)
            try:
                yield Sandbox(home.root.parent, server.client(home), inner)
            finally:
                os.environ.clear()
                os.environ.update(before)


def _write(path: Path, document: Mapping[str, Any]) -> None:
    path.write_text(yaml.safe_dump(document))
