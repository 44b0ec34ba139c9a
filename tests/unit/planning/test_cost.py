# SPDX-License-Identifier: Apache-2.0
"""What a deployment costs beside models that are sold by the token."""

from dataclasses import replace

import pytest

from azure_model_endpoints.catalog import TokenPrice, TokenPriceKind
from azure_model_endpoints.planning.candidates import Candidate, choose, rank
from azure_model_endpoints.planning.cost import BreakEven, break_evens, most_per_day, per_month
from azure_model_endpoints.planning.question import Question
from azure_model_endpoints.planning.workload import Workload
from tests.unit.planning.catalogs import CATALOG, REGION, SMALL, TODAY, model

WORKLOAD = Workload(4096, 8, 500, 250)
MODEL = model("plain-model")


def token_price(
    name: str, usd: float, kind: TokenPriceKind = TokenPriceKind.CLOSED, of: str | None = None
) -> TokenPrice:
    """A price with answers three times as dear as prompts."""
    return TokenPrice(
        name=name,
        kind=kind,
        model=of,
        usd_per_million_input_tokens=usd,
        usd_per_million_output_tokens=3 * usd,
        source="tests",
        read_on=TODAY,
    )


CATALOG_WITH_TOKENS = replace(
    CATALOG,
    token_prices={
        row.name: row
        for row in (
            token_price("dear", 10),
            token_price("cheap", 0.01),
            token_price("same", 1, TokenPriceKind.SERVERLESS, "plain-model"),
            token_price("another", 1, TokenPriceKind.SERVERLESS, "gated-model"),
        )
    },
)


def candidate(**changes: float | None) -> Candidate:
    """The small SKU, at half a dollar per hour."""
    chosen = choose(rank(Question(MODEL, WORKLOAD, REGION, TODAY), CATALOG))
    assert chosen
    assert SMALL == chosen.sku
    return replace(chosen, **changes)  # type: ignore[arg-type]


def test_month_is_a_twelfth_of_a_year() -> None:
    """As Azure's calculator counts."""
    assert 365 == per_month(0.5)


def test_break_even_counts_prompts_in_the_proportion_of_the_load() -> None:
    """Two tokens in for each one out: 12 USD a day are 12 / (30 + 2 × 10) million answers."""
    found = {each.alternative.name: each for each in _found(candidate())}

    assert pytest.approx(50) == found["dear"].usd_per_million_output_tokens
    assert pytest.approx(0.24e6) == found["dear"].output_tokens_per_day


def test_only_the_same_model_is_compared_among_serverless_offers() -> None:
    """The first break-even first."""
    assert ["dear", "same", "cheap"] == [each.alternative.name for each in _found(candidate())]


def test_load_that_instances_cannot_answer_is_not_reachable() -> None:
    """Then paying by the token is always cheaper."""
    assert [True, True, False] == [each.reachable for each in _found(candidate())]


def test_what_instances_can_answer_does_not_depend_on_how_many_ask() -> None:
    """One asker leaves streams idle, which others may take in the same day."""
    one, eight = (
        choose(rank(Question(MODEL, replace(WORKLOAD, concurrency=n), REGION, TODAY), CATALOG))
        for n in (1, 8)
    )
    assert one
    assert eight
    speed = eight.most_output_tokens_per_second

    assert (eight.sku, eight.instances, speed) == (
        one.sku,
        one.instances,
        one.most_output_tokens_per_second,
    )
    assert speed
    assert 86_400 * speed == most_per_day(one) == most_per_day(eight)


def test_break_even_is_reachable_up_to_the_most_that_is_answered_in_a_day() -> None:
    """To the last token."""
    [dear, *_] = _found(candidate())
    per_second = dear.output_tokens_per_day / 86_400

    assert [True, False] == [
        _found(candidate(most_output_tokens_per_second=most))[0].reachable
        for most in (per_second * 1.001, per_second * 0.999)
    ]


def test_without_a_price_nothing_breaks_even() -> None:
    """An unknown price is not zero."""
    unpriced = candidate(price_usd_per_hour=None)

    assert () == _found(unpriced)


def _found(chosen: Candidate) -> tuple[BreakEven, ...]:
    return break_evens(chosen, WORKLOAD, MODEL, CATALOG_WITH_TOKENS)
