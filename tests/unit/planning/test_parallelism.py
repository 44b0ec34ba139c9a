# SPDX-License-Identifier: Apache-2.0
"""Over how many GPUs a model can be split."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azure_model_endpoints.catalog import load_catalog
from azure_model_endpoints.planning.parallelism import kv_heads_per_gpu, tensor_parallel_sizes
from azure_model_endpoints.vocabulary import Dtype
from tests.unit.planning.catalogs import SHAPE

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
    assert sizes == tensor_parallel_sizes(MODELS[name].shape, Dtype.BF16, gpus)


@pytest.mark.parametrize(
    ("name", "sizes"),
    [
        ("llama-2-7b", (1, 2)),
        ("llama-2-13b", (1, 2, 4)),
        ("phi-2", (1, 2, 4)),
        ("llama-3.3-70b-instruct", (1, 2, 4, 8)),
    ],
)
def test_weights_of_four_bits_are_cut_between_their_groups(
    name: str, sizes: tuple[int, ...]
) -> None:
    """11,008 and 13,824 are 86 and 108 groups of 128, and Phi-2's heads 20."""
    assert sizes == tensor_parallel_sizes(MODELS[name].shape, Dtype.INT4_AWQ, 8)


def test_one_gpu_takes_every_group() -> None:
    """Also the last, where it is smaller."""
    odd = SHAPE.model_copy(update={"ffn_size": 8200})

    assert (1,) == tensor_parallel_sizes(odd, Dtype.INT4_AWQ, 8)


@given(st.sampled_from(sorted(MODELS)), st.integers(1, 8))
def test_every_split_is_whole(name: str, gpus: int) -> None:
    """Attention heads divided, KV heads divided or copied, and one GPU always possible."""
    shape = MODELS[name].shape

    sizes = tensor_parallel_sizes(shape, Dtype.BF16, gpus)

    assert 1 == sizes[0]
    for size in sizes:
        assert size <= gpus
        assert 0 == shape.heads % size
        assert kv_heads_per_gpu(shape, size) * size in {shape.kv_heads, size}
