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
from azure_model_endpoints.vocabulary import Dtype
from tests.unit.planning.catalogs import (
    CATALOG,
    GONE,
    NEW_GPU,
    REGION,
    SHAPE,
    SMALL,
    TODAY,
    model,
    sku,
    with_skus,
)

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


def test_limits_that_bind_together_are_named_together() -> None:
    """Each with its nearest value: with either as it was asked, or one step less, nothing fits."""
    asked = question(max_time_to_first_token_ms=1, concurrency=100_000)

    sentence = relaxation(asked, ONLY_SMALL)

    found = re.fullmatch(
        "max_time_to_first_token_ms and concurrency bind together: with "
        rf"max_time_to_first_token_ms (\d+) or more and concurrency at most (\d+), {SMALL} would "
        r"do\.",
        sentence,
    )
    assert found
    wait, streams = int(found[1]), int(found[2])

    def asking(wait: int, streams: int) -> Question:
        load = replace(asked.workload, max_time_to_first_token_ms=wait, concurrency=streams)
        return replace(asked, workload=load)

    assert fits(asking(wait, streams), ONLY_SMALL)
    assert not fits(asking(wait - 1, streams), ONLY_SMALL)
    assert not fits(asking(wait, streams + 1), ONLY_SMALL)


def test_limit_that_does_not_bind_is_not_named() -> None:
    """Though it was tried before those that do."""
    asked = question(
        max_time_to_first_token_ms=300_000, concurrency=100_000, context_length=900_000
    )

    assert relaxation(asked, ONLY_SMALL).startswith("concurrency and context_length bind together")


def test_sku_that_was_named_and_cannot_be_has_nothing_to_say() -> None:
    """What speaks against it is told already, and what would do instead."""
    assert "" == relaxation(question(sku=GONE), CATALOG)


def test_weights_that_are_too_large_may_be_converted() -> None:
    """By vLLM itself, where the published ones can be loaded."""
    large = model("large", shape=SHAPE.model_copy(update={"layers": 650}))
    catalog = with_skus(sku("a"), a=1)

    assert (
        "Weights in bf16 are too large: in fp8, a would do. vLLM converts them while loading, with "
        "`dtype: fp8` in a `vllm` section."
    ) == relaxation(question(model=large), catalog)


@pytest.mark.parametrize(
    ("layers", "asked", "enough"),
    [(800, None, "fp8"), (800, Dtype.FP8, "fp8"), (1600, None, "int4-awq")],
)
def test_smaller_weights_are_the_last_resort(layers: int, asked: Dtype | None, enough: str) -> None:
    """The least small that will do, which somebody has to have made."""
    large = model("large", shape=SHAPE.model_copy(update={"layers": layers}))
    catalog = with_skus(sku("a"), a=1)

    assert (
        f"Weights in bf16 are too large: in {enough}, a would do. Such weights are another model: "
        "add one of your own with its `dtype`."
    ) == relaxation(question(model=large, dtype=asked, concurrency=1), catalog)


def test_model_that_nothing_holds_is_said_with_the_nearest_miss() -> None:
    """And all that speaks against it."""
    huge = model("huge", shape=SHAPE.model_copy(update={"layers": 2560}))

    assert (
        f"No SKU serves huge; the nearest, {SMALL}: loading needs 294.3 GiB of host memory, has "
        "28; missing 266.3 GiB; needs 317.8 GiB per GPU, has 14.4; missing 303.4 GiB."
    ) == relaxation(question(model=huge), ONLY_SMALL)


def test_nearest_miss_is_a_sku_that_could_serve_the_model() -> None:
    """Not one that is withdrawn, though it lacks less memory."""
    huge = model("huge", shape=SHAPE.model_copy(update={"layers": 6000}))
    gone = sku("gone", retires=TODAY).model_copy(
        update={"gpu": NEW_GPU.model_copy(update={"visible_memory_gib": 90.0})}
    )
    catalog = with_skus(gone, sku("there", memory_gib=900), gone=1, there=1)

    assert "; the nearest, there: needs" in relaxation(question(model=huge), catalog)
