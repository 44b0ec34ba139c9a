# SPDX-License-Identifier: Apache-2.0
"""Key vaults that Azure keeps after their deletion.

A deleted vault holds its name for up to 90 days (Azure docs, "Key Vault soft-delete overview"), so
bringing back a stack that was destroyed would fail with a conflict. Where the name is held by a
vault of the same resource group, that vault is recovered instead.
"""

from typing import Any

import pulumi

from azure_model_endpoints.engine_errors import refusing
from azure_model_endpoints.first_creation import FirstCreation
from azure_model_endpoints.foreign_fields import UNKNOWN, overlaid, plain
from azure_model_endpoints.subscription.provider import arm_client, read_vault, subscription
from azure_model_endpoints.subscription.threads import in_thread

__all__ = ["recovering_vault"]

_VAULT_TYPE = "azure-native:keyvault:Vault"


def recovering_vault(parent: pulumi.Resource, first: FirstCreation) -> pulumi.ResourceOptions:
    """Return the options of a vault that may exist in the deleted state.

    Args:
        parent: the component it belongs to.
        first: what is looked up as long as the vault does not exist, since it comes first.
    """

    async def transform(
        args: pulumi.ResourceTransformArgs,
    ) -> pulumi.ResourceTransformResult | None:
        if args.type_ != _VAULT_TYPE:
            return None
        keys = ("resourceGroupName", "vaultName", "location")
        names = await plain({key: args.props[key] for key in keys})
        if UNKNOWN in names.values() or await read_vault(names, parent):
            return None
        recovers = await _is_soft_deleted(names, parent)
        await first.check(names["resourceGroupName"], recovers_vault=recovers)
        if not recovers:
            return None
        return pulumi.ResourceTransformResult(
            overlaid(args.props, {"properties": {"createMode": "recover"}}), args.opts
        )

    return pulumi.ResourceOptions(
        parent=parent,
        transforms=[refusing(transform)],
        # Said once, when the vault is created; leaving it out later is no change.
        ignore_changes=["properties.createMode"],
    )


async def _is_soft_deleted(names: dict[str, Any], parent: pulumi.Resource) -> bool:
    from azure_model_endpoints.subscription.new_workspaces import is_soft_deleted

    return await in_thread(
        is_soft_deleted,
        await arm_client(parent),
        await subscription(parent),
        names["resourceGroupName"],
        names["location"],
        names["vaultName"],
    )
