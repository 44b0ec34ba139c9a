# SPDX-License-Identifier: Apache-2.0
"""The key of one's own that encrypts what a workspace keeps, and the identity that may use it."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_azure_native import keyvault, managedidentity
from pulumi_azure_native import machinelearningservices as ml

from azure_model_endpoints.engine_errors import refusing
from azure_model_endpoints.errors import PlanError
from azure_model_endpoints.foreign_fields import UNKNOWN, owner, plain
from azure_model_endpoints.planning.encryption_keys import KeyAddress, vault_problems
from azure_model_endpoints.planning.tags import OWNER
from azure_model_endpoints.roles import Role, after, grant
from azure_model_endpoints.subscription import api_versions
from azure_model_endpoints.subscription.provider import arm_client, read_vault
from azure_model_endpoints.subscription.threads import in_thread
from azure_model_endpoints.workspace_args import EncryptionKeyArgs

__all__ = ["EncryptionKey", "created_key", "encryption_key", "named_key"]

KEY_NAME = "workspace"
KEY_SIZE_BITS = 3072
"""RSA; the least that is recommended for protection beyond 2030 (NIST SP 800-57)."""

_KEY_TYPE = "azure-native:keyvault:Key"


@dataclass(frozen=True, slots=True)
class EncryptionKey:
    """A key and who uses it; whatever uses these values waits for the role."""

    vault_id: pulumi.Input[str]
    uri: pulumi.Output[str]
    """Address with the version."""
    identity_id: pulumi.Output[str]
    """The user-assigned identity by which services use the key, and which may do nothing else."""
    client_id: pulumi.Output[str]
    """Client id of that identity."""
    identity: managedidentity.UserAssignedIdentity

    def of_workspace(self) -> ml.EncryptionPropertyArgs:
        """Return what a workspace is told of it."""
        return ml.EncryptionPropertyArgs(
            status=ml.EncryptionStatus.ENABLED,
            key_vault_properties=ml.KeyVaultPropertiesArgs(
                key_vault_arm_id=self.vault_id,
                key_identifier=self.uri,
                identity_client_id=self.client_id,
            ),
            identity=ml.IdentityForCmkArgs(user_assigned_identity=self.identity_id),
        )


def created_key(
    name: str,
    vault: keyvault.Vault,
    group: pulumi.Input[str],
    tags: Mapping[str, str],
    parent: pulumi.Resource,
) -> pulumi.Output[str]:
    """Create a key in a vault of the same component, and return its address with its version.

    Args:
        name: what the program calls it.
        vault: where it is kept, with purge protection.
        group: resource group of the vault.
        tags: put on it.
        parent: the component.
    """
    key = keyvault.Key(
        name,
        key_name=KEY_NAME,
        vault_name=vault.name,
        resource_group_name=group,
        properties=keyvault.KeyPropertiesArgs(
            kty=keyvault.JsonWebKeyType.RSA, key_size=KEY_SIZE_BITS
        ),
        tags=tags,
        # What it has encrypted is lost without it, so it goes with its vault and comes back with
        # it. To delete it alone one would have to reach the vault, too, which may be private.
        opts=pulumi.ResourceOptions.merge(
            pulumi.ResourceOptions(parent=parent, deleted_with=vault), _staying(parent)
        ),
    )
    return key.key_uri_with_version


def _staying(parent: pulumi.Resource) -> pulumi.ResourceOptions:
    """Return the options of a key that a recovered vault may have brought back."""

    async def transform(
        args: pulumi.ResourceTransformArgs,
    ) -> pulumi.ResourceTransformResult | None:
        if args.type_ != _KEY_TYPE:
            return None
        names = await plain({key: args.props[key] for key in ("resourceGroupName", "vaultName")})
        if UNKNOWN in names.values():
            return None
        vault = await read_vault(names, parent)
        if vault is None:
            return None
        key_id = f"{vault['id']}/keys/{KEY_NAME}"
        client = await arm_client(parent)
        live = await in_thread(client.get, key_id, api_versions.VAULTS)
        if live is None or (live.get("tags") or {}).get(OWNER) != owner():
            return None
        args.opts.import_ = key_id
        # A version of a key never changes.
        args.opts.ignore_changes = ["properties", "tags", "azureApiVersion"]
        return pulumi.ResourceTransformResult(args.props, args.opts)

    return pulumi.ResourceOptions(transforms=[refusing(transform)])


def encryption_key(
    name: str,
    identity: managedidentity.UserAssignedIdentity,
    uri: pulumi.Output[str],
    vault_id: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
) -> EncryptionKey:
    """Let an identity use a key, and nothing else in its vault.

    Args:
        name: what the program calls the workspace.
        identity: who shall use it.
        uri: address of the key with its version.
        vault_id: Azure resource id of its vault.
        opts: the parent of the grant.
    """
    key_id = pulumi.Output.all(vault_id, uri.apply(_parsed)).apply(
        lambda known: f"{known[0]}/keys/{known[1].name}"
    )
    use = grant(
        f"{name}-use-key",
        Role.KEY_VAULT_CRYPTO_SERVICE_ENCRYPTION_USER,
        identity.principal_id,
        key_id,
        opts,
    )
    return EncryptionKey(
        vault_id,
        uri,
        identity_id=after([use], identity.id),
        client_id=after([use], identity.client_id),
        identity=identity,
    )


def named_key(
    args: EncryptionKeyArgs, path: str, region: str, parent: pulumi.Resource
) -> pulumi.Output[str]:
    """Return the address of a key that exists, once its vault was found fit to hold it.

    Args:
        args: what was said of it.
        path: how messages call that.
        region: that of the workspace.
        parent: the component.
    """
    _, _, _, _, group, _, _, _, vault = args["key_vault_id"].split("/")

    async def checked() -> str:
        live = await read_vault({"resourceGroupName": group, "vaultName": vault}, parent)
        problems = list(vault_problems(f"{path}.key_vault_id", live, region))
        if problems:
            raise pulumi.RunError(str(PlanError(problems, source=path)))
        return args["key_uri"]

    return pulumi.Output.from_input(checked())


def _parsed(uri: str) -> KeyAddress:
    address = KeyAddress.parse(uri)
    if address is None:
        raise ValueError(f"{uri!r} is no address of a key's version")
    return address
