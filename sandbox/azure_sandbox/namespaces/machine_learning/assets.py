# SPDX-License-Identifier: Apache-2.0
"""Models and environments: containers and their versions.

The versions of environments, which have rules of their own, are in `environment_versions`.
"""

from dataclasses import replace

from azure_sandbox.arm import lro, scopes
from azure_sandbox.arm.call import Call
from azure_sandbox.arm.errors import ArmError
from azure_sandbox.arm.ids import Target
from azure_sandbox.arm.records import Resource
from azure_sandbox.arm.resource_type import ResourceType
from azure_sandbox.arm.wire import JsonObject
from azure_sandbox.namespaces.machine_learning.bodies import properties_of
from azure_sandbox.namespaces.machine_learning.names import check_asset_name
from azure_sandbox.namespaces.machine_learning.versions import NAMESPACE_NAME, VERSIONS
from azure_sandbox.namespaces.machine_learning.violations import refuse

_FIXED = ("modelUri", "image", "condaFile", "build", "inferenceConfig", "osType", "autoRebuild")
"""Create-only in the REST specification."""


class AssetContainer(ResourceType):
    """What the versions of one asset have in common."""

    namespace = NAMESPACE_NAME
    api_versions = VERSIONS
    tracked = False

    def check_name(self, call: Call) -> None:
        """Refuse a name that Azure refuses."""
        refuse(check_asset_name(call.target.name))

    def desired(self, call: Call, existing: Resource | None) -> JsonObject:  # noqa: ARG002 - a hook
        """Return the container that a PUT asks for."""
        return {"properties": {"isArchived": False, **_given(call)}}

    def find(self, call: Call) -> Resource | None:
        """Return the container with the number of its latest version."""
        container = super().find(call)
        return container and _numbered(call, container)

    def listed(self, call: Call, parent_id: str) -> list[Resource]:
        """Return the containers with the numbers of their latest versions."""
        return [_numbered(call, container) for container in super().listed(call, parent_id)]


class AssetVersion(ResourceType):
    """One version; what it is made of cannot be changed."""

    namespace = NAMESPACE_NAME
    api_versions = VERSIONS
    tracked = False

    def check_scope(self, call: Call) -> None:
        """Let the first version be made before its container."""
        if call.method != "PUT":
            super().check_scope(call)
            return
        scopes.check_group(call)
        scopes.check_parents(replace(call, target=_container_of(call.target)))

    def check_parent(self, call: Call) -> None:
        """Make the container of the first version."""
        target = _container_of(call.target)
        owner = call.tx.get(target.parent)
        if owner is None or call.tx.get(target.path):
            return
        refuse(check_asset_name(target.name))
        kind = target.types[-1]
        container = Resource(
            id=f"{owner.id}/{kind}/{target.name}",
            type=f"{owner.type}/{kind}",
            name=target.name,
            parent=owner.id,
            body={"properties": {"isArchived": False}},
            subscription=owner.subscription,
            resource_group=owner.resource_group,
            location=owner.location,
            created_at=call.at,
            created_by=call.caller.client_id,
            modified_at=call.at,
            modified_by=call.caller.client_id,
        )
        call.tx.save(container)

    def desired(self, call: Call, existing: Resource | None) -> JsonObject:
        """Return the version that a PUT asks for; what it leaves out of what is fixed stays."""
        properties = {"isArchived": False, "isAnonymous": False, **self.completed(_given(call))}
        held = existing.properties if existing else properties
        for name in _FIXED:
            if name in held and properties.setdefault(name, held[name]) == held[name]:
                continue
            if name in properties:
                text = (
                    f"{name} of version {call.target.name} is fixed. Register another version "
                    "instead."
                )
                raise ArmError(400, "UserError", text)
        return {"properties": properties}

    def completed(self, properties: JsonObject) -> JsonObject:
        """Return checked properties with the service's defaults."""
        return properties


class ModelVersion(AssetVersion):
    """One version of a model."""

    def completed(self, properties: JsonObject) -> JsonObject:
        """Return properties with the maps that clients read without looking for them."""
        maps: JsonObject = {"flavors": {}, "properties": {}, "tags": {}}
        return {"modelType": "custom_model", **maps, **properties}


def _given(call: Call) -> JsonObject:
    properties = properties_of(call)
    return {key: value for key, value in properties.items() if value is not None}


def _container_of(version: Target) -> Target:
    return Target(version.scope, version.namespace, version.types[:-1], version.names[:-1])


def _numbered(call: Call, container: Resource) -> Resource:
    versions = call.tx.children(container.id, f"{container.type}/versions")
    numbers = [int(version.name) for version in versions if version.name.isdecimal()]
    latest = max(versions, key=lambda version: version.created_at).name if versions else None
    properties = {
        **container.properties,
        "latestVersion": latest,
        "nextVersion": str(max(numbers, default=0) + 1),
    }
    return replace(container, body={**container.body, "properties": properties})


class WorkspaceModels(AssetContainer):
    """`workspaces/models`."""

    path = "workspaces/models"


class WorkspaceModelVersions(ModelVersion):
    """`workspaces/models/versions`."""

    path = "workspaces/models/versions"


class WorkspaceEnvironments(AssetContainer):
    """`workspaces/environments`."""

    path = "workspaces/environments"


class RegistryEnvironments(AssetContainer):
    """`registries/environments`."""

    path = "registries/environments"
    on_put = lro.async_operation(5)
