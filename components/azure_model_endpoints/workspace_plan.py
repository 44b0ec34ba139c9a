# SPDX-License-Identifier: Apache-2.0
"""Whether a `ModelWorkspace` can be what it is asked to be."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import BaseModel, Field

from azure_model_endpoints.arguments import ArgumentsError, parse_arguments
from azure_model_endpoints.catalog import load_catalog
from azure_model_endpoints.errors import Problem
from azure_model_endpoints.isolation_args import isolation_of
from azure_model_endpoints.planning.encryption_keys import key_problems
from azure_model_endpoints.planning.names import name_problem, region_problem
from azure_model_endpoints.planning.tags import tags_problems
from azure_model_endpoints.planning.workspace_limits import limit_problems
from azure_model_endpoints.planning.workspaces import is_log_analytics_id, log_analytics_problem
from azure_model_endpoints.vocabulary import IsolationMode, WorkspaceIdentity
from azure_model_endpoints.workspace_args import ModelWorkspaceArgs
from azure_model_endpoints.workspace_settings import CustomerManagedKeySettings, OutboundRule

__all__ = ["check_arguments"]


class _Arguments(BaseModel, extra="forbid", strict=True):
    resource_group_name: str
    region: str
    workload: str | None = None
    public_network_access: bool = False
    private_endpoints: bool = False
    isolation_mode: IsolationMode = Field(IsolationMode.DISABLED, strict=False)
    outbound_rules: dict[str, OutboundRule] = Field(default_factory=dict)
    customer_managed_key: bool = False
    encryption_key: CustomerManagedKeySettings | None = None
    identity: WorkspaceIdentity = Field(WorkspaceIdentity.SYSTEM_ASSIGNED, strict=False)
    high_business_impact: bool = False
    diagnostics: bool = False
    log_analytics_workspace_id: str | None = None
    quotas: dict[str, Annotated[int, Field(ge=0)]] = Field(default_factory=dict)
    tags: dict[str, str] = Field(default_factory=dict)


def check_arguments(name: str, args: ModelWorkspaceArgs) -> None:
    """Check the arguments of a workspace.

    Raises:
        ArgumentsError: they are malformed, or Azure would refuse them.
    """
    plain, problems = parse_arguments(
        name,
        args,
        _Arguments,
        required=("resource_group_name", "region"),
        inputs=("resource_group_name", "log_analytics_workspace_id", "service_resource_id"),
    )
    if plain:
        malformed = {problem.path for problem in problems}
        found = _problems(name, plain, args)
        problems += [problem for problem in found if problem.path not in malformed]
    if problems:
        raise ArgumentsError(problems, source=name)


def _problems(name: str, plain: _Arguments, args: ModelWorkspaceArgs) -> Iterator[Problem]:
    if problem := region_problem(f"{name}.region", plain.region):
        yield problem
    if problem := name_problem(f"{name}.workload", "workload", plain.workload or name):
        yield problem
    yield from tags_problems(f"{name}.tags", plain.tags)
    if plain.quotas:
        yield from limit_problems(f"{name}.quotas", plain.quotas, load_catalog().gpu_skus)
    rules = {
        key: rule
        for key, rule in args.get("outbound_rules", {}).items()
        if key in plain.outbound_rules
    }
    yield from isolation_of(f"{name}.outbound_rules", plain.isolation_mode, rules)[1]
    if key := plain.encryption_key:
        yield from key_problems(f"{name}.encryption_key", key.key_vault_id, key.key_uri)
        if plain.customer_managed_key:
            yield Problem(
                f"{name}.customer_managed_key",
                "true, beside `encryption_key`",
                "one of the two",
                "Remove it to use the key that is named.",
            )
    destination = args.get("log_analytics_workspace_id")
    if isinstance(destination, str) and not is_log_analytics_id(destination):
        yield log_analytics_problem(f"{name}.log_analytics_workspace_id", destination)
    if destination is not None and not plain.diagnostics:
        yield Problem(
            f"{name}.log_analytics_workspace_id",
            "a destination, without `diagnostics`",
            "nothing, or `diagnostics: true` as well",
            "Say that diagnostics are wanted, or remove it.",
        )
