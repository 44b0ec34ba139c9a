# SPDX-License-Identifier: Apache-2.0
"""Which SKU is chosen, and why the others are not."""

from dataclasses import replace
from typing import Any

import pytest

from azure_model_endpoints.catalog import Catalog, Price, Prices
from azure_model_endpoints.planning.candidates import Candidate, choose, rank, rank_regions
from azure_model_endpoints.planning.question import Objective, Question
from azure_model_endpoints.planning.workload import Workload
from azure_model_endpoints.vocabulary import Dtype
from tests.unit.planning.catalogs import (
    BIG,
    CATALOG,
    COSTS,
    GOING,
    GONE,
    OLD_GPU,
    REGION,
    SHAPE,
    SMALL,
    TODAY,
    model,
    prices,
    sku,
    with_skus,
)

WORKLOAD = Workload(4096, 8, 512, 256)


def ranked(catalog: Catalog = CATALOG, **more: Any) -> dict[str, Candidate]:
    """The candidates by SKU, in their order."""
    load = {name: more.pop(name) for name in list(more) if hasattr(WORKLOAD, name)}
    question = Question(
        **{
            "model": model("plain-model"),
            "workload": replace(WORKLOAD, **load),
            "region": REGION,
            "today": TODAY,
            **more,
        }
    )
    return {candidate.sku: candidate for candidate in rank(question, catalog)}


def test_every_sku_is_answered_for() -> None:
    """Those that fit first, the cheapest first of all."""
    assert [SMALL, GOING, BIG, GONE] == list(ranked())


def test_several_regions_are_answered_as_each_would_be_alone() -> None:
    """By its own prices, or by none."""
    dear = {sku: Price(1 / price, TODAY, "tests") for sku, price in COSTS.items()}
    catalog = replace(CATALOG, prices=CATALOG.prices.updated(Prices({"westus": dear})))
    question = Question(model("plain-model"), WORKLOAD, REGION, TODAY)
    regions = (REGION, "westus", "northeurope", None)

    alone = {region: rank(replace(question, region=region), catalog) for region in regions}

    assert alone == rank_regions(question, catalog, regions)
    assert [SMALL, BIG] == [alone[region][0].sku for region in (REGION, "westus")]


def test_token_objective_prefers_what_is_cheap_per_token() -> None:
    """The faster GPU is worth its price under load, and not before."""
    catalog = replace(CATALOG, prices=prices(**{SMALL: 0.5, GOING: 1.0}))

    hourly = ranked(catalog, concurrency=80)
    token = ranked(catalog, concurrency=80, objective=Objective.TOKEN)

    assert [SMALL, GOING] == list(hourly)[:2]
    assert [GOING, SMALL] == list(token)[:2]


def test_memory_that_lacks_is_told_with_figures() -> None:
    """How much is needed, how much there is, and how much is missing."""
    huge = model("huge", shape=SHAPE.model_copy(update={"layers": 128}))

    candidate = ranked(model=huge)[SMALL]

    assert not candidate.fits
    assert ("needs 17.8 GiB per GPU, has 14.4; missing 3.4 GiB",) == candidate.rejected
    assert (None, None, 0) == (
        candidate.instances,
        candidate.price_usd_per_hour,
        candidate.max_concurrency,
    )


def test_memory_that_converting_lacks_is_told_with_figures() -> None:
    """The published weights are loaded first, though half of them would be left."""
    large = model("large", shape=SHAPE.model_copy(update={"layers": 700}))

    assert (
        "needs 81.7 GiB per GPU while the weights are converted, has 80.0; missing 1.7 GiB",
    ) == ranked(model=large, dtype=Dtype.FP8)[GOING].rejected


def test_weights_are_converted_on_as_many_gpus_as_hold_them() -> None:
    """More than would do for what is left of them."""
    shape = SHAPE.model_copy(update={"layers": 700})
    models = [model("large", shape=shape, dtype=each) for each in (Dtype.BF16, Dtype.FP8)]

    slow_link = sku("a", gpus=2).model_copy(update={"interconnect_gb_per_s": 2.0})

    catalog = with_skus(slow_link, a=1)

    splits = [
        ranked(catalog, model=each, dtype=Dtype.FP8, concurrency=1)["a"].tensor_parallel
        for each in models
    ]

    assert [2, 1] == splits


def test_what_is_converted_is_read_as_it_is_published() -> None:
    """From the disk, by the host."""
    large = model("large", shape=SHAPE.model_copy(update={"layers": 600}))
    catalog = with_skus(sku("a", gpus=4, memory_gib=60))

    candidate = ranked(catalog, model=large, dtype=Dtype.FP8)["a"]

    assert "loading needs 72.2 GiB of host memory, has 60; missing 12.2 GiB" in candidate.rejected
    assert candidate.warnings[0].startswith("the weights take 68 GiB, the temporary disk has 64")


def test_every_reason_is_told() -> None:
    """Not only the first."""
    catalog = with_skus(
        sku("a", gpu=OLD_GPU, memory_gib=4, retires=TODAY, opt_in="nobody lists it")
    )

    assert (
        "out of fashion",
        "taken only when it is named: nobody lists it",
        "withdrawn on 2026-06-01",
        "bf16 needs compute capability 8.0, Old has 7.5",
        "loading needs 6.1 GiB of host memory, has 4; missing 2.1 GiB",
        "the first token takes 59 ms even for a single stream, 10 are allowed",
        "no price is known in eastus",
    ) == ranked(
        catalog,
        excluded={"a": "out of fashion"},
        dtype=Dtype.BF16,
        max_time_to_first_token_ms=10,
    )["a"].rejected


def test_old_gpu_runs_bfloat16_weights_as_fp16() -> None:
    """Unless somebody insists on bfloat16."""
    assert ranked()[SMALL].fits
    assert not ranked(dtype=Dtype.BF16)[SMALL].fits


def test_sku_without_a_price_is_never_taken_for_free() -> None:
    """It is out, unless somebody names it."""
    unpriced = replace(CATALOG, prices=Prices({}))

    assert choose(ranked(unpriced).values()) is None
    assert ("no price is known in eastus",) == ranked(unpriced)[SMALL].rejected
    named = choose(ranked(unpriced, sku=SMALL).values(), SMALL)
    assert named
    assert (SMALL, None, None) == (
        named.sku,
        named.price_usd_per_hour,
        named.usd_per_million_output_tokens,
    )


def test_sku_that_is_not_taken_by_itself_may_be_named() -> None:
    """Who names it knows why."""
    catalog = with_skus(sku("a", opt_in="nobody lists it"), a=1)

    assert choose(ranked(catalog).values()) is None
    assert ranked(catalog, sku="a")["a"].fits


def test_named_sku_is_the_only_choice() -> None:
    """Even where another is cheaper."""
    named = choose(ranked(sku=BIG).values(), BIG)

    assert named
    assert BIG == named.sku


def test_instances_follow_from_the_load() -> None:
    """And price and quota with them."""
    one = ranked()[SMALL]

    several = ranked(concurrency=3 * one.max_concurrency)[SMALL]

    assert (1, 3) == (one.instances, several.instances)
    assert (0.5, 1.5) == (one.price_usd_per_hour, several.price_usd_per_hour)
    assert (2 * 8, 4 * 8) == (one.quota_cores, several.quota_cores)


def test_high_availability_takes_three_instances() -> None:
    """Which share the load."""
    candidate = ranked(high_availability=True)[SMALL]

    assert (3, 1.5) == (candidate.instances, candidate.price_usd_per_hour)


@pytest.mark.parametrize(("loaded", "instances"), [(2, 3), (3, 4), (5, 6)])
def test_load_has_room_when_an_instance_is_lost(loaded: int, instances: int) -> None:
    """The others take its requests, however many there are."""
    one = ranked()[SMALL]

    candidate = ranked(high_availability=True, concurrency=loaded * one.max_concurrency)[SMALL]

    assert instances == candidate.instances


def test_fewer_instances_than_availability_needs_are_refused() -> None:
    """They were asked for together."""
    assert ("high availability needs 3 instances, 2 asked for",) == ranked(
        high_availability=True, instances=2
    )[SMALL].rejected


@pytest.mark.parametrize(
    ("loaded", "asked", "told"),
    [
        (4, 4, "high availability needs 5 instances, 4 asked for"),
        (5, 4, "{streams} streams and a spare need 6 instances, 4 asked for"),
        (50, None, "high availability needs 51 instances, Azure allows 50"),
        (51, None, "{streams} streams and a spare need 52 instances, Azure allows 50"),
    ],
)
def test_what_takes_too_many_instances_is_told(loaded: int, asked: int | None, told: str) -> None:
    """The load by itself, or what it would have to spare."""
    streams = loaded * ranked()[SMALL].max_concurrency

    candidate = ranked(high_availability=True, concurrency=streams, instances=asked)[SMALL]

    assert (told.format(streams=streams),) == candidate.rejected


def test_more_instances_than_azure_allows_are_refused() -> None:
    """Fifty per deployment."""
    streams = 50 * ranked()[SMALL].max_concurrency + 1

    assert (f"{streams} streams need 51 instances, Azure allows 50",) == ranked(
        concurrency=streams
    )[SMALL].rejected


def test_wait_for_the_first_token_limits_the_streams() -> None:
    """Fewer per instance answer sooner."""
    free, hurried = ranked()[SMALL], ranked(max_time_to_first_token_ms=300)[SMALL]

    assert 0 < hurried.max_concurrency < free.max_concurrency
    assert hurried.time_to_first_token_ms
    assert hurried.time_to_first_token_ms <= 300


def test_disk_too_small_for_the_weights_is_a_warning() -> None:
    """They may be mounted."""
    huge = model("huge", shape=SHAPE.model_copy(update={"layers": 800}))

    assert (
        ("the weights take 91 GiB, the temporary disk has 64; they have to be streamed or mounted"),
    ) == ranked(model=huge)[BIG].warnings


def test_sku_that_retires_soon_is_a_warning() -> None:
    """Before its day, not after."""
    candidates = ranked()

    assert ("will be withdrawn on 2026-06-02",) == candidates[GOING].warnings
    assert () == candidates[GONE].warnings


@pytest.mark.parametrize("region", [REGION, None])
def test_where_the_region_is_open_prices_do_not_count(region: str | None) -> None:
    """There may be more to say than that the region is wrong."""
    unpriced = replace(CATALOG, prices=Prices({}))

    assert (region is None) is ranked(unpriced, region=region)[SMALL].fits
