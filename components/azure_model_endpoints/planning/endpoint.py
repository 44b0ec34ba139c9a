# SPDX-License-Identifier: Apache-2.0
"""From the settings of one endpoint to what will be deployed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from azure_model_endpoints.errors import Problem
from azure_model_endpoints.planning.access import access_problems
from azure_model_endpoints.planning.deployment import (
    DeploymentPlan,
    Surroundings,
    plan_deployment,
)
from azure_model_endpoints.planning.names import name_problem
from azure_model_endpoints.planning.serving import VllmServing
from azure_model_endpoints.planning.tags import tags_problems
from azure_model_endpoints.planning.traffic import decide_traffic
from azure_model_endpoints.vocabulary import AuthMode

if TYPE_CHECKING:
    from azure_model_endpoints.settings import EndpointSettings

__all__ = ["EndpointPlan", "plan_endpoint"]

MAX_DEPLOYMENTS = 20
"""Deployments per endpoint (Azure docs, "Manage and increase quotas": online endpoints)."""


@dataclass(frozen=True, slots=True)
class EndpointPlan:
    """What one endpoint will be."""

    key: str
    """What the settings call it."""
    deployments: tuple[DeploymentPlan, ...]
    traffic: Mapping[str, int]
    """Percent per deployment that gets any; adds up to 100, or to 0 when the endpoint is off."""
    tags: Mapping[str, str]
    auth_mode: AuthMode = AuthMode.KEY
    """How callers prove who they are."""
    invokers: tuple[str, ...] = ()
    """Object ids of those who are let call it."""
    keys_in_vault: bool = False
    """Whether its key is kept in the key vault."""

    @property
    def chat_model(self) -> str | None:
        """What clients call the model where it speaks OpenAI's chat protocol; else None."""
        names = [
            deployment.serving.served_name
            for deployment in self.deployments
            if deployment.name in self.traffic and isinstance(deployment.serving, VllmServing)
        ]
        return names[0] if names else None

    @property
    def warnings(self) -> tuple[str, ...]:
        """What should be known of the deployments' SKUs before they are created."""
        return tuple(
            f"deployments.{deployment.name}.sku: {deployment.sku}: {warning}"
            for deployment in self.deployments
            if deployment.sizing
            for warning in deployment.sizing.candidate.warnings
        )

    @property
    def needs_token(self) -> bool:
        """Whether any deployment pulls gated weights from the Hugging Face Hub."""
        return any(
            isinstance(deployment.serving, VllmServing) and deployment.serving.needs_token
            for deployment in self.deployments
        )


def plan_endpoint(
    key: str, settings: "EndpointSettings", around: Surroundings, *, path: str | None = None
) -> tuple[EndpointPlan, list[Problem]]:
    """Return the plan of one endpoint and everything Azure would have against it.

    A plan that comes with problems is not fit for deploying.

    Args:
        key: what its user calls the endpoint.
        settings: what was said of it.
        around: the catalogue, the day, and whether there is a token.
        path: how messages call the endpoint; default: its key.
    """
    path = path or key
    given = settings.endpoint_name
    problems = [
        name_problem(path, "endpoint", key)
        if given is None
        else name_problem(f"{path}.endpoint_name", "endpoint", given)
    ]
    problems += tags_problems(f"{path}.tags", settings.tags)
    problems += access_problems(path, settings)
    if len(settings.deployments) > MAX_DEPLOYMENTS:
        problems.append(
            Problem(
                f"{path}.deployments",
                f"{len(settings.deployments)} deployments",
                f"at most {MAX_DEPLOYMENTS}",
                "Spread them over several endpoints.",
            )
        )
    deployments = []
    for name, deployment in settings.deployments.items():
        plan, found = plan_deployment(name, deployment, settings, around, endpoint_path=path)
        deployments.append(plan)
        problems += found
        problems += tags_problems(f"{path}.deployments.{name}.tags", deployment.tags)
    traffic, found = decide_traffic(
        f"{path}.traffic", settings.traffic, tuple(settings.deployments)
    )
    problems += found
    # Deployments share the endpoint's model, and with it the same problem.
    distinct = list(dict.fromkeys(problem for problem in problems if problem))
    endpoint = EndpointPlan(
        key,
        tuple(deployments),
        traffic,
        settings.tags,
        auth_mode=settings.auth_mode,
        invokers=tuple(settings.invokers),
        keys_in_vault=settings.keys_in_vault,
    )
    return endpoint, distinct
