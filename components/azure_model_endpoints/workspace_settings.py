# SPDX-License-Identifier: Apache-2.0
"""What a stack may say of its workspace, the network around it and what may leave it."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Discriminator, Field, Tag

from azure_model_endpoints.sections import Section
from azure_model_endpoints.vocabulary import IsolationMode, LockKind, WorkspaceIdentity

__all__ = [
    "CustomerManagedKeySettings",
    "ExistingWorkspaceSettings",
    "FqdnRule",
    "IsolationSettings",
    "NetworkSettings",
    "OutboundRule",
    "PrivateEndpointRule",
    "ServiceTagRule",
    "WorkspaceSettings",
]

DEFAULT_ADDRESS_SPACE = "10.60.0.0/22"
"""Room for four subnets of 256 addresses, in a range that few networks use."""


class NetworkSettings(Section):
    """The network from which a private workspace and its endpoints can be reached."""

    address_space: list[str] = Field(default_factory=lambda: [DEFAULT_ADDRESS_SPACE])
    """Ranges of the virtual network in CIDR notation; default ``10.60.0.0/22``."""
    private_endpoints_subnet: str | None = None
    """Range of the subnet for private endpoints; default: derived from the address space."""
    peers: list[str] = Field(default_factory=list)
    """Ranges of the networks it will be peered with, which must not overlap its own."""
    existing_subnet_id: str | None = None
    """Azure resource id of a subnet that the private endpoints go to; no network is created."""
    private_dns_zone_ids: dict[str, str] = Field(default_factory=dict)
    """Azure resource ids of private DNS zones by their names, for example those of a hub, which
    are used instead of new ones."""


class FqdnRule(Section):
    """Lets instances connect to a host by its name, on ports 80 and 443."""

    type: Annotated[str, Field(json_schema_extra={"const": "fqdn"})]
    """``fqdn``. The first such rule brings an Azure Firewall, which is billed by the hour."""
    destination: str
    """Host name, for example ``huggingface.co`` or ``*.pytorch.org``."""


class ServiceTagRule(Section):
    """Lets instances connect to an Azure service."""

    type: Annotated[str, Field(json_schema_extra={"const": "service_tag"})]
    """``service_tag``."""
    service_tag: str
    """Name of the service's tag, for example ``DataFactory`` or ``Storage.eastus``."""
    protocol: str = "TCP"
    """``TCP``, ``UDP``, ``ICMP`` or ``*``; default TCP."""
    port_ranges: str = "443"
    """Ports, for example ``80, 8080-8089``; default 443."""


class PrivateEndpointRule(Section):
    """Lets instances connect to one Azure resource by a private endpoint."""

    type: Annotated[str, Field(json_schema_extra={"const": "private_endpoint"})]
    """``private_endpoint``."""
    service_resource_id: str
    """Azure resource id of what is connected to."""
    subresource_target: str
    """Part of it, for example ``blob`` or ``vault``."""


def _rule_kind(rule: Any) -> str:
    kind = rule.get("type") if isinstance(rule, Mapping) else getattr(rule, "type", None)
    return f"({kind})"


OutboundRule = Annotated[
    Annotated[FqdnRule, Tag("(fqdn)")]
    | Annotated[ServiceTagRule, Tag("(service_tag)")]
    | Annotated[PrivateEndpointRule, Tag("(private_endpoint)")],
    Discriminator(_rule_kind),
]
"""Where instances may connect to; ``type`` is ``fqdn``, ``service_tag`` or ``private_endpoint``."""


class IsolationSettings(Section):
    """Where the instances of the workspace may connect to."""

    mode: Annotated[IsolationMode, Field(strict=False)] = IsolationMode.DISABLED
    """``disabled``, ``allow_internet_outbound`` or ``allow_only_approved_outbound``; the profile's
    default. Azure does not let a mode be taken back."""
    outbound_rules: dict[str, OutboundRule] = Field(default_factory=dict)
    """Rules by name, besides those that the models and images of the stack need."""


class ExistingWorkspaceSettings(Section):
    """A workspace that is there already, and stays as it is."""

    name: str
    """Its name in Azure."""
    resource_group_name: str
    """Its resource group."""


class CustomerManagedKeySettings(Section):
    """A key of your own that encrypts what the workspace keeps."""

    key_vault_id: str
    """Azure resource id of the key vault that holds it."""
    key_uri: str
    """The key with its version, ``https://VAULT.vault.azure.net/keys/NAME/VERSION``."""


def _truth_or_section(value: Any) -> str:
    return "(section)" if isinstance(value, Mapping | Section) else "(truth)"


def _truth_or_text(value: Any) -> str:
    return "(text)" if isinstance(value, str) else "(truth)"


class WorkspaceSettings(Section):
    """The workspace: what protects it and what it reports."""

    existing: ExistingWorkspaceSettings | None = None
    """A workspace to put the endpoints in; default: one is created."""
    customer_managed_key: Annotated[
        Annotated[bool, Tag("(truth)")] | Annotated[CustomerManagedKeySettings, Tag("(section)")],
        Discriminator(_truth_or_section),
    ] = False
    """Whether what it keeps is encrypted with a key of your own: true for one that is created, or
    the key; the profile's default."""
    lock: Annotated[LockKind, Field(strict=False)] = LockKind.NONE
    """``none``, ``can_not_delete`` or ``read_only``; the profile's default."""
    diagnostics: Annotated[
        Annotated[bool, Tag("(truth)")] | Annotated[str, Tag("(text)")],
        Discriminator(_truth_or_text),
    ] = False
    """Whether logs and metrics go to Log Analytics: true for the workspace's own, or the Azure
    resource id of another; the profile's default."""
    identity: Annotated[WorkspaceIdentity, Field(strict=False)] = WorkspaceIdentity.SYSTEM_ASSIGNED
    """``system_assigned`` (default) or ``user_assigned``."""
    high_business_impact: bool = False
    """Whether Azure keeps less diagnostic data of it, as for sensitive data; default no. It cannot
    be changed later."""
