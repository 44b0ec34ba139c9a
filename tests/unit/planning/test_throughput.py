# SPDX-License-Identifier: Apache-2.0
"""Estimates of speed: what has to hold whatever the efficiencies are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azure_model_endpoints.catalog import load_catalog
from azure_model_endpoints.planning.throughput import Speed
from azure_model_endpoints.planning.workload import Workload
from azure_model_endpoints.vocabulary import Dtype

CATALOG = load_catalog()
WORKLOAD = Workload(8192, 8, 512, 256)


def speed(
    name: str = "mistral-7b-instruct-v0-2",
    sku: str = "Standard_NC24ads_A100_v4",
    dtype: Dtype = Dtype.BF16,
    tensor_parallel: int = 1,
) -> Speed:
    """The speed of a model on a SKU."""
    return Speed(CATALOG.models[name].shape, dtype, CATALOG.gpu_skus[sku], tensor_parallel)


def test_single_stream_is_bound_by_bandwidth() -> None:
    """14.5 GB of weights at 60 % of 1,935 GB/s take 12.5 ms, and scheduling 3 ms."""
    assert pytest.approx(0.0155, rel=0.02) == speed().decode_seconds(1, WORKLOAD)


def test_prompt_is_bound_by_compute() -> None:
    """Two operations for each of 7.24 billion weights and 512 tokens at 40 % of 312 TFLOPS."""
    assert pytest.approx(0.0594, rel=0.02) == speed().prefill_seconds(512)


@given(st.integers(1, 255))
def test_more_streams_are_slower_each_and_faster_together(streams: int) -> None:
    """Which is why servers batch."""
    few, more = (speed().decode_seconds(count, WORKLOAD) for count in (streams, streams + 1))

    assert few < more
    assert streams / few < (streams + 1) / more


@given(
    st.sampled_from(sorted(CATALOG.models)),
    st.floats(0.01, 300),
    st.sampled_from([("Standard_NC24ads_A100_v4", 1), ("Standard_ND96amsr_A100_v4", 8)]),
)
def test_no_stream_is_faster_than_a_single_one(
    name: str, streams: float, where: tuple[str, int]
) -> None:
    """Nor one that an instance has only some of the time, as where three share one stream."""
    sku, gpus = where
    model = speed(name, sku, tensor_parallel=gpus)

    single, each = (
        (1 / model.decode_seconds(n, WORKLOAD), model.output_tokens_per_second(n, WORKLOAD) / n)
        for n in (1, streams)
    )

    assert all(some <= most * (1 + 1e-9) for some, most in zip(each, single, strict=True))


def test_fewer_bits_are_read_faster() -> None:
    """They are what a single stream waits for."""
    seconds = [
        speed(dtype=dtype).decode_seconds(1, WORKLOAD)
        for dtype in (Dtype.BF16, Dtype.FP8, Dtype.INT4_AWQ)
    ]

    assert sorted(seconds, reverse=True) == seconds


def test_more_gpus_share_the_work_and_exchange_results() -> None:
    """Two are faster than one, and not twice as fast."""
    sku = "Standard_NC48ads_A100_v4"
    one, two = (speed(sku=sku, tensor_parallel=size).decode_seconds(8, WORKLOAD) for size in (1, 2))

    assert one / 2 < two < one


def test_experts_that_nobody_chose_are_not_read() -> None:
    """One stream reads two of eight; many read nearly all."""
    sku = "Standard_ND96amsr_A100_v4"
    mixture = speed("mixtral-8x7b", sku, tensor_parallel=8)
    one, many = mixture.decode_seconds(1, WORKLOAD), mixture.decode_seconds(64, WORKLOAD)
    dense = speed("llama-3.3-70b-instruct", sku, tensor_parallel=8)

    assert one < dense.decode_seconds(1, WORKLOAD) / 1.5
    assert many > 1.5 * one


def test_last_of_many_waits_for_all_prompts() -> None:
    """They are read one after the other."""
    one, eight = (speed().first_token_seconds(streams, WORKLOAD) for streams in (1, 8))

    assert 7 * speed().prefill_seconds(512) < eight - one


def test_window_bounds_what_is_read() -> None:
    """A longer context than the window costs no more."""
    long = Workload(32768, 8, 20000, 1000)
    longer = Workload(32768, 8, 30000, 1000)
    windowed = speed("mistral-7b-v0-1")

    assert windowed.decode_seconds(8, long) == windowed.decode_seconds(8, longer)
