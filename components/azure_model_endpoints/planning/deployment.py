# SPDX-License-Identifier: Apache-2.0
"""From the settings of one deployment to what will run: which model, on what, how it is probed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from azure_model_endpoints._wording import did_you_mean, listed
from azure_model_endpoints.errors import Problem
from azure_model_endpoints.planning.names import name_problem
from azure_model_endpoints.planning.probes import LIVENESS, READINESS, Probe
from azure_model_endpoints.planning.serving import (
    CatalogueServing,
    Serving,
    plan_vllm,
    retired,
)

if TYPE_CHECKING:
    from azure_model_endpoints.catalog import Catalog, ManagedOffer, Model
    from azure_model_endpoints.settings import DeploymentSettings

__all__ = ["DeploymentPlan", "Surroundings", "plan_deployment"]

REQUEST_TIMEOUT_SECONDS = 180
"""The most Azure allows; its default of 5 s is shorter than one long answer."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What every decision about a deployment is made in."""

    catalog: "Catalog"
    """The models and SKUs there are."""
    today: date
    """The day by which retirements are judged."""
    has_token: bool = False
    """Whether there is a Hugging Face token for gated models."""


@dataclass(frozen=True, slots=True)
class DeploymentPlan:
    """What one deployment will be."""

    name: str
    serving: Serving | None
    """How it serves its model; None where that could not be decided."""
    sku: str
    instances: int
    max_concurrent_requests: int
    environment_variables: Mapping[str, str]
    tags: Mapping[str, str]
    liveness: Probe = LIVENESS
    readiness: Probe = READINESS
    request_timeout_seconds: int = REQUEST_TIMEOUT_SECONDS


def plan_deployment(
    name: str,
    settings: "DeploymentSettings",
    inherited_model: str | None,
    around: Surroundings,
    *,
    endpoint_path: str,
) -> tuple[DeploymentPlan, list[Problem]]:
    """Return the plan of one deployment and everything Azure would have against it."""
    path = f"{endpoint_path}.deployments.{name}"
    named = name_problem(path, "deployment", name)
    problems = [named] if named else []
    model_path = f"{path if settings.model else endpoint_path}.model"
    model, found = _model(model_path, settings.model or inherited_model, around.catalog)
    problems += found
    serving: Serving | None = None
    sku = settings.sku or ""
    if model:
        serving, sku, found = _serving(path, model_path, settings, model, around)
        problems += found
    plan = DeploymentPlan(
        name=name,
        serving=serving,
        sku=sku,
        instances=settings.instances,
        max_concurrent_requests=settings.max_concurrent_requests,
        environment_variables={
            **(serving.environment_variables if serving else {}),
            **settings.environment_variables,
        },
        tags=settings.tags,
    )
    return plan, problems


def _model(path: str, name: str | None, catalog: "Catalog") -> tuple["Model | None", list[Problem]]:
    if name is None:
        problem = Problem(path, "nothing", listed(catalog.models), "Say which model to serve.")
        return None, [problem]
    model = catalog.models.get(name)
    if model is None:
        hint = did_you_mean(name, catalog.models) or "Choose a model of the catalogue."
        return None, [Problem(path, repr(name), listed(catalog.models), hint)]
    return model, []


def _serving(
    path: str, model_path: str, settings: "DeploymentSettings", model: "Model", around: Surroundings
) -> tuple[Serving | None, str, list[Problem]]:
    if settings.vllm is None:
        offer, problems = _managed_offer(model_path, model, around)
        if offer is None:
            return None, settings.sku or "", problems
        sku, problems = _sku(f"{path}.sku", settings.sku, offer.skus, around)
        workers = settings.max_concurrent_requests
        return CatalogueServing(offer.asset_id, workers), sku, problems
    sku, problems = _sku(f"{path}.sku", settings.sku, model.vllm.skus, around)
    serving, found = plan_vllm(
        f"{path}.vllm",
        settings.vllm,
        model,
        around.catalog.gpu_skus.get(sku),
        settings.max_concurrent_requests,
        has_token=around.has_token,
    )
    return serving, sku, [*problems, *found]


def _managed_offer(
    path: str, model: "Model", around: Surroundings
) -> tuple["ManagedOffer | None", list[Problem]]:
    offer = model.managed
    if offer and not retired(offer, around.today):
        return offer, []
    current = [
        other.name
        for other in around.catalog.models.values()
        if other.managed and not retired(other.managed, around.today)
    ]
    ended = f"Azure's offer ended on {offer.retires}" if offer else "Azure does not offer it"
    successor = f"move to its successor {offer.successor}, " if offer and offer.successor else ""
    remedy = f"{ended}; {successor}or serve it yourself with a `vllm` section."
    return None, [Problem(path, repr(model.name), f"{listed(current)} from the catalogue", remedy)]


def _sku(
    path: str, given: str | None, allowed: Iterable[str], around: Surroundings
) -> tuple[str, list[Problem]]:
    """Return the SKU in Azure's spelling; Azure itself compares names without regard to case."""
    skus = tuple(allowed)
    if given is None:
        return skus[0], []
    by_lower = {name.lower(): name for name in around.catalog.gpu_skus}
    name = by_lower.get(given.lower(), given)
    sku = around.catalog.gpu_skus.get(name)
    if sku and sku.retires and sku.retires <= around.today:
        remedy = f"The size was withdrawn on {sku.retires}; {skus[0]} is the smallest."
        return name, [Problem(path, repr(given), listed(skus), remedy)]
    if name not in skus:
        remedy = did_you_mean(given, skus) or f"{skus[0]} is the smallest."
        return name, [Problem(path, repr(given), listed(skus), remedy)]
    return name, []
