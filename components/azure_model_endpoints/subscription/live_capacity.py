# SPDX-License-Identifier: Apache-2.0
"""Reads what a plan depends on from a subscription: quota, taken names, what runs already."""

from collections.abc import Collection, Mapping
from functools import partial
from http import HTTPStatus

from azure_model_endpoints.errors import ArmError
from azure_model_endpoints.planning.capacity import Capacity, LiveDeployment
from azure_model_endpoints.planning.quota_needs import family_key
from azure_model_endpoints.subscription import api_versions
from azure_model_endpoints.subscription.answers import shaped_as_azure_does
from azure_model_endpoints.subscription.arm import ArmClient
from azure_model_endpoints.subscription.concurrently import concurrently
from azure_model_endpoints.subscription.usages import quotas_of, usage_rows, used_in_workspace
from azure_model_endpoints.subscription.vm_sizes import ask_for_sizes
from azure_model_endpoints.subscription.workspace_quotas import read_workspace_limits

__all__ = ["DEADLINE_SECONDS", "read_capacity", "read_live"]

DEADLINE_SECONDS = 30.0
"""How long a preview may wait for what it asks; a usual answer takes less than a second."""

_RESOURCES_API_VERSION = "2021-04-01"
_ENDPOINTS = "Microsoft.MachineLearningServices/workspaces/onlineEndpoints"


def read_capacity(
    client: ArmClient,
    subscription: str,
    regions: Collection[str],
    *,
    workspace_id: str,
    deadline_seconds: float = DEADLINE_SECONDS,
) -> Capacity:
    """Return quotas, endpoints and deployments of a subscription, in one round trip.

    Args:
        client: who asks.
        subscription: where.
        regions: whose quota is of interest.
        workspace_id: whose share of the quota is; it need not exist.
        deadline_seconds: how long all answers together may take.

    Raises:
        ArmError: Azure refused, could not be reached, or did not answer in time.
    """
    sizes = ask_for_sizes(client, subscription, regions)
    usages = {region: partial(usage_rows, client, subscription, region) for region in regions}
    limits = {
        (region, "limits"): partial(read_workspace_limits, client, subscription, region)
        for region in regions
    }
    resources = partial(
        client.list, f"/subscriptions/{subscription}/resources", _RESOURCES_API_VERSION
    )
    answers = concurrently(
        {
            **usages,
            **limits,
            _ENDPOINTS: partial(resources, **_of_type(_ENDPOINTS)),
            f"{_ENDPOINTS}/deployments": partial(
                resources, **_of_type(f"{_ENDPOINTS}/deployments")
            ),
        },
        deadline_seconds=deadline_seconds,
    )
    listed, unlisted = sizes.answers(deadline_seconds=deadline_seconds)
    deployments: dict[str, set[str]] = {}
    with shaped_as_azure_does("endpoints and deployments of the subscription"):
        for row in answers[f"{_ENDPOINTS}/deployments"]:
            deployments.setdefault(_region(row), set()).add(str(row["id"]).lower())
        endpoint_ids = {
            (_region(row), str(row["id"]).rpartition("/")[2].lower()): str(row["id"])
            for row in answers[_ENDPOINTS]
        }
    return Capacity(
        quotas={
            (region, key): quota
            for region in regions
            for key, quota in quotas_of(answers[region]).items()
        },
        endpoint_ids=endpoint_ids,
        deployment_ids={region: frozenset(ids) for region, ids in deployments.items()},
        workspace_limits={
            family_key(limit.family): limit.limit
            for read in limits
            for limit in answers[read]
            if limit.workspace_id.lower() == workspace_id.lower()
        },
        workspace_used={
            key: used
            for region in regions
            for key, used in used_in_workspace(answers[region], workspace_id).items()
        },
        listed_sizes=listed,
        unlisted={region: str(error) for region, error in unlisted.items()},
    )


def read_live(
    client: ArmClient,
    endpoints: Mapping[str, str],
    *,
    deadline_seconds: float = DEADLINE_SECONDS,
) -> dict[tuple[str, str], LiveDeployment]:
    """Return the deployments that exist of some endpoints, in one round trip.

    Args:
        client: who asks.
        endpoints: ids of the endpoints by their keys; those that do not exist have none.
        deadline_seconds: how long all answers together may take.

    Raises:
        ArmError: Azure refused, could not be reached, or did not answer in time.
    """
    answers = concurrently(
        {key: partial(_deployments, client, endpoint) for key, endpoint in endpoints.items()},
        deadline_seconds=deadline_seconds,
    )
    with shaped_as_azure_does("deployments of an endpoint"):
        return {
            (key, str(row["name"])): LiveDeployment(
                sku=str(row["properties"].get("instanceType", "")),
                instances=int((row.get("sku") or {}).get("capacity") or 0),
                region=_region(row),
            )
            for key, rows in answers.items()
            for row in rows
        }


def _deployments(client: ArmClient, endpoint_id: str) -> list[dict[str, object]]:
    try:
        return client.list(f"{endpoint_id}/deployments", api_versions.MACHINE_LEARNING)
    except ArmError as error:
        if error.status == HTTPStatus.NOT_FOUND:
            return []
        raise


def _of_type(name: str) -> dict[str, dict[str, str]]:
    return {"query": {"$filter": f"resourceType eq '{name}'"}}


def _region(row: Mapping[str, object]) -> str:
    return str(row.get("location", "")).replace(" ", "").lower()
