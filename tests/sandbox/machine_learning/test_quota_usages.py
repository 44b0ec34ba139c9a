# SPDX-License-Identifier: Apache-2.0
"""The listing of usages, in both spellings in which its rows are known."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from azure_sandbox.arm.errors import ArmError
from azure_sandbox.namespaces.machine_learning import set_spelling
from tests.sandbox.machine_learning.conftest import SUBSCRIPTION, Azure

PROVIDER = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.MachineLearningServices"
USAGES = f"{PROVIDER}/locations/eastus/usages"
PREFIX = "Microsoft.MachineLearningServices"


def usages(azure: Azure, location: str = "eastus") -> list[dict[str, Any]]:
    """All rows, of all pages."""
    path = f"{PROVIDER}/locations/{location}/usages"
    page, rows = azure.get(path), []
    while True:
        rows += page["value"]
        if "nextLink" not in page:
            return rows
        page = azure.send("GET", path, **_query(page["nextLink"])).body


def _query(link: str) -> dict[str, Any]:
    parts = parse_qs(urlsplit(link).query)
    return {
        "version": parts["api-version"][0],
        "query": {name.lower(): values[0] for name, values in parts.items()},
    }


def spell(azure: Azure, spelling: str) -> None:
    """Choose the spelling of the rows."""
    with azure.sandbox.store.write() as tx:
        set_spelling(tx, {"spelling": spelling})


def short(row: dict[str, Any]) -> tuple[str, str, int, int]:
    """Name, type without its namespace, and the figures."""
    return (
        row["name"]["value"],
        row["type"].removeprefix(f"{PREFIX}/").removesuffix("/usages"),
        row["currentValue"],
        row["limit"],
    )


def test_rows_of_a_family_have_one_name(azure: Azure) -> None:
    """Dedicated, low-priority and workspace rows differ in `type` alone; -1 means unlimited."""
    azure.make_endpoint("blue")

    rows = [short(row) for row in usages(azure)]

    name = "standard NCASv3_T4 Family"
    assert [
        (name, "vmFamily/dedicatedCores", 8, 64),
        (name, "vmFamily/lowPriorityCores", 0, -1),
        (name, "workspaces/dedicatedCores", 8, 64),
    ] == [row for row in rows if row[0] == name]
    totals = [row for row in rows if row[1].startswith("totalCores")]
    assert [
        ("TotalDedicatedCores", "totalCores/dedicatedCores", 8, -1),
        ("TotalLowPriorityCores", "totalCores/lowPriorityCores", 0, 0),
    ] == totals


def test_rows_as_the_specification_spells_them(azure: Azure) -> None:
    """Dedicated and low-priority rows differ in the name alone; computes have rows of their own."""
    azure.make_endpoint("blue")
    spell(azure, "sample")

    rows = [short(row) for row in usages(azure)]

    dedicated, low = (
        f"Standard NCASv3_T4 Family Cluster {tier} vCPUs" for tier in ("Dedicated", "LowPriority")
    )
    assert [
        (dedicated, "vmFamily", 8, 64),
        (dedicated, "workspaces", 8, 64),
        (dedicated, "workspaces/computes", 8, 64),
        (low, "vmFamily", 0, -1),
    ] == [row for row in rows if row[0] in {dedicated, low}]
    assert ("Total Cluster Dedicated Regional vCPUs", "dedicatedCores", 8, -1) in rows


def test_ids_say_whose_a_row_is(azure: Azure) -> None:
    """Of the subscription, of a workspace, or of a compute in it."""
    azure.make_endpoint("blue")
    spell(azure, "sample")

    ids = [row["id"] for row in usages(azure) if "NCASv3_T4" in row["id"]]

    name = "Standard_NCASv3_T4_Family_Cluster_Dedicated_vCPUs"
    assert [
        f"/subscriptions/{SUBSCRIPTION}/usages/{name}",
        f"{azure.workspace}/usages/{name}",
        f"{azure.workspace}/computes/blue/usages/{name}",
    ] == ids[:3]


def test_usages_come_in_pages(azure: Azure) -> None:
    """The first page holds some of the rows, and a link to the others."""
    page = azure.get(USAGES)

    assert len(page["value"]) < len(usages(azure))
    assert page["nextLink"].startswith(f"{azure.sandbox.base_url}{USAGES}?")


def test_usages_are_per_region(azure: Azure) -> None:
    """What runs in one region does not count in another; limits set there do not apply here."""
    azure.make_endpoint("blue")
    azure.quota("standard NCASv3_T4 Family", 8)

    rows = [short(row) for row in usages(azure, "westus")]

    t4 = [row for row in rows if row[0] == "standard NCASv3_T4 Family"]
    assert [(0, 64), (0, -1)] == [row[2:] for row in t4]


def test_spelling_that_nobody_knows_is_refused(azure: Azure) -> None:
    """There are two."""
    with azure.sandbox.store.write() as tx, pytest.raises(ArmError) as refusal:
        set_spelling(tx, {"spelling": "guessed"})

    assert "allowed: seen, sample" in refusal.value.message
