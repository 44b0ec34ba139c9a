# SPDX-License-Identifier: Apache-2.0
"""Wheels built from the tree, and environments with nothing in them but what wheels ask for."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
PATIENCE_SECONDS = 180.0

_OF_THE_CALLER = (
    *("ARM_", "AZURE_", "IDENTITY_", "PULUMI_"),  # leading to Azure, or to other states
    *("PYTHON", "VIRTUAL_ENV"),  # leading to this environment
)


@dataclass(frozen=True, slots=True)
class Installed:
    """A virtual environment of somebody who has installed wheels."""

    root: Path

    def run(
        self, program: str, *arguments: str, directory: Path | None = None, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        """Run one of its programs, away from the tree and from the environment of the tests."""
        outer = {
            name: value for name, value in os.environ.items() if not name.startswith(_OF_THE_CALLER)
        }
        return subprocess.run(
            [self.root / "bin" / program, *arguments],
            cwd=directory or self.root,
            env={**outer, "PATH": _path_without_ame(), **variables},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_SECONDS,
        )


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The wheels of both distributions, by name."""
    target = tmp_path_factory.mktemp("wheels")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory"]
    for project in (REPOSITORY, REPOSITORY / "sandbox"):
        _succeed([*build, str(target)], project)
    return {wheel.name.partition("-")[0]: wheel for wheel in target.iterdir()}


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory, wheels: dict[str, Path]) -> Installed:
    """The library's wheel alone, with its dependencies as pinned."""
    return _installed(tmp_path_factory.mktemp("library"), str(wheels["azure_model_endpoints"]))


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory, wheels: dict[str, Path]) -> Installed:
    """The library with its extra for the sandbox, whose wheel lies beside it; pinned as well."""
    library = wheels["azure_model_endpoints"]
    beside = ["--find-links", str(library.parent)]
    return _installed(
        tmp_path_factory.mktemp("both"),
        f"azure-model-endpoints[sandbox] @ {library.as_uri()}",
        *beside,
    )


def _installed(root: Path, *what: str) -> Installed:
    uv = shutil.which("uv", path=f"{REPOSITORY / '.tools' / 'bin'}:{os.environ['PATH']}")
    assert uv, "there is no uv: run `make setup`"
    _succeed([uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(root)], root)
    pins = ["--constraint", str(REPOSITORY / "requirements" / "dev.txt")]
    install = [uv, "pip", "install", "--quiet", "--python", str(root / "bin" / "python"), *pins]
    command = [*install, *what]
    # `make setup` has filled the cache, which needs no network; unless it had nothing to do.
    if subprocess.run([*command, "--offline"], env=_with_cache(), check=False).returncode != 0:
        _succeed(command, root)
    return Installed(root)


def _succeed(command: list[str], directory: Path) -> None:
    run = subprocess.run(
        command, cwd=directory, env=_with_cache(), capture_output=True, text=True, check=False
    )
    assert 0 == run.returncode, run.stderr


def _with_cache() -> dict[str, str]:
    """The environment in which uv reads what `make setup` has downloaded."""
    cache = str(REPOSITORY / ".cache" / "uv")
    return {**os.environ, "UV_CACHE_DIR": cache, "UV_SYSTEM_CERTS": "true"}


def _path_without_ame() -> str:
    entries = os.environ["PATH"].split(":")
    return ":".join(entry for entry in entries if not (Path(entry) / "ame").exists())
