# SPDX-License-Identifier: Apache-2.0
"""Weights registered in the workspace: looked up before a deployment that mounts them."""

import pulumi

from azure_model_endpoints.engine_errors import refusing
from azure_model_endpoints.errors import PlanError, Problem
from azure_model_endpoints.foreign_fields import UNKNOWN, plain
from azure_model_endpoints.subscription.provider import read_model_version, read_workspace

__all__ = ["requiring_registered_model"]

_DEPLOYMENT_TYPE = "azure-native:machinelearningservices:OnlineDeployment"


def requiring_registered_model(
    model: str, version: str, parent: pulumi.Resource, path: str
) -> pulumi.ResourceOptions:
    """Return the options of a deployment that is refused at preview without its weights.

    In a workspace that does not exist yet nothing can be looked up; Azure then says it.

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
        if UNKNOWN in names.values() or await read_workspace(names, parent) is None:
            return
        if await read_model_version({**names, "name": model, "version": version}, parent) is None:
            problem = Problem(
                path,
                repr(f"{model}:{version}"),
                f"a model registered in the workspace {names['workspaceName']}",
                f"Register it with `az ml model create --name {model} --version {version}`.",
            )
            raise PlanError([problem])

    return pulumi.ResourceOptions(transforms=[refusing(transform)])
