# SPDX-License-Identifier: Apache-2.0
"""How much of a workload one instance holds, with the model split over so many of its GPUs."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from azure_model_endpoints.planning import memory
from azure_model_endpoints.planning.throughput import Speed

if TYPE_CHECKING:
    from azure_model_endpoints.catalog import Dtype, GpuSku, Model
    from azure_model_endpoints.planning.workload import Workload

__all__ = ["Fit", "fit"]

MAX_STREAMS = 256
"""Requests that one instance works on at a time at most: vLLM's long-standing default of
``--max-num-seqs``. Beyond it, further instances answer sooner."""


@dataclass(frozen=True, slots=True)
class Fit:
    """What one instance of a SKU holds of a workload."""

    tensor_parallel: int
    fixed_gib: float
    """What weights and runtime take of each GPU."""
    stream_gib: float
    """What the cache of one stream takes of each GPU."""
    available_gib: float
    """What the server may take of each GPU."""
    loading_gib: float
    """What converting the weights while loading takes of each GPU; 0 where none are."""
    gpu_memory_gib: float
    """All there is of each GPU, before the server runs."""
    kv_cache_tokens: int
    """Tokens the cache holds, of all streams together."""
    max_streams: int
    """Streams that fit in memory and get their first token in time; 0 when not even one does, or
    the weights cannot be loaded."""
    first_token_seconds: float
    """The wait for the first token of a single stream."""
    speed: Speed

    def needed_gib(self, streams: int) -> float:
        """Return what so many streams take of each GPU, weights and runtime included."""
        return self.fixed_gib + streams * self.stream_gib

    @property
    def missing_for_stream_gib(self) -> float:
        """What each GPU lacks for a single stream; 0 when that fits."""
        return max(self.needed_gib(1) - self.available_gib, 0.0)

    @property
    def missing_while_loading_gib(self) -> float:
        """What each GPU lacks to convert the weights; 0 when they fit, or are not converted."""
        return max(self.loading_gib - self.gpu_memory_gib, 0.0)

    @property
    def missing_gib(self) -> float:
        """What each GPU lacks to load the model and serve a single stream; 0 when both fit."""
        return max(self.missing_for_stream_gib, self.missing_while_loading_gib)


def fit(
    model: "Model", dtype: "Dtype", sku: "GpuSku", tensor_parallel: int, workload: "Workload"
) -> Fit:
    """Return what one instance holds when the model is split over so many of its GPUs."""
    shape = model.shape
    context = workload.context_length
    fixed_gib = memory.loaded_weights_gib(shape, dtype, tensor_parallel)
    fixed_gib += memory.overhead_gib(shape, tensor_parallel, context)
    available_gib = memory.available_gib(sku)
    token_gib = memory.kv_bytes_per_token(shape, tensor_parallel) / memory.GIB
    stream_tokens = memory.kv_tokens_per_stream(shape, context)
    cache_tokens = memory.whole_blocks((available_gib - fixed_gib) / token_gib)
    speed = Speed(shape, dtype, sku, tensor_parallel)
    loading_gib = memory.loading_gib(model, dtype, tensor_parallel)
    is_loaded = loading_gib <= sku.gpu_memory_gib
    held = min(cache_tokens // stream_tokens, MAX_STREAMS) if is_loaded else 0
    return Fit(
        tensor_parallel=tensor_parallel,
        fixed_gib=fixed_gib,
        stream_gib=stream_tokens * token_gib,
        available_gib=available_gib,
        loading_gib=loading_gib,
        gpu_memory_gib=sku.gpu_memory_gib,
        kv_cache_tokens=cache_tokens,
        max_streams=_in_time(speed, workload, held),
        first_token_seconds=speed.first_token_seconds(1, workload),
        speed=speed,
    )


def _in_time(speed: Speed, workload: "Workload", streams: int) -> int:
    """Return how many streams may start at once and still all get their first token in time."""
    limit = workload.max_time_to_first_token_ms
    if limit is None or streams == 0:
        return streams
    in_time, too_many = 0, streams + 1
    while too_many - in_time > 1:
        middle = (in_time + too_many) // 2
        if speed.first_token_seconds(middle, workload) * 1000 <= limit:
            in_time = middle
        else:
            too_many = middle
    return in_time
