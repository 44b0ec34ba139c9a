# SPDX-License-Identifier: Apache-2.0
"""Which hosts the models and images of a stack are fetched from, besides those of Azure itself."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from azure_model_endpoints.planning.serving import CatalogueServing, Serving, VllmServing

__all__ = ["Needs", "needs_of"]

# Azure docs, "Use Model Catalog collections with workspace managed virtual network": language
# models curated by Azure install packages when they start.
_PACKAGES = (
    "*.anaconda.org",
    "*.anaconda.com",
    "anaconda.com",
    "pypi.org",
    "*.pythonhosted.org",
    "*.pytorch.org",
    "pytorch.org",
)

# The same page, and Hugging Face docs, "Downloading models": files come from these domains, whose
# hosts change, so that only the wildcards last.
_HUGGING_FACE = (
    "huggingface.co",
    "*.huggingface.co",
    "*.hf.co",
    "*.cdn.hf.co",
    "*.xethub.hf.co",
)

# Azure docs, "Workspace managed virtual network isolation": use Hugging Face models.
_DOCKER_HUB = ("docker.io", "*.docker.io", "*.docker.com", "cdn.auth0.com")

_IMAGE_REGISTRIES: Mapping[str, tuple[str, ...]] = {
    "docker.io": _DOCKER_HUB,
    # What MicrosoftContainerRegistry and AzureFrontDoor.FirstParty stand for, which every managed
    # network has.
    "mcr.microsoft.com": (),
    # GitHub docs, "Self-hosted runners reference": hosts for packages.
    "ghcr.io": ("ghcr.io", "pkg-containers.githubusercontent.com"),
    # Red Hat docs, "Firewall changes for container image pulls".
    "quay.io": ("quay.io", "*.quay.io"),
}
_OWN_REGISTRY = "{registry}"
_CATALOGUES: Mapping[str, tuple[str, ...]] = {
    "azureml-meta": (),
    "huggingface": _HUGGING_FACE + _DOCKER_HUB,
}
"""What models of a registry need. Every other one is taken for curated by Azure."""


@dataclass(frozen=True, slots=True)
class Needs:
    """What a deployment fetches from outside of its workspace."""

    hosts: Mapping[str, str] = field(default_factory=dict)
    """Hosts by name, with wildcards, and what is fetched from each."""
    azure_registry: str | None = None
    """Name of an Azure container registry other than the workspace's own."""


def needs_of(serving: Serving) -> Needs:
    """Return what a deployment fetches from outside of its workspace."""
    match serving:
        case CatalogueServing(asset_id=asset_id):
            registry = asset_id.removeprefix("azureml://registries/").partition("/")[0].lower()
            return Needs(dict.fromkeys(_CATALOGUES.get(registry, _PACKAGES), "its model"))
        case VllmServing():
            host = _image_host(serving.image)
            azure = re.fullmatch(r"([a-z0-9]+)\.azurecr\.(?:io|cn|us)", host)
            image = () if azure or host == _OWN_REGISTRY else _IMAGE_REGISTRIES.get(host, (host,))
            weights = () if serving.registered_model else _HUGGING_FACE
            hosts = {**dict.fromkeys(image, "its image"), **dict.fromkeys(weights, "its weights")}
            return Needs(hosts, azure[1] if azure else None)


def _image_host(image: str) -> str:
    """Return the registry of an image; without one it is Docker Hub's."""
    first, slash, _ = image.partition("/")
    if first == _OWN_REGISTRY:
        return first
    is_host = bool(slash) and ("." in first or ":" in first)
    return first.partition(":")[0].lower() if is_host else "docker.io"
