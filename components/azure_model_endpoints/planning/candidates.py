# SPDX-License-Identifier: Apache-2.0
"""Which GPU SKU should serve a model, how many instances of it, and why not the others."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from azure_model_endpoints.planning.assessment import Assessment, assess
from azure_model_endpoints.planning.question import Objective, Question
from azure_model_endpoints.planning.quota import quota_cores

if TYPE_CHECKING:
    from azure_model_endpoints.catalog import Catalog, Price

__all__ = ["Candidate", "Objective", "Question", "choose", "rank", "rank_regions"]

SECONDS_PER_HOUR = 3600


@dataclass(frozen=True, slots=True)
class Candidate:
    """A SKU, and what it would make of the workload. Figures are of all instances together."""

    sku: str
    fits: bool
    tensor_parallel: int
    """GPUs that share the model."""
    instances: int | None
    gpu_memory_needed_gib: float
    """Of each GPU, for the streams of one instance; for one stream where not even that fits."""
    gpu_memory_available_gib: float
    """Of each GPU."""
    kv_cache_tokens: int
    """Tokens that the cache of one instance holds."""
    max_concurrency: int
    """Requests at a time that one instance holds."""
    decode_tokens_per_second: float | None
    """Estimated output of all streams, once their prompts are read."""
    most_output_tokens_per_second: float | None
    """Estimated output when every stream of every instance is taken, prompts included."""
    time_to_first_token_ms: float | None
    """Estimated wait of the last stream when all start at once."""
    price_usd_per_hour: float | None
    """None where it is not known."""
    usd_per_million_output_tokens: float | None
    quota_family: str
    quota_cores: int | None
    catalogue_listed: bool
    """Whether the Azure model catalogue lists the SKU for any model."""
    retires: date | None
    rejected: tuple[str, ...]
    """Every reason against the SKU, with figures."""
    warnings: tuple[str, ...]
    """What should be known before choosing it."""


def rank(question: Question, catalog: "Catalog") -> tuple[Candidate, ...]:
    """Return every SKU of the catalogue: those that fit first, best first; then the nearest miss.

    Args:
        question: what is to be served.
        catalog: the SKUs there are, and their prices.
    """
    return rank_regions(question, catalog, (question.region,))[question.region]


def rank_regions(
    question: Question, catalog: "Catalog", regions: Iterable[str | None]
) -> dict[str | None, tuple[Candidate, ...]]:
    """Return what `rank` would for the question in each of several regions, and sooner.

    Only prices depend on the region, so that everything else is assessed once.
    """
    assessed = [
        (each, _most_output(question, each)) for each in assess(question, catalog.gpu_skus.values())
    ]
    return {
        region: _ranked(replace(question, region=region), assessed, catalog) for region in regions
    }


def _ranked(
    question: Question, assessed: Iterable[tuple[Assessment, float | None]], catalog: "Catalog"
) -> tuple[Candidate, ...]:
    candidates = [
        (_candidate(question, each, most, _price(question, each, catalog)), each)
        for each, most in assessed
    ]
    candidates.sort(key=lambda pair: _order(question.objective, *pair))
    return tuple(candidate for candidate, _ in candidates)


def choose(candidates: Iterable[Candidate], sku: str | None = None) -> Candidate | None:
    """Return the best candidate that fits, or None.

    Args:
        candidates: as `rank` returns them.
        sku: a SKU somebody named; only this one will do.
    """
    fitting = (c for c in candidates if c.fits and sku in {None, c.sku})
    return next(fitting, None)


def _price(question: Question, assessment: Assessment, catalog: "Catalog") -> "Price | None":
    return catalog.prices.of(assessment.sku.name, question.region) if question.region else None


def _candidate(
    question: Question, assessment: Assessment, most: float | None, price: "Price | None"
) -> Candidate:
    sku, fit = assessment.sku, assessment.fit
    instances, speed = assessment.instances, assessment.speed
    rejected = list(assessment.rejected)
    if price is None and question.region and question.sku != sku.name:
        rejected.append(f"no price is known in {question.region}")
    usd_per_hour = price.usd_per_hour * instances if price and instances else None
    usd_per_million = None
    if usd_per_hour is not None and speed:
        usd_per_million = usd_per_hour / (speed.output_per_second * SECONDS_PER_HOUR) * 1e6
    return Candidate(
        sku=sku.name,
        fits=not rejected,
        tensor_parallel=fit.tensor_parallel,
        instances=instances,
        gpu_memory_needed_gib=fit.needed_gib(assessment.streams),
        gpu_memory_available_gib=fit.available_gib,
        kv_cache_tokens=fit.kv_cache_tokens,
        max_concurrency=assessment.max_streams,
        decode_tokens_per_second=speed.decode_per_second if speed else None,
        most_output_tokens_per_second=most,
        time_to_first_token_ms=speed.first_token_seconds * 1000 if speed else None,
        price_usd_per_hour=usd_per_hour,
        usd_per_million_output_tokens=usd_per_million,
        quota_family=sku.quota_family,
        quota_cores=quota_cores(sku, instances) if instances else None,
        catalogue_listed=sku.catalogue_listed,
        retires=sku.retires,
        rejected=tuple(rejected),
        warnings=assessment.warnings,
    )


def _most_output(question: Question, assessment: Assessment) -> float | None:
    if assessment.instances is None:
        return None
    fullest = assessment.fit.speed.output_tokens_per_second(
        assessment.max_streams, question.workload
    )
    return assessment.instances * fullest


def _order(
    objective: Objective, candidate: Candidate, assessment: Assessment
) -> tuple[object, ...]:
    """Return what candidates are sorted by; names last, so that equals keep their order."""
    unknown = float("inf")
    hourly = candidate.price_usd_per_hour
    token = candidate.usd_per_million_output_tokens
    prices = [unknown if price is None else price for price in (hourly, token)]
    if objective is Objective.TOKEN:
        prices.reverse()
    return (
        not candidate.fits,
        not assessment.possible,
        assessment.fit.missing_gib,
        *prices,
        candidate.quota_cores or 0,
        candidate.sku,
    )
