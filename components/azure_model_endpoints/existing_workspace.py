# SPDX-License-Identifier: Apache-2.0
"""A workspace that is there already: looked at, and left as it is."""

from typing import Any, TypedDict

import pulumi

from azure_model_endpoints.component_outputs import declared_outputs
from azure_model_endpoints.errors import AmeError, PlanError
from azure_model_endpoints.planning.workspaces import existing_problems
from azure_model_endpoints.subscription.provider import arm_client, read_workspace
from azure_model_endpoints.subscription.threads import in_thread

__all__ = ["ExistingWorkspace", "ExistingWorkspaceArgs"]

_REGISTRIES_API_VERSION = "2023-07-01"


class ExistingWorkspaceArgs(TypedDict):
    """The arguments of an `ExistingWorkspace`. Plain values, since it is looked at first."""

    name: str
    """Name of the workspace in Azure."""
    resource_group_name: str
    """Its resource group."""
    region: str
    """Where its endpoints shall be: its own region, for example ``eastus``."""


class ExistingWorkspace(pulumi.ComponentResource):
    """What endpoints have to know of a workspace that somebody else made.

    It creates nothing, and grants nothing: endpoints in it use identities of their own, to which
    Azure grants what they need when it makes them.

    Assumptions:

    - Whoever runs the program may read the workspace and its registry.
    """

    workspace_name: pulumi.Output[str]
    """Name of the workspace."""
    workspace_id: pulumi.Output[str]
    """Azure resource id of the workspace."""
    key_vault_name: pulumi.Output[str]
    """Name of the workspace's key vault."""
    key_vault_resource_group_name: pulumi.Output[str]
    """Resource group of that key vault."""
    registry_login_server: pulumi.Output[str]
    """Login server of the workspace's container registry; empty where it has none."""

    def __init__(
        self, name: str, args: ExistingWorkspaceArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Look at a workspace.

        Args:
            name: what the program calls it; begins the paths of messages.
            args: which one.
            opts: the usual options.
        """
        super().__init__("azure-model-endpoints:index:ExistingWorkspace", name, {}, opts)
        found: pulumi.Output[Any] = pulumi.Output.from_input(self._found(name, args))
        vault = found["keyVault"].apply(lambda resource_id: str(resource_id).split("/"))
        self.workspace_name = found["name"]
        self.workspace_id = found["id"]
        self.key_vault_name = vault.apply(lambda parts: parts[8])
        self.key_vault_resource_group_name = vault.apply(lambda parts: parts[4])
        self.registry_login_server = found["loginServer"]
        self.register_outputs(declared_outputs(self, ExistingWorkspace))

    async def _found(self, name: str, args: ExistingWorkspaceArgs) -> Any:
        names = {
            "resourceGroupName": args["resource_group_name"],
            "workspaceName": args["name"],
        }
        try:
            live = await read_workspace(names, self)
            problems = existing_problems(name, live, args["name"], args["region"])
            if live is None or problems:
                raise PlanError(problems)
            server = await self._login_server(live.get("containerRegistry"))
        except AmeError as problem:
            raise pulumi.RunError(str(problem)) from None
        kept = {key: live[key] for key in ("id", "name", "keyVault")}
        return {**kept, "loginServer": server}

    async def _login_server(self, registry_id: str | None) -> str:
        if not registry_id:
            return ""
        client = await arm_client(self)
        registry = await in_thread(client.get, registry_id, _REGISTRIES_API_VERSION)
        return str(registry["properties"]["loginServer"]) if registry else ""
