# SPDX-License-Identifier: Apache-2.0
"""Which limits keep every SKU from serving a workload, and what would satisfy them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from azure_model_endpoints._wording import listed
from azure_model_endpoints.planning.assessment import assess
from azure_model_endpoints.planning.candidates import Candidate, choose, rank
from azure_model_endpoints.planning.memory import published_dtype, weights_bytes
from azure_model_endpoints.planning.question import Question
from azure_model_endpoints.vocabulary import HALF_PRECISION, Dtype

if TYPE_CHECKING:
    from azure_model_endpoints.catalog import Catalog

__all__ = ["relaxation"]

_LONGEST_WAIT_MS = 600_000

# The types that smaller weights of a model come in, the closest to the original first.
_SMALLER = (Dtype.FP8, Dtype.INT8, Dtype.INT4_AWQ)

Answer = Callable[[Question], Candidate | None]


def relaxation(question: Question, catalog: "Catalog") -> str:
    """Return what to change in a question that no SKU answers, as one or two sentences.

    One limit is moved if that is enough, the cheapest to give up first, else several; of each, the
    nearest value that will do is named. Where no load will do, smaller weights may. Of a SKU that
    somebody named there may be nothing to say: what speaks against it is known.
    """

    def answer(changed: Question) -> Candidate | None:
        return choose(rank(changed, catalog), changed.sku)

    # A SKU that somebody named needs no price.
    assessed = () if question.sku else assess(question, catalog.gpu_skus.values())
    if unpriced := [each.sku.name for each in assessed if not each.rejected]:
        return (
            f"No price is known in {question.region} of {listed(unpriced)}: name one of them, or "
            f"run `ame prices refresh --region {question.region}`."
        )
    found = _easier_load(question, answer) or _smaller_weights(question, answer)
    if found or question.sku:
        return found
    nearest = rank(question, catalog)[0]
    reasons = "; ".join(nearest.rejected)
    return f"No SKU serves {question.model.name}; the nearest, {nearest.sku}: {reasons}."


@dataclass(frozen=True, slots=True)
class _Limit:
    """A limit of a question that may be moved, in steps away from what was asked."""

    name: str
    steps: int
    """The most it may be moved."""
    moved: Callable[[Question, int], Question]
    """Returns a question with this limit moved by so many steps."""
    value: Callable[[int, Candidate], str]
    """Returns where it is after so many steps, when a candidate is what will do."""


def _limits(question: Question) -> Iterator[_Limit]:
    """Yield the limits of a question, the cheapest to give up first."""
    load = question.workload
    wait = load.max_time_to_first_token_ms
    if wait is not None:
        yield _Limit(
            "max_time_to_first_token_ms",
            max(_LONGEST_WAIT_MS - wait, 0),
            lambda asked, more: _with(asked, max_time_to_first_token_ms=wait + more),
            lambda more, _: f"{wait + more} or more",
        )
    if question.instances is not None:
        yield _Limit(
            "instances",
            1,
            lambda asked, more: replace(asked, instances=None) if more else asked,
            lambda _, found: str(found.instances),
        )
    yield _Limit(
        "concurrency",
        load.concurrency - 1,
        lambda asked, less: _with(asked, concurrency=load.concurrency - less),
        lambda less, _: f"at most {load.concurrency - less}",
    )
    yield _Limit(
        "context_length",
        load.context_length - load.input_tokens - load.output_tokens,
        lambda asked, less: _with(asked, context_length=load.context_length - less),
        lambda less, _: f"at most {load.context_length - less}",
    )


def _easier_load(question: Question, answer: Answer) -> str:
    """Return the limits that bind and where they would not; nothing where that is not enough."""
    limits = tuple(_limits(question))
    alone = [(limit,) for limit in limits]
    together = [limits[:count] for count in range(2, len(limits) + 1)]
    for group in (*alone, *together):
        steps = {limit: limit.steps for limit in group}
        if answer(_moved(question, steps)) is not None:
            return _sentence(question, _nearest(question, steps, answer), answer)
    return ""


def _moved(question: Question, steps: dict[_Limit, int]) -> Question:
    for limit, count in steps.items():
        question = limit.moved(question, count)
    return question


def _nearest(question: Question, steps: dict[_Limit, int], answer: Answer) -> dict[_Limit, int]:
    """Return steps that are enough, as few as possible: of the dearest limit first."""
    for limit in reversed(steps):
        steps = {**steps, limit: _fewest(question, steps, limit, answer)}
    return {limit: count for limit, count in steps.items() if count}


def _fewest(question: Question, steps: dict[_Limit, int], limit: _Limit, answer: Answer) -> int:
    """Return how far one limit has to be moved when the others are where these steps take them."""
    return _first(
        limit.steps, lambda count: answer(_moved(question, {**steps, limit: count})) is not None
    )


def _first(most: int, fits: Callable[[int], bool]) -> int:
    """Return the smallest number that fits, when the largest does, and all above one that does."""
    low = 0
    while low < most:
        middle = (low + most) // 2
        if fits(middle):
            most = middle
        else:
            low = middle + 1
    return low


def _sentence(question: Question, steps: dict[_Limit, int], answer: Answer) -> str:
    found = answer(_moved(question, steps))
    if found is None:
        return ""
    values = {limit.name: limit.value(count, found) for limit, count in steps.items()}
    names = " and ".join(values)
    if len(values) == 1:
        return f"{names} binds: with {values[names]}, {found.sku} would do."
    each = " and ".join(f"{name} {value}" for name, value in values.items())
    return f"{names} bind together: with {each}, {found.sku} would do."


def _smaller_weights(question: Question, answer: Answer) -> str:
    """Return the first type of weights that would do; nothing where none is small enough."""
    model = question.model
    running = question.dtype or model.dtype
    kept = published_dtype(model, running)
    if running in HALF_PRECISION and model.dtype in HALF_PRECISION:
        found = answer(replace(question, dtype=Dtype.FP8))
        if found:
            return (
                f"Weights in {kept} are too large: in fp8, {found.sku} would do. vLLM converts "
                "them while loading, with `dtype: fp8` in a `vllm` section."
            )
    size = weights_bytes(model.shape, kept)
    for dtype in _SMALLER:
        other = model.model_copy(update={"dtype": dtype})
        smaller = weights_bytes(model.shape, dtype) < size
        found = answer(replace(question, model=other, dtype=None)) if smaller else None
        if found:
            return (
                f"Weights in {kept} are too large: in {dtype}, {found.sku} would do. Such weights "
                "are another model: add one of your own with its `dtype`."
            )
    return ""


def _with(question: Question, **changes: Any) -> Question:
    return replace(question, workload=replace(question.workload, **changes))
