# SPDX-License-Identifier: Apache-2.0
"""The load that a deployment is planned for."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from azure_model_endpoints.errors import Problem

if TYPE_CHECKING:
    from azure_model_endpoints.catalog import Model
    from azure_model_endpoints.settings import WorkloadSettings

__all__ = ["Workload", "resolve_workload"]

# Long enough for a conversation or a few pages of text. A model's own limit of, say, 131,072 tokens
# takes 16 GiB of cache for each stream, which is seldom what is wanted, and never cheap.
DEFAULT_CONTEXT_LENGTH = 8192
DEFAULT_CONCURRENCY = 8
DEFAULT_INPUT_TOKENS = 512
DEFAULT_OUTPUT_TOKENS = 256


@dataclass(frozen=True, slots=True)
class Workload:
    """What a deployment has to hold and to answer."""

    context_length: int
    """Most tokens of prompt and answer of one request together."""
    concurrency: int
    """Requests answered at the same time, by all instances together."""
    input_tokens: int
    """Tokens of a usual prompt."""
    output_tokens: int
    """Tokens of a usual answer."""
    max_time_to_first_token_ms: int | None = None
    """The longest wait for the first token, when all requests start at once; None: any."""
    high_availability: bool = False
    """Whether the loss of an instance shall not be noticed: one more than hold the requests, and at
    least three."""


def resolve_workload(
    path: str, given: "WorkloadSettings", model: "Model"
) -> tuple[Workload, list[Problem]]:
    """Return the load with what was not said filled in, and what the model cannot do of it."""
    problems = []
    limit = model.context_length
    context = given.context_length or min(limit, DEFAULT_CONTEXT_LENGTH)
    if context > limit:
        allowed = f"at most {limit}, the limit of {model.name}"
        problems.append(Problem(f"{path}.context_length", str(context), allowed, "Lower it."))
        context = limit
    # A usual request leaves some of the context free.
    input_tokens = given.input_tokens or max(min(DEFAULT_INPUT_TOKENS, context // 2), 1)
    output_tokens = given.output_tokens or max(min(DEFAULT_OUTPUT_TOKENS, context // 4), 1)
    if input_tokens + output_tokens > context and not problems:
        tokens = f"{input_tokens} input and {output_tokens} output tokens"
        remedy = f"Raise context_length, up to {limit} for this model, or lower them."
        problems.append(Problem(path, tokens, f"together at most {context}, the context", remedy))
    workload = Workload(
        context_length=context,
        concurrency=given.concurrency or DEFAULT_CONCURRENCY,
        input_tokens=input_tokens,
        output_tokens=output_tokens,
        max_time_to_first_token_ms=given.max_time_to_first_token_ms,
        high_availability=given.high_availability,
    )
    return workload, problems
