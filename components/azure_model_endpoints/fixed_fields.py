# SPDX-License-Identifier: Apache-2.0
"""What Azure fixes when a workspace is created: all changes of it are refused at preview, at once.

What cannot be taken back, what is billed and what has to be created again is said there too, as
long as it is still a choice.
"""

from collections.abc import Sequence
from typing import Any

import pulumi

from azure_model_endpoints.engine_errors import refusing
from azure_model_endpoints.errors import PlanError, Problem
from azure_model_endpoints.foreign_fields import UNKNOWN, plain
from azure_model_endpoints.planning.isolation import IsolationPlan, mode_of
from azure_model_endpoints.planning.isolation_changes import (
    Transition,
    irrevocable,
    recreation,
    transition,
)
from azure_model_endpoints.planning.workspaces import fixed_problems
from azure_model_endpoints.setting_names import SettingNames
from azure_model_endpoints.subscription import api_versions
from azure_model_endpoints.subscription.provider import arm_client, read_workspace
from azure_model_endpoints.subscription.threads import in_thread

__all__ = ["refusing_fixed_changes"]

_WORKSPACE_TYPE = "azure-native:machinelearningservices:Workspace"

# What a refused change may take away: it is not among the declared properties then.
_REMOVABLE = ["encryption", "hbiWorkspace", "managedNetwork"]


def refusing_fixed_changes(
    isolation: IsolationPlan, names: SettingNames, parent: pulumi.Resource
) -> pulumi.ResourceOptions:
    """Return the options of a workspace that changes only as Azure lets it.

    Args:
        isolation: the managed network it shall have.
        names: how messages call its settings.
        parent: the component it belongs to.
    """

    async def transform(args: pulumi.ResourceTransformArgs) -> None:
        if args.type_ != _WORKSPACE_TYPE:
            return
        declared: dict[str, Any] = await plain(args.props)
        where = {key: declared[key] for key in ("resourceGroupName", "workspaceName")}
        live = None if UNKNOWN in where.values() else await read_workspace(where, parent)
        if live is None:
            _tell(isolation.notices, parent)
            return
        problems = [
            *await _of_isolation(isolation, names, live, parent),
            *fixed_problems(names, declared, live),
        ]
        if problems:
            args.opts.ignore_changes = [*(args.opts.ignore_changes or []), *_REMOVABLE]
            raise PlanError(problems, source=names.source)

    return pulumi.ResourceOptions(transforms=[refusing(transform)])


async def _of_isolation(
    plan: IsolationPlan, names: SettingNames, live: Any, parent: pulumi.Resource
) -> list[Problem]:
    """Return the problem of a change of the mode, or tell what it means for what is there."""
    setting, before = names["isolation_mode"], mode_of(live)
    change = transition(before, plan.mode)
    if change is Transition.NONE:
        return []
    endpoints = await _endpoints(live["id"], parent)
    if change is Transition.IMPOSSIBLE:
        return [irrevocable(setting, (before, plan.mode), live["name"], endpoints)]
    _tell(plan.notices, parent)
    if endpoints:
        _tell([recreation(setting.path, plan.mode, endpoints)], parent)
    return []


async def _endpoints(workspace_id: str, parent: pulumi.Resource) -> list[str]:
    """Return the names of all endpoints of a workspace."""
    client = await arm_client(parent)
    path = f"{workspace_id}/onlineEndpoints"
    found = await in_thread(client.list, path, api_versions.MACHINE_LEARNING)
    return sorted(endpoint["name"] for endpoint in found)


def _tell(notices: Sequence[str], parent: pulumi.Resource) -> None:
    for notice in notices:
        pulumi.log.warn(notice, parent)
