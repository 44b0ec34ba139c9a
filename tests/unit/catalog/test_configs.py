# SPDX-License-Identifier: Apache-2.0
"""The Hub's ``config.json`` files: shapes of the architectures whose size follows from them."""

import json
from pathlib import Path
from typing import Any

import pytest

from azure_model_endpoints.catalog import ModelShape, load_catalog
from azure_model_endpoints.catalog.configs import read_config
from azure_model_endpoints.errors import Problem

CATALOG = load_catalog()

LLAMA_3_1_8B: dict[str, Any] = {
    "architectures": ["LlamaForCausalLM"],
    "attention_bias": False,
    "hidden_size": 4096,
    "intermediate_size": 14336,
    "max_position_embeddings": 131072,
    "mlp_bias": False,
    "model_type": "llama",
    "num_attention_heads": 32,
    "num_hidden_layers": 32,
    "num_key_value_heads": 8,
    "tie_word_embeddings": False,
    "torch_dtype": "bfloat16",
    "vocab_size": 128256,
}
# Tied tables, and heads that are not hidden_size / heads wide in every copy of the file.
LLAMA_3_2_1B = LLAMA_3_1_8B | {
    "head_dim": 64,
    "hidden_size": 2048,
    "intermediate_size": 8192,
    "num_hidden_layers": 16,
    "tie_word_embeddings": True,
}
# Written before grouped queries: no number of KV heads.
LLAMA_2_7B = {
    "architectures": ["LlamaForCausalLM"],
    "hidden_size": 4096,
    "intermediate_size": 11008,
    "max_position_embeddings": 4096,
    "num_attention_heads": 32,
    "num_hidden_layers": 32,
    "torch_dtype": "float16",
    "vocab_size": 32000,
}
MISTRAL_7B_V0_1 = LLAMA_3_1_8B | {
    "architectures": ["MistralForCausalLM"],
    "max_position_embeddings": 32768,
    "sliding_window": 4096,
    "vocab_size": 32000,
}
MISTRAL_7B_V0_2 = MISTRAL_7B_V0_1 | {"sliding_window": None}
MIXTRAL_8X7B = MISTRAL_7B_V0_1 | {
    "architectures": ["MixtralForCausalLM"],
    "num_experts_per_tok": 2,
    "num_local_experts": 8,
    "sliding_window": None,
}
PHI_2 = {
    "architectures": ["PhiForCausalLM"],
    "hidden_size": 2560,
    "intermediate_size": 10240,
    "max_position_embeddings": 2048,
    "model_type": "phi",
    "num_attention_heads": 32,
    "num_hidden_layers": 32,
    "num_key_value_heads": 32,
    "qk_layernorm": False,
    "tie_word_embeddings": False,
    "torch_dtype": "float16",
    "vocab_size": 51200,
}
# The same model as it was published in December 2023.
PHI_2_MSFT = {
    "architectures": ["PhiForCausalLM"],
    "model_type": "phi-msft",
    "n_embd": 2560,
    "n_head": 32,
    "n_head_kv": None,
    "n_inner": None,
    "n_layer": 32,
    "n_positions": 2048,
    "tie_word_embeddings": False,
    "torch_dtype": "float16",
    "vocab_size": 51200,
}
PHI_3_MINI_4K = {
    "architectures": ["Phi3ForCausalLM"],
    "attention_bias": False,
    "hidden_size": 3072,
    "intermediate_size": 8192,
    "max_position_embeddings": 4096,
    "num_attention_heads": 32,
    "num_hidden_layers": 32,
    "num_key_value_heads": 32,
    "sliding_window": 2047,
    "torch_dtype": "bfloat16",
    "vocab_size": 32064,
}
# A window that is longer than the context is none.
PHI_3_MINI_128K = PHI_3_MINI_4K | {"max_position_embeddings": 131072, "sliding_window": 262144}
PHI_4 = PHI_3_MINI_4K | {
    "hidden_size": 5120,
    "intermediate_size": 17920,
    "max_position_embeddings": 16384,
    "num_attention_heads": 40,
    "num_hidden_layers": 40,
    "num_key_value_heads": 10,
    "sliding_window": None,
    "vocab_size": 100352,
}
PHI_4_MINI = PHI_3_MINI_128K | {
    "num_attention_heads": 24,
    "num_key_value_heads": 8,
    "tie_word_embeddings": True,
    "vocab_size": 200064,
}


def config_of(tmp_path: Path, config: object) -> tuple[dict[str, Any], list[Problem]]:
    """What is read from a config.json."""
    path = tmp_path / "config.json"
    path.write_text(json.dumps(config), encoding="utf-8")
    return read_config(path, "acme.config")


@pytest.mark.parametrize(
    ("name", "config"),
    [
        ("llama-3.1-8b-instruct", LLAMA_3_1_8B),
        ("llama-3.2-1b-instruct", LLAMA_3_2_1B),
        ("llama-2-7b", LLAMA_2_7B),
        ("mistral-7b-v0-1", MISTRAL_7B_V0_1),
        ("mistral-7b-instruct-v0-2", MISTRAL_7B_V0_2),
        ("mixtral-8x7b", MIXTRAL_8X7B),
        ("phi-2", PHI_2),
        ("phi-2", PHI_2_MSFT),
        ("phi-3-mini-4k-instruct", PHI_3_MINI_4K),
        ("phi-3-mini-128k-instruct", PHI_3_MINI_128K),
        ("phi-4", PHI_4),
        ("phi-4-mini-instruct", PHI_4_MINI),
    ],
)
def test_config_gives_what_the_catalogue_has(
    tmp_path: Path, name: str, config: dict[str, Any]
) -> None:
    """The same shape, context and dtype, to the last weight."""
    fields, problems = config_of(tmp_path, config)

    shipped = CATALOG.models[name]
    assert [] == problems
    assert (shipped.shape, shipped.context_length, shipped.dtype) == (
        ModelShape(**fields["shape"]),
        fields["context_length"],
        fields["dtype"],
    )


@pytest.mark.parametrize(
    ("quantization", "dtype"),
    [
        ({"quant_method": "awq", "bits": 4}, "int4-awq"),
        ({"quant_method": "fp8", "activation_scheme": "dynamic"}, "fp8"),
        ({"quant_method": "awq", "bits": 8}, None),
        ({"quant_method": "gptq", "bits": 4}, None),
    ],
)
def test_quantised_weights_are_known_or_left_open(
    tmp_path: Path, quantization: dict[str, Any], dtype: str | None
) -> None:
    """What is left open, the row has to say."""
    fields, problems = config_of(tmp_path, LLAMA_3_1_8B | {"quantization_config": quantization})

    assert [] == problems
    assert dtype == fields.get("dtype")


@pytest.mark.parametrize(
    ("said", "dtype"),
    [
        ({"torch_dtype": "float16"}, "fp16"),
        ({"torch_dtype": "float32"}, "fp16"),
        ({"torch_dtype": None, "dtype": "bfloat16"}, "bf16"),
        ({"torch_dtype": "float64"}, None),
    ],
)
def test_dtype_is_what_vllm_serves(tmp_path: Path, said: dict[str, Any], dtype: str | None) -> None:
    """Weights of 32 bits as 16."""
    fields, _ = config_of(tmp_path, LLAMA_3_1_8B | said)

    assert dtype == fields.get("dtype")


@pytest.mark.parametrize(
    ("config", "given"),
    [
        (LLAMA_3_1_8B | {"architectures": ["Qwen2ForCausalLM"]}, "'Qwen2ForCausalLM'"),
        (LLAMA_3_1_8B | {"architectures": []}, "'None'"),
        (LLAMA_3_1_8B | {"architectures": "LlamaForCausalLM"}, "'None'"),
        ({}, "'None'"),
    ],
)
def test_unknown_architecture_is_refused(
    tmp_path: Path, config: dict[str, Any], given: str
) -> None:
    """A guess would promise memory that is not there."""
    fields, [problem] = config_of(tmp_path, config)

    assert {} == fields
    assert (
        f"acme.config: given the architecture {given} in {tmp_path / 'config.json'}; allowed: "
        "LlamaForCausalLM, MistralForCausalLM, MixtralForCausalLM, Phi3ForCausalLM, PhiForCausalLM "
        "without further biases and norms. The size of this one does not follow from the file: "
        "write its `shape` instead."
    ) == str(problem)


@pytest.mark.parametrize("extra", ["attention_bias", "mlp_bias", "qk_layernorm"])
def test_weights_that_are_not_counted_are_refused(tmp_path: Path, extra: str) -> None:
    """The size would come out too small."""
    _, [problem] = config_of(tmp_path, LLAMA_3_1_8B | {extra: True})

    assert f"given `{extra}: true` in " in str(problem)


@pytest.mark.parametrize(
    ("config", "key", "value"),
    [
        (LLAMA_3_1_8B, "num_hidden_layers", None),
        (LLAMA_3_1_8B, "vocab_size", 0),
        (LLAMA_3_1_8B, "hidden_size", "4096"),
        (LLAMA_3_1_8B, "intermediate_size", 14336.0),
        (LLAMA_3_1_8B, "num_attention_heads", True),
        pytest.param(LLAMA_3_1_8B, "hidden_size", 10**320, id="huge"),
        (MISTRAL_7B_V0_1, "num_key_value_heads", None),
        (MIXTRAL_8X7B, "num_local_experts", None),
    ],
)
def test_missing_dimension_is_refused(
    tmp_path: Path, config: dict[str, Any], key: str, value: object
) -> None:
    """Where transformers would take a default that is another model's."""
    fields, [problem] = config_of(tmp_path, config | {key: value})

    assert "shape" not in fields
    assert f"acme.config: given `{key}: {json.dumps(value)}` in " in str(problem)
    assert "allowed: a whole number, 1 to 1000000000000." in str(problem)
