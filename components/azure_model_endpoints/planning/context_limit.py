# SPDX-License-Identifier: Apache-2.0
"""Where Azure's image may not start, since nobody tells it the context that was planned.

It is given the requests of an instance and the GPUs that share the model. A vLLM that is given no
``--max-model-len`` takes the limit of the model itself, and ends where one request of that length
has no room in its cache. Whether the image sets a limit of its own is not documented.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from azure_model_endpoints.planning.assessment import running_dtype
from azure_model_endpoints.planning.catalogue_offers import retired, unlisted
from azure_model_endpoints.planning.fit import Fit, fit

if TYPE_CHECKING:
    from azure_model_endpoints.catalog import Catalog
    from azure_model_endpoints.planning.candidates import Candidate
    from azure_model_endpoints.planning.question import Question

__all__ = ["with_context_warnings"]


def with_context_warnings(
    question: "Question", candidates: "Iterable[Candidate]", catalog: "Catalog"
) -> "tuple[Candidate, ...]":
    """Return candidates with a warning where Azure's image has no room for the model's limit.

    Args:
        question: what is to be served.
        candidates: as `rank` returns them.
        catalog: the SKUs there are.
    """
    candidates = tuple(candidates)
    served = _served_by_azure(question, candidates, catalog)
    limits = {each: _at_the_models_limit(question, each, catalog) for each in served}
    roomy = next((each.sku for each, limit in limits.items() if limit.missing_gib == 0), None)
    warnings = {
        each.sku: _warning(question, limit, roomy)
        for each, limit in limits.items()
        if limit.missing_gib > 0
    }
    return tuple(
        replace(each, warnings=(*each.warnings, warnings[each.sku]))
        if each.sku in warnings
        else each
        for each in candidates
    )


def _served_by_azure(
    question: "Question", candidates: "Iterable[Candidate]", catalog: "Catalog"
) -> "Iterator[Candidate]":
    """Yield the candidates on which Azure's image may serve the model."""
    model = question.model
    offer = model.managed
    as_published = question.dtype in {None, model.dtype}
    if question.by_vllm or not as_published or offer is None or retired(offer, question.today):
        return
    not_taken = unlisted(offer, model, catalog)
    for each in candidates:
        if each.fits and each.sku not in not_taken:
            yield each


def _at_the_models_limit(question: "Question", candidate: "Candidate", catalog: "Catalog") -> Fit:
    workload = replace(question.workload, context_length=question.model.context_length)
    sku = catalog.gpu_skus[candidate.sku]
    dtype = running_dtype(question, sku)
    return fit(question.model, dtype, sku, candidate.tensor_parallel, workload)


def _warning(question: "Question", limit: Fit, roomy: str | None) -> str:
    where = "per GPU" if limit.tensor_parallel == 1 else f"on each of {limit.tensor_parallel} GPUs"
    elsewhere = f"; {roomy} holds that much" if roomy else ""
    return (
        f"Azure's image is not told the planned context of {question.workload.context_length} "
        f"tokens, and may not start if it takes the model's limit, {question.model.context_length}:"
        f" one request of it needs {limit.needed_gib(1):.1f} GiB {where}, has "
        f"{limit.available_gib:.1f}; a `vllm` section passes what was planned{elsewhere}"
    )
