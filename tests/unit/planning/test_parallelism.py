# SPDX-License-Identifier: Apache-2.0
"""Over how many GPUs a model can be split."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azure_model_endpoints.catalog import load_catalog
from azure_model_endpoints.planning.parallelism import kv_heads_per_gpu, tensor_parallel_sizes

MODELS = load_catalog().models


@pytest.mark.parametrize(
    ("name", "gpus", "sizes"),
    [
        ("phi-4", 8, (1, 2)),
        ("phi-4", 1, (1,)),
        ("mistral-7b-instruct-v0-2", 8, (1, 2, 4, 8)),
        ("mistral-7b-instruct-v0-2", 2, (1, 2)),
        ("llama-3.2-3b-instruct", 8, (1, 2, 4, 8)),
        ("llama-2-13b", 8, (1, 2, 4, 8)),
    ],
)
def test_split_gives_every_gpu_the_same(name: str, gpus: int, sizes: tuple[int, ...]) -> None:
    """40 heads with 10 KV heads go on two GPUs, but neither on four nor on eight."""
    assert sizes == tensor_parallel_sizes(MODELS[name].shape, gpus)


@given(st.sampled_from(sorted(MODELS)), st.integers(1, 8))
def test_every_split_is_whole(name: str, gpus: int) -> None:
    """Attention heads divided, KV heads divided or copied, and one GPU always possible."""
    shape = MODELS[name].shape

    sizes = tensor_parallel_sizes(shape, gpus)

    assert 1 == sizes[0]
    for size in sizes:
        assert size <= gpus
        assert 0 == shape.heads % size
        assert kv_heads_per_gpu(shape, size) * size in {shape.kv_heads, size}
