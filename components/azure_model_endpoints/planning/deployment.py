# SPDX-License-Identifier: Apache-2.0
"""From the settings of one deployment to what will run: which model, on what, how it is probed."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING

from azure_model_endpoints._wording import did_you_mean, listed
from azure_model_endpoints.errors import Problem
from azure_model_endpoints.planning.catalogue_offers import retired, too_old_for_vllm, unlisted
from azure_model_endpoints.planning.names import name_problem
from azure_model_endpoints.planning.probes import LIVENESS, READINESS, Probe
from azure_model_endpoints.planning.question import Question
from azure_model_endpoints.planning.serving import (
    Serving,
    plan_catalogue,
    plan_vllm,
    vllm_dtype,
)
from azure_model_endpoints.planning.sizing import Sizing, size
from azure_model_endpoints.planning.workload import resolve_workload

if TYPE_CHECKING:
    from azure_model_endpoints.catalog import Catalog, ManagedOffer, Model
    from azure_model_endpoints.settings import DeploymentSettings, EndpointSettings

__all__ = ["DeploymentPlan", "Surroundings", "plan_deployment"]

REQUEST_TIMEOUT_SECONDS = 180
"""The most Azure allows; its default of 5 s is shorter than one long answer."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What every decision about a deployment is made in."""

    catalog: "Catalog"
    """The models and SKUs there are, and their prices."""
    today: date
    """The day by which retirements are judged."""
    region: str | None = None
    """The region by whose prices SKUs are compared; None where it is not known yet, and prices do
    not count. A stack's settings say it."""
    has_token: bool = False
    """Whether there is a Hugging Face token for gated models."""
    excluded: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """By the path of a deployment, SKUs that are out of the question for it, each with why."""


@dataclass(frozen=True, slots=True)
class DeploymentPlan:
    """What one deployment will be."""

    name: str
    serving: Serving | None
    """How it serves its model; None where that could not be decided."""
    sizing: Sizing | None
    """What it runs on and why; None where nothing will do."""
    instances: int
    max_concurrent_requests: int
    environment_variables: Mapping[str, str]
    tags: Mapping[str, str]
    liveness: Probe = LIVENESS
    readiness: Probe = READINESS
    request_timeout_seconds: int = REQUEST_TIMEOUT_SECONDS

    @property
    def sku(self) -> str:
        """The SKU's name in Azure's spelling; empty where nothing will do."""
        return self.sizing.candidate.sku if self.sizing else ""


def plan_deployment(
    name: str,
    settings: "DeploymentSettings",
    endpoint: "EndpointSettings",
    around: Surroundings,
    *,
    endpoint_path: str,
) -> tuple[DeploymentPlan, list[Problem]]:
    """Return the plan of one deployment and everything Azure would have against it.

    Args:
        name: what the settings call it.
        settings: what was said of it.
        endpoint: where its model and workload come from when it says none.
        around: what the decisions are made in.
        endpoint_path: how messages call the endpoint.
    """
    path = f"{endpoint_path}.deployments.{name}"
    named = name_problem(path, "deployment", name)
    problems = [named] if named else []
    model_path = f"{path if settings.model else endpoint_path}.model"
    model, found = _model(model_path, settings.model or endpoint.model, around.catalog)
    problems += found
    serving: Serving | None = None
    sizing: Sizing | None = None
    if model:
        given = settings.workload.under(endpoint.workload)
        workload, found = resolve_workload(f"{path}.workload", given, model)
        problems += found
        question = Question(
            model=model,
            workload=workload,
            region=around.region,
            today=around.today,
            instances=settings.instances,
            max_streams=settings.max_concurrent_requests,
            excluded=around.excluded.get(path, {}),
        )
        serving, sizing, found = _serving(path, model_path, settings, question, around)
        problems += found
    plan = DeploymentPlan(
        name=name,
        serving=serving,
        sizing=sizing,
        instances=(sizing.candidate.instances if sizing else settings.instances) or 1,
        max_concurrent_requests=sizing.candidate.max_concurrency if sizing else 1,
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
    model = catalog.model(name)
    if model is None:
        hint = did_you_mean(name, catalog.models) or "Choose a model of the catalogue."
        return None, [Problem(path, repr(name), listed(catalog.models), hint)]
    return model, []


def _serving(
    path: str,
    model_path: str,
    settings: "DeploymentSettings",
    question: Question,
    around: Surroundings,
) -> tuple[Serving | None, Sizing | None, list[Problem]]:
    model = question.model
    if settings.vllm is None:
        offer, problems = _managed_offer(model_path, model, around)
        if offer is None:
            return None, None, problems
        not_taken = unlisted(offer, model, around.catalog)
        if offer.current_skus is not None:  # Azure may refuse what its list lacks, also by name
            question = replace(question, excluded={**question.excluded, **not_taken})
        sizing, problems = size(
            path, settings.sku, question, around.catalog, unless_named=not_taken
        )
        return plan_catalogue(offer, settings.version, sizing), sizing, problems
    dtype, problems = vllm_dtype(f"{path}.vllm.dtype", settings.vllm.dtype, model)
    question = replace(question, dtype=dtype, by_vllm=True)
    too_old = too_old_for_vllm(around.catalog)
    sizing, found = size(path, settings.sku, question, around.catalog, unless_named=too_old)
    problems += found
    serving, found = plan_vllm(
        f"{path}.vllm", settings.vllm, model, sizing, has_token=around.has_token
    )
    return serving, sizing, [*problems, *found]


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
