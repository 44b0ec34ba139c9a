# SPDX-License-Identifier: Apache-2.0
"""Names on the command line: what they stand for, or which ones come near."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from azure_model_endpoints.catalog import Catalog, Model

__all__ = ["find_model", "find_region", "find_sku"]

_NEAREST = 3
_NEARNESS = 0.4


def find_model(catalog: "Catalog", given: str, *, option: str = "--model") -> "Model":
    """Return a model by its name or alias, in any case.

    Raises:
        typer.BadParameter: there is none; names the nearest.
    """
    model = catalog.model(given)
    if model is None:
        raise _unknown(option, given, catalog.models, "`ame models` shows all.")
    return model


def find_region(catalog: "Catalog", given: str, *, option: str = "--region") -> str:
    """Return a region's short name; ``East US`` is ``eastus``.

    Raises:
        typer.BadParameter: Azure has no such public region; names the nearest.
    """
    name = given.lower().replace(" ", "")
    if name not in catalog.regions:
        raise _unknown(option, given, catalog.regions, "`az account list-locations` shows all.")
    return name


def find_sku(catalog: "Catalog", given: str, *, option: str = "--sku") -> str:
    """Return a GPU SKU in Azure's spelling; ``nc4as_t4_v3`` is ``Standard_NC4as_T4_v3``.

    Raises:
        typer.BadParameter: managed endpoints take no such SKU; names the nearest.
    """
    by_lower = {name.lower(): name for name in catalog.gpu_skus}
    for spelling in (given.lower(), f"standard_{given.lower()}"):
        if spelling in by_lower:
            return by_lower[spelling]
    raise _unknown(option, given, catalog.gpu_skus, "`ame skus` shows all.")


def _unknown(option: str, given: str, known: Iterable[str], where: str) -> typer.BadParameter:
    by_lower = {name.lower(): name for name in known}
    found = get_close_matches(given.lower(), by_lower, _NEAREST, _NEARNESS)
    nearest = ", ".join(by_lower[name] for name in found) or "nothing is near"
    text = f"given {given!r}, which is not known; nearest: {nearest}. {where}"
    return typer.BadParameter(text, param_hint=option)
