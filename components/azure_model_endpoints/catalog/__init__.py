# SPDX-License-Identifier: Apache-2.0
"""What can be served, and on what: data with a source for every row, and typed loaders."""

from dataclasses import dataclass
from functools import cache

from azure_model_endpoints.catalog.gpu_skus import GpuSku, load_gpu_skus
from azure_model_endpoints.catalog.models import ManagedOffer, Model, VllmOffer, load_models

__all__ = ["Catalog", "GpuSku", "ManagedOffer", "Model", "VllmOffer", "load_catalog"]


@dataclass(frozen=True, slots=True)
class Catalog:
    """Everything a plan may choose from. Look rows up by their exact names."""

    models: dict[str, Model]
    """Models by catalogue name, for example ``phi-2``."""
    gpu_skus: dict[str, GpuSku]
    """GPU SKUs by their Azure name, for example ``Standard_NC4as_T4_v3``."""


@cache
def load_catalog() -> Catalog:
    """Return the catalogue this package ships; read once, since it cannot change under a run."""
    return Catalog(models=load_models(), gpu_skus=load_gpu_skus())
