# SPDX-License-Identifier: Apache-2.0
"""How fast a model answers: rooflines of memory bandwidth, compute and interconnect.

The efficiencies are assumptions, chosen below what is published for inference servers at moderate
load (model bandwidth utilisation of about 0.6 and model FLOPS utilisation of about 0.5), so that
figures are for comparing SKUs and rather too low than too high. They are no measurement.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from azure_model_endpoints.planning.memory import kv_bytes_per_token, weights_bytes

if TYPE_CHECKING:
    from azure_model_endpoints.catalog import Dtype, GpuSku, ModelShape
    from azure_model_endpoints.planning.workload import Workload

__all__ = ["Speed"]

_BANDWIDTH_EFFICIENCY = 0.6
_COMPUTE_EFFICIENCY = 0.4
_INTERCONNECT_EFFICIENCY = 0.5
_ALL_REDUCE_LATENCY_SECONDS = 20e-6
_STEP_OVERHEAD_SECONDS = 3e-3
"""Scheduling and sampling between two steps of the server."""

_SLOWEST_LINK_GB_PER_S = 16.0
"""PCIe 3.0 with 16 lanes, in one direction: for SKUs whose links are not known."""

_ALL_REDUCES_PER_LAYER = 2
_BYTES_PER_ACTIVATION = 2


@dataclass(frozen=True, slots=True)
class Speed:
    """The speed of a model on the GPUs of one instance."""

    shape: "ModelShape"
    dtype: "Dtype"
    sku: "GpuSku"
    tensor_parallel: int

    def decode_seconds(self, streams: float, workload: "Workload") -> float:
        """Return how long one more token takes for each of so many streams.

        Less than one is a stream that is there some of the time: while it is, it takes as long as a
        single one.
        """
        streams = max(streams, 1)
        context = workload.input_tokens + workload.output_tokens / 2
        if self.shape.sliding_window:
            context = min(context, self.shape.sliding_window)
        cache = streams * context * kv_bytes_per_token(self.shape, self.tensor_parallel)
        bandwidth = self.sku.memory_bandwidth_gb_per_s * 1e9 * _BANDWIDTH_EFFICIENCY
        reading = (self._weights_read(streams) / self.tensor_parallel + cache) / bandwidth
        return (
            max(reading, self._compute_seconds(streams))
            + self._exchange_seconds(streams)
            + _STEP_OVERHEAD_SECONDS
        )

    def prefill_seconds(self, tokens: int) -> float:
        """Return how long a prompt takes until its first token can be chosen."""
        # Every token attends to half the prompt on average, in two products per layer.
        shape = self.shape
        reach = min(tokens / 2, shape.sliding_window or tokens)
        attention = 4 * tokens * reach * shape.heads * shape.head_dim * shape.layers
        seconds = attention / self._flops
        return self._compute_seconds(tokens) + seconds + self._exchange_seconds(tokens)

    def first_token_seconds(self, streams: int, workload: "Workload") -> float:
        """Return how long the last of so many streams waits when all of them start at once."""
        prefill = streams * self.prefill_seconds(workload.input_tokens)
        return prefill + self.decode_seconds(streams, workload)

    def output_tokens_per_second(self, streams: float, workload: "Workload") -> float:
        """Return the output of one instance under steady load, prompts included."""
        prefill = max(streams, 1) * self.prefill_seconds(workload.input_tokens)
        decode = workload.output_tokens * self.decode_seconds(streams, workload)
        return streams * workload.output_tokens / (prefill + decode)

    @property
    def _flops(self) -> float:
        return self.sku.fp16_tflops * 1e12 * _COMPUTE_EFFICIENCY * self.tensor_parallel

    def _compute_seconds(self, tokens: float) -> float:
        """Return the time of the matrix products: a multiplication and an addition per weight."""
        return 2 * self.shape.active_parameters * tokens / self._flops

    def _weights_read(self, streams: float) -> float:
        """Return the bytes of the weights that a step reads: only the experts it chooses."""
        total = weights_bytes(self.shape, self.dtype)
        if self.shape.experts == 1:
            return total
        # What is not active for one token is in experts; the more streams, the more are chosen.
        unchosen = 1 - self.shape.experts_per_token / self.shape.experts
        experts = (1 - self.shape.active_parameters / self.shape.parameters) / unchosen
        return float(total * (1 - experts * unchosen**streams))

    def _exchange_seconds(self, tokens: float) -> float:
        """Return the time of the all-reduces that follow attention and MLP of every layer."""
        if self.tensor_parallel == 1:
            return 0.0
        share = 2 * (self.tensor_parallel - 1) / self.tensor_parallel
        size = tokens * self.shape.hidden_size * _BYTES_PER_ACTIVATION * share
        link = self.sku.interconnect_gb_per_s or _SLOWEST_LINK_GB_PER_S
        once = size / (link * 1e9 * _INTERCONNECT_EFFICIENCY) + _ALL_REDUCE_LATENCY_SECONDS
        return _ALL_REDUCES_PER_LAYER * self.shape.layers * once
