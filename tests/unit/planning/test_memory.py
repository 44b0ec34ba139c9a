# SPDX-License-Identifier: Apache-2.0
"""What a model takes of a GPU."""

import pytest

from azure_model_endpoints.catalog import ModelShape, load_catalog
from azure_model_endpoints.planning import memory
from azure_model_endpoints.vocabulary import Dtype
from tests.unit.planning.catalogs import SHAPE, model

MODELS = load_catalog().models


@pytest.mark.parametrize(
    ("dtype", "share"),
    [
        (Dtype.FP16, 1.0),
        (Dtype.BF16, 1.0),
        (Dtype.FP8, 0.5),
        (Dtype.INT8, 0.5),
        (Dtype.INT4_AWQ, 0.259765625),
    ],
)
def test_quantisation_leaves_the_embeddings_whole(dtype: Dtype, share: float) -> None:
    """Four bits with a scale and a zero for every 128 weights; embeddings at sixteen bits."""
    embeddings = 2 * 32000 * 2048
    rest = SHAPE.parameters - embeddings

    assert pytest.approx(2 * (embeddings + share * rest)) == memory.weights_bytes(SHAPE, dtype)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("phi-2", 327_680),
        ("mistral-7b-instruct-v0-2", 131_072),
        ("llama-2-7b", 524_288),
        ("llama-3.3-70b-instruct", 327_680),
        ("llama-3.1-405b-instruct", 516_096),
        ("phi-4", 204_800),
    ],
)
def test_token_takes_a_key_and_a_value_of_every_layer(name: str, expected: int) -> None:
    """Of the KV heads alone, which grouped queries share."""
    assert expected == memory.kv_bytes_per_token(MODELS[name].shape)


@pytest.mark.parametrize(("size", "share"), [(1, 1), (2, 2), (4, 4), (8, 8), (16, 8)])
def test_kv_heads_are_copied_where_there_are_fewer_than_gpus(size: int, share: int) -> None:
    """No GPU caches less than one whole head."""
    shape = MODELS["llama-3.3-70b-instruct"].shape

    assert 327_680 // share == memory.kv_bytes_per_token(shape, size)


def test_weights_of_sixteen_bits_are_loaded_whole_before_they_are_eight() -> None:
    """Shared by the GPUs, with CUDA's context on each."""
    published = memory.weights_gib(SHAPE, Dtype.BF16)

    assert pytest.approx(0.6 + 1.02 * published / 2) == memory.loading_gib(
        model("plain", dtype=Dtype.BF16), Dtype.FP8, 2
    )


@pytest.mark.parametrize(
    ("published", "runs_as", "file"),
    [
        (Dtype.FP16, Dtype.FP8, Dtype.FP16),
        (Dtype.BF16, Dtype.FP8, Dtype.BF16),
        (Dtype.FP8, Dtype.FP8, Dtype.FP8),
        (Dtype.BF16, Dtype.INT4_AWQ, Dtype.INT4_AWQ),
        (Dtype.BF16, Dtype.FP16, Dtype.FP16),
    ],
)
def test_only_eight_bit_floats_are_made_of_other_files(
    published: Dtype, runs_as: Dtype, file: Dtype
) -> None:
    """Weights of any other type are published as such."""
    row = model("plain", dtype=published)

    assert file is memory.published_dtype(row, runs_as)
    assert (file is not runs_as) is (memory.loading_gib(row, runs_as, 1) > 0)


def test_cache_is_handed_out_in_blocks() -> None:
    """A stream takes whole ones, and what is left of one is nobody's."""
    assert 2064 == memory.kv_tokens_per_stream(SHAPE, 2049)
    assert 2048 == memory.whole_blocks(2063.9)
    assert 0 == memory.whole_blocks(-5)


def test_sliding_window_bounds_a_stream() -> None:
    """Together with the tokens of the step under way."""
    windowed = MODELS["mistral-7b-v0-1"].shape

    assert 4096 + 8192 == memory.kv_tokens_per_stream(windowed, 32768)
    assert 4096 == memory.kv_tokens_per_stream(windowed, 4096)


@pytest.mark.parametrize(
    ("context", "tokens"), [(16, 2048), (2048, 2048), (4096, 4096), (8192, 8192), (131072, 8192)]
)
def test_long_prompts_are_taken_in_pieces(context: int, tokens: int) -> None:
    """Short ones whole."""
    assert tokens == memory.batched_tokens(context)


def test_overhead_grows_with_batch_and_width() -> None:
    """Constants of CUDA and graphs, activations on top."""
    wide = SHAPE.model_copy(update={"hidden_size": 8192})

    small = memory.overhead_gib(SHAPE, 1, 2048)
    assert 1.6 < small < memory.overhead_gib(SHAPE, 1, 8192) < memory.overhead_gib(wide, 1, 8192)


def test_experts_take_more_room_for_activations() -> None:
    """Tokens are copied to each of theirs."""
    experts = ModelShape(**{**SHAPE.model_dump(), "experts": 8, "experts_per_token": 2})

    assert memory.overhead_gib(SHAPE, 1, 8192) < memory.overhead_gib(experts, 1, 8192)
