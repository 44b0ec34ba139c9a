# SPDX-License-Identifier: Apache-2.0
"""What is true in a subscription at the moment, as far as a plan depends on it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from azure_model_endpoints.planning.quota_needs import FamilyQuota

__all__ = ["Capacity", "LiveDeployment"]


@dataclass(frozen=True, slots=True)
class LiveDeployment:
    """A deployment that exists."""

    sku: str
    """In whatever case Azure says it."""
    instances: int
    region: str
    """Where it is."""


@dataclass(frozen=True, slots=True)
class Capacity:
    """Quota, and what holds some of it already."""

    quotas: Mapping[tuple[str, str], FamilyQuota] = field(default_factory=dict)
    """By region and `family_key`."""
    live: Mapping[tuple[str, str], LiveDeployment] = field(default_factory=dict)
    """The stack's own deployments by the keys of endpoint and deployment, in whatever region."""
    endpoint_ids: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """Ids of all endpoints of the subscription by region and name in lower case."""
    deployment_ids: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Ids of all deployments of the subscription by region, in lower case."""
    workspace_limits: Mapping[str, int] = field(default_factory=dict)
    """Cores that the stack's workspace may take, by `family_key`; families without limit of its own
    are left out."""
    workspace_used: Mapping[str, int] = field(default_factory=dict)
    """Cores that everything in the stack's workspace takes, by `family_key`."""
    listed_sizes: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """VM sizes in lower case that Azure lists for a region, by region, as far as it answered."""
    unlisted: Mapping[str, str] = field(default_factory=dict)
    """Why it did not answer that, by region."""
