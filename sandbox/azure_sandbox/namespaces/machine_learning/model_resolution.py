# SPDX-License-Identifier: Apache-2.0
"""From the model a deployment names to what its container will load."""

from dataclasses import dataclass
from datetime import date

from azure_sandbox.arm.records import Resource
from azure_sandbox.arm.transaction import Transaction
from azure_sandbox.namespaces.machine_learning import catalogue
from azure_sandbox.namespaces.machine_learning.asset_references import (
    AssetReference,
    parse_asset_reference,
)
from azure_sandbox.namespaces.machine_learning.catalogue import CatalogueModel
from azure_sandbox.namespaces.machine_learning.versions import NAMESPACE_NAME
from azure_sandbox.namespaces.machine_learning.violations import Violation

_OTHER_LOAD_SECONDS = 120.0
"""For everything of which the sandbox does not know better."""


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A model as its container knows it."""

    display: str
    asset: str
    catalogue: CatalogueModel | None
    is_mlflow: bool
    load_seconds: float = _OTHER_LOAD_SECONDS
    """How long it takes from the start of the container to the first answer."""


def resolve_model(tx: Transaction, workspace: Resource, text: object) -> LoadedModel | None:
    """Return the model a deployment names, or None if it does not exist.

    A deployment may have no model: its container then brings its own.
    """
    if not text:
        return LoadedModel("a custom container", "", None, is_mlflow=False)
    reference = parse_asset_reference(str(text))
    if reference is None or reference.kind != "models":
        return None
    if catalogue.system_registry(reference.registry):
        return _from_catalogue(reference)
    version = find_asset(tx, workspace, reference)
    if version is None:
        return None
    is_mlflow = version.properties.get("modelType") == "mlflow_model"
    return LoadedModel(reference.name, reference.name, None, is_mlflow)


def check_model(model: LoadedModel | None, text: object, today: date) -> list[Violation]:
    """Check that a model exists and that new deployments of it are accepted."""
    if model is None:
        return [Violation("Model", f"The model {text} does not exist.")]
    return catalogue.check_deployable(model.catalogue, today) if model.catalogue else []


def check_environment(tx: Transaction, workspace: Resource, text: object) -> list[Violation]:
    """Check that the environment a deployment names exists.

    The environments of Azure's own registries are taken for granted.
    """
    if not text:
        return []
    reference = parse_asset_reference(str(text))
    if reference and reference.kind == "environments":
        if catalogue.system_registry(reference.registry):
            return []
        if find_asset(tx, workspace, reference):
            return []
    return [Violation("EnvironmentId", f"The environment {text} does not exist.")]


def find_asset(tx: Transaction, workspace: Resource, reference: AssetReference) -> Resource | None:
    """Return the version of an asset in a workspace or in a registry that somebody made."""
    for owner in _owners(tx, workspace, reference):
        versions = tx.children(
            f"{owner.id}/{reference.kind}/{reference.name}",
            f"{owner.type}/{reference.kind}/versions",
        )
        if reference.version is None and versions:
            return max(versions, key=lambda version: version.created_at)
        for version in versions:
            if version.name == reference.version:
                return version
    return None


def _owners(tx: Transaction, workspace: Resource, reference: AssetReference) -> list[Resource]:
    if reference.registry:
        return tx.named(f"{NAMESPACE_NAME}/registries", reference.registry)
    if reference.workspace_guid:
        return (
            [workspace] if workspace.properties["workspaceId"] == reference.workspace_guid else []
        )
    return [workspace] if workspace.key == reference.workspace_id.lower() else []


def _from_catalogue(reference: AssetReference) -> LoadedModel | None:
    model = catalogue.find_model(reference.registry, reference.name)
    if model is None or not (reference.version is None or model.has_version(reference.version)):
        return None
    seconds = model.load_minutes * 60
    return LoadedModel(model.display, model.name, model, is_mlflow=True, load_seconds=seconds)
