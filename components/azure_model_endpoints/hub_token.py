# SPDX-License-Identifier: Apache-2.0
"""The Hugging Face token of an endpoint: in the key vault, and readable by its identity alone."""

import pulumi

from azure_model_endpoints.endpoint_args import ModelEndpointArgs
from azure_model_endpoints.roles import Role, grant

__all__ = ["hub_token"]


def hub_token(name: str, args: ModelEndpointArgs, parent: pulumi.Resource) -> pulumi.Output[str]:
    """Return a reference that Azure replaces by the token in the container's environment.

    The reference is known once the identity may read the secret. Its form is that of Azure docs,
    "Access secrets from online deployment using secret injection".

    Args:
        name: the endpoint's name in the program.
        args: of the endpoint, with a token, a key vault and the identity's principal.
        parent: the component it belongs to.
    """
    from pulumi_azure_native import keyvault

    child = pulumi.ResourceOptions(parent=parent)
    secret = keyvault.Secret(
        f"{name}-token",
        secret_name=f"{name}-hugging-face-token",
        vault_name=args["key_vault_name"],
        resource_group_name=args["resource_group_name"],
        properties=keyvault.SecretPropertiesArgs(value=args["hugging_face_token"]),
        opts=child,
    )
    reader = grant(
        f"{name}-read-token",
        Role.KEY_VAULT_SECRETS_USER,
        args["identity_principal_id"],
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
