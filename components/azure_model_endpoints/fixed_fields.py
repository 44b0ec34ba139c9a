# SPDX-License-Identifier: Apache-2.0
"""What Azure fixes when a workspace is created: a change of it is refused at preview."""

from typing import Any

import pulumi

from azure_model_endpoints.engine_errors import refusing
from azure_model_endpoints.errors import PlanError
from azure_model_endpoints.foreign_fields import UNKNOWN, plain
from azure_model_endpoints.planning.workspaces import fixed_problems
from azure_model_endpoints.subscription.provider import read_workspace

__all__ = ["refusing_fixed_changes"]

_WORKSPACE_TYPE = "azure-native:machinelearningservices:Workspace"


def refusing_fixed_changes(parent: pulumi.Resource, path: str) -> pulumi.ResourceOptions:
    """Return the options of a workspace that Azure would not change as it is declared.

    Args:
        parent: the component it belongs to.
        path: how messages call the component.
    """

    async def transform(args: pulumi.ResourceTransformArgs) -> None:
        if args.type_ != _WORKSPACE_TYPE:
            return
        declared: dict[str, Any] = await plain(args.props)
        names = {key: declared[key] for key in ("resourceGroupName", "workspaceName")}
        if UNKNOWN in names.values():
            return
        live = await read_workspace(names, parent)
        problems = list(fixed_problems(path, declared, live)) if live else []
        if problems:
            raise PlanError(problems, source=path)

    return pulumi.ResourceOptions(transforms=[refusing(transform)])
