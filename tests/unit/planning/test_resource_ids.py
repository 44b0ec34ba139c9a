# SPDX-License-Identifier: Apache-2.0
"""Ids that follow from inputs."""

import pytest

from azure_model_endpoints.planning.resource_ids import resource_id

SUBSCRIPTION = "00000000-0000-4000-8000-000000000001"
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg"
ML = "/providers/Microsoft.MachineLearningServices"
NETWORK = "/providers/Microsoft.Network"


@pytest.mark.parametrize(
    ("type_", "inputs", "expected"),
    [
        ("resources:ResourceGroup", {}, GROUP),
        (
            "storage:StorageAccount",
            {"accountName": "st1"},
            f"{GROUP}/providers/Microsoft.Storage/storageAccounts/st1",
        ),
        (
            "machinelearningservices:OnlineDeployment",
            {"workspaceName": "w", "endpointName": "e", "deploymentName": "blue"},
            f"{GROUP}{ML}/workspaces/w/onlineEndpoints/e/deployments/blue",
        ),
        (
            "machinelearningservices:ManagedNetworkSettingsRule",
            {"workspaceName": "w", "ruleName": "torch"},
            f"{GROUP}{ML}/workspaces/w/outboundRules/torch",
        ),
        (
            "network:Subnet",
            {"virtualNetworkName": "vnet", "subnetName": "s"},
            f"{GROUP}{NETWORK}/virtualNetworks/vnet/subnets/s",
        ),
        (
            "network:PrivateDnsZoneGroup",
            {"privateEndpointName": "pep", "privateDnsZoneGroupName": "default"},
            f"{GROUP}{NETWORK}/privateEndpoints/pep/privateDnsZoneGroups/default",
        ),
        (
            "privatedns:VirtualNetworkLink",
            {"privateZoneName": "privatelink.azurecr.io", "virtualNetworkLinkName": "l"},
            f"{GROUP}{NETWORK}/privateDnsZones/privatelink.azurecr.io/virtualNetworkLinks/l",
        ),
        (
            "authorization:RoleAssignment",
            {"scope": f"{GROUP}/", "roleAssignmentName": "7"},
            f"{GROUP}/providers/Microsoft.Authorization/roleAssignments/7",
        ),
        (
            "authorization:ManagementLockByScope",
            {"scope": GROUP, "lockName": "l"},
            f"{GROUP}/providers/Microsoft.Authorization/locks/l",
        ),
        (
            "monitor:DiagnosticSetting",
            {"resourceUri": GROUP, "name": "d"},
            f"{GROUP}/providers/Microsoft.Insights/diagnosticSettings/d",
        ),
        (
            "keyvault:Key",
            {"vaultName": "kv", "keyName": "k"},
            f"{GROUP}/providers/Microsoft.KeyVault/vaults/kv/keys/k",
        ),
    ],
)
def test_id_of_a_resource(type_: str, inputs: dict[str, str], expected: str) -> None:
    """Names come from the inputs, a scope is an id itself."""
    given = {"resourceGroupName": "rg", **inputs}

    assert expected == resource_id(f"azure-native:{type_}", given, SUBSCRIPTION)


@pytest.mark.parametrize(
    ("type_", "inputs"),
    [
        ("random:index:RandomPet", {}),
        ("azure-native:network:VirtualNetwork", {"resourceGroupName": "rg"}),
        ("azure-native:storage:StorageAccount", {"resourceGroupName": "rg"}),
        ("azure-native:resources:ResourceGroup", {"resourceGroupName": {"secret": "…"}}),
    ],
)
def test_id_that_cannot_be_known(type_: str, inputs: dict[str, object]) -> None:
    """Types of others, missing names and encrypted ones have no id."""
    assert resource_id(type_, inputs, SUBSCRIPTION) is None
