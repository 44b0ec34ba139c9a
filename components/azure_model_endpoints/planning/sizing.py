# SPDX-License-Identifier: Apache-2.0
"""The SKU and the instances of one deployment: the planner's choice, or one that somebody named."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from azure_model_endpoints._wording import did_you_mean, listed
from azure_model_endpoints.errors import Problem
from azure_model_endpoints.planning.assessment import running_dtype
from azure_model_endpoints.planning.candidates import Candidate, choose, rank
from azure_model_endpoints.planning.context_limit import with_context_warnings
from azure_model_endpoints.planning.relaxation import relaxation
from azure_model_endpoints.vocabulary import AUTO

if TYPE_CHECKING:
    from azure_model_endpoints.catalog import Catalog, Dtype, GpuSku
    from azure_model_endpoints.planning.question import Question
    from azure_model_endpoints.planning.workload import Workload

__all__ = ["Sizing", "size"]

_ALTERNATIVES = 3


@dataclass(frozen=True, slots=True)
class Sizing:
    """What a deployment runs on, and what that was chosen for."""

    candidate: Candidate
    """The chosen SKU with its figures."""
    gpu_sku: "GpuSku"
    """The SKU itself."""
    dtype: "Dtype"
    """The type its weights run in."""
    question: "Question"
    """What it was chosen for, before anybody named a SKU."""
    alternative: str | None = None
    """What to take where the region has no machines for it: the next of the SKUs that were named in
    their order, else the next best of another family, since the sizes of one family share their
    machines; None where no other will do."""

    @property
    def workload(self) -> "Workload":
        """The load it holds."""
        return self.question.workload


def size(
    path: str,
    sku: str | tuple[str, ...],
    question: "Question",
    catalog: "Catalog",
    *,
    unless_named: Mapping[str, str] | None = None,
) -> tuple[Sizing | None, list[Problem]]:
    """Return what a deployment runs on, and why the asked for cannot be.

    Args:
        path: how messages call the deployment.
        sku: a SKU in any case, ``auto``, or several, of which the first that will do is taken.
        question: what is to be served, not yet about any SKU.
        catalog: the SKUs there are, and their prices.
        unless_named: SKUs that are out of the question unless they are asked for, each with why.
    """
    left_out = unless_named or {}
    if isinstance(sku, str):
        return _size(path, sku, question, catalog, left_out)
    problems: list[Problem] = []
    for place, each in enumerate(sku, start=1):
        sizing, found = _size(path, each, question, catalog, left_out)
        if sizing:
            later = (_size(path, name, question, catalog, left_out)[0] for name in sku[place:])
            others = (other.candidate.sku for other in later if other)
            following = (name for name in others if name != sizing.candidate.sku)
            return replace(sizing, alternative=next(following, None)), []
        problems += found
    return None, problems


def _size(
    path: str,
    sku: str,
    question: "Question",
    catalog: "Catalog",
    unless_named: Mapping[str, str],
) -> tuple[Sizing | None, list[Problem]]:
    open_question = replace(question, excluded={**unless_named, **question.excluded})
    if sku == AUTO:
        question = open_question
    else:
        name = _in_azures_spelling(sku, catalog)
        if name is None:
            remedy = did_you_mean(sku, catalog.gpu_skus) or "`ame skus` shows them all."
            return None, [Problem(f"{path}.sku", repr(sku), listed(catalog.gpu_skus), remedy)]
        others = {each: why for each, why in unless_named.items() if each != name}
        question = replace(question, sku=name, excluded={**others, **question.excluded})
    candidates = with_context_warnings(question, rank(question, catalog), catalog)
    chosen = choose(candidates, question.sku)
    if chosen:
        sku_row = catalog.gpu_skus[chosen.sku]
        dtype = running_dtype(question, sku_row)
        family = chosen.quota_family
        rest = (each.sku for each in candidates if each.fits and each.quota_family != family)
        return Sizing(chosen, sku_row, dtype, open_question, next(rest, None)), []
    if question.sku:
        return None, [_unfit(path, sku, question.sku, candidates)]
    return None, [_nothing_fits(path, question, catalog)]


def _in_azures_spelling(sku: str, catalog: "Catalog") -> str | None:
    """Return the SKU as Azure spells it, which itself compares names without regard to case."""
    return next((name for name in catalog.gpu_skus if name.lower() == sku.lower()), None)


def _unfit(path: str, given: str, sku: str, candidates: Iterable[Candidate]) -> Problem:
    candidates = tuple(candidates)
    reasons = next("; ".join(each.rejected) for each in candidates if each.sku == sku)
    fitting = [each for each in candidates if each.fits][:_ALTERNATIVES]
    allowed = ", ".join(map(_offer, fitting)) or "no SKU holds this workload"
    return Problem(f"{path}.sku", repr(given), allowed, f"{sku}: {reasons}.")


def _offer(candidate: Candidate) -> str:
    """Return a candidate in a few words: its name, how many, and what they cost."""
    plural = "s" * (candidate.instances != 1)
    usd = candidate.price_usd_per_hour
    price = "" if usd is None else f", {usd:.2f} USD per hour"  # none where the region is not known
    return f"{candidate.sku} ({candidate.instances} instance{plural}{price})"


def _nothing_fits(path: str, question: "Question", catalog: "Catalog") -> Problem:
    load = question.workload
    given = f"{load.concurrency} streams of {load.context_length} tokens for {question.model.name}"
    allowed = f"a workload that some SKU holds in {question.region}"
    return Problem(f"{path}.workload", given, allowed, relaxation(question, catalog))
