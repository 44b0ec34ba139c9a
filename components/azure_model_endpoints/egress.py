# SPDX-License-Identifier: Apache-2.0
"""Whether the instances of an endpoint connect to the internet by themselves.

Azure has an older way of closing that, for each deployment, and refuses it in a workspace with a
managed network, which then decides (Azure docs, "Network isolation with managed online endpoints").
"""

from collections.abc import Mapping

import pulumi

from azure_model_endpoints.endpoint_args import ModelEndpointArgs
from azure_model_endpoints.errors import AmeError
from azure_model_endpoints.foreign_fields import UNKNOWN, plain
from azure_model_endpoints.planning.isolation import mode_of
from azure_model_endpoints.subscription.provider import read_workspace
from azure_model_endpoints.vocabulary import IsolationMode

__all__ = ["egress_of"]

_OPEN, _CLOSED = "Enabled", "Disabled"


def egress_of(
    args: ModelEndpointArgs, names: Mapping[str, pulumi.Input[str]], parent: pulumi.Resource
) -> pulumi.Input[str]:
    """Return Azure's word for whether deployments may use the internet.

    Args:
        args: of the endpoint. Where they do not say whether there is a managed network, the
            workspace is asked.
        names: ``resourceGroupName`` and ``workspaceName`` of the endpoint.
        parent: the component it belongs to.
    """
    if args.get("public_network_access") or args.get("managed_network"):
        return _OPEN
    if args.get("managed_network") is False:
        return _CLOSED

    async def asked() -> str:
        where = await plain({key: names[key] for key in ("resourceGroupName", "workspaceName")})
        if UNKNOWN in where.values():
            return _CLOSED
        try:
            live = await read_workspace(where, parent)
        except AmeError as error:
            raise pulumi.RunError(str(error)) from None
        return _CLOSED if mode_of(live or {}) is IsolationMode.DISABLED else _OPEN

    return pulumi.Output.from_input(asked())
