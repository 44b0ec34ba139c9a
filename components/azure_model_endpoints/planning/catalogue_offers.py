# SPDX-License-Identifier: Apache-2.0
"""Until when, and on which SKUs, Azure's catalogue offers a model; and where vLLM itself ends."""

from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from azure_model_endpoints.catalog import Catalog, ManagedOffer, Model

__all__ = ["retired", "too_old_for_vllm", "unlisted"]

_VLLM_COMPUTE_CAPABILITY = 8.0


def retired(offer: "ManagedOffer", today: date) -> bool:
    """Return whether an offer has ended."""
    return offer.retires is not None and offer.retires <= today


def too_old_for_vllm(catalog: "Catalog") -> dict[str, str]:
    """Return the SKUs that are not taken for vLLM unless somebody names them, each with why.

    Releases of 2026 no longer start on their GPUs (kaito-project/kaito, pull request 2185).
    """
    return {
        sku.name: f"vLLM of today needs compute capability {_VLLM_COMPUTE_CAPABILITY}, "
        f"{sku.gpu.name} has {sku.gpu.compute_capability}; name it to serve from an older image"
        for sku in catalog.gpu_skus.values()
        if sku.gpu.compute_capability < _VLLM_COMPUTE_CAPABILITY
    }


def unlisted(offer: "ManagedOffer", model: "Model", catalog: "Catalog") -> dict[str, str]:
    """Return the SKUs that are not taken for an offer of the Azure catalogue, each with why.

    Its image is vLLM as well: without a list that may be trusted, what vLLM no longer supports is
    not taken either.
    """
    if offer.current_skus is None:
        lacking = f"Azure publishes no current list of SKUs for {model.name}"
        return {sku: f"{lacking}, and {old}" for sku, old in too_old_for_vllm(catalog).items()}
    reason = f"the Azure catalogue does not list it for {model.name}"
    return {name: reason for name in catalog.gpu_skus if name not in offer.current_skus}
