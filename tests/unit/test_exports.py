# SPDX-License-Identifier: Apache-2.0
"""What the package exports, and what it does not load until it is needed."""

import json
import subprocess
import sys

import pytest

import azure_model_endpoints


def loaded_by(program: str) -> set[str]:
    """Modules that a program of its own has loaded in the end."""
    run = subprocess.run(
        [
            sys.executable,
            "-c",
            f"{program}\nimport json, sys; print(json.dumps(list(sys.modules)))",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    return set(json.loads(run.stdout))


def of_package(modules: set[str], package: str) -> set[str]:
    """Those modules that are a package's."""
    return {name for name in modules if name == package or name.startswith(f"{package}.")}


@pytest.mark.parametrize("name", azure_model_endpoints.__all__)
def test_every_export_is_there(name: str) -> None:
    """A lazy export with a wrong home would fail at its first user."""
    assert name == getattr(azure_model_endpoints, name).__name__


def test_exports_are_listed() -> None:
    """For completion in editors and shells."""
    assert sorted(azure_model_endpoints.__all__) == dir(azure_model_endpoints)


def test_unknown_export_is_an_attribute_error() -> None:
    """As in every other module."""
    with pytest.raises(AttributeError, match="has no attribute 'ModelEndpiont'"):
        azure_model_endpoints.ModelEndpiont  # noqa: B018


@pytest.mark.parametrize(
    "program",
    [
        "import azure_model_endpoints",
        "import azure_model_endpoints.cli.stack",
        "import azure_model_endpoints.planning",
        "from azure_model_endpoints.catalog import load_catalog; load_catalog()",
    ],
)
def test_planner_and_catalogue_load_neither_pulumi_nor_azure(program: str) -> None:
    """They plan fast, and where neither is installed."""
    modules = loaded_by(program)

    assert set() == of_package(modules, "pulumi")
    assert set() == of_package(modules, "pulumi_azure_native")
    assert set() == of_package(modules, "azure")
