# SPDX-License-Identifier: Apache-2.0
"""The Hugging Face token of an endpoint: in the key vault, and readable by its identity alone."""

from collections.abc import Mapping

import pulumi
from pulumi_azure_native import machinelearningservices as ml

from azure_model_endpoints.endpoint_args import ModelEndpointArgs
from azure_model_endpoints.foreign_fields import owner
from azure_model_endpoints.planning.tags import owned_tags
from azure_model_endpoints.roles import Role, grant

__all__ = ["hub_token"]


def hub_token(
    name: str,
    args: ModelEndpointArgs,
    endpoint: ml.OnlineEndpoint,
    vault: Mapping[str, pulumi.Input[str]],
    parent: pulumi.Resource,
) -> pulumi.Output[str]:
    """Return a reference that Azure replaces by the token in the container's environment.

    The reference is known once the identity may read the secret. Its form is that of Azure docs,
    "Access secrets from online deployment using secret injection".

    Args:
        name: the endpoint's name in the program.
        args: of the endpoint, with a token.
        endpoint: the endpoint, whose own identity reads the token unless it was given another.
        vault: ``resourceGroupName`` and ``vaultName`` of the key vault.
        parent: the component it belongs to.
    """
    from pulumi_azure_native import keyvault

    child = pulumi.ResourceOptions(parent=parent)
    # Writing it again makes another version of the secret, and so changes the deployments.
    written_once = pulumi.ResourceOptions(parent=parent, ignore_changes=["tags"])
    secret = keyvault.Secret(
        f"{name}-token",
        secret_name=f"{name}-hugging-face-token",
        vault_name=vault["vaultName"],
        resource_group_name=vault["resourceGroupName"],
        properties=keyvault.SecretPropertiesArgs(
            value=_never_plain(name, pulumi.Output.from_input(args["hugging_face_token"]))
        ),
        tags=owned_tags(args.get("tags", {}), owner()),
        opts=written_once,
    )
    principal = args.get("identity_principal_id") or endpoint.identity.apply(
        lambda own: own.principal_id if own else ""
    )
    reader = grant(
        f"{name}-read-token",
        Role.KEY_VAULT_SECRETS_USER,
        principal,
        secret.id,
        child,
    )
    # The address of a secret is none itself.
    address = pulumi.Output.unsecret(
        secret.properties.apply(lambda live: live.secret_uri_with_version)
    )
    return pulumi.Output.all(address, reader.urn).apply(
        lambda known: f"${{{{keyvault:{known[0]}}}}}"
    )


def _never_plain(name: str, token: pulumi.Output[str]) -> pulumi.Output[str]:
    """Return a token as a secret; the program fails if it was none."""

    async def refuse_plain() -> None:
        # Loaded by now, and not by importing this module: they bring pydantic.
        from azure_model_endpoints.arguments import ArgumentsError
        from azure_model_endpoints.endpoint_plan import plain_token

        # Whether an output is one shows only once it is there.
        if not await token.is_secret():
            raise ArgumentsError([plain_token(name)], source=name)

    checked = pulumi.Output.all(token, refuse_plain()).apply(lambda known: str(known[0]))
    return pulumi.Output.secret(checked)
