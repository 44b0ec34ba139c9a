# SPDX-License-Identifier: Apache-2.0
"""What keeps a workspace from being created for the first time."""

from azure_model_endpoints.planning.first_creation import (
    globally_named,
    name_problems,
    registration_problems,
)


def test_unregistered_providers_are_named_with_the_command() -> None:
    """Azure's own error names neither."""
    states = {"Microsoft.Cdn": "NotRegistered", "Microsoft.Search": "Registered"}

    [problem] = registration_problems(states)

    assert "Microsoft.Cdn, which is NotRegistered" == problem.given
    assert "az provider register --namespace Microsoft.Cdn" in problem.remedy


def test_names_that_are_shared_out_over_azure_are_three() -> None:
    """Those of accounts, vaults and registries."""
    names = [(each.type_, each.name) for each in globally_named("st", "kv", "cr")]

    assert [
        ("Microsoft.Storage/storageAccounts", "st"),
        ("Microsoft.KeyVault/vaults", "kv"),
        ("Microsoft.ContainerRegistry/registries", "cr"),
    ] == names


def test_taken_names_are_told_together() -> None:
    """A vault's may be held by a deleted one."""
    account, vault, _ = globally_named("st", "kv", "cr")

    problems = list(name_problems("models.workload", [account, vault]))

    assert ["models.workload"] * 2 == [problem.path for problem in problems]
    assert "storage account called 'st'" in problems[0].given
    assert "purge" not in problems[0].remedy
    assert "az keyvault purge --name kv" in problems[1].remedy


def test_nothing_wrong_is_no_problem() -> None:
    """The usual case."""
    assert [] == list(registration_problems({"Microsoft.Cdn": "Registered", "A": "NotFound"}))
    assert [] == list(name_problems("models.workload", []))
