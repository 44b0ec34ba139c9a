# SPDX-License-Identifier: Apache-2.0
"""What a `ModelWorkspace` is asked for."""

from typing import NotRequired, TypedDict

import pulumi

from azure_model_endpoints.isolation_args import OutboundRuleArgs
from azure_model_endpoints.vocabulary import IsolationMode, WorkspaceIdentity

__all__ = ["EncryptionKeyArgs", "ModelWorkspaceArgs"]


class EncryptionKeyArgs(TypedDict):
    """A key of your own, in a key vault with purge protection and role-based access control."""

    key_vault_id: str
    """Azure resource id of the key vault, in the region of the workspace."""
    key_uri: str
    """The key with its version, ``https://VAULT.vault.azure.net/keys/NAME/VERSION``."""


class ModelWorkspaceArgs(TypedDict):
    """The arguments of a `ModelWorkspace`."""

    resource_group_name: pulumi.Input[str]
    """Resource group to create everything in."""
    region: str
    """Azure region, for example ``eastus``."""
    workload: NotRequired[str]
    """Short name everything is called after: 2 to 12 lower-case letters, digits and single dashes;
    default: the component's name. Plain, since names must be the same in every run."""
    public_network_access: NotRequired[bool]
    """Whether the workspace and what it stands on answer the internet; default no."""
    private_endpoints: NotRequired[bool]
    """Whether private endpoints of a network of your own lead to it and to what it stands on, also
    where it answers the internet; default no. Its registry is Premium then, which it is in any case
    where it is private or lets its instances connect to approved hosts alone."""
    isolation_mode: NotRequired[IsolationMode]
    """Where its instances may connect to; default ``disabled``: there is no managed network. Azure
    does not let a mode be taken back."""
    outbound_rules: NotRequired[dict[str, OutboundRuleArgs]]
    """Where else its instances may connect to, by names of the rules; default: nowhere."""
    customer_managed_key: NotRequired[bool]
    """Whether the workspace and its storage are encrypted with a key of your own, created in the
    workspace's key vault; default no. It cannot be changed later."""
    encryption_key: NotRequired[EncryptionKeyArgs]
    """Encrypt with this key, instead of one that is created."""
    identity: NotRequired[WorkspaceIdentity]
    """Whose identity the workspace acts with; default ``system_assigned``, to which Azure grants
    what it needs."""
    high_business_impact: NotRequired[bool]
    """Whether Azure keeps less diagnostic data of it, as for sensitive data; default no. It cannot
    be changed later."""
    diagnostics: NotRequired[bool]
    """Whether logs and metrics of everything go to Log Analytics; default no."""
    log_analytics_workspace_id: NotRequired[pulumi.Input[str]]
    """Azure resource id of where they go; default: the workspace's own."""
    quotas: NotRequired[dict[str, int]]
    """Most cores of quota that everything in the workspace may take, by family or by a SKU that
    stands for its family; default: no limit of its own. A family that is left out later gets the
    subscription's limit, which is as good as none; an empty mapping does that for all."""
    tags: NotRequired[dict[str, str]]
    """Put on every resource."""
