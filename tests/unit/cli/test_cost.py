# SPDX-License-Identifier: Apache-2.0
"""`ame cost`."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.cli.running import BY_NAME, SMALL_CATALOG, Ame
from tests.unit.planning.catalogs import GOING, REGION, SMALL, prices

pytestmark = pytest.mark.usefixtures("small_catalog")

ASK = ("cost", "--model", "served-model", "--region", REGION)
STACK = f"""
config:
  azure-model-endpoints:region: {REGION}
  azure-model-endpoints:public_network_access: true
  azure-model-endpoints:endpoints:
    chat: {{model: served-model}}
    big: {{model: plain-model, deployments: {{blue: {{sku: {GOING}, instances: 2}}}}}}
"""


def test_price_per_hour_month_and_token(ame: Ame) -> None:
    """A month has 730 hours."""
    document = ame(*ASK, "--json").document()

    assert (SMALL, 1, 0.5, 365.0) == (
        document["sku"],
        document["instances"],
        document["price_usd_per_hour"],
        document["usd_per_month"],
    )
    assert document["usd_per_million_output_tokens"] > 0


def test_break_even_with_closed_models_and_the_serverless_offer(ame: Ame) -> None:
    """Tokens of answers a day, with their prompts: twice as many tokens in as out."""
    document = ame(*ASK, "--json").document()

    found = {each["alternative"]: each for each in document["break_evens"]}
    assert ["dear-closed", "served", "cheap-closed"] == list(found)
    # 12 USD a day are 40,000 tokens at 300 USD per million with their prompts.
    assert (300.0, 40_000, True) == (
        found["dear-closed"]["usd_per_million_output_tokens"],
        found["dear-closed"]["output_tokens_per_day"],
        found["dear-closed"]["reachable"],
    )
    assert 4_000_000 == found["served"]["output_tokens_per_day"]
    assert not found["cheap-closed"]["reachable"]


def test_other_models_serverless_offers_are_no_alternative(ame: Ame) -> None:
    """Only the same model's."""
    run = ame("cost", "--model", "plain-model", "--region", REGION, "--json")

    assert {"closed"} == {each["kind"] for each in run.document()["break_evens"]}


def test_table(ame: Ame) -> None:
    """With what is out of reach, and how old the prices by the token are."""
    run = ame(*ASK)

    assert 0 == run.status
    assert "0.50 USD" == run.row("per hour")
    assert "365.00 USD, of 730 hours" == run.row("per month")
    assert "closed 300.00 40,000" == run.row("dear-closed")
    assert run.row("cheap-closed").endswith("out of reach")
    assert (
        "Prices by the token are illustrative, and were read on 2026-05-01, 31 days ago." in run.out
    )
    assert max(map(len, run.out.splitlines())) <= 100


def test_unknown_price_is_unknown(ame: Ame) -> None:
    """Neither free, nor compared with anything."""
    shown = ame(*ASK, "--sku", BY_NAME)
    document = ame(*ASK, "--sku", BY_NAME, "--json").document()

    assert 0 == shown.status
    assert "unknown USD" == shown.row("per hour")
    assert (None, None, None, []) == (
        document["price_usd_per_hour"],
        document["usd_per_month"],
        document["usd_per_million_output_tokens"],
        document["break_evens"],
    )


def test_nothing_fits_is_a_problem(ame: Ame) -> None:
    """As for `ame plan`."""
    run = ame(*ASK, "--concurrency", 1_000_000)

    assert (1, "") == (run.status, run.out)
    assert "concurrency binds" in run.err


@pytest.fixture
def project(tmp_path: Path) -> None:
    """A project with one stack."""
    (tmp_path / "Pulumi.yaml").write_text("name: p\n")
    (tmp_path / "Pulumi.dev.yaml").write_text(STACK)


@pytest.mark.usefixtures("project")
def test_stack_adds_up(ame: Ame) -> None:
    """Each deployment with its own break-even, and the sum of all."""
    document = ame("cost", "--stack", "dev", "--json").document()
    shown = ame("cost", "--stack", "dev")

    assert (8.5, 6205.0) == (document["price_usd_per_hour"], document["usd_per_month"])
    assert [("chat", 0.5, 3), ("big", 8.0, 2)] == [
        (each["endpoint"], each["price_usd_per_hour"], len(each["break_evens"]))
        for each in document["deployments"]
    ]
    assert "Together 8.50 USD per hour, 6,205 USD per month." in shown.out


@pytest.mark.usefixtures("project")
def test_stack_with_an_unknown_price_has_no_sum(ame: Ame, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sum without it would look too low."""
    catalog = replace(SMALL_CATALOG, prices=prices(**{SMALL: 0.5}))
    monkeypatch.setattr("azure_model_endpoints.project_catalog.load_catalog", lambda: catalog)

    document = ame("cost", "--stack", "dev", "--json").document()

    assert document["price_usd_per_hour"] is None
    assert document["usd_per_month"] is None
