# SPDX-License-Identifier: Apache-2.0
"""What a deployment costs, and from which load on it is cheaper than paying by the token."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from azure_model_endpoints.catalog import TokenPriceKind

if TYPE_CHECKING:
    from azure_model_endpoints.catalog import Catalog, Model, TokenPrice
    from azure_model_endpoints.planning.candidates import Candidate
    from azure_model_endpoints.planning.workload import Workload

__all__ = ["HOURS_PER_MONTH", "BreakEven", "break_evens", "most_per_day", "per_month"]

HOURS_PER_MONTH = 730
"""A twelfth of a year, as Azure's own pricing calculator counts."""
_HOURS_PER_DAY = 24
_SECONDS_PER_DAY = 86_400


def per_month(usd_per_hour: float) -> float:
    """Return the price of a month; a managed deployment costs the same when nobody asks it."""
    return usd_per_hour * HOURS_PER_MONTH


def most_per_day(candidate: "Candidate") -> float:
    """Return the tokens of answers that a deployment gives in a day in which it is never idle."""
    return (candidate.most_output_tokens_per_second or 0.0) * _SECONDS_PER_DAY


@dataclass(frozen=True, slots=True)
class BreakEven:
    """The load at which a deployment costs as much as a model that is sold by the token."""

    alternative: "TokenPrice"
    """What is sold by the token."""
    usd_per_million_output_tokens: float
    """Its price, with the prompts that belong to so many tokens of answers."""
    output_tokens_per_day: float
    """Tokens of answers per day at which both cost the same; above, the deployment is cheaper."""
    reachable: bool
    """Whether the deployment is fast enough to answer so much in a day."""


def break_evens(
    candidate: "Candidate", workload: "Workload", model: "Model", catalog: "Catalog"
) -> tuple[BreakEven, ...]:
    """Return the break-even against every closed model, and against the same model by the token.

    Prompts and answers are taken in the proportion of the workload. Nothing is returned for a
    candidate without a price.
    """
    hourly = candidate.price_usd_per_hour
    if hourly is None:
        return ()
    found = []
    for price in catalog.token_prices.values():
        if price.kind is TokenPriceKind.SERVERLESS and price.model != model.name:
            continue
        theirs = (
            price.usd_per_million_output_tokens
            + price.usd_per_million_input_tokens * workload.input_tokens / workload.output_tokens
        )
        per_day = hourly * _HOURS_PER_DAY / theirs * 1e6
        reachable = per_day <= most_per_day(candidate)
        found.append(BreakEven(price, theirs, per_day, reachable))
    return tuple(sorted(found, key=lambda each: each.output_tokens_per_day))
