# SPDX-License-Identifier: Apache-2.0
"""What is asked of Azure before a workspace is created, and what its answers mean."""

from typing import Any

import pytest

from azure_model_endpoints.credentials import Cloud
from azure_model_endpoints.errors import ArmError
from azure_model_endpoints.planning.names import WorkspaceNames
from azure_model_endpoints.subscription.arm import ArmClient
from azure_model_endpoints.subscription.new_workspaces import creation_problems, problems_if_new
from tests.unit.http_server import Reply, Server

NAMES = WorkspaceNames.of("bank", "s", "rg")
GROUP = "/subscriptions/s/resourceGroups/rg/providers"
VAULT = f"{GROUP}/Microsoft.KeyVault/vaults/{NAMES.key_vault}"
ACCOUNT = f"{GROUP}/Microsoft.Storage/storageAccounts/{NAMES.storage_account}"
REGION = "/subscriptions/s/providers/Microsoft.KeyVault/locations/eastus"
DELETED = f"{REGION}/deletedVaults/{NAMES.key_vault}"
FORBIDDEN = Reply(403, {"error": {"code": "AuthorizationFailed", "message": "You may not."}})


@pytest.fixture
def azure(server: Server) -> Server:
    """A subscription in which everything is registered and free."""
    for namespace in ("Microsoft.Storage", "Microsoft.KeyVault", "Microsoft.ContainerRegistry"):
        answer(server, namespace, free=True)
    for namespace in ("PolicyInsights", "Cdn", "DocumentDB", "Search"):
        path = f"/subscriptions/s/providers/Microsoft.{namespace}"
        server.answer("GET", path, Reply(body={"registrationState": "Registered"}))
    return server


def answer(server: Server, namespace: str, *, free: bool) -> None:
    """Let a service say whether a name is free."""
    path = f"/subscriptions/s/providers/{namespace}/checkNameAvailability"
    server.answer("POST", path, Reply(body={"nameAvailable": free}))


def given(
    server: Server,
    *,
    encrypted: bool = False,
    networked: bool = False,
    recovers_vault: bool = False,
) -> list[str]:
    """What is wrong."""
    client = ArmClient.with_token(Cloud(server.url, "", server.url), "t")
    problems = creation_problems(
        client,
        "s",
        "rg",
        NAMES,
        path="name",
        encrypted=encrypted,
        networked=networked,
        recovers_vault=recovers_vault,
    )
    return [problem.given for problem in problems]


def test_nothing_is_wrong_where_all_is_free(azure: Server) -> None:
    """The usual case."""
    assert [] == given(azure)
    assert not [asked for asked in azure.asked if "DocumentDB" in asked.path]


def test_a_key_of_ones_own_needs_two_more(azure: Server) -> None:
    """Azure puts databases and a search service beside such a workspace."""
    path = "/subscriptions/s/providers/Microsoft.DocumentDB"
    azure.answer("GET", path, Reply(body={"registrationState": "NotRegistered"}))

    assert ["Microsoft.DocumentDB, which is NotRegistered"] == given(azure, encrypted=True)


def test_a_network_needs_one_more(azure: Server) -> None:
    """Its private endpoints are of another service; without a network nobody asks for it."""
    path = "/subscriptions/s/providers/Microsoft.Network"
    azure.answer("GET", path, Reply(body={"registrationState": "NotRegistered"}))

    assert [] == given(azure)
    assert ["Microsoft.Network, which is NotRegistered"] == given(azure, networked=True)


def test_taken_name_is_no_problem_where_it_is_ours(azure: Server) -> None:
    """A run that was killed has created the account, and not yet the vault."""
    answer(azure, "Microsoft.Storage", free=False)
    others = given(azure)
    azure.answer("GET", ACCOUNT, Reply(body={"id": ACCOUNT}))

    assert [
        f"a storage account called {NAMES.storage_account!r}, which somebody else has"
    ] == others
    assert [] == given(azure)


def test_vault_that_is_recovered_may_hold_its_name(azure: Server) -> None:
    """It is its own."""
    answer(azure, "Microsoft.KeyVault", free=False)

    assert [] == given(azure, recovers_vault=True)
    assert 1 == len(given(azure))


def test_who_may_not_ask_is_not_stopped(azure: Server) -> None:
    """Rights on one resource group are enough to create all of it."""
    for namespace in ("Microsoft.Storage", "Microsoft.KeyVault", "Microsoft.ContainerRegistry"):
        path = f"/subscriptions/s/providers/{namespace}/checkNameAvailability"
        azure.answer("POST", path, FORBIDDEN)
    azure.answer("GET", "/subscriptions/s/providers/Microsoft.Cdn", FORBIDDEN)

    assert [] == given(azure)


def test_other_failures_are_told(azure: Server) -> None:
    """Not knowing is not the same as being fine."""
    path = "/subscriptions/s/providers/Microsoft.Storage/checkNameAvailability"
    azure.answer("POST", path, Reply(400, {"error": {"code": "Bad", "message": "What?"}}))

    with pytest.raises(ArmError, match="What"):
        given(azure)


@pytest.mark.parametrize(
    ("live", "deleted", "count"),
    [
        (Reply(body={"id": VAULT}), Reply(404), 0),
        (Reply(404), Reply(404), 1),
        (Reply(404), Reply(body={"properties": {"vaultId": VAULT}}), 0),
        (Reply(404), Reply(body={"properties": {"vaultId": VAULT.replace("/rg/", "/other/")}}), 1),
    ],
)
def test_name_of_a_vault_counts_unless_it_is_there_or_comes_back(
    azure: Server, live: Reply, deleted: Reply, count: int
) -> None:
    """Deleted from another group, it is another's."""
    answer(azure, "Microsoft.KeyVault", free=False)
    azure.answer("GET", VAULT, live)
    azure.answer("GET", DELETED, deleted)
    client = ArmClient.with_token(Cloud(azure.url, "", azure.url), "t")
    more: dict[str, Any] = {"region": "eastus", "path": "name", "encrypted": False}
    more["networked"] = False

    assert count == len(problems_if_new(client, "s", "rg", NAMES, **more))
