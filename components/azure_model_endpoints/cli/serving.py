# SPDX-License-Identifier: Apache-2.0
"""By whom a model can be served on a SKU: by the Azure catalogue's image, or by vLLM in one's own.

A stack says which of them; a question about a model alone does not, and is answered for both.
"""

from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from azure_model_endpoints.catalog import Catalog, ManagedOffer, Model

__all__ = ["serving_note", "unservable"]


def unservable(model: "Model", catalog: "Catalog", today: date) -> dict[str, str]:
    """Return the SKUs on which neither serves a model, each with why."""
    from azure_model_endpoints.planning.serving import too_old_for_vllm

    old = too_old_for_vllm(catalog)
    offer = _offer(model, today)
    if offer is None:
        return old
    return {
        sku: f"the Azure catalogue does not list it for {model.name}, and {reason}"
        for sku, reason in old.items()
        if not _lists(offer, sku)
    }


def serving_note(model: "Model", sku: str, catalog: "Catalog", today: date) -> str:
    """Return how a model comes to be served on a SKU, in a sentence."""
    from azure_model_endpoints.planning.serving import too_old_for_vllm

    image = " and an older image" if sku in too_old_for_vllm(catalog) else ""
    offer = _offer(model, today)
    if offer is None:
        lacking = f"Azure's catalogue does not offer {model.name}"
    elif not _lists(offer, sku):
        lacking = f"Azure's catalogue does not list it for {model.name}"
    elif image:
        return "Azure's catalogue serves it there."
    else:
        return "Azure's catalogue serves it there, or vLLM with a `vllm` section."
    return f"{lacking}: a stack needs a `vllm` section{image}."


def _offer(model: "Model", today: date) -> "ManagedOffer | None":
    from azure_model_endpoints.planning.serving import retired

    return model.managed if model.managed and not retired(model.managed, today) else None


def _lists(offer: "ManagedOffer", sku: str) -> bool:
    """Return whether a SKU may be taken for an offer: it is in its list, or there is none."""
    return offer.skus is None or offer.stale is not None or sku in offer.skus
