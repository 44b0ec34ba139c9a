# SPDX-License-Identifier: Apache-2.0
"""Workspaces."""

import secrets
import uuid
from collections.abc import Mapping
from dataclasses import replace

from azure_sandbox.arm import lro, refusals, registrations
from azure_sandbox.arm.call import Call, Ending
from azure_sandbox.arm.errors import ArmError
from azure_sandbox.arm.lro import Lro
from azure_sandbox.arm.operations import begin_action
from azure_sandbox.arm.records import Resource
from azure_sandbox.arm.resource_type import Action
from azure_sandbox.arm.transaction import Transaction
from azure_sandbox.arm.wire import Answer, JsonObject
from azure_sandbox.namespaces.machine_learning import managed_network
from azure_sandbox.namespaces.machine_learning.bodies import properties_of
from azure_sandbox.namespaces.machine_learning.members import OF_WORKSPACES, in_version
from azure_sandbox.namespaces.machine_learning.names import check_workspace_name
from azure_sandbox.namespaces.machine_learning.versions import NAMESPACE_NAME, WITHOUT_ENDPOINTS
from azure_sandbox.namespaces.machine_learning.violations import Violation, refuse_workspace
from azure_sandbox.namespaces.machine_learning.workspace_encryption import check_encryption
from azure_sandbox.namespaces.network.connections import Connections, PrivateLinkTarget
from azure_sandbox.namespaces.network.network_resource import with_properties

_CREATION_SECONDS = 60
_DEPENDENCIES = {
    "storageAccount": "Microsoft.Storage/storageAccounts",
    "keyVault": "Microsoft.KeyVault/vaults",
    "applicationInsights": "Microsoft.Insights/components",
    "containerRegistry": "Microsoft.ContainerRegistry/registries",
    "primaryUserAssignedIdentity": "Microsoft.ManagedIdentity/userAssignedIdentities",
}
_REQUIRED = ("storageAccount", "keyVault", "applicationInsights")
_FIXED = ("storageAccount", "keyVault")
_FROM_HUB = (*_DEPENDENCIES, "managedNetwork", "publicNetworkAccess")
_READ_ONLY = frozenset(
    {
        "workspaceId",
        "tenantId",
        "discoveryUrl",
        "mlFlowTrackingUri",
        "privateEndpointConnections",
        "notebookInfo",
        "privateLinkCount",
        "provisioningState",
        "storageHnsEnabled",
    }
)
_RULES = "outboundRules"
_LAST_WITH_RESOURCE_ID = "2023-04-01"
"""The last stable api-version whose keys call the storage account `userStorageResourceId`."""


class WorkspaceConnections(Connections):
    """Private endpoints that lead to a workspace."""

    namespace = NAMESPACE_NAME
    path = "workspaces/privateEndpointConnections"
    api_versions = WITHOUT_ENDPOINTS


class Workspaces(PrivateLinkTarget):
    """`workspaces`."""

    namespace = NAMESPACE_NAME
    path = "workspaces"
    api_versions = WITHOUT_ENDPOINTS
    fields = ("properties", "sku", "kind", "identity")
    write_only = ("provisionNetworkNow",)
    on_put = lro.location(_CREATION_SECONDS)
    on_patch = lro.location(20)
    on_delete = lro.location(_CREATION_SECONDS)

    def completed(self, tx: Transaction, resource: Resource) -> Resource:
        """Return the workspace with its connections and the rules of its network."""
        resource = managed_network.with_rules(tx, super().completed(tx, resource))
        count = len(resource.properties["privateEndpointConnections"])
        return with_properties(resource, {"privateLinkCount": count})

    @property
    def actions(self) -> Mapping[str, Action]:
        """Keys, diagnosis and the managed network."""
        return {
            "listkeys": self.list_keys,
            "liststorageaccountkeys": self.list_storage_account_keys,
            "listnotebookkeys": self.list_notebook_keys,
            "diagnose": self.diagnose,
            "provisionmanagednetwork": self.provision_managed_network,
        }

    def shown(self, resource: Resource, api_version: str) -> JsonObject:
        """Show what the api-version knows of a workspace."""
        return in_version(super().shown(resource, api_version), OF_WORKSPACES, api_version)

    def check_name(self, call: Call) -> None:
        """Refuse a name that Azure refuses."""
        refuse_workspace(check_workspace_name(call.target.name))

    def desired(self, call: Call, existing: Resource | None) -> JsonObject:
        """Return the workspace that a PUT asks for."""
        body = {key: call.body[key] for key in self.fields if key in call.body}
        body.setdefault("sku", {"name": "Basic", "tier": "Basic"})
        body.setdefault("kind", "Default")
        body["tags"] = call.body.get("tags") or {}
        body["properties"] = self._properties(call, properties_of(call), existing)
        return body

    def patched(self, call: Call, existing: Resource) -> JsonObject:
        """Return the workspace with the members of a PATCH merged in."""
        body = super().patched(call, existing)
        body["properties"] = self._properties(call, body["properties"], existing)
        return body

    def written(self, call: Call, resource: Resource, existing: Resource | None) -> Resource:
        """Give a new workspace the keys that `listKeys` shows."""
        resource = super().written(call, resource, existing)
        if existing:
            return resource
        keys = {name: secrets.token_hex(16) for name in ("storage", "primary", "secondary")}
        return replace(resource, internal=keys)

    def lro(self, call: Call, existing: Resource | None) -> Lro:
        """A workspace that provisions its network at once takes much longer."""
        style = super().lro(call, existing)
        now = call.method == "PUT" and properties_of(call).get("provisionNetworkNow")
        if not now or (existing and managed_network.is_active(existing.properties)):
            return style
        return lro.location(style.seconds + managed_network.PROVISIONING_SECONDS)

    def payload(self, call: Call, existing: Resource | None) -> JsonObject:
        """The outbound rules that are given with the workspace: a PATCH adds, a PUT replaces."""
        if call.method == "DELETE":
            return {}
        network = (call.body.get("properties") or {}).get("managedNetwork") or {}
        given = network.get("outboundRules")
        if given is None or call.method == "PUT" or existing is None:
            return {_RULES: given}
        held = managed_network.rules_of(call.tx, existing)
        return {_RULES: {**{name: rule.properties for name, rule in held.items()}, **given}}

    def finished(self, ending: Ending) -> None:
        """Bring the rules of the network in line, and provision it where that was asked for."""
        workspace, verb = ending.resource, ending.operation.verb
        properties, payload = workspace.properties, ending.operation.payload
        if not managed_network.is_isolated(properties) or properties.get("hubResourceId"):
            return
        if verb in {"PUT", "PATCH"}:
            managed_network.write_rules(ending, workspace, payload.get(_RULES))
        now = verb == "PUT" and properties.get("provisionNetworkNow")
        if verb == "provisionManagedNetwork" or now:
            spark_ready = bool(payload.get("includeSpark"))
            ending.result = managed_network.provisioned(ending, workspace, spark_ready=spark_ready)
        elif managed_network.is_active(properties):
            managed_network.activate(ending, workspace)

    # --- actions ------------------------------------------------------------------------------

    def list_keys(self, call: Call, resource: Resource) -> Answer:
        """Return the keys of everything the workspace is made of."""
        insights = call.tx.get(resource.properties.get("applicationInsights", ""))
        old = call.api_version.removesuffix("-preview") <= _LAST_WITH_RESOURCE_ID
        storage_account = "userStorageResourceId" if old else "userStorageArmId"
        keys = {
            "userStorageKey": resource.internal["storage"],
            storage_account: resource.properties.get("storageAccount"),
            "notebookAccessKeys": _notebook_keys(resource),
        }
        if insights:
            key = insights.properties.get("InstrumentationKey")
            keys["appInsightsInstrumentationKey"] = key
        return Answer(200, keys)

    def list_storage_account_keys(self, call: Call, resource: Resource) -> Answer:  # noqa: ARG002
        """Return the key of the workspace's storage account."""
        return Answer(200, {"userStorageKey": resource.internal["storage"]})

    def list_notebook_keys(self, call: Call, resource: Resource) -> Answer:  # noqa: ARG002
        """Return the keys of the notebook service."""
        return Answer(200, _notebook_keys(resource))

    def diagnose(self, call: Call, resource: Resource) -> Answer:
        """Diagnose the workspace; nothing is ever found."""
        return begin_action(self, call, resource, lro.location(10), "diagnose", {})

    def provision_managed_network(self, call: Call, resource: Resource) -> Answer:
        """Provision the managed network of an isolated workspace."""
        if not managed_network.is_isolated(resource.properties):
            text = f"The workspace {resource.name} has no managed network."
            refuse_workspace([Violation("", text)])
        if not registrations.is_registered(call.tx, resource.subscription, "Microsoft.Network"):
            raise refusals.not_registered("Microsoft.Network")
        seconds = managed_network.PROVISIONING_SECONDS
        if managed_network.has_firewall(call.tx, resource):
            seconds += managed_network.FIREWALL_SECONDS
        payload = {"includeSpark": bool(call.body.get("includeSpark"))}
        return begin_action(
            self, call, resource, lro.location(seconds), "provisionManagedNetwork", payload
        )

    # --- rules --------------------------------------------------------------------------------

    def _properties(self, call: Call, given: JsonObject, existing: Resource | None) -> JsonObject:
        wanted = {
            key: value
            for key, value in given.items()
            if value is not None and key not in _READ_ONLY
        }
        properties = {**_inherited(call, wanted), **wanted}
        _check_dependencies(call, properties)
        held = existing.properties if existing else {}
        violations = _check_fixed(held, properties)
        network = properties.pop("managedNetwork", None) or held.get("managedNetwork")
        if network:
            violations += managed_network.check_settings(call.tx, held, network)
            properties["managedNetwork"] = managed_network.settings(held, network)
        refuse_workspace(violations)
        check_encryption(call, existing, properties)
        location = existing.location if existing else str(call.body["location"]).lower()
        location = location.replace(" ", "")
        host = f"{location}.api.azureml.ms"
        properties.setdefault("friendlyName", call.target.name)
        properties.setdefault("publicNetworkAccess", "Enabled")
        properties.setdefault("hbiWorkspace", False)
        properties.setdefault("v1LegacyMode", False)
        workspace_id = held.get("workspaceId") or str(uuid.uuid4())
        return properties | {
            "workspaceId": workspace_id,
            "tenantId": call.caller.tenant_id,
            "discoveryUrl": f"https://{host}/discovery",
            "mlFlowTrackingUri": f"azureml://{host}/mlflow/v1.0{call.target.path}",
            "notebookInfo": _notebook_info(call.target.name, location, workspace_id),
            "privateLinkCount": 0,
            "storageHnsEnabled": _has_hierarchical_namespace(call, properties["storageAccount"]),
        }


def _notebook_info(name: str, location: str, workspace_id: str) -> JsonObject:
    """Where the workspace's notebooks would be."""
    host = f"ml-{name[:15]}-{location}-{workspace_id}.{location}.notebooks.azure.net"
    return {
        "resourceId": workspace_id.replace("-", ""),
        "fqdn": host,
        "isPrivateLinkEnabled": False,
        "notebookPreparationError": None,
    }


def _has_hierarchical_namespace(call: Call, storage_account_id: str) -> bool:
    account = call.tx.get(storage_account_id)
    return bool(account and account.properties.get("isHnsEnabled"))


def _inherited(call: Call, given: JsonObject) -> JsonObject:
    """What a project takes from its hub."""
    hub_id = given.get("hubResourceId")
    if not hub_id:
        return {}
    hub = call.tx.get(str(hub_id))
    if hub is None:
        refuse_workspace([Violation("HubResourceId", f"The hub {hub_id} does not exist.")])
        return {}
    return {key: hub.properties[key] for key in _FROM_HUB if key in hub.properties}


def _check_dependencies(call: Call, properties: JsonObject) -> None:
    if any(not properties.get(name) for name in _REQUIRED):
        text = "Missing dependent resources in workspace json"
        raise ArmError(400, "ValidationError", text, [{"code": "Invalid", "message": text}])
    violations = []
    for name, kind in _DEPENDENCIES.items():
        resource_id = properties.get(name)
        if not resource_id:
            continue
        found = call.tx.get(str(resource_id))
        if found is None or found.type.lower() != kind.lower():
            text = f"{name} is {resource_id}, which is no existing resource of type {kind}."
            violations.append(Violation(name, text))
    refuse_workspace(violations)


def _check_fixed(held: JsonObject, wanted: JsonObject) -> list[Violation]:
    return [
        Violation(
            name,
            f"{name} cannot be changed from {held[name]} to {wanted[name]}: it is fixed once the "
            "workspace has been created.",
        )
        for name in _FIXED
        if name in held and str(held[name]).lower() != str(wanted[name]).lower()
    ]


def _notebook_keys(workspace: Resource) -> JsonObject:
    return {
        "primaryAccessKey": workspace.internal["primary"],
        "secondaryAccessKey": workspace.internal["secondary"],
    }
