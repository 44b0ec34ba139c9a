# SPDX-License-Identifier: Apache-2.0
"""Open-weight models, as rows of ``models.yaml``."""

from datetime import date
from pathlib import PurePosixPath
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from azure_model_endpoints.catalog._rows import CatalogRow, load_rows


class ManagedOffer(BaseModel):
    """How the Azure model catalogue offers a model for managed online endpoints."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    asset_id: str
    """Registry asset with its version, so that a new version never arrives by itself."""
    skus: tuple[str, ...]
    """SKUs the catalogue lists for inference, smallest first; the first is the default."""
    retires: date | None = None
    """The day the offer ends; None when no retirement is announced."""
    successor: str | None = None
    """The catalogue name of the model to move to once the offer has ended."""


class VllmOffer(BaseModel):
    """How a model is served by vLLM in a container of one's own."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    revision: Annotated[str, Field(pattern="^[0-9a-f]{40}$")]
    """Commit of the Hugging Face repository, so that new weights never arrive by themselves."""
    skus: tuple[str, ...]
    """SKUs whose GPUs hold the weights and a cache, smallest first; the first is the default."""


class Model(CatalogRow):
    """An open-weight model."""

    title: str
    """The name its publisher uses."""
    hugging_face_id: str
    """Repository with the weights on the Hugging Face Hub."""
    gated: bool = False
    """Whether the Hub asks for an account that has accepted the licence."""
    parameters: int
    """Number of weights."""
    weights_gib: float
    """Size of the weights at 16 bits, in GiB."""
    context_length: int
    """Most tokens the model attends to, prompt and answer together."""
    license: str
    """SPDX identifier, or the publisher's name for its own licence."""
    managed: ManagedOffer | None = None
    """The offer for managed online endpoints; None when Azure has none."""
    vllm: VllmOffer
    """How to serve the weights oneself, whatever becomes of the offer."""

    @property
    def version(self) -> str | None:
        """The pinned version of the managed offer."""
        return PurePosixPath(self.managed.asset_id).name if self.managed else None


def load_models() -> dict[str, Model]:
    """Return every model of the catalogue by name."""
    return load_rows("models.yaml", Model)
