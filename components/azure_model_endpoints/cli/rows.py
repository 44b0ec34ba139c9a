# SPDX-License-Identifier: Apache-2.0
"""The rows that the terminal and the report show alike."""

import math
from typing import TYPE_CHECKING

from azure_model_endpoints.cli.tables import milliseconds, number, usd

if TYPE_CHECKING:
    from azure_model_endpoints.planning.candidates import Candidate
    from azure_model_endpoints.planning.cost import BreakEven

__all__ = ["break_even_row", "candidate_row", "whole"]


def candidate_row(candidate: "Candidate") -> tuple[str, ...]:
    """Return the SKU, how it is used, how fast it is, what it costs, and the cores of quota."""
    needed, available = candidate.gpu_memory_needed_gib, candidate.gpu_memory_available_gib
    return (
        candidate.sku,
        str(candidate.instances),
        str(candidate.tensor_parallel),
        f"{needed:.1f}/{available:.1f}",
        number(candidate.max_concurrency),
        number(candidate.decode_tokens_per_second),
        milliseconds(candidate.time_to_first_token_ms),
        usd(candidate.price_usd_per_hour),
        usd(candidate.usd_per_million_output_tokens),
        number(candidate.quota_cores),
    )


def break_even_row(found: "BreakEven") -> tuple[str, ...]:
    """Return what is paid by the token, its kind and price, the break-even, and what to know."""
    alternative = found.alternative
    notes = ["superseded"] * alternative.superseded + ["out of reach"] * (not found.reachable)
    return (
        alternative.name,
        str(alternative.kind),
        usd(found.usd_per_million_output_tokens),
        number(whole(found.output_tokens_per_day)),
        ", ".join(notes),
    )


def whole(tokens: float) -> int:
    """Return tokens rounded up, but not for an error in the last digit."""
    return math.ceil(round(tokens, 3))
