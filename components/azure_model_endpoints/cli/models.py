# SPDX-License-Identifier: Apache-2.0
"""``ame models``: what can be served, and under which conditions."""

import json
from collections.abc import Iterable, Iterator
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from azure_model_endpoints.cli import options
from azure_model_endpoints.cli.lookup import find_model
from azure_model_endpoints.cli.project import catalog_here, today
from azure_model_endpoints.cli.tables import paragraphs, show, table

if TYPE_CHECKING:
    from azure_model_endpoints.catalog import (
        FineTuningOffer,
        ManagedOffer,
        Model,
        ServerlessOffer,
    )

    Offer = ManagedOffer | ServerlessOffer | FineTuningOffer

_BILLION = 10**9
_ENDED = "†"


def models(
    name: Annotated[str | None, typer.Argument(help="Show one model in detail.")] = None,
    as_json: options.AsJson = False,
) -> None:
    """Show which models can be served, on which terms and until when.

    Of one model, every detail: its shape, licence, repository, offers and retirements.
    """
    catalog = catalog_here()
    chosen = find_model(catalog, name, option="NAME") if name else None
    if as_json:
        found = _json(chosen) if chosen else [*map(_json, catalog.models.values())]
        typer.echo(json.dumps(found, indent=2, ensure_ascii=False))
    elif chosen:
        show(paragraphs(_details(chosen, today())))
    else:
        _show(catalog.models.values(), today())


def _show(rows: Iterable["Model"], day: date) -> None:
    shown = table(
        *("model", "parameters", "context", "licence", "managed", "serverless", "fine-tuning"),
        right=("parameters", "context"),
    )
    for model in rows:
        shown.add_row(
            model.name,
            _billions(model.parameters),
            str(model.context_length),
            model.license.removesuffix(" Community License"),
            *(_state(offer, day) for offer in (model.managed, model.serverless, model.fine_tuning)),
        )
    show(
        shown,
        f"\nWhat Azure offers: yes, until a day, or no more ({_ENDED}). What it does not offer can "
        "be served\nby vLLM, in a container of your own. `ame models NAME` shows one in detail.",
    )


def _state(offer: "Offer | None", day: date) -> str:
    if offer is None:
        return "–"
    if offer.retires is None:
        return "yes"
    return f"{offer.retires}{f' {_ENDED}' if offer.retires <= day else ''}"


def _billions(parameters: int) -> str:
    return f"{parameters / _BILLION:.2f} B"


def _details(model: "Model", day: date) -> Iterator[tuple[str, str]]:
    shape = model.shape
    yield "model", f"{model.name} ({model.title})"
    if model.aliases:
        yield "also", ", ".join(model.aliases)
    active = (
        f", of which {shape.active_parameters:,} take part in each token"
        if shape.experts > 1
        else ""
    )
    yield "parameters", f"{model.parameters:,}{active}"
    yield "weights", f"published as {model.dtype}"
    yield "context", f"{model.context_length:,} tokens"
    yield "shape", _shape(model)
    yield "licence", " ".join(filter(None, [model.license, model.license_url]))
    yield "Hugging Face", _hub(model)
    yield "managed", _managed(model.managed, day)
    yield "serverless", _serverless(model.serverless, day)
    yield "fine-tuning", _fine_tuning(model.fine_tuning, day)
    yield "source", f"{model.source} ({model.read_on})"


def _shape(model: "Model") -> str:
    shape = model.shape
    parts = [
        f"{shape.layers} layers of {shape.hidden_size}",
        f"{shape.heads} heads of {shape.head_dim}, {shape.kv_heads} with keys and values",
        f"MLP of {shape.ffn_size}",
        f"vocabulary of {shape.vocabulary}",
    ]
    if shape.experts > 1:
        parts.append(f"{shape.experts_per_token} of {shape.experts} experts per token")
    if shape.sliding_window:
        parts.append(f"attends to {shape.sliding_window} tokens")
    return "; ".join(parts)


def _hub(model: "Model") -> str:
    if model.hugging_face_id is None:
        return "not there"
    revision = f"revision {model.revision}" if model.revision else "no revision known"
    return "; ".join([model.hugging_face_id, revision, *["gated"] * model.gated])


def _managed(offer: "ManagedOffer | None", day: date) -> str:
    if offer is None:
        return "not offered"
    listed = f"SKUs listed: {', '.join(offer.skus)}" if offer.skus else "no list of SKUs"
    stale = f"which proves nothing: {offer.stale}" if offer.stale else ""
    return "; ".join(filter(None, [offer.asset_id, listed, stale, _end(offer, day)]))


def _serverless(offer: "ServerlessOffer | None", day: date) -> str:
    if offer is None:
        return "not offered"
    regions = f"in {', '.join(offer.regions)}" if offer.regions else ""
    return "; ".join(filter(None, [offer.asset_id, regions, _end(offer, day)]))


def _fine_tuning(offer: "FineTuningOffer | None", day: date) -> str:
    if offer is None:
        return "not offered"
    skus = f"on {', '.join(offer.skus)}" if offer.skus else ""
    regions = f"serverless in {', '.join(offer.regions)}" if offer.regions else ""
    return "; ".join(filter(None, [skus, regions, _end(offer, day)])) or "offered"


def _end(offer: "Offer", day: date) -> str:
    if offer.retires is None:
        return ""
    ends = "ended" if offer.retires <= day else "ends"
    successor = f", successor {offer.successor}" if offer.successor else ""
    return f"{ends} on {offer.retires}{successor}"


def _json(model: "Model") -> dict[str, Any]:
    offers = {
        "managed": model.managed,
        "serverless": model.serverless,
        "fine_tuning": model.fine_tuning,
    }
    return {
        "name": model.name,
        "title": model.title,
        "aliases": model.aliases,
        "parameters": model.parameters,
        "active_parameters": model.shape.active_parameters,
        "dtype": model.dtype,
        "context_length": model.context_length,
        "license": model.license,
        "license_url": model.license_url,
        "hugging_face_id": model.hugging_face_id,
        "revision": model.revision,
        "gated": model.gated,
        "shape": model.shape.model_dump(),
        "offers": {
            name: offer.model_dump(mode="json") if offer else None for name, offer in offers.items()
        },
        "source": model.source,
        "read_on": model.read_on.isoformat(),
    }
