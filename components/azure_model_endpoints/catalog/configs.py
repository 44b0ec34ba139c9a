# SPDX-License-Identifier: Apache-2.0
"""What a model's ``config.json`` of the Hugging Face Hub says about its shape.

Only architectures whose size follows exactly from the file are read (Hugging Face transformers,
``models/{llama,mistral,mixtral,phi,phi3}``); a guess would promise memory that is not there.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from azure_model_endpoints.catalog.shapes import MOST
from azure_model_endpoints.errors import Problem

__all__ = ["read_config"]

# The keys of a shape, and how the architectures' files call them.
_KEYS = {
    "layers": "num_hidden_layers",
    "hidden_size": "hidden_size",
    "heads": "num_attention_heads",
    "kv_heads": "num_key_value_heads",
    "ffn_size": "intermediate_size",
    "vocabulary": "vocab_size",
}
_EXPERT_KEYS = {"experts": "num_local_experts", "experts_per_token": "num_experts_per_tok"}
# The format of Phi-2's first weeks (model_type phi-msft), which copies of it still have.
_PHI_MSFT_KEYS = {
    "num_hidden_layers": "n_layer",
    "hidden_size": "n_embd",
    "num_attention_heads": "n_head",
    "num_key_value_heads": "n_head_kv",
    "intermediate_size": "n_inner",
    "max_position_embeddings": "n_positions",
}

# Architectures and how their shapes differ from Llama's.
_ARCHITECTURES: dict[str, dict[str, object]] = {
    "LlamaForCausalLM": {},
    "MistralForCausalLM": {},
    "MixtralForCausalLM": {},
    "Phi3ForCausalLM": {},
    "PhiForCausalLM": {"gated_mlp": False, "biases": True},
}
# Whose files say the number of KV heads, since transformers' default is not the number of heads.
_SAY_KV_HEADS = ("MistralForCausalLM", "MixtralForCausalLM")
# Switches that add weights this library does not count.
_EXTRAS = ("attention_bias", "mlp_bias", "qk_layernorm")

# vLLM serves weights of 32 bits as fp16 (docs, "--dtype auto").
_DTYPES = {"float16": "fp16", "bfloat16": "bf16", "float32": "fp16"}


def read_config(path: Path, setting: str) -> tuple[dict[str, Any], list[Problem]]:
    """Return ``shape``, ``context_length`` and ``dtype`` as a ``config.json`` has them.

    Values are as they stand in the file, for the model's own validation; a dtype that the file
    leaves open is absent.

    Args:
        path: the file.
        setting: the path of the setting that names it, for messages.
    """
    document, problem = _read(path, setting)
    if problem:
        return {}, [problem]
    architecture = _architecture(document)
    if architecture not in _ARCHITECTURES:
        return {}, [_unknown(setting, path, f"the architecture {architecture!r}")]
    if document.get("model_type") == "phi-msft":
        document = _modern(document)
    problems = [
        _unknown(setting, path, f"`{key}: true`") for key in _EXTRAS if document.get(key) is True
    ]
    shape, found = _shape(document, architecture, path, setting)
    problems += found
    fields = {
        "shape": shape,
        "context_length": document.get("max_position_embeddings"),
        "dtype": _dtype(document),
    }
    return {key: value for key, value in fields.items() if value is not None}, problems


def _read(path: Path, setting: str) -> tuple[dict[str, Any], Problem | None]:
    allowed = "a Hugging Face config.json, by its path from the file that names it"
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        reason = f"{path}: {error.strerror or error}."
        return {}, Problem(setting, repr(str(path)), allowed, reason)
    except (ValueError, RecursionError) as error:  # not UTF-8, or not JSON
        return {}, Problem(setting, repr(str(path)), allowed, f"It is not JSON: {error}.")
    if not isinstance(document, dict):
        return {}, Problem(
            setting, repr(str(path)), allowed, "It has no mapping of settings in it."
        )
    return document, None


def _architecture(document: Mapping[str, Any]) -> str:
    architectures = document.get("architectures")
    first = architectures[0] if isinstance(architectures, list) and architectures else None
    return str(first)


def _modern(document: Mapping[str, Any]) -> dict[str, Any]:
    renamed = {new: document.get(old) for new, old in _PHI_MSFT_KEYS.items()}
    hidden = renamed["hidden_size"]
    if renamed["intermediate_size"] is None and isinstance(hidden, int):
        renamed["intermediate_size"] = 4 * hidden
    return {**document, **{key: value for key, value in renamed.items() if value is not None}}


def _shape(
    document: Mapping[str, Any], architecture: str, path: Path, setting: str
) -> tuple[dict[str, Any] | None, list[Problem]]:
    keys = {**_KEYS, **(_EXPERT_KEYS if architecture == "MixtralForCausalLM" else {})}
    values: dict[str, Any] = {field: document.get(key) for field, key in keys.items()}
    if values["kv_heads"] is None and architecture not in _SAY_KV_HEADS:
        values["kv_heads"] = values["heads"]
    wrong = {field: value for field, value in values.items() if not _is_count(value)}
    problems = [
        Problem(
            setting,
            f"`{keys[field]}: {json.dumps(value)}` in {path}",
            f"a whole number, 1 to {MOST}",
            "Take the file as its publisher wrote it.",
        )
        for field, value in wrong.items()
    ]
    if problems:
        return None, problems
    head_dim = document.get("head_dim") or values["hidden_size"] // values["heads"]
    shape = {
        **values,
        **_ARCHITECTURES[architecture],
        "head_dim": head_dim,
        "tied_embeddings": document.get("tie_word_embeddings") is True,
        "sliding_window": _window(document),
    }
    return shape, []


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MOST


def _window(document: Mapping[str, Any]) -> object:
    """Return the sliding window, or None where the context is no longer than it."""
    window, context = document.get("sliding_window"), document.get("max_position_embeddings")
    if isinstance(window, int) and isinstance(context, int) and window >= context:
        return None
    return window


def _dtype(document: Mapping[str, Any]) -> str | None:
    """Return how the weights are kept, or None where the file leaves it open."""
    quantization = document.get("quantization_config")
    if isinstance(quantization, Mapping):
        match quantization.get("quant_method"), quantization.get("bits"):
            case "awq", 4:
                return "int4-awq"
            case "fp8", _:
                return "fp8"
            case _:
                return None
    # transformers calls it dtype since version 5
    named = document.get("torch_dtype") or document.get("dtype")
    return _DTYPES.get(str(named))


def _unknown(setting: str, path: Path, given: str) -> Problem:
    return Problem(
        setting,
        f"{given} in {path}",
        f"{', '.join(_ARCHITECTURES)} without further biases and norms",
        "The size of this one does not follow from the file: write its `shape` instead.",
    )
