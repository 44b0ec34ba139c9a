# SPDX-License-Identifier: Apache-2.0
"""The planner's pick is the best there is, and asking for more never makes it easier."""

from dataclasses import replace
from datetime import date
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azure_model_endpoints.catalog import GpuSku, load_catalog
from azure_model_endpoints.planning import memory
from azure_model_endpoints.planning.candidates import Candidate, choose, rank
from azure_model_endpoints.planning.question import Objective, Question
from azure_model_endpoints.planning.throughput import Speed
from azure_model_endpoints.planning.workload import Workload
from azure_model_endpoints.vocabulary import Dtype

CATALOG = load_catalog()
TODAY = date(2026, 11, 22)
MODELS = sorted(CATALOG.models)
REGIONS = sorted(CATALOG.prices.regions)


@st.composite
def questions(draw: st.DrawFn, objective: Objective | None = None) -> Question:
    """A question about a model of the catalogue, with any load it can have."""
    model = CATALOG.models[draw(st.sampled_from(MODELS))]
    context = draw(st.integers(64, model.context_length))
    input_tokens = draw(st.integers(1, context - 1))
    workload = Workload(
        context_length=context,
        concurrency=draw(st.integers(1, 400)),
        input_tokens=input_tokens,
        output_tokens=draw(st.integers(1, context - input_tokens)),
        max_time_to_first_token_ms=draw(st.none() | st.integers(20, 20_000)),
        high_availability=draw(st.booleans()),
    )
    return Question(
        model=model,
        workload=workload,
        region=draw(st.sampled_from(REGIONS)),
        today=TODAY,
        objective=objective or draw(st.sampled_from(Objective)),
        dtype=draw(st.none() | st.sampled_from(Dtype)),
        instances=draw(st.none() | st.integers(1, 50)),
        max_streams=draw(st.none() | st.integers(1, 300)),
    )


def usable(sku: GpuSku, question: Question) -> Dtype | None:
    """The type the weights run in on a SKU that may be taken; None where it may not."""
    capability = sku.gpu.compute_capability
    dtype = question.dtype or question.model.dtype
    if question.dtype is None and dtype is Dtype.BF16 and capability < 8:
        dtype = Dtype.FP16
    needed = {Dtype.FP16: 7, Dtype.BF16: 8, Dtype.FP8: 8, Dtype.INT8: 7.5, Dtype.INT4_AWQ: 7.5}
    # All models of the catalogue are published at 16 bits, from which vLLM itself makes FP8.
    files = Dtype.BF16 if dtype is Dtype.FP8 else dtype
    withdrawn = sku.retires and sku.retires <= TODAY
    if sku.opt_in or withdrawn or capability < needed[dtype]:
        return None
    return dtype if weights_gib(question, files) + 4 <= sku.memory_gib else None


def weights_gib(question: Question, dtype: Dtype) -> float:
    """The size of the weights of a type, with embeddings of 16 bits."""
    shape = question.model.shape
    bits = {Dtype.FP8: 8, Dtype.INT8: 8, Dtype.INT4_AWQ: 4 + 20 / 128}.get(dtype, 16)
    rest = shape.parameters - shape.embedding_parameters
    return (2 * shape.embedding_parameters + bits / 8 * rest) / 2**30


def splits_whole(question: Question, dtype: Dtype, split: int) -> bool:
    """Whether heads, KV heads and groups of quantised weights are whole on every GPU."""
    shape = question.model.shape
    kv_heads = shape.kv_heads % split == 0 or split % shape.kv_heads == 0
    share = 128 if dtype is Dtype.INT4_AWQ and split > 1 else 1
    inputs = (shape.ffn_size, shape.heads * shape.head_dim)
    groups = all(width / split / share % 1 == 0 for width in inputs)
    return shape.heads % split == 0 and kv_heads and groups


def brute_force(question: Question) -> list[tuple[float, float, str]]:
    """Price per hour and per token of every SKU × tensor parallel × instances that will do."""
    found = []
    shape, load = question.model.shape, question.workload
    cached = load.context_length
    if shape.sliding_window:
        cached = min(cached, shape.sliding_window + memory.batched_tokens(cached))
    for sku, split in product(CATALOG.gpu_skus.values(), (1, 2, 4, 8)):
        price = CATALOG.prices.of(sku.name, str(question.region))
        dtype = usable(sku, question)
        if price is None or dtype is None or split > sku.gpus:
            continue
        if not splits_whole(question, dtype, split):
            continue
        gpu_gib = sku.gpu.visible_memory_gib * sku.gpu_fraction
        unconverted = 1.02 * weights_gib(question, Dtype.BF16) / split + 0.6
        if dtype is Dtype.FP8 and unconverted > gpu_gib:
            continue
        speed = Speed(shape, dtype, sku, split)
        heads = max(shape.kv_heads // split, 1)
        stream = 4 * shape.layers * heads * shape.head_dim * -(-cached // 16) * 16
        fixed = 1.02 * weights_gib(question, dtype) / split
        fixed += memory.overhead_gib(shape, split, load.context_length)
        room = (gpu_gib * 0.9 - fixed) * 2**30
        spare = int(load.high_availability)
        allowed = [question.instances] if question.instances else range(1, 51)
        for instances in allowed:
            if spare and instances < 3:
                continue
            busiest = -(-load.concurrency // (instances - spare))
            held = question.max_streams or busiest
            wait = 1000 * speed.first_token_seconds(held, load)
            in_time = wait <= (load.max_time_to_first_token_ms or wait)
            if busiest <= held <= 256 and held * stream <= room and in_time:
                hourly = instances * price.usd_per_hour
                output = instances * speed.output_tokens_per_second(
                    load.concurrency / instances, load
                )
                found.append((hourly, hourly / output / 3600 * 1e6, sku.name))
    return found


@given(questions())
def test_pick_is_the_best_of_all_combinations(question: Question) -> None:
    """By price per hour or per token, against every combination tried one by one."""
    pick = choose(rank(question, CATALOG))

    possible = brute_force(question)

    assert (pick is None) is (not possible)
    if pick and question.objective is Objective.HOURLY:
        assert pytest.approx(min(hourly for hourly, _, _ in possible)) == pick.price_usd_per_hour
    elif pick:
        best = min(token for _, token, _ in possible)
        assert pytest.approx(best) == pick.usd_per_million_output_tokens


@given(questions())
def test_every_sku_that_fits_is_one_that_brute_force_finds(question: Question) -> None:
    """No more, no fewer."""
    fitting = {candidate.sku for candidate in rank(question, CATALOG) if candidate.fits}

    assert {name for _, _, name in brute_force(question)} == fitting


@given(questions(Objective.HOURLY), st.integers(1, 200), st.sampled_from(["streams", "context"]))
def test_asking_for_more_is_never_easier_nor_cheaper(
    question: Question, more: int, what: str
) -> None:
    """The SKUs that fit only become fewer, and the price per hour only rises."""
    load = question.workload
    larger = (
        replace(load, concurrency=load.concurrency + more)
        if what == "streams"
        else replace(
            load,
            context_length=min(load.context_length + 64 * more, question.model.context_length),
        )
    )
    before, after = (_fitting(replace(question, workload=each)) for each in (load, larger))

    assert after.keys() <= before.keys()
    assert all(
        (after[name].price_usd_per_hour or 0) >= (before[name].price_usd_per_hour or 0)
        for name in after
    )


@given(questions(), st.floats(0.1, 200))
def test_more_memory_never_stops_anything_from_fitting(question: Question, gib: float) -> None:
    """Whatever else a GPU is."""
    roomier = {
        name: sku.model_copy(
            update={
                "gpu": sku.gpu.model_copy(
                    update={"visible_memory_gib": sku.gpu.visible_memory_gib + gib}
                )
            }
        )
        for name, sku in CATALOG.gpu_skus.items()
    }

    before = _fitting(question)
    after = _fitting(question, gpu_skus=roomier)

    assert before.keys() <= after.keys()


@given(questions())
def test_what_is_promised_fits(question: Question) -> None:
    """Memory for the busiest instance's streams, and the load shared among instances."""
    for candidate in _fitting(question).values():
        assert candidate.instances
        assert candidate.gpu_memory_needed_gib <= candidate.gpu_memory_available_gib
        assert question.workload.concurrency <= candidate.instances * candidate.max_concurrency


@given(questions())
def test_every_rejection_has_a_reason(question: Question) -> None:
    """And what fits has none."""
    for candidate in rank(question, CATALOG):
        assert candidate.fits is not bool(candidate.rejected)


def _fitting(question: Question, **catalog: Any) -> dict[str, Candidate]:
    candidates = rank(question, replace(CATALOG, **catalog))
    return {candidate.sku: candidate for candidate in candidates if candidate.fits}
