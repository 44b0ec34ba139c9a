# SPDX-License-Identifier: Apache-2.0
"""By whom a model can be served on a SKU: by the Azure catalogue's image, or by vLLM in one's own.

A stack says which of them; a question about a model alone does not, and is answered for both.
"""

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from azure_model_endpoints.catalog import Catalog, Dtype, ManagedOffer
    from azure_model_endpoints.planning.question import Question

__all__ = ["serving_note", "unservable"]


def unservable(question: "Question", catalog: "Catalog") -> dict[str, str]:
    """Return the SKUs on which neither serves a model as it is asked for, each with why."""
    from azure_model_endpoints.planning.catalogue_offers import too_old_for_vllm

    return {
        sku: f"{lacking}, and {reason}"
        for sku, reason in too_old_for_vllm(catalog).items()
        if (lacking := _catalogue_lacks(question, sku, catalog))
    }


def serving_note(question: "Question", sku: str, catalog: "Catalog") -> str:
    """Return how a model comes to be served on a SKU as it is asked for, in a sentence."""
    from azure_model_endpoints.planning.catalogue_offers import too_old_for_vllm

    too_old = sku in too_old_for_vllm(catalog)
    lacking = _catalogue_lacks(question, sku, catalog)
    if lacking:
        needs = " and ".join([_section(question), *["an older image"] * too_old])
        return f"{lacking}: a stack needs {needs}{_weights(question)}."
    if too_old:
        return "Azure's catalogue serves it there."
    return "Azure's catalogue serves it there, or vLLM with a `vllm` section."


def _catalogue_lacks(question: "Question", sku: str, catalog: "Catalog") -> str | None:
    """Return why the catalogue does not serve a model on a SKU; None where it does."""
    from azure_model_endpoints.planning.catalogue_offers import unlisted

    model, offer = question.model, _offer(question)
    if offer is None:
        return f"Azure's catalogue does not offer {model.name}"
    if sku in unlisted(offer, model, catalog):
        if offer.current_skus is None:
            return f"Azure publishes no current list of SKUs for {model.name}"
        return f"Azure's catalogue does not list it for {model.name}"
    given = _type_of_the_image(question, sku, catalog)
    if question.dtype not in (None, given):
        return f"Azure's catalogue serves {model.name} in {given} only"
    return None


def _offer(question: "Question") -> "ManagedOffer | None":
    from azure_model_endpoints.planning.catalogue_offers import retired

    offer = question.model.managed
    return offer if offer and not retired(offer, question.today) else None


def _type_of_the_image(question: "Question", sku: str, catalog: "Catalog") -> "Dtype":
    """Return the type in which the catalogue's image runs the weights: no variable changes it."""
    from azure_model_endpoints.planning.assessment import running_dtype

    return running_dtype(replace(question, dtype=None), catalog.gpu_skus[sku])


def _section(question: "Question") -> str:
    """Return the section of a stack for vLLM, with the type where it has to say one."""
    if question.dtype in (None, question.model.dtype) or _weights(question):
        return "a `vllm` section"
    return f"a `vllm` section with `dtype: {question.dtype}`"


def _weights(question: "Question") -> str:
    """Return what else it takes where vLLM does not convert the published weights itself."""
    from azure_model_endpoints.planning.serving import vllm_dtype

    if not vllm_dtype("", question.dtype, question.model)[1]:
        return ""
    return f", and weights in {question.dtype}, which are a model of your own"
