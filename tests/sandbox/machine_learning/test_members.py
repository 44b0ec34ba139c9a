# SPDX-License-Identifier: Apache-2.0
"""What each api-version shows of one and the same resource."""

import pytest

from azure_sandbox.namespaces.machine_learning import members
from azure_sandbox.namespaces.machine_learning.versions import VERSIONS
from tests.sandbox.machine_learning.conftest import Azure


@pytest.mark.parametrize(
    ("version", "shown"),
    [
        ("2022-05-01", set()),
        ("2022-10-01", {"egressPublicNetworkAccess"}),
        ("2024-04-01", {"egressPublicNetworkAccess"}),
        ("2023-04-01-preview", {"egressPublicNetworkAccess"}),
        ("2024-10-01", {"egressPublicNetworkAccess", "startupProbe"}),
        ("2024-10-01-preview", {"egressPublicNetworkAccess"}),
        ("2026-05-15-preview", {"egressPublicNetworkAccess", "startupProbe"}),
    ],
)
def test_a_deployment_has_what_the_version_knows(
    azure: Azure, version: str, shown: set[str]
) -> None:
    """The newest shows all of it."""
    azure.accept(azure.put_endpoint())
    azure.accept(azure.put_deployment("blue", startupProbe={"initialDelay": "PT1M"}))
    path = azure.deployment_path("blue")

    older = azure.send("GET", path, version=version).body["properties"]

    assert azure.get(path)["properties"].keys() - members.OF_DEPLOYMENTS.keys() <= older.keys()
    assert shown == older.keys() & members.OF_DEPLOYMENTS.keys()


def test_a_workspace_has_a_kind_since_there_are_hubs(azure: Azure) -> None:
    """It is beside the properties."""
    seen = {
        version: azure.send("GET", azure.workspace, version=version).body.get("kind")
        for version in ("2020-08-01", "2023-10-01", "2023-04-01-preview", "2024-04-01")
    }

    assert {
        "2020-08-01": None,
        "2023-10-01": None,
        "2023-04-01-preview": "Default",
        "2024-04-01": "Default",
    } == seen


@pytest.mark.parametrize(
    "table", [members.OF_ENDPOINTS, members.OF_DEPLOYMENTS, members.OF_WORKSPACES]
)
def test_members_begin_with_versions_that_there_are(table: members.Members) -> None:
    """Stable ones and previews count for themselves."""
    for since in table.values():
        assert {since.stable, since.preview} <= set(VERSIONS)
        assert (False, True) == tuple(each.endswith("-preview") for each in since)
