# SPDX-License-Identifier: Apache-2.0
"""Open-weight models, as rows of ``models.yaml``."""

from collections.abc import Mapping
from datetime import date
from pathlib import PurePosixPath
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from azure_model_endpoints.catalog._rows import CatalogRow, load_rows
from azure_model_endpoints.catalog.shapes import Count, ModelShape
from azure_model_endpoints.vocabulary import Dtype

_ASSET = r"^azureml://registries/[\w-]+/models/[\w.-]+"


class _Offer(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    retires: date | None = None
    """The day the offer ends; None when no retirement is announced."""
    successor: str | None = None
    """The catalogue name of the model to move to once the offer has ended."""


class ManagedOffer(_Offer):
    """How the Azure model catalogue offers a model for managed online endpoints."""

    asset_id: Annotated[str, Field(pattern=_ASSET + r"/versions/[\w.-]+$")]
    """Registry asset with its version, so that a new version never arrives by itself."""
    skus: tuple[str, ...] | None = None
    """SKUs the catalogue lists for inference, smallest first; None when no list is published."""
    stale: str | None = None
    """Why the list of SKUs proves nothing; None when it may be trusted."""

    @property
    def current_skus(self) -> tuple[str, ...] | None:
        """The SKUs of a list that may be trusted; None where there is no such list."""
        return None if self.stale else self.skus


class ServerlessOffer(_Offer):
    """How Azure serves a model by the token."""

    asset_id: Annotated[str, Field(pattern=_ASSET + "$")]
    """Registry asset, without a version: Azure chooses it."""
    regions: tuple[str, ...]
    """Regions where it may be deployed."""


class FineTuningOffer(_Offer):
    """Where Azure fine-tunes a model."""

    skus: tuple[str, ...] = ()
    """SKUs the catalogue lists for fine-tuning on compute of one's own."""
    regions: tuple[str, ...] = ()
    """Regions where Azure fine-tunes it by the token."""


class Model(CatalogRow):
    """An open-weight model."""

    aliases: tuple[str, ...] = ()
    """Other names that settings may use."""
    title: str
    """The name its publisher uses."""
    hugging_face_id: Annotated[str, Field(pattern=r"^[\w.-]+/[\w.-]+$")] | None = None
    """Repository with the weights on the Hugging Face Hub; None when they are not there."""
    gated: bool = False
    """Whether the Hub asks for an account that has accepted the licence."""
    revision: Annotated[str, Field(pattern="^[0-9a-f]{40}$")] | None = None
    """Commit of that repository, so that new weights never arrive by themselves; None where the
    catalogue knows none, and the deployment has to say its own."""
    shape: ModelShape
    """The model's dimensions, from which its size follows."""
    dtype: Dtype
    """How the published weights are kept."""
    context_length: Count
    """Most tokens the model attends to, prompt and answer together."""
    license: str
    """SPDX identifier, or the publisher's name for its own licence."""
    license_url: str | None = None
    """Where the licence can be read; None for one with an SPDX identifier."""
    managed: ManagedOffer | None = None
    """The offer for managed online endpoints; None when Azure has none."""
    serverless: ServerlessOffer | None = None
    """The offer paid by the token; None when Azure has none."""
    fine_tuning: FineTuningOffer | None = None
    """Where Azure fine-tunes it; None where it does not."""

    @property
    def parameters(self) -> int:
        """Number of weights."""
        return self.shape.parameters

    @property
    def version(self) -> str | None:
        """The pinned version of the managed offer."""
        return PurePosixPath(self.managed.asset_id).name if self.managed else None


def model_named(name: str, models: Mapping[str, Model]) -> Model | None:
    """Return a model by its name or one of its aliases, in any case; None if there is none."""
    wanted = name.lower()
    if wanted in models:
        return models[wanted]
    for model in models.values():
        if wanted in (alias.lower() for alias in (model.name, *model.aliases)):
            return model
    return None


def load_models() -> dict[str, Model]:
    """Return every model of the catalogue by name."""
    return load_rows("models.yaml", Model)
