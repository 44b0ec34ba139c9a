# SPDX-License-Identifier: Apache-2.0
"""Words that settings, catalogue and decisions share, without pydantic, which is loaded late."""

from enum import StrEnum

__all__ = ["AUTO", "Dtype"]

AUTO = "auto"
"""The SKU that stands for the planner's choice."""


class Dtype(StrEnum):
    """How weights are kept."""

    FP16 = "fp16"
    BF16 = "bf16"
    FP8 = "fp8"
    INT8 = "int8"
    INT4_AWQ = "int4-awq"
