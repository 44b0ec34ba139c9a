# SPDX-License-Identifier: Apache-2.0
"""A run ends, however many endpoints it creates at a time."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.engine.world import GROUP, REGION, WORKSPACE, World

WORKERS = 1
ENDPOINTS = 6
"""More than the program has threads, which are four for each worker of the engine."""
PATIENCE_SECONDS = 60.0

PROJECT = f"""
name: many
runtime:
  name: python
  options:
    virtualenv: {sys.prefix}
"""
PROGRAM = f"""
from azure_model_endpoints import ModelEndpoint

for number in range({ENDPOINTS}):
    ModelEndpoint(
        f"chat-{{number}}",
        {{
            "model": "phi-2",
            "endpoint_name": f"one-of-many-{{number}}",
            "resource_group_name": "{GROUP}",
            "workspace_name": "{WORKSPACE}",
            "region": "{REGION}",
            "public_network_access": True,
        }},
    )
"""

Pulumi = Callable[..., None]


@pytest.fixture
def pulumi(world: World, tmp_path: Path) -> Iterator[Pulumi]:
    """The command line, in a project with many endpoints, which are destroyed after the test."""
    (tmp_path / "Pulumi.yaml").write_text(PROJECT)
    (tmp_path / "__main__.py").write_text(PROGRAM)

    def run(*arguments: str) -> None:
        command = [str(world.home.scripts / "pulumi"), *arguments, "--stack", "many"]
        done = subprocess.run(
            command,
            cwd=tmp_path,
            env=world.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_SECONDS,
        )
        assert 0 == done.returncode, done.stdout + done.stderr

    run("stack", "init")
    yield run
    run("cancel", "--yes")
    run("destroy", "--yes", "--skip-preview")


def test_more_endpoints_than_threads(world: World, pulumi: Pulumi) -> None:
    """Registrations hold the program's threads, and hooks all workers; nobody waits for ever."""
    pulumi("up", "--yes", "--skip-preview", "--parallel", str(WORKERS))

    changes = world.admin.get("routing")["changes"]
    names = {f"one-of-many-{number}" for number in range(ENDPOINTS)}
    last = {change["endpoint"].rpartition("/")[2]: change["traffic"] for change in changes}
    assert {name: {"blue": 100} for name in names} == {name: last.get(name) for name in names}
