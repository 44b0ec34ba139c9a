# SPDX-License-Identifier: Apache-2.0
"""Limits of workspaces: what is sent, and what each status of Azure's means."""

from typing import Any

import pytest

from azure_model_endpoints.credentials import Cloud
from azure_model_endpoints.errors import ArmError
from azure_model_endpoints.subscription.arm import ArmClient
from azure_model_endpoints.subscription.workspace_quotas import (
    WorkspaceLimit,
    WorkspaceLimitUpdate,
    read_workspace_limits,
    set_workspace_limits,
)
from tests.unit.http_server import Reply, Server

REGION = "/subscriptions/s/providers/Microsoft.MachineLearningServices/locations/eastus"
WORKSPACE = (
    "/subscriptions/s/resourceGroups/rg/providers/Microsoft.MachineLearningServices/workspaces/ml"
)
LIMIT = WorkspaceLimit(WORKSPACE, "standardNCADSA100v4Family", 24)
STATUSES = [
    "InvalidQuotaBelowClusterMinimum",
    "InvalidQuotaExceedsSubscriptionLimit",
    "InvalidVMFamilyName",
    "OperationNotSupportedForSku",
    "OperationNotEnabledForRegion",
    "Failure",
    "Undefined",
]


@pytest.fixture
def client(server: Server) -> ArmClient:
    """A client of the test's server."""
    return ArmClient.with_token(Cloud(server.url, "", server.url), "s3cret")


def answered(
    server: Server, status: str, quota_id: str = f"{WORKSPACE}/quotas/{LIMIT.family}"
) -> None:
    """Let the server answer an update."""
    row = {"id": quota_id, "status": status}
    server.answer("POST", f"{REGION}/updateQuotas", Reply(body={"value": [row]}))


def test_limits_of_workspaces_are_read(client: ArmClient, server: Server) -> None:
    """Rows that repeat the subscription's limits are none."""
    name = {"value": LIMIT.family, "localizedValue": "Standard NCADSA100v4 Family"}
    own = {"id": f"{WORKSPACE}/quotas/{LIMIT.family}", "limit": 24, "name": name}
    other = {"id": f"/subscriptions/s/quotas/{LIMIT.family}", "limit": 96, "name": name}
    server.answer("GET", f"{REGION}/quotas", Reply(body={"value": [own, other]}))

    assert (LIMIT,) == read_workspace_limits(client, "s", "eastus")


def test_workspace_without_limit_has_none(client: ArmClient, server: Server) -> None:
    """What Azure writes as -1, as it does for the subscription."""
    name = {"value": LIMIT.family, "localizedValue": LIMIT.family}
    row = {"id": f"{WORKSPACE}/quotas/{LIMIT.family}", "limit": -1, "name": name}
    server.answer("GET", f"{REGION}/quotas", Reply(body={"value": [row]}))

    assert () == read_workspace_limits(client, "s", "eastus")


@pytest.mark.parametrize("broken", [{"limit": None}, {"name": None}, {"name": {}}])
def test_row_without_name_or_limit_is_told(
    client: ArmClient, server: Server, broken: dict[str, Any]
) -> None:
    """Guessing would be worse."""
    row = {"id": f"{WORKSPACE}/quotas/f", "limit": 8, "name": {"value": "f"}, **broken}
    server.answer("GET", f"{REGION}/quotas", Reply(body={"value": [row]}))

    with pytest.raises(ArmError, match="asked for limits of workspaces in eastus did not answer"):
        read_workspace_limits(client, "s", "eastus")


def test_limit_is_set(client: ArmClient, server: Server) -> None:
    """In one request for all of them."""
    answered(server, "Success")

    [update] = set_workspace_limits(client, "s", "eastus", [LIMIT])

    assert {
        "value": [
            {
                "id": f"{WORKSPACE}/quotas/standardNCADSA100v4Family",
                "type": "Microsoft.MachineLearningServices/workspaces/dedicatedCores/quotas",
                "limit": 24,
                "unit": "Count",
            }
        ],
        "location": "eastus",
    } == server.asked[0].body
    assert update.is_set
    assert "24 cores of `standardNCADSA100v4Family` for workspace ml: set." == str(update)


@pytest.mark.parametrize("status", STATUSES)
def test_each_status_is_explained(client: ArmClient, server: Server, status: str) -> None:
    """With what to do; no two read alike."""
    answered(server, status)

    [update] = set_workspace_limits(client, "s", "eastus", [LIMIT])

    assert not update.is_set
    assert f"workspace ml: not set ({status}): " in str(update)
    assert "does not know" not in str(update)


def test_status_of_the_future_is_told_as_it_is() -> None:
    """This version cannot explain it, and says so."""
    text = str(WorkspaceLimitUpdate(LIMIT, "TooLate"))

    assert text.endswith("not set (TooLate): this version does not know that status.")


def test_row_without_an_answer_is_not_taken_for_set(client: ArmClient, server: Server) -> None:
    """Azure answered about another one."""
    answered(server, "Success", f"{WORKSPACE}/quotas/other")

    [update] = set_workspace_limits(client, "s", "eastus", [LIMIT])

    assert "Undefined" == update.status


def test_spellings_compare_equal() -> None:
    """Azure returns ids in other cases, and families with other spaces."""
    other = WorkspaceLimit(WORKSPACE.upper(), "Standard NCADSA100v4 Family", 8)

    assert LIMIT.key == other.key
