# SPDX-License-Identifier: Apache-2.0
"""What a model takes of one GPU's memory, in the accounting of vLLM.

    visible memory × utilisation  =  weights + overhead + KV cache

Where a constant is not certain, the larger one is taken: a plan may promise too little, never
what does not fit. The whole of the caution is the expansion of the weights, a fiftieth of them, and
a runtime overhead that covers the highest of the published measurements.
"""

from typing import TYPE_CHECKING

from azure_model_endpoints.planning.parallelism import kv_heads_per_gpu
from azure_model_endpoints.vocabulary import HALF_PRECISION, Dtype

if TYPE_CHECKING:
    from azure_model_endpoints.catalog import GpuSku, Model, ModelShape

__all__ = [
    "GPU_MEMORY_UTILIZATION",
    "available_gib",
    "batched_tokens",
    "kv_bytes_per_token",
    "kv_tokens_per_stream",
    "loading_gib",
    "overhead_gib",
    "published_dtype",
    "weights_gib",
    "whole_blocks",
]

GIB = 2**30

GPU_MEMORY_UTILIZATION = 0.90
"""The share of a GPU that vLLM may take: its own default up to 0.19. Later releases default to
0.92; the planned value is passed to the server, so that what was planned is what runs."""

# kaito-project/kaito, presets/workspace/generator/model-sku-calculation.md (vLLM 0.10.1): weights
# in memory took up to 102 % of their files.
_WEIGHT_EXPANSION = 1.02

# The same page: CUDA's context and libraries took up to 0.6 GiB, activations and CUDA graphs
# together up to 1.7 GiB. Activations are counted below, so this much is left for the graphs.
_CUDA_CONTEXT_GIB = 0.6
_CUDA_GRAPHS_GIB = 1.0

# ai-dynamo/aiconfigurator, sdk/memory.py: bytes of activations are 2 × tokens × hidden size × a
# coefficient that falls with the tensor parallel size, at least 70 MiB; NCCL's buffers by size.
_ACTIVATIONS_DENSE = {1: 11.0, 2: 6.5, 4: 5.0, 8: 5.0}
_ACTIVATIONS_EXPERTS = {1: 22.0, 2: 13.0, 4: 10.0, 8: 10.0}
_LEAST_ACTIVATIONS_GIB = 70 * 2**20 / GIB
_NCCL_GIB = {1: 0.0, 2: 342e6 / GIB, 4: 392e6 / GIB, 8: 392e6 / GIB}

_CACHE_BLOCK_TOKENS = 16
"""vLLM hands out its cache in blocks of so many tokens."""

# Prompts up to the larger are processed in one step; longer ones in pieces of that size, which is
# vLLM's default on data-centre GPUs.
_LEAST_BATCHED_TOKENS = 2048
_MOST_BATCHED_TOKENS = 8192

# Weights at 4 bits carry a 16-bit scale and a 4-bit zero point for every group of 128 (AWQ).
_BYTES_PER_WEIGHT = {
    Dtype.FP16: 2.0,
    Dtype.BF16: 2.0,
    Dtype.FP8: 1.0,
    Dtype.INT8: 1.0,
    Dtype.INT4_AWQ: 0.5 + (16 + 4) / 8 / 128,
}
_BYTES_PER_EMBEDDING = 2.0
_BYTES_PER_CACHED_VALUE = 2.0


def weights_bytes(shape: "ModelShape", dtype: Dtype) -> float:
    """Return the size of the weights; quantisation leaves the embeddings at 16 bits."""
    embeddings = shape.embedding_parameters
    rest = shape.parameters - embeddings
    return embeddings * _BYTES_PER_EMBEDDING + rest * _BYTES_PER_WEIGHT[dtype]


def weights_gib(shape: "ModelShape", dtype: Dtype) -> float:
    """Return the size of the weights as published, all GPUs together."""
    return weights_bytes(shape, dtype) / GIB


def loaded_weights_gib(shape: "ModelShape", dtype: Dtype, tensor_parallel: int) -> float:
    """Return what the weights take of each GPU."""
    return weights_gib(shape, dtype) * _WEIGHT_EXPANSION / tensor_parallel


def published_dtype(model: "Model", dtype: Dtype) -> Dtype:
    """Return the type of the files that weights are loaded from which run in another.

    vLLM converts weights of 16 bits to FP8 itself; every other type is one of the files.
    """
    return model.dtype if dtype is Dtype.FP8 and model.dtype in HALF_PRECISION else dtype


def loading_gib(model: "Model", dtype: Dtype, tensor_parallel: int) -> float:
    """Return what converting the weights while loading takes of each GPU; 0 where none are.

    vLLM loads the model at its original precision first, and memory has to hold the whole of it
    (vLLM docs, "FP8 W8A8", online dynamic quantization). Later releases may need less, but which
    one is in the image is not known. Nothing is reserved for the cache yet, so that all of a GPU's
    memory counts.
    """
    published = published_dtype(model, dtype)
    if published is dtype:
        return 0.0
    return _CUDA_CONTEXT_GIB + loaded_weights_gib(model.shape, published, tensor_parallel)


def batched_tokens(context_length: int) -> int:
    """Return the most tokens the server works on in one step, ``--max-num-batched-tokens``."""
    return min(max(context_length, _LEAST_BATCHED_TOKENS), _MOST_BATCHED_TOKENS)


def overhead_gib(shape: "ModelShape", tensor_parallel: int, context_length: int) -> float:
    """Return what the runtime takes of each GPU besides weights and cache."""
    coefficients = _ACTIVATIONS_EXPERTS if shape.experts > 1 else _ACTIVATIONS_DENSE
    values = batched_tokens(context_length) * shape.hidden_size * coefficients[tensor_parallel]
    activations = max(2 * values / GIB, _LEAST_ACTIVATIONS_GIB)
    return _CUDA_CONTEXT_GIB + _CUDA_GRAPHS_GIB + activations + _NCCL_GIB[tensor_parallel]


def kv_bytes_per_token(shape: "ModelShape", tensor_parallel: int = 1) -> int:
    """Return what one token takes of each GPU's cache: a key and a value for every layer."""
    heads = kv_heads_per_gpu(shape, tensor_parallel)
    return int(2 * _BYTES_PER_CACHED_VALUE * shape.layers * heads * shape.head_dim)


def kv_tokens_per_stream(shape: "ModelShape", context_length: int) -> int:
    """Return the tokens that a stream of full context keeps in the cache, in whole blocks.

    A sliding window bounds them, together with the tokens of the step under way.
    """
    tokens = context_length
    if shape.sliding_window:
        tokens = min(tokens, shape.sliding_window + batched_tokens(context_length))
    return -(-tokens // _CACHE_BLOCK_TOKENS) * _CACHE_BLOCK_TOKENS


def whole_blocks(tokens: float) -> int:
    """Return how many of these tokens the cache can really hold."""
    return max(int(tokens // _CACHE_BLOCK_TOKENS), 0) * _CACHE_BLOCK_TOKENS


def available_gib(sku: "GpuSku") -> float:
    """Return what the server may take of each GPU."""
    return sku.gpu_memory_gib * GPU_MEMORY_UTILIZATION
