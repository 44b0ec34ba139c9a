# SPDX-License-Identifier: Apache-2.0
"""What users add to the catalogue without touching the package: models, fine-tunes and prices."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from azure_model_endpoints.catalog.models import Model
from azure_model_endpoints.catalog.prices import Prices

if TYPE_CHECKING:
    from azure_model_endpoints.catalog import Catalog


def read_own_models(path: Path) -> dict[str, Model]:
    """Return the models of a YAML file.

    Raises:
        CatalogError: with everything that is wrong with the file.
    """
    raise NotImplementedError


def own_models(
    document: Mapping[Any, Any], source: str, directory: Path = Path()
) -> dict[str, Model]:
    """Return the models of a document, for example of a section of the settings.

    Args:
        document: models by name.
        source: what the document is called in messages.
        directory: what the paths of ``config`` files are relative to.

    Raises:
        CatalogError: with everything that is wrong with the document.
    """
    raise NotImplementedError


def read_prices(path: Path) -> Prices:
    """Return the prices of a YAML file.

    Raises:
        CatalogError: with everything that is wrong with the file.
    """
    raise NotImplementedError


def write_prices(path: Path, prices: Prices) -> None:
    """Write prices as a YAML file, sorted, so that a change is a readable difference."""
    raise NotImplementedError


def with_own(catalog: "Catalog", models: Mapping[str, Model], prices: Prices) -> "Catalog":
    """Return a catalogue with models added and prices that win over the shipped ones."""
    return replace(
        catalog, models={**catalog.models, **models}, prices=catalog.prices.updated(prices)
    )
