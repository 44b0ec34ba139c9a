# SPDX-License-Identifier: Apache-2.0
"""The guides to the workspace and to access: what they show can be written as it is."""

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from azure_model_endpoints.catalog import load_catalog
from azure_model_endpoints.planning import Surroundings
from azure_model_endpoints.planning.stack import plan_stack
from azure_model_endpoints.stack_file import document_of

DOCS = Path(__file__).parents[2] / "docs"


def snippets() -> list[Any]:
    """Every stack file in the guides, with what it leaves out filled in."""
    found = []
    for guide in ("workspace", "access"):
        text = (DOCS / f"{guide}.md").read_text()
        for number, block in enumerate(re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)):
            document = block if block.startswith("config:") else _indented(block)
            found.append(pytest.param(document.replace("…", "x"), id=f"{guide}-{number}"))
    return found


def _indented(block: str) -> str:
    """Return a part of the `workspace` section as a stack file."""
    return f"config:\n  azure-model-endpoints:workspace:\n{block}"


@pytest.mark.parametrize("snippet", snippets())
def test_what_a_guide_shows_can_be_planned(snippet: str) -> None:
    """With a region, and an endpoint where the guide is not about them."""
    given = yaml.safe_load(snippet)["config"]
    least = {"azure-model-endpoints:region": "eastus", "azure-model-endpoints:endpoints": {}}
    around = Surroundings(load_catalog(), date(2026, 1, 1))

    plan = plan_stack("dev", document_of(least | given), around)

    assert plan.settings.region == "eastus"


def test_guides_show_something() -> None:
    """A fence that is written differently would hide what it holds."""
    assert len(snippets()) >= 4
