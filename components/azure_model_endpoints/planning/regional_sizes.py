# SPDX-License-Identifier: Apache-2.0
"""Whether Azure lists a SKU for the region at all.

What it lists are sizes for compute clusters. No document says that managed online endpoints accept
no others, so the list is believed only where it names some GPU size of the catalogue, and where
nothing of the stack runs on what it lacks.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from azure_model_endpoints.errors import Problem
from azure_model_endpoints.planning.candidates import Candidate, rank
from azure_model_endpoints.planning.quota_needs import family_key

if TYPE_CHECKING:
    from azure_model_endpoints.catalog import Catalog
    from azure_model_endpoints.planning.capacity import Capacity
    from azure_model_endpoints.planning.deployment import DeploymentPlan
    from azure_model_endpoints.planning.stack_plan import StackPlan

__all__ = ["is_offered", "offer_problems", "offer_warnings", "unoffered"]


def is_offered(sku: str, region: str, capacity: "Capacity", catalog: "Catalog") -> bool:
    """Return whether a region has a SKU as far as is known."""
    listed = capacity.listed_sizes.get(region)
    if listed is None or not _tells(listed, catalog):
        return True
    running = {live.sku.lower() for live in capacity.live.values()}
    return sku.lower() in listed | running


def unoffered(
    plan: "StackPlan", capacity: "Capacity", catalog: "Catalog"
) -> Iterator[tuple[str, "DeploymentPlan"]]:
    """Yield every deployment whose SKU the region lacks, with how messages call it."""
    region = plan.settings.region
    for path, deployment in plan.deployments():
        if deployment.sizing and not is_offered(deployment.sku, region, capacity, catalog):
            yield path, deployment


def offer_problems(plan: "StackPlan", capacity: "Capacity", catalog: "Catalog") -> list[Problem]:
    """Return every deployment whose SKU the region lacks, with the next one that will do."""
    region = plan.settings.region
    return [
        Problem(
            f"{path}.sku",
            f"{deployment.sku}, which is not offered in {region}",
            _allowed(deployment, region, capacity, catalog),
            "Name another `sku` or another `region`, and with a lock run `ame plan --write`. If "
            "Azure Machine Learning studio offers it there all the same, say `preflight: warn`.",
        )
        for path, deployment in unoffered(plan, capacity, catalog)
    ]


def offer_warnings(plan: "StackPlan", capacity: "Capacity", catalog: "Catalog") -> list[str]:
    """Return why nobody knows which SKUs the stack's region has; nothing where it is known."""
    region = plan.settings.region
    listed, reason = capacity.listed_sizes.get(region), capacity.unlisted.get(region)
    if listed is not None and not _tells(listed, catalog):
        reason = "the list names no GPU size that this package knows"
    if reason is None:
        return []
    why = reason.rstrip(". ")
    return [f"which VM sizes are offered in {region} is not known: {why}. The run goes on without."]


def _tells(listed: frozenset[str], catalog: "Catalog") -> bool:
    """Whether a list speaks of the sizes that matter here, in a spelling that is understood."""
    return not listed.isdisjoint(name.lower() for name in catalog.gpu_skus)


def _allowed(
    deployment: "DeploymentPlan", region: str, capacity: "Capacity", catalog: "Catalog"
) -> str:
    fitting = [
        candidate
        for candidate in (rank(deployment.sizing.question, catalog) if deployment.sizing else ())
        if candidate.fits and is_offered(candidate.sku, region, capacity, catalog)
    ]
    for candidate in fitting:
        if _has_quota(candidate, region, capacity):
            return f"{candidate.sku} ({candidate.quota_cores} cores), where there is quota"
    if fitting:
        return f"{fitting[0].sku}, which has no quota there yet"
    return f"no SKU that holds the workload is offered in {region}"


def _has_quota(candidate: Candidate, region: str, capacity: "Capacity") -> bool:
    quota = capacity.quotas.get((region, family_key(candidate.quota_family)))
    return quota is not None and (quota.free is None or (candidate.quota_cores or 0) <= quota.free)
