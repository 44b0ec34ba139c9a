# SPDX-License-Identifier: Apache-2.0
"""What is said when nothing fits: which limit binds, and what would satisfy it."""

import re
from dataclasses import replace
from typing import Any

import pytest

from azure_model_endpoints.catalog import Catalog, Prices
from azure_model_endpoints.planning.candidates import choose, rank
from azure_model_endpoints.planning.question import Question
from azure_model_endpoints.planning.relaxation import relaxation
from azure_model_endpoints.planning.workload import Workload
from tests.unit.planning.catalogs import CATALOG, REGION, SHAPE, SMALL, TODAY, model, with_skus

ONLY_SMALL = with_skus(CATALOG.gpu_skus[SMALL], **{SMALL: 0.5})


def question(**more: Any) -> Question:
    """A question about one small model, with a load."""
    load = Workload(4096, 8, 512, 256)
    fields = {name: more.pop(name) for name in list(more) if hasattr(load, name)}
    return Question(
        more.pop("model", model("plain-model", context_length=10**6)),
        replace(load, **fields),
        REGION,
        TODAY,
        **more,
    )


def fits(asked: Question, catalog: Catalog) -> bool:
    """Whether some SKU answers a question."""
    return choose(rank(asked, catalog), asked.sku) is not None


@pytest.mark.parametrize(
    ("limit", "asked"),
    [
        ("max_time_to_first_token_ms", question(max_time_to_first_token_ms=10)),
        ("concurrency", question(concurrency=100_000)),
        ("concurrency", question(concurrency=100_000, instances=2)),
        ("context_length", question(context_length=900_000)),
    ],
)
def test_nearest_value_that_will_do_is_named(limit: str, asked: Question) -> None:
    """It does fit, and the next one does not."""
    assert not fits(asked, ONLY_SMALL)

    sentence = relaxation(asked, ONLY_SMALL)

    found = re.fullmatch(
        rf"{limit} binds: with (at most )?(\d+)( or more)?, {SMALL} would do\.", sentence
    )
    assert found
    value, step = int(found[2]), 1 if found[1] else -1

    def asking(number: int) -> Question:
        changed: dict[str, Any] = {limit: number}
        return replace(asked, workload=replace(asked.workload, **changed))

    assert fits(asking(value), ONLY_SMALL)
    assert not fits(asking(value + step), ONLY_SMALL)


def test_number_of_instances_may_be_what_binds() -> None:
    """Which is cheaper to change than the load."""
    asked = question(concurrency=500, instances=1)

    assert re.fullmatch(
        rf"instances binds: with \d+, {SMALL} would do\.", relaxation(asked, ONLY_SMALL)
    )


def test_missing_prices_are_said_to_be_missing() -> None:
    """With the SKUs that would do, and how to learn what they cost."""
    unpriced = replace(ONLY_SMALL, prices=Prices({}))

    assert (
        f"No price is known in eastus of {SMALL}: name one of them, or run `ame prices refresh "
        "--region eastus`."
    ) == relaxation(question(), unpriced)


def test_sku_that_was_named_is_the_one_that_would_do() -> None:
    """Though others would do as it is."""
    asked = question(concurrency=10_000, sku=SMALL)

    assert re.fullmatch(
        rf"concurrency binds: with at most \d+, {SMALL} would do\.", relaxation(asked, CATALOG)
    )


def test_model_that_nothing_holds_is_said_with_the_nearest_miss() -> None:
    """And all that speaks against it."""
    huge = model("huge", shape=SHAPE.model_copy(update={"layers": 256}))

    assert (
        f"No SKU serves huge; the nearest, {SMALL}: loading needs 33.2 GiB of host memory, has 28; "
        "missing 5.2 GiB; needs 33.6 GiB per GPU, has 14.4; missing 19.2 GiB."
    ) == relaxation(question(model=huge), ONLY_SMALL)
