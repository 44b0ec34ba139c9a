# SPDX-License-Identifier: Apache-2.0
"""Where the resources that this library creates are in Azure, known before they are created.

Every name is explicit, so the id of a resource follows from its inputs alone.
"""

import re
from collections.abc import Mapping
from typing import Any

__all__ = ["resource_id"]

_GROUP = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}"
_WORKSPACE = f"{_GROUP}/providers/Microsoft.MachineLearningServices/workspaces/{{workspaceName}}"
_VAULT = f"{_GROUP}/providers/Microsoft.KeyVault/vaults/{{vaultName}}"
_NETWORK = f"{_GROUP}/providers/Microsoft.Network"
_PRIVATE_ENDPOINT = f"{_NETWORK}/privateEndpoints/{{privateEndpointName}}"
_ZONE = f"{_NETWORK}/privateDnsZones/{{privateZoneName}}"

# Azure REST API reference: the address of each type; the names in braces are inputs of the
# azure-native provider.
_IDS = {
    "applicationinsights:Component": (
        f"{_GROUP}/providers/Microsoft.Insights/components/{{resourceName}}"
    ),
    "authorization:ManagementLockByScope": (
        "/{scope}/providers/Microsoft.Authorization/locks/{lockName}"
    ),
    "authorization:RoleAssignment": (
        "/{scope}/providers/Microsoft.Authorization/roleAssignments/{roleAssignmentName}"
    ),
    "containerregistry:Registry": (
        f"{_GROUP}/providers/Microsoft.ContainerRegistry/registries/{{registryName}}"
    ),
    "keyvault:Key": f"{_VAULT}/keys/{{keyName}}",
    "keyvault:Secret": f"{_VAULT}/secrets/{{secretName}}",
    "keyvault:Vault": _VAULT,
    "machinelearningservices:EnvironmentContainer": f"{_WORKSPACE}/environments/{{name}}",
    "machinelearningservices:EnvironmentVersion": (
        f"{_WORKSPACE}/environments/{{name}}/versions/{{version}}"
    ),
    "machinelearningservices:ManagedNetworkSettingsRule": (
        f"{_WORKSPACE}/outboundRules/{{ruleName}}"
    ),
    "machinelearningservices:OnlineDeployment": (
        f"{_WORKSPACE}/onlineEndpoints/{{endpointName}}/deployments/{{deploymentName}}"
    ),
    "machinelearningservices:OnlineEndpoint": f"{_WORKSPACE}/onlineEndpoints/{{endpointName}}",
    "machinelearningservices:Workspace": _WORKSPACE,
    "managedidentity:UserAssignedIdentity": (
        f"{_GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{{resourceName}}"
    ),
    "monitor:DiagnosticSetting": (
        "/{resourceUri}/providers/Microsoft.Insights/diagnosticSettings/{name}"
    ),
    "network:NetworkSecurityGroup": (
        f"{_NETWORK}/networkSecurityGroups/{{networkSecurityGroupName}}"
    ),
    "network:PrivateDnsZoneGroup": (
        f"{_PRIVATE_ENDPOINT}/privateDnsZoneGroups/{{privateDnsZoneGroupName}}"
    ),
    "network:PrivateEndpoint": _PRIVATE_ENDPOINT,
    "network:Subnet": f"{_NETWORK}/virtualNetworks/{{virtualNetworkName}}/subnets/{{subnetName}}",
    "network:VirtualNetwork": f"{_NETWORK}/virtualNetworks/{{virtualNetworkName}}",
    "operationalinsights:Workspace": (
        f"{_GROUP}/providers/Microsoft.OperationalInsights/workspaces/{{workspaceName}}"
    ),
    "privatedns:PrivateZone": _ZONE,
    "privatedns:VirtualNetworkLink": f"{_ZONE}/virtualNetworkLinks/{{virtualNetworkLinkName}}",
    "resources:ResourceGroup": _GROUP,
    "storage:StorageAccount": (
        f"{_GROUP}/providers/Microsoft.Storage/storageAccounts/{{accountName}}"
    ),
}


def resource_id(type_: str, inputs: Mapping[str, Any], subscription_id: str) -> str | None:
    """Return the Azure id of a resource that may not exist yet.

    Args:
        type_: what the engine calls it: ``azure-native:storage:StorageAccount``.
        inputs: those of the azure-native provider.
        subscription_id: the subscription it is created in.

    Returns:
        None where the type is none of this library's, or a name is missing.
    """
    template = _IDS.get(type_.removeprefix("azure-native:"))
    if template is None:
        return None
    values = {**inputs, "subscriptionId": subscription_id}
    names = re.findall(r"{(\w+)}", template)
    if not all(isinstance(values.get(name), str) for name in names):
        return None
    # A scope is an id itself, with slashes on the outside.
    return template.format_map({name: values[name].strip("/") for name in names})
