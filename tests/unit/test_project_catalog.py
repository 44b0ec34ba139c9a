# SPDX-License-Identifier: Apache-2.0
"""The catalogue with what a project adds to it."""

import os
from pathlib import Path

import pytest

from azure_model_endpoints import project_catalog as module
from azure_model_endpoints.catalog import Prices, load_catalog
from azure_model_endpoints.catalog.own import read_prices
from azure_model_endpoints.errors import CatalogError
from azure_model_endpoints.project_catalog import project_catalog

SKU = "Standard_NC4as_T4_v3"
PRICES = f"eastus: {{source: ours, read_on: 2026-01-31, usd_per_hour: {{{SKU}: PRICE}}}}"


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Which files of prices were read."""
    read: list[Path] = []

    def reading(path: Path) -> Prices:
        read.append(path)
        return read_prices(path)

    monkeypatch.setattr(module, "read_prices", reading)
    return read


def price(directory: Path) -> float:
    """Return what the project pays for the SKU."""
    found = project_catalog(directory).prices.of(SKU, "eastus")
    assert found is not None
    return found.usd_per_hour


def write(directory: Path, usd: float, *, at_ns: int) -> None:
    """Write the project's prices at a time."""
    path = directory / "prices.yaml"
    path.write_text(PRICES.replace("PRICE", str(usd)))
    os.utime(path, ns=(at_ns, at_ns))


def test_prices_are_read_once_for_all_endpoints(tmp_path: Path, reads: list[Path]) -> None:
    """And again when they have changed."""
    write(tmp_path, 0.25, at_ns=1)
    first = [price(tmp_path) for _ in range(20)]
    write(tmp_path, 0.75, at_ns=2)
    then = [price(tmp_path) for _ in range(20)]

    assert ([0.25] * 20, [0.75] * 20) == (first, then)
    assert [tmp_path / "prices.yaml"] * 2 == reads


@pytest.mark.parametrize("models", [["a"], "a", 5])
def test_models_that_are_no_mapping_are_left_to_the_settings(models: object) -> None:
    """They tell it together with everything else that is wrong with them."""
    assert load_catalog() == project_catalog(None, models)


@pytest.mark.parametrize("name", ["models.yaml", "prices.yaml"])
def test_directory_in_the_place_of_a_file_is_told(tmp_path: Path, name: str) -> None:
    """It is not taken for the absence of the file."""
    (tmp_path / name).mkdir()

    with pytest.raises(CatalogError, match="Is a directory"):
        project_catalog(tmp_path)
