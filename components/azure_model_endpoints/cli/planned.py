# SPDX-License-Identifier: Apache-2.0
"""What the planner decided for the deployments of a stack."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from azure_model_endpoints.cli.answer import load_text
from azure_model_endpoints.cli.price_age import PriceAge, oldest_price
from azure_model_endpoints.cli.project import today

if TYPE_CHECKING:
    from azure_model_endpoints.catalog import Catalog, Model
    from azure_model_endpoints.planning.candidates import Candidate
    from azure_model_endpoints.planning.sizing import Sizing
    from azure_model_endpoints.planning.stack_plan import StackPlan
    from azure_model_endpoints.profiles import Explained

__all__ = ["PlannedDeployment", "PlannedStack", "planned_stack"]


@dataclass(frozen=True, slots=True)
class PlannedDeployment:
    """One deployment, what it serves and what it runs on."""

    endpoint: str
    deployment: str
    model: "Model"
    sizing: "Sizing"
    by_vllm: bool
    """Whether vLLM serves it in a container of one's own, or Azure's catalogue image."""
    traffic_percent: int
    is_named: bool
    """Whether the settings name the SKU."""

    @property
    def name(self) -> str:
        """What the settings call it."""
        return f"{self.endpoint}.{self.deployment}"

    @property
    def candidate(self) -> "Candidate":
        """The SKU with its figures."""
        return self.sizing.candidate

    def reason(self) -> str:
        """Return why it runs on that, in one sentence."""
        chosen = self.candidate
        why = "named in the settings" if self.is_named else "the cheapest per hour that holds it"
        return (
            f"{why}: {load_text(self.sizing.workload)}, with weights in {self.sizing.dtype}, "
            f"take {chosen.gpu_memory_needed_gib:.1f} of "
            f"{chosen.gpu_memory_available_gib:.1f} GiB per GPU"
        )


@dataclass(frozen=True, slots=True)
class PlannedStack:
    """All deployments of a stack."""

    stack: str
    region: str
    catalog: "Catalog"
    deployments: tuple[PlannedDeployment, ...]
    price_age: PriceAge | None
    """The oldest price of those that count."""
    settings: "tuple[Explained, ...]" = ()
    """Every setting that holds, and where its value comes from."""
    notices: tuple[str, ...] = ()
    """What somebody should know before the stack is first created."""


def planned_stack(stack: str) -> PlannedStack:
    """Return what the planner decided for a stack of the project this directory is in.

    Raises:
        SettingsError: there is no such stack, or its settings are malformed.
        CatalogError: the project's own models or prices are malformed.
        PlanError: Azure would refuse its settings.
    """
    from azure_model_endpoints.cli.stack import given_stack
    from azure_model_endpoints.planning.environment import environment_notices

    given = given_stack(stack)
    plan, catalog = given.plan(), given.around.catalog
    region = plan.settings.region
    deployments = tuple(_deployments(plan, catalog))
    skus = [deployment.candidate.sku for deployment in deployments]
    age = oldest_price(catalog, region, skus, today())
    notices = (*environment_notices(plan.settings), *plan.isolation.notices)
    return PlannedStack(stack, region, catalog, deployments, age, plan.explained, notices)


def _deployments(plan: "StackPlan", catalog: "Catalog") -> Iterator[PlannedDeployment]:
    from azure_model_endpoints.planning.serving import VllmServing
    from azure_model_endpoints.vocabulary import AUTO

    for endpoint in plan.endpoints:
        settings = plan.settings.endpoints[endpoint.key]
        for deployment in endpoint.deployments:
            said = settings.deployments[deployment.name]
            model = catalog.model(said.model or settings.model or "")
            if model is None or deployment.sizing is None:
                continue  # a plan without problems has both
            yield PlannedDeployment(
                endpoint=endpoint.key,
                deployment=deployment.name,
                model=model,
                sizing=deployment.sizing,
                by_vllm=isinstance(deployment.serving, VllmServing),
                traffic_percent=endpoint.traffic.get(deployment.name, 0),
                is_named=said.sku != AUTO,
            )
