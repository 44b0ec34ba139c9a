# SPDX-License-Identifier: Apache-2.0
"""What can be served, on what and for how much: data with a source and a date for every row."""

from dataclasses import dataclass
from functools import cache

from azure_model_endpoints.catalog.gpu_skus import GpuSku, load_gpu_skus
from azure_model_endpoints.catalog.gpus import Gpu, load_gpus
from azure_model_endpoints.catalog.models import (
    FineTuningOffer,
    ManagedOffer,
    Model,
    ServerlessOffer,
    load_models,
    model_named,
)
from azure_model_endpoints.catalog.prices import Price, Prices, load_prices
from azure_model_endpoints.catalog.regions import load_regions
from azure_model_endpoints.catalog.shapes import ModelShape
from azure_model_endpoints.catalog.token_prices import (
    TokenPrice,
    TokenPriceKind,
    load_token_prices,
)
from azure_model_endpoints.vocabulary import Dtype

__all__ = [
    "Catalog",
    "Dtype",
    "FineTuningOffer",
    "Gpu",
    "GpuSku",
    "ManagedOffer",
    "Model",
    "ModelShape",
    "Price",
    "Prices",
    "ServerlessOffer",
    "TokenPrice",
    "TokenPriceKind",
    "load_catalog",
]


@dataclass(frozen=True, slots=True)
class Catalog:
    """Everything a plan may choose from."""

    models: dict[str, Model]
    """Models by catalogue name, for example ``phi-2``."""
    gpu_skus: dict[str, GpuSku]
    """GPU SKUs by their Azure name, for example ``Standard_NC4as_T4_v3``."""
    prices: Prices
    """What SKUs cost, where it is known."""
    token_prices: dict[str, TokenPrice]
    """What closed models and serverless offers cost by the token."""
    regions: tuple[str, ...]
    """Azure's public regions."""

    def model(self, name: str) -> Model | None:
        """Return a model by its name or one of its aliases, in any case; None if there is none."""
        return model_named(name, self.models)


@cache
def load_catalog() -> Catalog:
    """Return the catalogue this package ships; read once, since it cannot change under a run."""
    return Catalog(
        models=load_models(),
        gpu_skus=load_gpu_skus(load_gpus()),
        prices=load_prices(),
        token_prices=load_token_prices(),
        regions=load_regions(),
    )
