# SPDX-License-Identifier: Apache-2.0
"""What the reading commands print as JSON, as scripts see it: names and types, not figures."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from azure_model_endpoints.cli import quota
from azure_model_endpoints.planning.quota_needs import FamilyNeed, FamilyQuota
from azure_model_endpoints.subscription.quota_requests import Decision, Increase, Outcome
from tests.contract.snapshot import agreed
from tests.unit.cli.conftest import ame, small_catalog
from tests.unit.cli.running import Ame
from tests.unit.planning.catalogs import REGION

__all__ = ["ame", "small_catalog"]  # fixtures

STACK = f"""
config:
  azure-model-endpoints:region: {REGION}
  azure-model-endpoints:public_network_access: true
  azure-model-endpoints:endpoints:
    chat: {{model: served-model}}
"""
SERVED = ("--model", "served-model", "--region", REGION)
COMMANDS: dict[str, tuple[str, ...]] = {
    "ame models": ("models",),
    "ame skus": ("skus", "--region", REGION),
    "ame plan --model": ("plan", *SERVED, "--max-ttft-ms", "60000"),
    "ame plan --stack": ("plan", "--stack", "dev"),
    "ame topology --stack": ("topology", "--stack", "dev"),
    "ame cost --model": ("cost", *SERVED),
    "ame cost --stack": ("cost", "--stack", "dev"),
    "ame quota --stack": ("quota", "--stack", "dev", "--request", "--yes"),
}
NEEDS = tuple(
    FamilyNeed(REGION, "family", 16, 8, quota_of_it, ("endpoints.chat.deployments.blue",))
    for quota_of_it in (FamilyQuota(8, 8), FamilyQuota(8, None), None)
)
DECISIONS = [
    Decision(Increase(REGION, "family", 16), Outcome.APPROVED, 16, request_id="1"),
    Decision(Increase(REGION, "family", 16), Outcome.TICKET, reason="none"),
]


def form(document: Any) -> Any:
    """Return a document with types for figures and texts, and one entry for all of a list."""
    match document:
        case dict():
            return {name: form(value) for name, value in document.items()}
        case list():
            return [merged([form(entry) for entry in document])] if document else []
        case None:
            return "null"
        case _:
            return {str: "text", bool: "truth", int: "number", float: "number"}[type(document)]


def merged(forms: list[Any]) -> Any:
    """Return one form for several: what differs is told with a bar between."""
    if all(isinstance(each, dict) for each in forms):
        names = dict.fromkeys(name for each in forms for name in each)
        return {name: merged([each[name] for each in forms]) for name in names}
    lists = [each for each in forms if isinstance(each, list)]
    if len(lists) == len(forms):
        return merged_lists(lists)
    words = [each for each in forms if not isinstance(each, str)]
    return words[0] if words else "|".join(sorted(set(forms)))


def merged_lists(lists: list[list[Any]]) -> list[Any]:
    """Return one form for several lists, of which some may be empty."""
    entries = [entry for each in lists for entry in each]
    return [merged(entries)] if entries else []


@pytest.fixture
def subscription(monkeypatch: pytest.MonkeyPatch) -> None:
    """What Azure has, and what it decides."""
    where = SimpleNamespace(client=None, id="s")
    monkeypatch.setattr(quota, "_subscription", lambda: where)
    needs = quota._Needs(NEEDS, "mlw-models", NEEDS[:1])  # noqa: SLF001
    monkeypatch.setattr(quota, "_needs", lambda *_: needs)
    monkeypatch.setattr(quota, "followed", lambda *_: DECISIONS)


@pytest.mark.usefixtures("small_catalog", "subscription")
def test_json_is_what_was_agreed(ame: Ame, tmp_path: Path) -> None:
    """A script that read it goes on reading it."""
    (tmp_path / "Pulumi.yaml").write_text("name: p\n")
    (tmp_path / "Pulumi.dev.yaml").write_text(STACK)

    found = {
        name: form(ame(*arguments, "--json").document()) for name, arguments in COMMANDS.items()
    }

    assert agreed("cli.json", found) == found
