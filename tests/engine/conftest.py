# SPDX-License-Identifier: Apache-2.0
"""The real engine against a sandbox: programs run in this process, everything else is real."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from pulumi.runtime import _grpc_settings

from azure_model_endpoints.cli.engine import find_engine
from azure_sandbox import standins
from azure_sandbox.environment import environment
from azure_sandbox.home import Home
from azure_sandbox.serving import leased
from tests.engine.project import REPOSITORY, Azure, Project, copied, served
from tests.engine.world import World

# Programs of one process share connections by address. A hundred engines come and go here, and one
# that listens where another has gone would be taken for that other, which refused.
_grpc_settings._GRPC_CHANNEL_OPTIONS.append(("grpc.use_local_subchannel_pool", 1))  # noqa: SLF001


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A running sandbox with a workspace to put endpoints into, shared by the tests."""
    home = Home(tmp_path_factory.mktemp("sandbox"))
    home.create()
    standins.install(home, find_engine().path)
    for directory in (home.backend, home.pulumi):
        directory.mkdir(exist_ok=True)
    before = dict(os.environ)
    with leased(home, port=None, environment=before) as server:
        inner = environment(before, home=home, url=server.url)
        os.environ.clear()
        os.environ.update(inner)
        try:
            world = World(home, server.client(home), inner)
            world.create_workspace()
            yield world
        finally:
            os.environ.clear()
            os.environ.update(before)


@pytest.fixture
def world(sandbox: World, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """The shared sandbox; the stacks a test makes are destroyed after it."""
    del request, tmp_path
    yield sandbox
    sandbox.clear()


@pytest.fixture
def azure(tmp_path: Path) -> Iterator[Azure]:
    """A sandbox of its own, whose quota nobody else uses."""
    with served(Home(tmp_path / "home")) as azure:
        yield azure


@pytest.fixture
def project(azure: Azure, tmp_path: Path) -> Project:
    """The repository's own program, in that sandbox."""
    tree = copied(REPOSITORY, tmp_path / "tree", "Pulumi.yaml", "infra", "stacks")
    return Project(tree, Home(azure.admin.certificates.directory.parent))
