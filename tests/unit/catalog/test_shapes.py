# SPDX-License-Identifier: Apache-2.0
"""The size of a model follows from its shape: exactly, and as published."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from azure_model_endpoints.catalog import ModelShape, load_catalog

CATALOG = load_catalog()
BYTES_PER_WEIGHT = 2

LLAMA_70B = (70_553_706_496, 131.42, 327_680)
# Parameters of each model, GiB of its published 16-bit files (KAITO's model catalogue, the Hub),
# and bytes of KV cache per token at 16 bits.
PUBLISHED = {
    "phi-2": (2_779_683_840, 5.18, 327_680),
    "mistral-7b-v0-1": (7_241_732_096, 13.49, 131_072),
    "mistral-7b-instruct-v0-1": (7_241_732_096, 13.49, 131_072),
    "mistral-7b-instruct-v0-2": (7_241_732_096, 13.49, 131_072),
    "mistral-7b-instruct-v0-3": (7_248_023_552, 13.50, 131_072),
    "mixtral-8x7b": (46_702_792_704, 86.99, 131_072),
    "mixtral-8x7b-instruct": (46_702_792_704, 86.99, 131_072),
    "llama-2-7b": (6_738_415_616, 12.55, 524_288),
    "llama-2-7b-chat": (6_738_415_616, 12.55, 524_288),
    "llama-2-13b": (13_015_864_320, 24.24, 819_200),
    "llama-2-13b-chat": (13_015_864_320, 24.24, 819_200),
    "llama-2-70b": (68_976_648_192, 128.48, 327_680),
    "llama-2-70b-chat": (68_976_648_192, 128.48, 327_680),
    "llama-3-8b": (8_030_261_248, 14.96, 131_072),
    "llama-3-8b-instruct": (8_030_261_248, 14.96, 131_072),
    "llama-3-70b": LLAMA_70B,
    "llama-3-70b-instruct": LLAMA_70B,
    "llama-3.1-8b-instruct": (8_030_261_248, 14.96, 131_072),
    "llama-3.1-70b-instruct": LLAMA_70B,
    "llama-3.1-405b-instruct": (405_853_388_800, 755.96, 516_096),
    "llama-3.2-1b-instruct": (1_235_814_400, 2.30, 32_768),
    "llama-3.2-3b-instruct": (3_212_749_824, 5.98, 114_688),
    "llama-3.3-70b-instruct": LLAMA_70B,
    "phi-3-mini-4k-instruct": (3_821_079_552, 7.12, 393_216),
    "phi-3-mini-128k-instruct": (3_821_079_552, 7.12, 393_216),
    "phi-4": (14_659_507_200, 27.31, 204_800),
    "phi-4-mini-instruct": (3_836_021_760, 7.15, 131_072),
}
TINY: dict[str, Any] = {
    "layers": 2,
    "hidden_size": 8,
    "heads": 4,
    "kv_heads": 2,
    "head_dim": 2,
    "ffn_size": 16,
    "vocabulary": 10,
}

shapes = st.builds(
    lambda heads, **fields: ModelShape(heads=heads * fields["kv_heads"], **fields),
    heads=st.integers(1, 8),
    **{field: st.integers(1, 64) for field in TINY if field != "heads"},
    experts=st.integers(2, 8),
    gated_mlp=st.booleans(),
    biases=st.booleans(),
    tied_embeddings=st.booleans(),
)


def test_every_model_has_a_published_size() -> None:
    """None is left out of the comparison."""
    assert PUBLISHED.keys() == CATALOG.models.keys()


@pytest.mark.parametrize("name", PUBLISHED)
def test_parameters_are_exact(name: str) -> None:
    """One wrong dimension would give another number."""
    assert PUBLISHED[name][0] == CATALOG.models[name].parameters


@pytest.mark.parametrize("name", PUBLISHED)
def test_weights_agree_with_the_published_files(name: str) -> None:
    """To 0.05 GiB at 16 bits."""
    weights_gib = CATALOG.models[name].parameters * BYTES_PER_WEIGHT / 2**30

    assert PUBLISHED[name][1] == pytest.approx(weights_gib, abs=0.05)


@pytest.mark.parametrize("name", PUBLISHED)
def test_cache_per_token_is_as_published(name: str) -> None:
    """Keys and values of every layer's KV heads."""
    shape = CATALOG.models[name].shape

    cache = 2 * BYTES_PER_WEIGHT * shape.layers * shape.kv_heads * shape.head_dim

    assert PUBLISHED[name][2] == cache


def test_token_passes_through_two_of_mixtrals_eight_experts() -> None:
    """12.88 billion weights of 46.7."""
    shape = CATALOG.models["mixtral-8x7b"].shape

    assert 12_879_925_248 == shape.active_parameters


def test_token_passes_through_all_of_a_dense_model() -> None:
    """Whose only MLP is its only expert."""
    shape = CATALOG.models["phi-2"].shape

    assert shape.parameters == shape.active_parameters


def test_tied_embeddings_are_kept_once() -> None:
    """The output head is the input table."""
    untied, tied = ModelShape(**TINY), ModelShape(**TINY, tied_embeddings=True)

    assert (2 * 10 * 8, 10 * 8) == (untied.embedding_parameters, tied.embedding_parameters)
    assert 10 * 8 == untied.parameters - tied.parameters


def test_only_the_first_mistral_has_a_sliding_window() -> None:
    """v0.2 dropped it; Phi-3 mini 4K has one of its own."""
    windows = {name: model.shape.sliding_window for name, model in CATALOG.models.items()}

    assert {
        "mistral-7b-v0-1": 4096,
        "mistral-7b-instruct-v0-1": 4096,
        "phi-3-mini-4k-instruct": 2047,
    } == {name: window for name, window in windows.items() if window}


@given(shape=shapes)
def test_tiny_model_counts_as_many_weights_as_it_has_matrices(shape: ModelShape) -> None:
    """Counted module by module, as transformers would build them."""
    hidden, inner, vocabulary = shape.hidden_size, shape.ffn_size, shape.vocabulary
    queries, keys = shape.heads * shape.head_dim, shape.kv_heads * shape.head_dim
    biased = int(shape.biases)

    def linear(inputs: int, outputs: int) -> int:
        return inputs * outputs + biased * outputs

    attention = linear(hidden, queries) + 2 * linear(hidden, keys) + linear(queries, hidden)
    mlp = (1 + int(shape.gated_mlp)) * linear(hidden, inner) + linear(inner, hidden)
    # Phi-2 has one layer norm with a bias where Llama has two without.
    layer = attention + shape.experts * mlp + shape.experts * hidden + 2 * hidden
    tables = vocabulary * hidden * (1 if shape.tied_embeddings else 2) + biased * vocabulary
    whole = shape.layers * layer + tables + (1 + biased) * hidden

    assert whole == shape.parameters
    assert shape.layers * (shape.experts - 1) * mlp == whole - shape.active_parameters


@pytest.mark.parametrize(
    ("field", "value", "text"),
    [
        ("kv_heads", 3, "a divisor of `heads`, 4"),
        ("kv_heads", 8, "a divisor of `heads`, 4"),
        ("experts_per_token", 2, "at most `experts`, 1"),
        ("layers", 0, "greater than or equal to 1"),
        ("layers", True, "valid integer"),
        ("vocabulary", "10", "valid integer"),
        ("depth", 3, "Extra inputs are not permitted"),
    ],
)
def test_impossible_shape_is_refused(field: str, value: object, text: str) -> None:
    """Nothing can be built from it."""
    with pytest.raises(ValidationError, match=text):
        ModelShape(**{**TINY, field: value})
