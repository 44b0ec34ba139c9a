# SPDX-License-Identifier: Apache-2.0
"""Weights registered in the workspace: looked up before a deployment that mounts them."""

import pulumi

from azure_model_endpoints.engine_errors import refusing
from azure_model_endpoints.errors import PlanError, Problem
from azure_model_endpoints.foreign_fields import UNKNOWN, plain
from azure_model_endpoints.planning.weights import new_workspace_problem
from azure_model_endpoints.subscription.provider import read_model_version, read_workspace

__all__ = ["requiring_registered_model"]

_UNSEEN = (
    "is looked up once the name of the workspace is known. If this run creates that, nothing is "
    "registered in it: run without this deployment first."
)
_DEPLOYMENT_TYPE = "azure-native:machinelearningservices:OnlineDeployment"


def requiring_registered_model(
    model: str, version: str, parent: pulumi.Resource, path: str
) -> pulumi.ResourceOptions:
    """Return the options of a deployment that is refused at preview without its weights.

    Of a workspace whose name is not known before the run, a preview can only warn.

    Args:
        model: name of the registered model.
        version: of the registered model.
        parent: the component the deployment belongs to.
        path: how messages call the setting.
    """

    async def transform(args: pulumi.ResourceTransformArgs) -> None:
        if args.type_ != _DEPLOYMENT_TYPE:
            return
        names = await plain({k: args.props[k] for k in ("resourceGroupName", "workspaceName")})
        if UNKNOWN in names.values():
            pulumi.log.warn(f"{path}: {model}:{version} {_UNSEEN}", parent)
            return
        if await read_workspace(names, parent) is None:
            where = names["workspaceName"]
            raise PlanError([new_workspace_problem(path, (model, version), where)])
        if await read_model_version({**names, "name": model, "version": version}, parent) is None:
            problem = Problem(
                path,
                repr(f"{model}:{version}"),
                f"a model registered in the workspace {names['workspaceName']}",
                f"Register it with `az ml model create --name {model} --version {version}`.",
            )
            raise PlanError([problem])

    return pulumi.ResourceOptions(transforms=[refusing(transform)])
