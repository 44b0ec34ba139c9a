# SPDX-License-Identifier: Apache-2.0
"""Models and environments of workspaces and of registries: containers and their versions."""

from dataclasses import replace

from azure_sandbox.arm import lro
from azure_sandbox.arm.call import Call
from azure_sandbox.arm.errors import ArmError
from azure_sandbox.arm.records import Resource
from azure_sandbox.arm.resource_type import ResourceType
from azure_sandbox.arm.wire import JsonObject
from azure_sandbox.namespaces.machine_learning.bodies import properties_of
from azure_sandbox.namespaces.machine_learning.names import check_asset_name
from azure_sandbox.namespaces.machine_learning.versions import NAMESPACE_NAME, VERSIONS
from azure_sandbox.namespaces.machine_learning.violations import refuse

_FIXED = ("modelUri", "image", "condaFile", "build")


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

    def desired(self, call: Call, existing: Resource | None) -> JsonObject:
        """Return the version that a PUT asks for."""
        properties = {"isArchived": False, "isAnonymous": False, **_given(call)}
        for name in _FIXED:
            held = existing.properties.get(name) if existing else None
            if held is not None and properties.get(name, held) != held:
                text = (
                    f"{name} of version {call.target.name} is fixed. Register another version "
                    "instead."
                )
                raise ArmError(400, "UserError", text)
        return {"properties": properties}


def _given(call: Call) -> JsonObject:
    properties = properties_of(call)
    return {key: value for key, value in properties.items() if value is not None}


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


class WorkspaceModelVersions(AssetVersion):
    """`workspaces/models/versions`."""

    path = "workspaces/models/versions"


class WorkspaceEnvironments(AssetContainer):
    """`workspaces/environments`."""

    path = "workspaces/environments"


class WorkspaceEnvironmentVersions(AssetVersion):
    """`workspaces/environments/versions`."""

    path = "workspaces/environments/versions"


class RegistryEnvironments(AssetContainer):
    """`registries/environments`."""

    path = "registries/environments"
    on_put = lro.async_operation(5)


class RegistryEnvironmentVersions(AssetVersion):
    """`registries/environments/versions`."""

    path = "registries/environments/versions"
    on_put = lro.async_operation(30)
