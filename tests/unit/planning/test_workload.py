# SPDX-License-Identifier: Apache-2.0
"""The load that is planned for, with what was not said filled in."""

import pytest

from azure_model_endpoints.planning.workload import Workload, resolve_workload
from azure_model_endpoints.settings import WorkloadSettings
from tests.unit.planning.catalogs import model


@pytest.mark.parametrize(
    ("limit", "expected"),
    [
        (131072, Workload(8192, 8, 512, 256)),
        (2048, Workload(2048, 8, 512, 256)),
        (512, Workload(512, 8, 256, 128)),
    ],
)
def test_defaults_stay_within_the_model(limit: int, expected: Workload) -> None:
    """And leave room in the context."""
    assert (expected, []) == resolve_workload(
        "workload", WorkloadSettings(), model("m", context_length=limit)
    )


def test_what_is_said_holds() -> None:
    """Every field of it."""
    given = WorkloadSettings(
        context_length=1000,
        concurrency=3,
        input_tokens=600,
        output_tokens=400,
        max_time_to_first_token_ms=250,
        high_availability=True,
    )

    assert (Workload(1000, 3, 600, 400, 250, high_availability=True), []) == resolve_workload(
        "workload", given, model("m")
    )


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        (
            {"context_length": 5000},
            (
                "workload.context_length: given 5000; allowed: at most 4096, the limit of m. "
                "Lower it."
            ),
        ),
        (
            {"input_tokens": 4000},
            (
                "workload: given 4000 input and 256 output tokens; allowed: together at most 4096, "
                "the context. Raise context_length, up to 4096 for this model, or lower them."
            ),
        ),
    ],
)
def test_what_the_model_cannot_do_is_told(said: dict[str, int], problem: str) -> None:
    """With the limit that binds."""
    _, problems = resolve_workload("workload", WorkloadSettings.model_validate(said), model("m"))

    assert [problem] == [str(found) for found in problems]


@pytest.mark.parametrize("context_length", [2, 3, 5, 17])
def test_tiny_contexts_hold_a_prompt_and_an_answer(context_length: int) -> None:
    """However small they are."""
    given = WorkloadSettings(context_length=context_length)

    workload, problems = resolve_workload("workload", given, model("m"))

    assert [] == problems
    assert workload.input_tokens + workload.output_tokens <= context_length
