# SPDX-License-Identifier: Apache-2.0
"""What Azure Machine Learning says of quota in a region.

Rows are spelt in two ways. Code in use meets types that tell dedicated from low priority, and bare
families with stray spaces; in the REST specification's sample both have one type, and the name says
which. What counts is the dedicated row of the whole subscription.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from azure_model_endpoints.planning.quota_needs import FamilyQuota, family_key
from azure_model_endpoints.subscription import api_versions
from azure_model_endpoints.subscription.answers import shaped_as_azure_does
from azure_model_endpoints.subscription.arm import ArmClient

__all__ = ["UNLIMITED", "family_quotas", "quotas_of", "usage_rows", "used_in_workspace"]

UNLIMITED = -1
"""The limit that a family has which is not limited, of the subscription or of a workspace."""


def family_quotas(client: ArmClient, subscription: str, region: str) -> dict[str, FamilyQuota]:
    """Return the quota of every family in a region by `family_key`.

    Raises:
        ArmError: Azure refused, could not be reached, or answered with something else.
    """
    return quotas_of(usage_rows(client, subscription, region))


def usage_rows(client: ArmClient, subscription: str, region: str) -> list[dict[str, Any]]:
    """Return everything that Azure says of quota in a region.

    Raises:
        ArmError: Azure refused, could not be reached, or answered with something else.
    """
    provider = f"/subscriptions/{subscription}/providers/Microsoft.MachineLearningServices"
    return client.list(f"{provider}/locations/{region}/usages", api_versions.MACHINE_LEARNING)


def used_in_workspace(rows: Iterable[Mapping[str, Any]], workspace_id: str) -> dict[str, int]:
    """Return the cores that everything in a workspace takes, by `family_key`.

    Rows of single computes and deployments in it are not added to the workspace's own.

    Raises:
        ArmError: a row of the workspace lacks its name or its figure.
    """
    own = f"{workspace_id}/usages/".lower()
    with shaped_as_azure_does("what a workspace uses"):
        return {
            family_key(row["name"]["value"]): int(row["currentValue"])
            for row in rows
            if str(row.get("id", "")).lower().startswith(own) and not _is_low_priority(row)
        }


def quotas_of(rows: Iterable[Mapping[str, Any]]) -> dict[str, FamilyQuota]:
    """Return the quota of every family among the rows of an answer.

    Raises:
        ArmError: a row of a family lacks its name or its figures.
    """
    found: dict[str, FamilyQuota] = {}
    for row in rows:
        kind = str(row.get("type", "")).lower()
        if "vmfamily" not in kind or "workspace" in kind or _is_low_priority(row):
            continue
        with shaped_as_azure_does("quota"):
            key = family_key(row["name"]["value"])
            used, limit = int(row["currentValue"]), int(row["limit"])
        quota = FamilyQuota(used, None if limit == UNLIMITED else limit)
        found[key] = _tighter(found.get(key), quota)
    return found


def _is_low_priority(row: Mapping[str, Any]) -> bool:
    said = f"{row.get('type')} {row.get('name')}"
    return "lowpriority" in "".join(said.split()).lower()


def _tighter(one: FamilyQuota | None, other: FamilyQuota) -> FamilyQuota:
    """Return the quota that leaves less free, of two rows for one family."""
    if one is None or one.free is None:
        return other
    return other if other.free is not None and other.free < one.free else one
