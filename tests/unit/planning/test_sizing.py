# SPDX-License-Identifier: Apache-2.0
"""What takes the place of a SKU for which a region has no machines."""

import pytest

from azure_model_endpoints.planning.question import Question
from azure_model_endpoints.planning.sizing import size
from azure_model_endpoints.planning.workload import resolve_workload
from azure_model_endpoints.settings import WorkloadSettings
from tests.unit.planning.catalogs import REGION, TODAY, sku, with_skus

CATALOG = with_skus(
    sku("A"),
    sku("A-twin"),
    sku("B").model_copy(update={"quota_family": "other"}),
    sku("C").model_copy(update={"quota_family": "third"}),
    sku("Gone", retires=TODAY),
    **{"A": 1.0, "A-twin": 2.0, "B": 3.0, "C": 4.0, "Gone": 1.0},
)
MODEL = CATALOG.models["plain-model"]
WORKLOAD, _ = resolve_workload("workload", WorkloadSettings(), MODEL)
QUESTION = Question(MODEL, WORKLOAD, REGION, TODAY)


@pytest.mark.parametrize(
    ("named", "alternative"),
    [
        ("auto", "B"),
        ("A", "B"),
        ("C", "A"),
        (("A", "A-twin", "B"), "A-twin"),
        (("C", "Gone", "b", "A"), "B"),
        (("Gone", "C", "A"), "A"),
        (("B", "auto"), "A"),
        (("A", "auto"), None),
        (("B", "A", "Gone"), "A"),
        (("Gone", "A"), None),
    ],
)
def test_next_is_of_the_list_or_of_another_family(
    named: str | tuple[str, ...], alternative: str | None
) -> None:
    """Whoever names several has said what comes next; sizes of one family share their machines."""
    sizing, problems = size("blue", named, QUESTION, CATALOG)

    assert [] == problems
    assert sizing
    assert alternative == sizing.alternative


def test_next_is_none_that_would_not_be_taken_by_itself() -> None:
    """It is named where it is wanted."""
    left_out = dict.fromkeys(("A", "A-twin"), "too old")

    sizing, _ = size("blue", "C", QUESTION, CATALOG, unless_named=left_out)

    assert sizing
    assert "B" == sizing.alternative
