# SPDX-License-Identifier: Apache-2.0
"""The catalogue with what a project adds to it: models, fine-tunes and prices of its own."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from azure_model_endpoints.catalog import Catalog, Prices, load_catalog
from azure_model_endpoints.catalog.own import own_models, read_own_models, read_prices, with_own

__all__ = ["MODELS_FILE", "PRICES_FILE", "project_catalog"]

MODELS_FILE = "models.yaml"
"""Models of one's own, beside the stack files."""
PRICES_FILE = "prices.yaml"
"""Prices that win over the shipped ones, beside the stack files; `ame prices refresh` writes it."""


def project_catalog(
    directory: Path | None = None,
    models: object = None,
    *,
    source: str = "models",
) -> Catalog:
    """Return the shipped catalogue with what a project adds to it.

    Args:
        directory: where the project's own files are, as far as it has any; None: nowhere.
        models: models by name from the settings; they win over those in the file. Anything else
            than a mapping is left to the settings, which tell it with whatever else is wrong.
        source: how messages call those settings.

    Raises:
        CatalogError: with everything that is wrong with one of them.
    """
    catalog = load_catalog()
    own = dict(read_own_models(path)) if (path := _existing(directory, MODELS_FILE)) else {}
    if models and isinstance(models, Mapping):
        own |= own_models(models, source, directory or Path())
    prices = _prices(path) if (path := _existing(directory, PRICES_FILE)) else Prices({})
    return with_own(catalog, own, prices)


def _prices(path: Path) -> Prices:
    told = path.stat()
    return _read_prices(path.absolute(), told.st_mtime_ns, told.st_size)


@lru_cache(maxsize=4)
def _read_prices(path: Path, _changed_ns: int, _bytes: int) -> Prices:
    """Return the prices of a file, read once for all endpoints of a program."""
    return read_prices(path)


def _existing(directory: Path | None, name: str) -> Path | None:
    if directory is None:
        return None
    path = directory / name
    return path if path.exists() else None
