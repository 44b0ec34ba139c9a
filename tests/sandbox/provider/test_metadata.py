# SPDX-License-Identifier: Apache-2.0
"""The table of resource types."""

import importlib

import pytest

from azure_sandbox.provider.metadata import Resource, Table


def test_the_table_is_complete(table: Table) -> None:
    """All types of the sandbox are there, and every reference leads somewhere."""
    tokens = {resource.token for resource in table.resources.values()}

    assert len(tokens) == 39
    assert len(table.invokes) == 44  # and two about the credential, which are built in


def test_aliases_lead_to_the_same_type(table: Table) -> None:
    """Older module names of a type are understood."""
    assert table.resources["insights:Component"] is table.resources["applicationinsights:Component"]


def test_types_are_found_by_urn(table: Table) -> None:
    """The type of a child component's resource is the last part of its qualified type."""
    urn = "urn:pulumi:s::p::a:b:C$azure-native:keyvault:Vault::n::with::colons"

    assert table.resource_of(urn).token == "keyvault:Vault"


@pytest.mark.parametrize(
    "token",
    [
        "machinelearningservices:OnlineEndpoint",
        "storage:StorageAccount",
        "keyvault:Vault",
        "keyvault:Secret",
        "keyvault:Key",
        "authorization:ManagementLockByScope",
        "authorization:ManagementLockAtResourceGroupLevel",
        "authorization:ManagementLockAtSubscriptionLevel",
        "privatedns:PrivateRecordSet",
        "privatedns:PrivateZone",
        "privatedns:VirtualNetworkLink",
        "network:VirtualNetwork",
        "network:Subnet",
        "network:NetworkSecurityGroup",
        "network:PrivateEndpoint",
        "network:PrivateDnsZoneGroup",
        "monitor:DiagnosticSetting",
        "machinelearningservices:ManagedNetworkSettingsRule",
    ],
)
def test_inputs_are_those_of_the_sdk(table: Table, token: str) -> None:
    """The table knows every input of the SDK's class, by its name in the SDK."""
    module, name = token.split(":")
    file = f"pulumi_azure_native.{module}.{_snake_case(name).removeprefix('_')}"

    sdk = importlib.import_module(file)
    # Where a nested type has the same name, the resource's own arguments are called otherwise.
    arguments = getattr(sdk, f"{name}InitArgs", None) or getattr(sdk, f"{name}Args")
    declared = set(arguments.__init__.__annotations__) - {"return"}

    assert declared <= {_snake_case(name) for name in _inputs(table.resources[token])}


def _inputs(resource: Resource) -> list[str]:
    parameters = [parameter.name for parameter in resource.parameters]
    return [*parameters, *(prop.sdk_name for prop in resource.body.properties)]


def _snake_case(name: str) -> str:
    special = {
        "enableNfsV3": "enable_nfs_v3",
        "applicationGatewayIPConfigurations": "application_gateway_ip_configurations",
    }
    return special.get(name) or "".join(
        f"_{letter.lower()}" if letter.isupper() else letter for letter in name
    )
