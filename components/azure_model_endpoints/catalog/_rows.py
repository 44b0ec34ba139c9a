# SPDX-License-Identifier: Apache-2.0
"""What the catalogue's YAML files have in common: a mapping from a name to one validated row."""

from datetime import date
from importlib import resources
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict

Row = TypeVar("Row", bound="CatalogRow")


class CatalogRow(BaseModel):
    """A row of the catalogue: frozen, complete, and traceable to where it was read."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    """The row's key in its file."""
    source: str
    """Where the facts were read."""
    read_on: date
    """The date of what was read, not of the reading."""


def load_rows(file_name: str, row: type[Row]) -> dict[str, Row]:
    """Return the rows of one YAML file beside this module, in the file's order."""
    rows = read_rows(file_name)
    return {name: row.model_validate({"name": name, **fields}) for name, fields in rows.items()}


def read_rows(file_name: str) -> dict[str, dict[str, Any]]:
    """Return the fields of every row of one YAML file beside this module."""
    document: dict[str, dict[str, Any]] = read_document(file_name)
    return document


def read_document(file_name: str) -> Any:
    """Return what one YAML file beside this module says."""
    text = resources.files(__package__).joinpath(file_name).read_text(encoding="utf-8")
    return yaml.load(text, Loader=_LOADER)  # noqa: S506  (a safe loader)


# libyaml reads the catalogue an order of magnitude faster; not every PyYAML is built with it.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
