# SPDX-License-Identifier: Apache-2.0
"""Open-weight models, as rows of ``models.yaml``."""

from datetime import date
from pathlib import PurePosixPath

from pydantic import BaseModel, ConfigDict

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


class Model(CatalogRow):
    """An open-weight model."""

    title: str
    """The name its publisher uses."""
    hugging_face_id: str
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

    @property
    def version(self) -> str | None:
        """The pinned version of the managed offer."""
        return PurePosixPath(self.managed.asset_id).name if self.managed else None


def load_models() -> dict[str, Model]:
    """Return every model of the catalogue by name."""
    return load_rows("models.yaml", Model)
