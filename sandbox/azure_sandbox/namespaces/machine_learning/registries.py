# SPDX-License-Identifier: Apache-2.0
"""Registries: those that somebody makes, and Azure's own, which are readable from everywhere.

Azure's own registries answer below every subscription and resource group; they cannot be changed.
"""

from azure_sandbox.arm import lro
from azure_sandbox.arm.call import Call
from azure_sandbox.arm.errors import ArmError
from azure_sandbox.arm.records import Resource
from azure_sandbox.arm.resource_type import ResourceType
from azure_sandbox.arm.wire import JsonObject
from azure_sandbox.namespaces.machine_learning import catalogue
from azure_sandbox.namespaces.machine_learning.assets import AssetContainer, ModelVersion
from azure_sandbox.namespaces.machine_learning.bodies import properties_of
from azure_sandbox.namespaces.machine_learning.catalogue import CatalogueModel
from azure_sandbox.namespaces.machine_learning.names import check_registry_name
from azure_sandbox.namespaces.machine_learning.versions import NAMESPACE_NAME, VERSIONS
from azure_sandbox.namespaces.machine_learning.violations import Violation, refuse

_TYPE = f"{NAMESPACE_NAME}/registries"


class _InRegistry(ResourceType):
    """Anything in a registry, or a registry itself."""

    def check_scope(self, call: Call) -> None:
        """Let Azure's own registries be read below any resource group."""
        if not _is_public(call):
            super().check_scope(call)

    def check_delete(self, call: Call, existing: Resource) -> None:  # noqa: ARG002 - a hook
        """Refuse to delete from one of Azure's own."""
        _refuse_change(call)


class Registries(_InRegistry):
    """`registries`."""

    namespace = NAMESPACE_NAME
    path = "registries"
    api_versions = VERSIONS
    fields = ("properties", "sku", "kind", "identity")
    on_put = lro.async_operation(120)
    on_delete = lro.location(60)

    def check_name(self, call: Call) -> None:
        """Refuse a name that Azure refuses, or that is taken: names are unique over Azure."""
        refuse(check_registry_name(call.target.name))
        namesakes = call.tx.named(self.full_name, call.target.name)
        taken = any(one.key != call.target.path.lower() for one in namesakes)
        if taken or _public_name(call):
            refuse([Violation("Name", f"The registry name {call.target.name} is taken.")])

    def find(self, call: Call) -> Resource | None:
        """Return a stored registry or one of Azure's own."""
        name = _public_name(call)
        return _public_registry(call, name) if name else super().find(call)

    def desired(self, call: Call, existing: Resource | None) -> JsonObject:
        """Return the registry that a PUT asks for."""
        properties = properties_of(call)
        regions = properties.get("regionDetails") or []
        if not regions:
            text = "regionDetails must name at least one region."
            refuse([Violation("RegionDetails", text)])
        body = super().desired(call, existing)
        location = str(call.body["location"]).replace(" ", "").lower()
        body["properties"] = {
            "publicNetworkAccess": "Enabled",
            **{key: value for key, value in properties.items() if value is not None},
            "discoveryUrl": (
                f"https://{location}.api.azureml.ms/registrymanagement/v1.0/registries/"
                f"{call.target.name}/discovery"
            ),
        }
        return body


class RegistryModels(_InRegistry, AssetContainer):
    """`registries/models`."""

    path = "registries/models"
    on_put = lro.async_operation(5)

    def check_name(self, call: Call) -> None:
        """Refuse a name that Azure refuses."""
        _refuse_change(call)
        super().check_name(call)

    def find(self, call: Call) -> Resource | None:
        """Return a stored model or one of Azure's own."""
        if not _is_public(call):
            return super().find(call)
        model = catalogue.find_model(call.target.names[0], call.target.name)
        return _public_model(call, model) if model else None

    def listed(self, call: Call, parent_id: str) -> list[Resource]:
        """Return the models of a registry."""
        if not _is_public(call):
            return super().listed(call, parent_id)
        models = catalogue.models_of(call.target.names[0])
        return [_public_model(call, model) for model in models]


class RegistryModelVersions(_InRegistry, ModelVersion):
    """`registries/models/versions`."""

    path = "registries/models/versions"
    on_put = lro.async_operation(60)

    def check_name(self, call: Call) -> None:
        """Refuse to change one of Azure's own."""
        _refuse_change(call)

    def find(self, call: Call) -> Resource | None:
        """Return a stored version or one of Azure's own."""
        if not _is_public(call):
            return super().find(call)
        model = catalogue.find_model(call.target.names[0], call.target.names[1])
        version = call.target.name
        return (
            _public_version(call, model, version) if model and model.has_version(version) else None
        )

    def listed(self, call: Call, parent_id: str) -> list[Resource]:
        """Return the versions of a model, newest first."""
        if not _is_public(call):
            return super().listed(call, parent_id)
        model = catalogue.find_model(call.target.names[0], call.target.names[1])
        versions = range(model.latest, 0, -1) if model else ()
        return [_public_version(call, model, str(number)) for number in versions if model]


def _public_name(call: Call) -> str | None:
    return catalogue.system_registry(call.target.names[0]) if call.target.names else None


def _is_public(call: Call) -> bool:
    return _public_name(call) is not None


def _refuse_change(call: Call) -> None:
    if _is_public(call):
        text = f"The registry {_public_name(call)} belongs to Azure and can only be read."
        raise ArmError(403, "AuthorizationFailed", text)


def _base(call: Call) -> str:
    return f"{call.target.scope}/providers/{_TYPE}/{_public_name(call)}"


def _public_registry(call: Call, name: str) -> Resource:
    body = {
        "location": "eastus",
        "properties": {"publicNetworkAccess": "Enabled", "regionDetails": []},
    }
    parent = call.target.scope
    return Resource(_base(call), _TYPE, name, parent, body, location="eastus")


def _public_model(call: Call, model: CatalogueModel) -> Resource:
    properties = {
        "isArchived": False,
        "latestVersion": str(model.latest),
        "nextVersion": str(model.latest + 1),
        "tags": _tags(model),
    }
    base = _base(call)
    body = {"properties": properties}
    return Resource(f"{base}/models/{model.name}", f"{_TYPE}/models", model.name, base, body)


def _public_version(call: Call, model: CatalogueModel, version: str) -> Resource:
    parent = f"{_base(call)}/models/{model.name}"
    properties = {
        "isArchived": False,
        "isAnonymous": False,
        "modelType": "mlflow_model",
        "flavors": {"python_function": {"data": {}}},
        "modelUri": (
            f"azureml://registries/{model.registry}/models/{model.name}/versions/{version}/files"
        ),
        "tags": _tags(model),
        "properties": {},
    }
    body = {"properties": properties}
    return Resource(
        f"{parent}/versions/{version}", f"{_TYPE}/models/versions", version, parent, body
    )


def _tags(model: CatalogueModel) -> JsonObject:
    return {"license": model.license, "task": model.task}
