# SPDX-License-Identifier: Apache-2.0
"""From the settings of one deployment to what will run: which model, on what, how it is probed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from azure_model_endpoints._validation import did_you_mean, listed
from azure_model_endpoints.catalog import Catalog, ManagedOffer
from azure_model_endpoints.errors import Problem
from azure_model_endpoints.planning.names import name_problem
from azure_model_endpoints.planning.probes import LIVENESS, READINESS, Probe
from azure_model_endpoints.settings import DeploymentSettings

__all__ = ["DeploymentPlan", "plan_deployment"]

REQUEST_TIMEOUT_SECONDS = 180
"""The most Azure allows; its default of 5 s is shorter than one long answer."""


@dataclass(frozen=True, slots=True)
class DeploymentPlan:
    """What one deployment will be."""

    name: str
    asset_id: str
    """The model's registry asset, with its version."""
    sku: str
    instances: int
    max_concurrent_requests: int
    environment_variables: Mapping[str, str]
    tags: Mapping[str, str]
    liveness: Probe = LIVENESS
    readiness: Probe = READINESS
    request_timeout_seconds: int = REQUEST_TIMEOUT_SECONDS


def plan_deployment(  # noqa: PLR0913  (each is a different noun)
    name: str,
    settings: DeploymentSettings,
    inherited_model: str | None,
    catalog: Catalog,
    today: date,
    *,
    endpoint_path: str,
) -> tuple[DeploymentPlan, list[Problem]]:
    """Return the plan of one deployment and everything Azure would have against it."""
    path = f"{endpoint_path}.deployments.{name}"
    name_found = name_problem(path, "deployment", name)
    problems = [name_found] if name_found else []
    model_path = f"{path if settings.model else endpoint_path}.model"
    offer, found = _managed_offer(model_path, settings.model or inherited_model, catalog, today)
    problems += found
    sku = settings.sku or ""
    if offer:
        sku, found = _serving_sku(f"{path}.sku", settings.sku, offer, catalog, today)
        problems += found
    plan = DeploymentPlan(
        name=name,
        asset_id=offer.asset_id if offer else "",
        sku=sku,
        instances=settings.instances,
        max_concurrent_requests=settings.max_concurrent_requests,
        # The catalogue's images take one request per worker (azureml-examples, Llama and Mistral).
        environment_variables={
            "WORKER_COUNT": str(settings.max_concurrent_requests),
            **settings.environment_variables,
        },
        tags=settings.tags,
    )
    return plan, problems


def _managed_offer(
    path: str, name: str | None, catalog: Catalog, today: date
) -> tuple[ManagedOffer | None, list[Problem]]:
    if name is None:
        return None, [Problem(path, "nothing", listed(catalog.models), "Say which model to serve.")]
    model = catalog.models.get(name)
    if model is None:
        hint = did_you_mean(name, catalog.models) or "Choose a model of the catalogue."
        return None, [Problem(path, repr(name), listed(catalog.models), hint)]
    offer = model.managed
    if offer is None:
        managed = [other.name for other in catalog.models.values() if other.managed]
        return None, [
            Problem(path, repr(name), listed(managed), "Azure does not offer it for endpoints.")
        ]
    if not _is_current(offer, today):
        current = [m.name for m in catalog.models.values() if _is_current(m.managed, today)]
        successor = offer.successor or "another model"
        remedy = f"Its offer ended on {offer.retires}; move to {successor}."
        return None, [Problem(path, repr(name), listed(current), remedy)]
    return offer, []


def _is_current(offer: ManagedOffer | None, today: date) -> bool:
    return offer is not None and not (offer.retires and offer.retires <= today)


def _serving_sku(
    path: str, given: str | None, offer: ManagedOffer, catalog: Catalog, today: date
) -> tuple[str, list[Problem]]:
    """Return the SKU in Azure's spelling; Azure itself compares names without regard to case."""
    if given is None:
        return offer.skus[0], []
    by_lower = {name.lower(): name for name in catalog.gpu_skus}
    name = by_lower.get(given.lower(), given)
    sku = catalog.gpu_skus.get(name)
    if sku and sku.retires and sku.retires <= today:
        remedy = f"The size was withdrawn on {sku.retires}; {offer.skus[0]} is the smallest."
        return name, [Problem(path, repr(given), listed(offer.skus), remedy)]
    if name not in offer.skus:
        remedy = did_you_mean(given, offer.skus) or f"{offer.skus[0]} is the smallest."
        return name, [Problem(path, repr(given), listed(offer.skus), remedy)]
    return name, []
