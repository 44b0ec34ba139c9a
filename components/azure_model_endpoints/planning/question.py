# SPDX-License-Identifier: Apache-2.0
"""What the planner is asked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from azure_model_endpoints.catalog import Dtype, Model
    from azure_model_endpoints.planning.workload import Workload

__all__ = ["Objective", "Question"]


class Objective(StrEnum):
    """What the best candidate is best at."""

    HOURLY = "hourly"
    """The lowest price per hour that meets the workload."""
    TOKEN = "token"  # noqa: S105  (a unit of text)
    """The lowest price per million output tokens at the workload's load."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is to be served, where, and under which conditions."""

    model: "Model"
    workload: "Workload"
    region: str | None
    """By whose prices SKUs are compared; None: prices do not count."""
    today: date
    """The day by which retirements are judged."""
    objective: Objective = Objective.HOURLY
    dtype: "Dtype | None" = None
    """The type of the weights; None: as published, or fp16 where a GPU has no bfloat16."""
    sku: str | None = None
    """A SKU somebody named: it needs no price, and may be one that is not taken by itself."""
    instances: int | None = None
    """A number of instances somebody decided on; None: as many as the workload needs."""
    max_streams: int | None = None
    """Requests that one instance shall work on at a time; None: as many as it holds."""
    by_vllm: bool = False
    """Whether vLLM will serve it for certain, in a container that is told what was planned."""
    excluded: Mapping[str, str] = field(default_factory=dict)
    """SKUs that are out of the question for a reason of the caller's, with that reason."""
