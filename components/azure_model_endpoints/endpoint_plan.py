# SPDX-License-Identifier: Apache-2.0
"""The plan that follows from what a `ModelEndpoint` is asked for."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, SecretStr

from azure_model_endpoints.arguments import ArgumentsError, parse_arguments
from azure_model_endpoints.catalog import Catalog
from azure_model_endpoints.endpoint_args import ModelEndpointArgs
from azure_model_endpoints.errors import CatalogError, Problem
from azure_model_endpoints.planning.deployment import Surroundings
from azure_model_endpoints.planning.endpoint import EndpointPlan, plan_endpoint
from azure_model_endpoints.planning.names import region_problem
from azure_model_endpoints.planning.serving import VllmServing
from azure_model_endpoints.project_catalog import project_catalog
from azure_model_endpoints.settings import EndpointSettings
from azure_model_endpoints.vocabulary import Preflight

__all__ = ["plain_token", "plan_of_arguments"]


class _Arguments(EndpointSettings):
    resource_group_name: str
    workspace_name: str
    region: str
    identity_id: str | None = None
    registry_login_server: str | None = None
    hugging_face_token: SecretStr | None = None
    key_vault_name: str | None = None
    key_vault_resource_group_name: str | None = None
    log_analytics_workspace_id: str | None = None
    identity_principal_id: str | None = None
    public_network_access: bool = False
    managed_network: bool = False
    preflight: Annotated[Preflight, Field(strict=False)] = Preflight.ENFORCE
    models: dict[str, Any] = Field(default_factory=dict)
    catalog_directory: str | None = None


_REQUIRED = {name for name, field in _Arguments.model_fields.items() if field.is_required()}
_INPUTS = _Arguments.model_fields.keys() - EndpointSettings.model_fields.keys() - {
    "region",
    "public_network_access",
    "managed_network",
    "preflight",
    "models",
    "catalog_directory",
} | {"endpoint_name", "environment_variables"}


def plan_of_arguments(name: str, args: ModelEndpointArgs) -> EndpointPlan:
    """Return the plan of what the arguments say.

    Raises:
        ArgumentsError: they are malformed, Azure would refuse them, or something that they need is
            missing.
    """
    settings, problems = parse_arguments(name, args, _Arguments, required=_REQUIRED, inputs=_INPUTS)
    if settings is None:
        raise ArgumentsError(problems, source=name)
    catalog = _catalog(name, settings)
    region = region_problem(f"{name}.region", settings.region, catalog.regions)
    around = Surroundings(
        catalog,
        datetime.now(UTC).date(),
        region=None if region else settings.region,
        has_token=settings.hugging_face_token is not None,
    )
    plan, found = plan_endpoint(name, settings, around)
    # What was left out for being malformed is not also missing.
    malformed = {problem.path for problem in problems}
    found += [*([region] if region else []), *_missing_inputs(name, plan, args)]
    problems += [problem for problem in found if problem.path not in malformed]
    if problems:
        raise ArgumentsError(problems, source=name)
    return plan


def _catalog(name: str, settings: _Arguments) -> Catalog:
    directory = settings.catalog_directory
    try:
        return project_catalog(
            Path(directory) if directory else None, settings.models, source=f"{name}.models"
        )
    except CatalogError as error:
        raise ArgumentsError(error.problems, source=name) from None


def _missing_inputs(name: str, plan: EndpointPlan, args: Mapping[str, Any]) -> list[Problem]:
    """Return the problems of inputs that only some deployments need."""
    problems = []
    if isinstance(args.get("hugging_face_token"), str):
        problems.append(plain_token(name))
    needed = []
    if plan.needs_token or plan.keys_in_vault:
        needed.append("key_vault_name")
    if plan.needs_token and args.get("identity_id") is not None:
        needed.append("identity_principal_id")
    if any(_from_own_registry(deployment.serving) for deployment in plan.deployments):
        needed.append("registry_login_server")
    return problems + [
        Problem(f"{name}.{key}", "nothing", "an output of ModelWorkspace, or a value", "Add it.")
        for key in needed
        if args.get(key) is None
    ]


def plain_token(name: str) -> Problem:
    """Return the problem of a Hugging Face token that the state would show to everybody.

    Args:
        name: what the program calls the endpoint.
    """
    path = f"{name}.hugging_face_token"
    remedy = "Take it from `pulumi.Config().require_secret(…)` or wrap it in `Output.secret`."
    return Problem(path, "a token in plain text", "a secret output", remedy)


def _from_own_registry(serving: object) -> bool:
    return isinstance(serving, VllmServing) and serving.image.startswith("{registry}")
