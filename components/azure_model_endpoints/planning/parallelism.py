# SPDX-License-Identifier: Apache-2.0
"""Over how many GPUs a model can be split."""

from typing import TYPE_CHECKING

from azure_model_endpoints.vocabulary import Dtype

if TYPE_CHECKING:
    from azure_model_endpoints.catalog import ModelShape

__all__ = ["kv_heads_per_gpu", "tensor_parallel_sizes"]

# NVLink domains and Azure's sizes come in powers of two, and these are the sizes that inference
# servers are tuned and tested for.
_SIZES = (1, 2, 4, 8)

_AWQ_GROUP = 128
"""Weights that share a scale and a zero point; groups are not cut."""


def tensor_parallel_sizes(shape: "ModelShape", dtype: Dtype, gpus: int) -> tuple[int, ...]:
    """Return the tensor parallel sizes that a model allows on so many GPUs, smallest first.

    Each GPU takes the same number of attention heads, and either the same number of KV heads or
    one whole copy: 40 heads with 10 KV heads go on 1 or 2 GPUs, not on 4 (vllm-project/vllm,
    issue 11856). Of quantised matrices that are cut along their groups, each takes whole groups.
    """
    return tuple(
        size
        for size in _SIZES
        if size <= gpus
        and shape.heads % size == 0
        and shape.ffn_size % size == 0
        and (shape.kv_heads % size == 0 or size % shape.kv_heads == 0)
        and (dtype is not Dtype.INT4_AWQ or _cuts_no_group(shape, size))
    )


def _cuts_no_group(shape: "ModelShape", size: int) -> bool:
    """Return whether what leads out of MLP and attention is cut between groups.

    vLLM does not start otherwise: "The input size is not aligned with the quantized weight shape"
    (vllm-project/vllm, issue 21695).
    """
    inputs = (shape.ffn_size, shape.heads * shape.head_dim)
    return size == 1 or all(each % (_AWQ_GROUP * size) == 0 for each in inputs)


def kv_heads_per_gpu(shape: "ModelShape", tensor_parallel: int) -> int:
    """Return the KV heads each GPU caches; heads that are too few are copied, not cut."""
    return max(shape.kv_heads // tensor_parallel, 1)
