# SPDX-License-Identifier: Apache-2.0
"""How long `ame recover` waits, and what it says of each thing."""

from typing import Any

import pytest

from azure_model_endpoints.cli import interruptions
from azure_model_endpoints.errors import AmeError
from azure_model_endpoints.planning.recovery import Finding, Interrupted, Outcome
from azure_model_endpoints.subscription.arm import ArmClient

RECORD = {
    "urn": "urn:pulumi:dev::models::azure-native:resources:ResourceGroup::group",
    "type": "azure-native:resources:ResourceGroup",
    "inputs": {"azureApiVersion": "2024-03-01"},
}
GROUP = Interrupted("creating", RECORD, "/subscriptions/s/resourceGroups/rg")


class Scripted(ArmClient):
    """A client that sees a resource in one state after the other."""

    def __init__(self, *states: str | None) -> None:
        self.states = list(states)

    def get(self, resource_id: str, api_version: str) -> dict[str, Any] | None:
        """Return what is next."""
        assert (GROUP.resource_id, GROUP.api_version) == (resource_id, api_version)
        state = self.states.pop(0)
        return state and {"id": resource_id, "properties": {"provisioningState": state}}  # type: ignore[return-value]


@pytest.mark.parametrize("last", ["Succeeded", "Failed", None])
def test_azure_is_given_time(last: str | None, capsys: pytest.CaptureFixture[str]) -> None:
    """Only what has settled is judged; the wait is announced once."""
    client = Scripted("Creating", "Creating", last)

    live = interruptions.settled(client, GROUP)

    assert last == (live and live["properties"]["provisioningState"])
    said = capsys.readouterr().err
    assert "Waiting for group, which Azure is still creating.\n" == said


def test_time_is_not_endless(monkeypatch: pytest.MonkeyPatch) -> None:
    """What never settles is for the user to look at."""
    monkeypatch.setattr(interruptions, "SETTLING_TIMEOUT_SECONDS", 0)

    with pytest.raises(AmeError, match=r"/rg has been busy .* The stack's state was not changed"):
        interruptions.settled(Scripted("Creating", "Creating"), GROUP)


@pytest.mark.parametrize("outcome", Outcome)
def test_every_outcome_is_one_sentence(outcome: Outcome) -> None:
    """It names the resource as the program does."""
    said = interruptions.sentence(Finding(GROUP, outcome))

    assert " group" in said
    assert 1 == len(said.splitlines())
    assert said.endswith(".")
    assert "{" not in said
