# SPDX-License-Identifier: Apache-2.0
"""What a SKU makes of a workload wherever it stands: everything but its price."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from azure_model_endpoints.planning.fit import Fit, fit
from azure_model_endpoints.planning.memory import published_dtype, weights_gib
from azure_model_endpoints.planning.parallelism import tensor_parallel_sizes
from azure_model_endpoints.planning.question import Objective, Question
from azure_model_endpoints.vocabulary import MAX_INSTANCES, Dtype

if TYPE_CHECKING:
    from azure_model_endpoints.catalog import GpuSku
    from azure_model_endpoints.planning.workload import Workload

__all__ = ["Assessment", "EstimatedSpeed", "assess"]

HIGHLY_AVAILABLE_INSTANCES = 3
"""Azure docs, "CLI (v2) managed online deployment YAML schema": at least 3 for availability.
Where the load takes so many by itself there is one more, since those that are left hold it."""

_RETIREMENT_NOTICE = timedelta(days=180)
_SYSTEM_MEMORY_GIB = 4
"""Host memory that the system, the server and its libraries take besides the weights."""

# NVIDIA's compute capability of the first GPUs with the instructions, or of the first that vLLM's
# kernels for the type run on; vLLM itself needs 7.0 (vLLM docs, "GPU" and "Supported hardware").
_NEEDED_CAPABILITY = {
    Dtype.FP16: 7.0,
    Dtype.BF16: 8.0,
    Dtype.FP8: 8.0,
    Dtype.INT8: 7.5,
    Dtype.INT4_AWQ: 7.5,
}


@dataclass(frozen=True, slots=True)
class EstimatedSpeed:
    """How fast the asked load is served by all instances together."""

    decode_per_second: float
    """Tokens of all streams once their prompts are read."""
    output_per_second: float
    """Tokens of all streams, the time for prompts included."""
    first_token_seconds: float
    """The wait of the last stream when all start at once."""


@dataclass(frozen=True, slots=True)
class Assessment:
    """A SKU, how it would be used, and what speaks against it."""

    sku: "GpuSku"
    dtype: Dtype
    fit: Fit
    """The best split over its GPUs, or the one that comes nearest to fitting."""
    max_streams: int
    """Requests at a time that one instance holds."""
    instances: int | None
    """None where no number of instances will do."""
    possible: bool
    """Whether it would serve the model under some load."""
    rejected: tuple[str, ...]
    warnings: tuple[str, ...]
    streams: int
    """Streams that the busiest instance holds; 1 where not even that fits."""
    speed: EstimatedSpeed | None
    """The speed under the asked load; None where it is not held."""


def assess(question: Question, skus: Iterable["GpuSku"]) -> tuple[Assessment, ...]:
    """Return what each SKU makes of the question, in any region."""
    return tuple(_assess(question, sku) for sku in skus)


def running_dtype(question: Question, sku: "GpuSku") -> Dtype:
    """Return the type the weights run in: fp16 for bfloat16 that nobody insists on."""
    dtype = question.dtype or question.model.dtype
    has_bfloat16 = sku.gpu.compute_capability >= _NEEDED_CAPABILITY[Dtype.BF16]
    if dtype is Dtype.BF16 and question.dtype is None and not has_bfloat16:
        return Dtype.FP16
    return dtype


def _assess(question: Question, sku: "GpuSku") -> Assessment:
    dtype = running_dtype(question, sku)
    best = _best_fit(question, sku, dtype)
    instances = _instances(question, best)
    streams = -(-question.workload.concurrency // instances) if instances else 1
    against = tuple(_against(question, sku, dtype))
    return Assessment(
        sku=sku,
        dtype=dtype,
        fit=best,
        max_streams=_streams(question, best),
        instances=instances,
        possible=not against,
        rejected=(
            *against,
            *_shortages(question.workload, best),
            *_too_few_streams(question, best),
            *_too_few_instances(question, best),
        ),
        warnings=tuple(_warnings(question, sku, dtype)),
        streams=streams,
        speed=_speed(question.workload, best, instances, streams) if instances else None,
    )


def _speed(workload: "Workload", best: Fit, instances: int, streams: int) -> EstimatedSpeed:
    """Return the speed when the load is spread evenly."""
    share = workload.concurrency / instances
    return EstimatedSpeed(
        decode_per_second=workload.concurrency / best.speed.decode_seconds(share, workload),
        output_per_second=instances * best.speed.output_tokens_per_second(share, workload),
        first_token_seconds=best.speed.first_token_seconds(streams, workload),
    )


def _best_fit(question: Question, sku: "GpuSku", dtype: Dtype) -> Fit:
    """Return the split that suits the objective best, or comes nearest to fitting."""
    model, workload = question.model, question.workload

    def merit(candidate: Fit) -> tuple[float, ...]:
        instances = _instances(question, candidate)
        if instances is None:
            return (0.0, _streams(question, candidate), -candidate.missing_gib)
        share = workload.concurrency / instances
        output = candidate.speed.output_tokens_per_second(share, workload)
        if question.objective is Objective.TOKEN:
            return (1.0, output, -instances, -candidate.tensor_parallel)
        return (1.0, -instances, output, -candidate.tensor_parallel)

    splits = tensor_parallel_sizes(model.shape, dtype, sku.gpus)
    return max((fit(model, dtype, sku, size, workload) for size in splits), key=merit)


def _streams(question: Question, candidate: Fit) -> int:
    """Return the requests at a time that one instance is given."""
    return min(candidate.max_streams, question.max_streams or candidate.max_streams)


def _needed_instances(question: Question, candidate: Fit) -> int | None:
    streams = _streams(question, candidate)
    if streams == 0 or streams < (question.max_streams or 0):
        return None
    loaded = -(-question.workload.concurrency // streams)
    if question.workload.high_availability:
        return max(loaded + 1, HIGHLY_AVAILABLE_INSTANCES)
    return loaded


def _instances(question: Question, candidate: Fit) -> int | None:
    """Return the instances there will be, or None where no allowed number will do."""
    needed = _needed_instances(question, candidate)
    if needed is None or needed > (question.instances or MAX_INSTANCES):
        return None
    return question.instances or needed


def _against(question: Question, sku: "GpuSku", dtype: Dtype) -> Iterator[str]:
    """Yield what speaks against a SKU whatever the load."""
    if sku.name in question.excluded:
        yield question.excluded[sku.name]
    if sku.opt_in and sku.name != question.sku:
        yield f"taken only when it is named: {sku.opt_in}"
    if sku.retires and sku.retires <= question.today:
        yield f"withdrawn on {sku.retires}"
    needed, has = _NEEDED_CAPABILITY[dtype], sku.gpu.compute_capability
    if has < needed:
        yield f"{dtype} needs compute capability {needed}, {sku.gpu.name} has {has}"
    weights = _files_gib(question, dtype)
    if weights + _SYSTEM_MEMORY_GIB > sku.memory_gib:
        yield (
            f"loading needs {weights + _SYSTEM_MEMORY_GIB:.1f} GiB of host memory, has "
            f"{sku.memory_gib}; missing {weights + _SYSTEM_MEMORY_GIB - sku.memory_gib:.1f} GiB"
        )


def _files_gib(question: Question, dtype: Dtype) -> float:
    """Return the size of the weights on the disk, from where the host reads them."""
    return weights_gib(question.model.shape, published_dtype(question.model, dtype))


def _shortages(workload: "Workload", best: Fit) -> Iterator[str]:
    """Yield what loading the weights and a single stream of the workload lack."""
    if best.missing_while_loading_gib > 0:
        yield (
            f"needs {best.loading_gib:.1f} GiB {_each_gpu(best)} while the weights are converted, "
            f"has {best.gpu_memory_gib:.1f}; missing {_missing(best.missing_while_loading_gib)}"
        )
    if best.missing_for_stream_gib > 0:
        yield (
            f"needs {best.needed_gib(1):.1f} GiB {_each_gpu(best)}, has {best.available_gib:.1f}; "
            f"missing {_missing(best.missing_for_stream_gib)}"
        )
    limit = workload.max_time_to_first_token_ms
    if limit is not None and best.first_token_seconds * 1000 > limit:
        yield (
            f"the first token takes {best.first_token_seconds * 1000:.0f} ms even for a single "
            f"stream, {limit} are allowed"
        )


def _too_few_streams(question: Question, best: Fit) -> Iterator[str]:
    if question.max_streams and 0 < best.max_streams < question.max_streams:
        yield f"holds {best.max_streams} streams per instance, {question.max_streams} asked for"


def _missing(gib: float) -> str:
    """Return a shortage in figures, which never says that nothing is missing."""
    return f"{max(gib, 0.1):.1f} GiB"


def _each_gpu(best: Fit) -> str:
    if best.tensor_parallel == 1:
        return "per GPU"
    return f"on each of {best.tensor_parallel} GPUs"


def _too_few_instances(question: Question, best: Fit) -> Iterator[str]:
    needed = _needed_instances(question, best)
    most = question.instances or MAX_INSTANCES
    if needed is None or needed <= most:
        return
    load = question.workload
    allowed = f"{most} asked for" if question.instances else f"Azure allows {most}"
    if load.concurrency <= most * _streams(question, best):
        yield f"high availability needs {needed} instances, {allowed}"
    else:
        spare = " and a spare" * load.high_availability
        yield f"{load.concurrency} streams{spare} need {needed} instances, {allowed}"


def _warnings(question: Question, sku: "GpuSku", dtype: Dtype) -> Iterator[str]:
    weights = _files_gib(question, dtype)
    disk = sku.temporary_disk_gib
    if disk is not None and weights > disk:
        yield (
            f"the weights take {weights:.0f} GiB, the temporary disk has {disk}; they have to be "
            "streamed or mounted"
        )
    if sku.retires and question.today < sku.retires <= question.today + _RETIREMENT_NOTICE:
        yield f"will be withdrawn on {sku.retires}"
