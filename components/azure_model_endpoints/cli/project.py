# SPDX-License-Identifier: Apache-2.0
"""What commands know of where and when they are run: the project's catalogue, and the day."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from azure_model_endpoints.catalog import Catalog

__all__ = ["catalog_here", "now", "project_directory", "today"]


def now() -> datetime:
    """Return this moment."""
    return datetime.now(UTC)


def today() -> date:
    """Return the day by which retirements and the age of prices are judged."""
    return now().date()


def catalog_here() -> "Catalog":
    """Return the catalogue, with what the project around the current directory adds to it.

    Raises:
        SettingsError: the project's file cannot be read.
        CatalogError: its own models or prices are wrong.
    """
    from azure_model_endpoints.project_catalog import project_catalog

    return project_catalog(project_directory())


def project_directory() -> Path | None:
    """Return where the project around the current directory keeps its stack files, if there is one.

    Raises:
        SettingsError: the project's file cannot be read.
    """
    from azure_model_endpoints.stack_file import stack_directory

    here = Path.cwd()
    if any((directory / "Pulumi.yaml").is_file() for directory in (here, *here.parents)):
        return stack_directory(here)
    return None
