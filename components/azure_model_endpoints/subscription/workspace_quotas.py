# SPDX-License-Identifier: Apache-2.0
"""Limits of workspaces: how many of the subscription's cores each may take, family by family.

They share out what the subscription has, so that one team cannot starve another; they request
nothing (Azure docs, "Manage and increase quotas", workspace-level quotas). Ids and types are those
of the recorded tests of Azure's SDK for .NET.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from azure_model_endpoints.planning.quota_needs import family_key
from azure_model_endpoints.subscription import api_versions
from azure_model_endpoints.subscription.answers import shaped_as_azure_does
from azure_model_endpoints.subscription.arm import ArmClient
from azure_model_endpoints.subscription.usages import UNLIMITED

__all__ = [
    "WorkspaceLimit",
    "WorkspaceLimitUpdate",
    "read_workspace_limits",
    "set_workspace_limits",
]

_TYPE = "Microsoft.MachineLearningServices/workspaces/dedicatedCores/quotas"
_SUCCESS = "Success"

_MEANINGS = {
    "InvalidQuotaBelowClusterMinimum": "the workspace uses more than that already; name at least "
    "what it uses, or scale its deployments and clusters in first",
    "InvalidQuotaExceedsSubscriptionLimit": "the subscription itself has less in this region; name "
    "at most its limit, or request more for the subscription first",
    "InvalidVMFamilyName": "Azure knows no such family in this region; take the name that `ame "
    "quota` shows",
    "OperationNotSupportedForSku": "this family cannot be limited per workspace",
    "OperationNotEnabledForRegion": "workspaces cannot be limited in this region",
    "Failure": "Azure says no more than that; see that the workspace exists in this region, and "
    "try again",
    "Undefined": "Azure says no more than that; read the limits again before relying on them",
}
"""What the statuses of updateQuotas mean (REST specification, 2025-12-01), and what to do."""


@dataclass(frozen=True, slots=True)
class WorkspaceLimit:
    """How many cores of one family a workspace may take."""

    workspace_id: str
    family: str
    """In Azure's spelling."""
    limit: int

    @property
    def key(self) -> tuple[str, str]:
        """What it is compared by: the limit left out, spellings made equal."""
        return self.workspace_id.lower(), family_key(self.family)


@dataclass(frozen=True, slots=True)
class WorkspaceLimitUpdate:
    """What became of one limit that was to be set."""

    wanted: WorkspaceLimit
    status: str
    """Azure's word for it."""

    @property
    def is_set(self) -> bool:
        """Whether the limit holds now."""
        return self.status == _SUCCESS

    def __str__(self) -> str:
        """Return what became of it in one sentence."""
        workspace = self.wanted.workspace_id.rpartition("/")[2]
        what = f"{self.wanted.limit} cores of `{self.wanted.family}` for workspace {workspace}"
        if self.is_set:
            return f"{what}: set."
        meaning = _MEANINGS.get(self.status, "this version does not know that status")
        return f"{what}: not set ({self.status}): {meaning}."


def read_workspace_limits(
    client: ArmClient, subscription: str, region: str
) -> tuple[WorkspaceLimit, ...]:
    """Return the limits that are set for workspaces in a region.

    Raises:
        ArmError: Azure refused, could not be reached, or answered with something else.
    """
    rows = client.list(f"{_region(subscription, region)}/quotas", api_versions.MACHINE_LEARNING)
    with shaped_as_azure_does(f"limits of workspaces in {region}"):
        listed = tuple(
            WorkspaceLimit(
                workspace_id=str(row["id"]).rpartition("/quotas/")[0],
                family=str(row["name"]["value"]),
                limit=int(row["limit"]),
            )
            for row in rows
            if _is_of_workspace(row)
        )
    return tuple(each for each in listed if each.limit != UNLIMITED)


def set_workspace_limits(
    client: ArmClient, subscription: str, region: str, wanted: Iterable[WorkspaceLimit]
) -> tuple[WorkspaceLimitUpdate, ...]:
    """Set limits of workspaces, all in one request; others stay as they are.

    Some may be set and others not: each update says what became of it.

    Raises:
        ArmError: Azure refused the request as a whole, or could not be reached.
    """
    limits = tuple(wanted)
    rows = [
        {
            "id": f"{limit.workspace_id}/quotas/{limit.family}",
            "type": _TYPE,
            "limit": limit.limit,
            "unit": "Count",
        }
        for limit in limits
    ]
    answer = client.post(
        f"{_region(subscription, region)}/updateQuotas",
        api_versions.MACHINE_LEARNING,
        {"value": rows, "location": region},
    )
    with shaped_as_azure_does(f"limits of workspaces in {region} to be set"):
        statuses = {
            str(row.get("id", "")).lower(): str(row.get("status"))
            for row in answer.get("value", [])
        }
    return tuple(
        WorkspaceLimitUpdate(limit, statuses.get(str(row["id"]).lower(), "Undefined"))
        for limit, row in zip(limits, rows, strict=True)
    )


def _region(subscription: str, region: str) -> str:
    provider = f"/subscriptions/{subscription}/providers/Microsoft.MachineLearningServices"
    return f"{provider}/locations/{region}"


def _is_of_workspace(row: Mapping[str, Any]) -> bool:
    """Whether a row limits a workspace; some rows repeat the limits of the subscription."""
    return "/workspaces/" in str(row.get("id", "")).lower()
