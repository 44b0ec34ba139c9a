# SPDX-License-Identifier: Apache-2.0
"""Which limit keeps every SKU from serving a workload, and what would satisfy it."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from azure_model_endpoints._wording import listed
from azure_model_endpoints.planning.assessment import assess
from azure_model_endpoints.planning.candidates import Candidate, choose, rank
from azure_model_endpoints.planning.question import Question

if TYPE_CHECKING:
    from azure_model_endpoints.catalog import Catalog

__all__ = ["relaxation"]

_LONGEST_WAIT_MS = 600_000


def relaxation(question: Question, catalog: "Catalog") -> str:
    """Return what to change in a question that no SKU answers, as one or two sentences.

    One limit is moved at a time, the cheapest to give up first; of each, the nearest value that
    will do is named.
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
    for relax in (_longer_wait, _more_instances, _fewer_streams, _shorter_context):
        if sentence := relax(question, answer):
            return sentence
    nearest = rank(question, catalog)[0]
    reasons = "; ".join(nearest.rejected)
    return f"No SKU serves {question.model.name}; the nearest, {nearest.sku}: {reasons}."


Answer = Callable[[Question], Candidate | None]


def _longer_wait(question: Question, answer: Answer) -> str | None:
    limit = question.workload.max_time_to_first_token_ms
    if limit is None:
        return None

    def waiting(milliseconds: int) -> Question:
        return _with(question, max_time_to_first_token_ms=milliseconds)

    found = _first(limit + 1, _LONGEST_WAIT_MS, lambda wait: answer(waiting(wait)))
    if found is None:
        return None
    return (
        f"max_time_to_first_token_ms binds: with {found} or more, "
        f"{_name(answer(waiting(found)))} would do."
    )


def _more_instances(question: Question, answer: Answer) -> str | None:
    if question.instances is None:
        return None
    found = answer(replace(question, instances=None))
    if found is None:
        return None
    return f"instances binds: with {found.instances}, {found.sku} would do."


def _fewer_streams(question: Question, answer: Answer) -> str | None:
    # Counting down, the first that fits is the most there can be.
    most = question.workload.concurrency
    found = _first(1, most - 1, lambda less: answer(_with(question, concurrency=most - less)))
    if found is None:
        return None
    streams = most - found
    name = _name(answer(_with(question, concurrency=streams)))
    return f"concurrency binds: with at most {streams}, {name} would do."


def _shorter_context(question: Question, answer: Answer) -> str | None:
    load = question.workload
    least = load.input_tokens + load.output_tokens
    most = load.context_length - least

    def shorter(tokens: int) -> Question:
        return _with(question, context_length=load.context_length - tokens)

    found = _first(1, most, lambda less: answer(shorter(less)))
    if found is None:
        return None
    return (
        f"context_length binds: with at most {load.context_length - found}, "
        f"{_name(answer(shorter(found)))} would do."
    )


def _with(question: Question, **changes: Any) -> Question:
    return replace(question, workload=replace(question.workload, **changes))


def _first(low: int, high: int, fits: Callable[[int], object]) -> int | None:
    """Return the smallest number that fits, when every number above one that fits does too."""
    if low > high or not fits(high):
        return None
    while low < high:
        middle = (low + high) // 2
        if fits(middle):
            high = middle
        else:
            low = middle + 1
    return low


def _name(candidate: Candidate | None) -> str:
    return candidate.sku if candidate else "nothing"
