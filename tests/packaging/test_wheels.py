# SPDX-License-Identifier: Apache-2.0
"""What somebody gets who installs the wheels: no checkout, no tools of this repository."""

import os
import shutil
from pathlib import Path
from zipfile import ZipFile

from azure_model_endpoints.cli.engine import PINNED_VERSION
from tests.packaging.conftest import REPOSITORY, Installed

EVERY_EXPORT = """
import azure_model_endpoints
exports = [getattr(azure_model_endpoints, name) for name in azure_model_endpoints.__all__]
print(len(exports), azure_model_endpoints.__file__)
"""
PLAN = """
import sys
from datetime import date
from pathlib import Path
from azure_model_endpoints.catalog import load_catalog
from azure_model_endpoints.planning import Surroundings
from azure_model_endpoints.planning.stack import plan_stack
from azure_model_endpoints.stack_file import read_stack_file

document = read_stack_file(Path(sys.argv[1]))
around = Surroundings(load_catalog(), date(2026, 1, 1), has_token=True)
plan = plan_stack("dev", document, around)
print(plan.resource_group_name, *(endpoint.key for endpoint in plan.endpoints))
"""


def test_the_library_imports_alone(library: Installed) -> None:
    """Every export is there, of the wheel and not of a checkout."""
    run = library.run("python", "-I", "-c", EVERY_EXPORT)

    assert (0, "") == (run.returncode, run.stderr)
    exports, place = run.stdout.split()
    assert int(exports) > 0
    assert place.startswith(str(library.root))


def test_the_library_plans_alone(library: Installed) -> None:
    """The catalogue came along: a stack's document becomes a plan."""
    run = library.run("python", "-I", "-c", PLAN, str(REPOSITORY / "stacks" / "Pulumi.dev.yaml"))

    assert "rg-models-dev phi-2 mistral llama\n" == run.stdout, run.stderr


def test_ame_helps(library: Installed) -> None:
    """The command is installed and shows its subcommands."""
    run = library.run("ame", "--help")

    assert (0, "") == (run.returncode, run.stderr)
    assert {"doctor", "recover", "sandbox", "smoke"} <= set(run.stdout.split())


def test_ame_says_that_the_sandbox_is_missing(library: Installed) -> None:
    """One paragraph, with the command that installs it."""
    run = library.run("ame", "sandbox", "exec", "--", "true")

    assert (1, "") == (run.returncode, run.stdout)
    assert (
        "ame: The local sandbox is not installed with this Python. Install it with "
        "`pip install 'azure-model-endpoints[sandbox]'`.\n"
    ) == run.stderr


def test_ame_finds_the_engine_in_its_cache(library: Installed, tmp_path: Path) -> None:
    """Where PATH has no Pulumi CLI, the one that an earlier run has got is used."""
    cached = tmp_path / "pulumi" / PINNED_VERSION / "bin" / "pulumi"
    cached.parent.mkdir(parents=True)
    cached.touch(mode=0o755)
    find = "from azure_model_endpoints.cli.engine import main; main()"

    run = library.run("python", "-c", find, PATH=os.devnull, AME_CACHE_DIR=str(tmp_path))

    assert f"{cached}\n" == run.stdout, run.stderr


def test_the_module_that_builds_the_engine_comes_along(wheels: dict[str, Path]) -> None:
    """Where the CLI cannot be downloaded it is built, without a checkout too."""
    module = {path.name: path.read_bytes() for path in (REPOSITORY / "tools/pulumi").glob("*go*")}

    with ZipFile(wheels["azure_model_endpoints"]) as wheel:
        packed = {
            Path(name).name: wheel.read(name)
            for name in wheel.namelist()
            if "/pulumi_module/" in name
        }

    assert {"go.mod", "go.sum", "tools.go"} == set(packed)
    assert module == packed


def test_an_example_runs_where_both_are_installed(both: Installed, tmp_path: Path) -> None:
    """A program of one's own is brought up in the sandbox, by nothing but the wheels."""
    program = tmp_path / "examples" / "own_program"
    shutil.copytree(
        REPOSITORY / "examples" / "own_program",
        program,
        ignore=shutil.ignore_patterns("__pycache__", ".sandbox"),
    )
    (tmp_path / ".venv").symlink_to(both.root)

    up = ("pulumi", "up", "--yes", "--skip-preview", "--stack", "dev")
    run = both.run("ame", "sandbox", "exec", "--", *up, directory=program)

    assert 0 == run.returncode, run.stdout + run.stderr
    assert "/inference/eastus/chat-" in run.stdout
