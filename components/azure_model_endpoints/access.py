# SPDX-License-Identifier: Apache-2.0
"""Who may call an endpoint: grants by object id, and its key in a vault."""

from collections.abc import Iterable, Mapping

import pulumi
from pulumi_azure_native import machinelearningservices as ml

from azure_model_endpoints.planning.access import HELD_KEY, KEY_TYPES, key_secret_name
from azure_model_endpoints.roles import Role, grant

__all__ = ["key_in_vault", "key_of", "letting_call"]

# What a vault's secret is written with. `ame keys rotate` writes the next key; a later PUT of this
# one would bring back one that no longer opens anything.
_WRITTEN_ONCE = ["properties", "tags", "azureApiVersion"]


def key_of(
    endpoint: ml.OnlineEndpoint, names: Mapping[str, pulumi.Input[str]], parent: pulumi.Resource
) -> pulumi.Output[str]:
    """Return the primary key of an endpoint, a secret, read when it is asked for."""
    keys = ml.list_online_endpoint_keys_output(
        endpoint_name=endpoint.name,
        resource_group_name=names["resourceGroupName"],
        workspace_name=names["workspaceName"],
        opts=pulumi.InvokeOutputOptions(parent=parent, depends_on=[endpoint]),
    )
    return pulumi.Output.secret(keys.apply(lambda pair: pair.primary_key or ""))


def key_in_vault(  # noqa: PLR0913  (each is a different noun)
    name: str,
    endpoint: ml.OnlineEndpoint,
    key: pulumi.Output[str],
    vault: Mapping[str, pulumi.Input[str]],
    *,
    tags: Mapping[str, str],
    parent: pulumi.Resource,
) -> pulumi.Output[str]:
    """Keep an endpoint's key in a vault, and return the Azure resource id of the secret.

    The secret is written once; after that `ame keys rotate` writes it.

    Args:
        name: what the program calls the endpoint.
        endpoint: the endpoint.
        key: its primary key.
        vault: ``resourceGroupName`` and ``vaultName`` of the vault.
        tags: put on the secret.
        parent: the component.
    """
    from pulumi_azure_native import keyvault

    secret = keyvault.Secret(
        f"{name}-key",
        secret_name=endpoint.name.apply(key_secret_name),
        vault_name=vault["vaultName"],
        resource_group_name=vault["resourceGroupName"],
        properties=keyvault.SecretPropertiesArgs(value=key),
        tags={**tags, HELD_KEY: KEY_TYPES[0]},
        opts=pulumi.ResourceOptions(parent=parent, ignore_changes=_WRITTEN_ONCE),
    )
    return secret.id


def letting_call(
    name: str,
    invokers: Iterable[str],
    endpoint: ml.OnlineEndpoint,
    key_secret_id: pulumi.Output[str] | None,
    parent: pulumi.Resource,
) -> None:
    """Let some principals call an endpoint, and no other one by it.

    Where the key opens the endpoint, they may read its secret. Where a token does, they get the
    narrowest built-in role that has the right to get or to use one, on the endpoint alone (Azure
    docs, "Authenticate clients for online endpoints").

    Args:
        name: what the program calls the endpoint.
        invokers: object ids in Microsoft Entra.
        endpoint: the endpoint.
        key_secret_id: Azure resource id of the key's secret; None where callers have tokens.
        parent: the component.
    """
    scope = endpoint.id if key_secret_id is None else key_secret_id
    role = Role.AZUREML_DATA_SCIENTIST if key_secret_id is None else Role.KEY_VAULT_SECRETS_USER
    for invoker in invokers:
        grant(
            f"{name}-invoker-{invoker.lower()}",
            role,
            invoker.lower(),
            scope,
            pulumi.ResourceOptions(parent=parent),
            new_principal=False,
        )
