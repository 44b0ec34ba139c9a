# SPDX-License-Identifier: Apache-2.0
"""What docs/private-networks.md shows is what the settings and the components take."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from azure_model_endpoints.planning.isolation import plan_isolation
from azure_model_endpoints.planning.networks import plan_network
from azure_model_endpoints.planning.private_links import zone_names
from azure_model_endpoints.vocabulary import IsolationMode
from azure_model_endpoints.workspace_settings import IsolationSettings, NetworkSettings

GUIDE = (Path(__file__).parents[3] / "docs" / "private-networks.md").read_text(encoding="utf-8")
SNIPPETS = re.findall(r"```yaml\n# (\S+)\n(.*?)```", GUIDE, re.DOTALL)
NETWORKS = [yaml.safe_load(text) for name, text in SNIPPETS if name == "network"]
[ISOLATION] = [yaml.safe_load(text) for name, text in SNIPPETS if name == "isolation"]


def test_every_snippet_is_tried() -> None:
    """None is left out for being marked otherwise."""
    assert GUIDE.count("```yaml") == len(NETWORKS) + 1


@pytest.mark.parametrize("document", NETWORKS)
def test_networks_are_fine(document: dict[str, Any]) -> None:
    """Azure would take them."""
    _, problems = plan_network("network", NetworkSettings.model_validate(document), "eastus")

    assert [] == problems


def test_isolation_is_fine() -> None:
    """Every kind of rule is shown, and fits the mode."""
    settings = IsolationSettings.model_validate(ISOLATION)

    plan, problems = plan_isolation("isolation", settings, [], is_private=True)

    assert [] == problems
    assert {"FQDN", "ServiceTag", "PrivateEndpoint"} == {rule.body["type"] for rule in plan.rules}


@pytest.mark.parametrize("word", [*zone_names("eastus"), *IsolationMode])
def test_zones_and_modes_are_listed(word: str) -> None:
    """A new one is not forgotten."""
    assert f"`{word}`" in GUIDE
