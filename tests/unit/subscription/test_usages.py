# SPDX-License-Identifier: Apache-2.0
"""Quota among the rows that Azure returns."""

from typing import Any

import pytest

from azure_model_endpoints.errors import ArmError
from azure_model_endpoints.planning.quota_needs import FamilyQuota
from azure_model_endpoints.subscription.usages import quotas_of, used_in_workspace

DEDICATED = "Microsoft.MachineLearningServices/vmFamily/dedicatedCores/usages"
LOW_PRIORITY = "Microsoft.MachineLearningServices/vmFamily/lowPriorityCores/usages"
OF_THE_SAMPLE = "Microsoft.MachineLearningServices/vmFamily/usages"


def row(name: str, used: int, limit: int, kind: str = DEDICATED) -> dict[str, Any]:
    """A row as the service writes it."""
    return {
        "type": kind,
        "unit": "Count",
        "currentValue": used,
        "limit": limit,
        "name": {"value": name, "localizedValue": name},
    }


@pytest.mark.parametrize("kind", [DEDICATED, DEDICATED.upper()])
def test_dedicated_rows_of_the_subscription_count(kind: str) -> None:
    """Told by their type, whatever its case."""
    assert {"standardncasv3t4family": FamilyQuota(4, 24)} == quotas_of(
        [row("standard NCASv3_T4 Family", 4, 24, kind)]
    )


def test_rows_of_one_type_are_told_by_their_names() -> None:
    """As in the samples of the specification, where low priority is without limit."""
    family = "Standard NCASv3_T4 Family Cluster"
    rows = [
        row(f"{family} Dedicated vCPUs", 4, 24, OF_THE_SAMPLE),
        row(f"{family} LowPriority vCPUs", 0, -1, OF_THE_SAMPLE),
        row(f"{family} Low Priority vCPUs", 0, 0, OF_THE_SAMPLE),
    ]

    assert {"standardncasv3t4family": FamilyQuota(4, 24)} == quotas_of(rows)


@pytest.mark.parametrize(
    "kind",
    [
        LOW_PRIORITY,
        "Microsoft.MachineLearningServices/totalCores/dedicatedCores/usages",
        "Microsoft.MachineLearningServices/workspaces/vmFamily/usages",
        "Microsoft.MachineLearningServices/workspace/computes/usages",
        "",
    ],
)
def test_other_rows_do_not(kind: str) -> None:
    """Low priority, totals, workspaces and clusters have limits of their own."""
    assert {} == quotas_of([row("standard NCASv3_T4 Family", 4, 24, kind)])


def test_minus_one_is_unlimited() -> None:
    """Not less than nothing."""
    assert {"f": FamilyQuota(4, None)} == quotas_of([row("f", 4, -1)])


def test_of_two_rows_for_a_family_the_tighter_counts() -> None:
    """In whatever order they come."""
    rows = [row("F", 4, 24), row("f ", 20, 24), row("f", 0, -1)]

    assert {"f": FamilyQuota(20, 24)} == quotas_of(rows) == quotas_of(rows[::-1])


@pytest.mark.parametrize(
    "broken",
    [
        {"name": {}},
        {"name": None},
        {"name": {"value": None}},
        {"limit": "many"},
        {"currentValue": None},
    ],
)
def test_row_without_name_or_figures_is_no_usage(broken: dict[str, Any]) -> None:
    """Guessing would be worse than saying so."""
    with pytest.raises(ArmError, match="asked for quota did not answer as Azure Resource Manager"):
        quotas_of([{**row("f", 1, 2), **broken}])


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("workspaces/dedicatedCores", "standard NCASv3_T4 Family"),
        ("workspace", "Standard NCASv3_T4 Family Cluster Dedicated vCPUs"),
    ],
)
def test_what_a_workspace_takes_is_in_rows_of_its_own(kind: str, name: str) -> None:
    """Told by their ids; those of others, and of what is in it, are not added."""
    own = "/subscriptions/s/resourceGroups/rg/providers/Microsoft/workspaces/ml"

    def of(owner: str, used: int) -> dict[str, Any]:
        return {**row(name, used, 24, f"M/{kind}/usages"), "id": f"{owner}/usages/f"}

    rows = [of(own.upper(), 8), of(f"{own}2", 4), of(f"{own}/computes/blue", 8), row(name, 12, 24)]

    assert {"standardncasv3t4family": 8} == used_in_workspace(rows, own)


@pytest.mark.parametrize("broken", [{"name": {"value": None}}, {"name": []}, {"currentValue": []}])
def test_row_of_a_workspace_without_name_or_figure_is_told(broken: dict[str, Any]) -> None:
    """As one of the subscription; those of others are of no interest."""
    own = {**row("f", 1, 2, "workspaces/usages"), **broken, "id": "/ws/ml/usages/f"}

    with pytest.raises(ArmError, match="asked for what a workspace uses did not answer as Azure"):
        used_in_workspace([own], "/ws/ml")
    assert {} == used_in_workspace([own], "/ws/other")


def test_families_nobody_knows_do_no_harm() -> None:
    """Azure has more of them than a catalogue."""
    assert {"new", "f"} == quotas_of([row("new", 0, 8), row("f", 1, 2)]).keys()
