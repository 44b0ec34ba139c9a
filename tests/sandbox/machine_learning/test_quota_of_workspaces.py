# SPDX-License-Identifier: Apache-2.0
"""Limits of workspaces: `quotas`, `updateQuotas`, and what they keep from being deployed."""

from typing import Any

import pytest

from tests.sandbox.machine_learning.conftest import SUBSCRIPTION, Azure, messages

PROVIDER = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.MachineLearningServices"
HERE = f"{PROVIDER}/locations/eastus"
T4_FAMILY = "standard NCASv3_T4 Family"
TYPE = "Microsoft.MachineLearningServices/workspaces/dedicatedCores/quotas"


def update(azure: Azure, limit: object, name: str = T4_FAMILY, **changes: Any) -> str:
    """Ask for the limit of the workspace; return the status."""
    row = {"id": f"{azure.workspace}/quotas/{name}", "type": TYPE, "limit": limit, "unit": "Count"}
    body = {"value": [{**row, **changes}], "location": "eastus"}
    answer = azure.send("POST", f"{HERE}/updateQuotas", body)
    assert 200 == answer.status, answer
    return str(answer.body["value"][0]["status"])


def test_limit_is_set_and_listed(azure: Azure) -> None:
    """What was set is what is read, under the workspace's id."""
    status = update(azure, 16)

    [row] = azure.get(f"{HERE}/quotas")["value"]
    assert "Success" == status
    assert (f"{azure.workspace}/quotas/{T4_FAMILY}", TYPE, 16) == (
        row["id"],
        row["type"],
        row["limit"],
    )
    assert T4_FAMILY == row["name"]["value"]
    assert [] == azure.get(f"{PROVIDER}/locations/westus/quotas")["value"]


@pytest.mark.parametrize(
    ("limit", "name", "status"),
    [
        (65, T4_FAMILY, "InvalidQuotaExceedsSubscriptionLimit"),
        (7, T4_FAMILY, "InvalidQuotaBelowClusterMinimum"),
        (8, "standardNCv9Family", "InvalidVMFamilyName"),
        (8, "Standard_NCASv3_T4_Family_Cluster_Dedicated_vCPUs", "Success"),
        (8, "Standard_NCASv3_T4_Family_Cluster_LowPriority_vCPUs", "OperationNotSupportedForSku"),
        (-1, T4_FAMILY, "Failure"),
        ("8", T4_FAMILY, "Failure"),
    ],
)
def test_each_row_says_what_became_of_it(
    azure: Azure, limit: object, name: str, status: str
) -> None:
    """With the statuses that the API documents, beside a deployment that holds 8 vCPUs."""
    azure.make_endpoint("blue")

    assert status == update(azure, limit, name)


def test_limit_of_no_workspace_fails(azure: Azure) -> None:
    """There is nothing to limit."""
    nowhere = f"{azure.workspace}-other/quotas/{T4_FAMILY}"

    assert "Failure" == update(azure, 8, id=nowhere)
    assert "Failure" == update(azure, 8, id=f"{azure.endpoint_path()}/quotas/{T4_FAMILY}")


def test_limit_of_a_workspace_holds(azure: Azure) -> None:
    """The subscription has more, but not for this workspace."""
    azure.make_endpoint("blue")
    update(azure, 12)

    refused = azure.put_deployment("green")
    update(azure, 16)
    accepted = azure.put_deployment("green")

    assert "workspace ml-dev. Current usage/limit: 8/12. Additional needed: 8" in messages(refused)
    assert (400, 201) == (refused.status, accepted.status)


def test_usages_of_a_workspace_show_its_limit(azure: Azure) -> None:
    """In its own row; the row of the subscription stays as it is."""
    azure.make_endpoint("blue")
    update(azure, 12)

    rows = azure.get(f"{HERE}/usages")["value"]

    limits = {row["type"].split("/")[1]: row["limit"] for row in rows[:3]}
    assert {"vmFamily": -1, "workspaces": 12} == limits
    assert 64 == rows[0]["limit"]


def test_body_without_rows_is_refused(azure: Azure) -> None:
    """Not taken for a list of none."""
    answer = azure.send("POST", f"{HERE}/updateQuotas", {"value": {"limit": 8}})

    assert (400, "InvalidRequestContent") == (answer.status, answer.body["error"]["code"])
