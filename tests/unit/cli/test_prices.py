# SPDX-License-Identifier: Apache-2.0
"""`ame prices refresh`."""

import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from azure_model_endpoints.catalog import Price, Prices
from azure_model_endpoints.catalog.own import read_prices, write_prices
from tests.unit.cli.running import Ame
from tests.unit.http_server import Reply, Server

PATH = "/api/retail/prices"
T4, A100, H100 = "Standard_NC4as_T4_v3", "Standard_NC24ads_A100_v4", "Standard_NC40ads_H100_v5"
BEFORE = date(2026, 1, 2)
LIST = "https://prices.azure.com/api/retail/prices"


def item(sku: str, usd: float) -> dict[str, Any]:
    """What Azure bills a SKU by."""
    return {
        "currencyCode": "USD",
        "tierMinimumUnits": 0.0,
        "retailPrice": usd,
        "effectiveStartDate": "2021-11-01T00:00:00Z",
        "meterName": sku,
        "productName": "Virtual Machines N Series",
        "unitOfMeasure": "1 Hour",
        "type": "Consumption",
        "armSkuName": sku,
    }


@pytest.fixture
def azure(server: Server, monkeypatch: pytest.MonkeyPatch) -> Server:
    """A price list with two SKUs."""
    monkeypatch.setenv("AZURE_RETAIL_PRICES_URL", f"{server.url}{PATH}")
    items = [item(T4, 0.55), item(A100, 4.0), {**item(H100, 7.0), "retailPrice": 0}]
    server.answer("GET", PATH, Reply(body={"Items": items, "NextPageLink": None}))
    return server


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project, and the file of its own prices, with one more region than is refreshed."""
    (tmp_path / "Pulumi.yaml").write_text("name: p\n")
    path = tmp_path / "prices.yaml"
    prices = {T4: Price(0.5, BEFORE, LIST), H100: Price(7.0, BEFORE, LIST)}
    write_prices(path, Prices({"uksouth": prices, "ukwest": prices}))
    return path


def test_prices_are_written_beside_the_stack_files(ame: Ame, azure: Server, project: Path) -> None:
    """With their day and source; other regions stay as they are."""
    run = ame("prices", "refresh", "--region", "UK South")

    found = read_prices(project)
    assert 0 == run.status, run.err
    assert Price(0.55, date(2026, 6, 1), f"{azure.url}{PATH}") == found.of(T4, "uksouth")
    assert None is found.of(H100, "uksouth")
    assert Price(0.5, BEFORE, LIST) == found.of(T4, "ukwest")


def test_changes_are_told(ame: Ame, azure: Server, project: Path) -> None:
    """New, moved by so much, gone; and how old they were."""
    run = ame("prices", "refresh", "--region", "uksouth")

    assert f"{T4} 0.50 0.55 +10.0 %" == run.row("uksouth " + T4).join([f"{T4} ", ""])
    assert "– 4.00 new" == run.row(f"uksouth {A100}")
    assert "7.00 – gone" == run.row(f"uksouth {H100}")
    assert "2 prices in uksouth; 3 changed." in run.out
    assert "up to 150 days old (2026-01-02)" in run.out
    assert f"Written to {project}." in run.out


def test_changes_in_json(ame: Ame, azure: Server, project: Path) -> None:
    """For scripts that open a pull request when something moved."""
    first = ame("prices", "refresh", "--region", "uksouth", "--json").document()
    second = ame("prices", "refresh", "--region", "uksouth", "--json").document()

    assert {
        "file": str(project),
        "regions": ["uksouth"],
        "prices": 2,
        "replaced_read_on": "2026-01-02",
        "kept": [],
        "changes": [
            {
                "region": "uksouth",
                "sku": A100,
                "before_usd_per_hour": None,
                "after_usd_per_hour": 4.0,
                "percent": None,
            },
            {
                "region": "uksouth",
                "sku": H100,
                "before_usd_per_hour": 7.0,
                "after_usd_per_hour": None,
                "percent": None,
            },
            {
                "region": "uksouth",
                "sku": T4,
                "before_usd_per_hour": 0.5,
                "after_usd_per_hour": 0.55,
                "percent": 10.0,
            },
        ],
    } == first
    assert ([], "2026-06-01") == (second["changes"], second["replaced_read_on"])


def test_refreshed_prices_count_at_once(ame: Ame, azure: Server, project: Path) -> None:
    """They win over those the package ships."""
    ame("prices", "refresh", "--region", "eastus")

    run = ame("plan", "--model", "phi-2", "--region", "eastus", "--sku", T4, "--json")

    [row] = [each for each in run.document()["candidates"] if each["sku"] == T4]
    assert 0.55 == row["price_usd_per_hour"]
    assert "" == run.err


def test_prices_that_were_agreed_on_stay(ame: Ame, azure: Server, project: Path) -> None:
    """The list's price is not what their owner pays."""
    ours = Price(0.4, BEFORE, "our [signed] agreement of 2026")
    write_prices(project, Prices({"uksouth": {T4: ours, H100: ours}}))

    document = ame("prices", "refresh", "--region", "uksouth", "--json").document()
    run = ame("prices", "refresh", "--region", "uksouth")

    found = read_prices(project)
    assert {T4: ours, H100: ours} == {sku: found.of(sku, "uksouth") for sku in (T4, H100)}
    assert 4.0 == getattr(found.of(A100, "uksouth"), "usd_per_hour", None)
    assert [A100] == [change["sku"] for change in document["changes"]]
    assert {T4, H100} == {kept["sku"] for kept in document["kept"]}
    assert f"{T4} in uksouth (our [signed] agreement of 2026)" in run.out


def test_every_region_that_matters_is_refreshed(ame: Ame, azure: Server, project: Path) -> None:
    """Those with prices, and those of the project's stacks, one of which nobody can read."""
    project.with_name("Pulumi.dev.yaml").write_text(
        "config:\n  azure-model-endpoints:region: polandcentral\n"
    )
    project.with_name("Pulumi.bad.yaml").write_text("config: [")

    regions = ame("prices", "refresh", "--json").document()["regions"]

    assert {"eastus", "uksouth", "ukwest", "polandcentral"} <= set(regions)
    assert len(regions) == len(set(regions))


def test_file_may_be_named(ame: Ame, azure: Server, tmp_path: Path) -> None:
    """And has to be, outside a project; its directory is made."""
    nowhere = ame("prices", "refresh", "--region", "uksouth")
    path = tmp_path / "a" / "b.yaml"
    somewhere = ame("prices", "refresh", "--region", "uksouth", "--file", path)

    assert (2, "") == (nowhere.status, nowhere.out)
    assert "--file: name a file" in nowhere.err
    assert 0 == somewhere.status
    assert 0.55 == getattr(read_prices(path).of(T4, "uksouth"), "usd_per_hour", None)


def test_nothing_is_written_where_nothing_is_listed(ame: Ame, azure: Server, project: Path) -> None:
    """Old prices are better than none."""
    azure.answer("GET", PATH, Reply(body={"Items": [], "NextPageLink": None}))
    before = project.read_text()

    run = ame("prices", "refresh", "--region", "uksouth")

    assert (1, "") == (run.status, run.out)
    assert "Azure lists no price of a GPU SKU in uksouth." in run.err
    assert before == project.read_text()


def test_unreadable_list_is_one_paragraph(ame: Ame, azure: Server, project: Path) -> None:
    """And changes nothing."""
    azure.answer("GET", PATH, Reply(404, b"no"))
    before = project.read_text()

    run = ame("prices", "refresh")

    assert (1, "") == (run.status, run.out)
    assert 1 == len(run.err.splitlines())
    assert before == project.read_text()


def test_unwritable_file_is_one_paragraph(ame: Ame, azure: Server, tmp_path: Path) -> None:
    """A directory stands in its place."""
    run = ame("prices", "refresh", "--region", "uksouth", "--file", tmp_path)

    assert (1, "") == (run.status, run.out)
    assert f"could not be written to {tmp_path}" in run.err


def test_unknown_region_is_wrong_usage(ame: Ame, azure: Server, project: Path) -> None:
    """Before anything is asked."""
    run = ame("prices", "refresh", "--region", "uksoth")

    assert (2, []) == (run.status, azure.asked)
    assert "nearest: uksouth" in run.err


def test_sandbox_serves_the_list_that_is_read(tmp_path: Path) -> None:
    """Inside it, prices come from it, and never from Azure."""
    sandbox = (sys.executable, "-m", "azure_sandbox", "exec", "--")
    refresh = ("-m", "azure_model_endpoints.cli", "prices", "refresh", "--region", "centralindia")
    path = tmp_path / "prices.yaml"

    run = subprocess.run(
        [*sandbox, sys.executable, *refresh, "--file", str(path), "--json"],
        cwd=tmp_path,
        env={**os.environ, "AZURE_SANDBOX_HOME": str(tmp_path / "sandbox")},
        capture_output=True,
        text=True,
        check=False,
    )

    assert "" == run.stderr
    assert {T4, A100, H100} < {each["sku"] for each in json.loads(run.stdout)["changes"]}
    found = read_prices(path).of(T4, "centralindia")
    assert found is not None
    assert 0.579 == found.usd_per_hour
    assert found.source.startswith("https://localhost:")
