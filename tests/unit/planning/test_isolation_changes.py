# SPDX-License-Identifier: Apache-2.0
"""What a change of the isolation mode means."""

import pytest

from azure_model_endpoints.planning.isolation_changes import (
    Transition,
    irrevocable,
    recreation,
    transition,
)
from azure_model_endpoints.setting_names import SettingName
from azure_model_endpoints.vocabulary import IsolationMode

DISABLED = IsolationMode.DISABLED
INTERNET = IsolationMode.ALLOW_INTERNET_OUTBOUND
APPROVED = IsolationMode.ALLOW_ONLY_APPROVED_OUTBOUND


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (DISABLED, DISABLED, Transition.NONE),
        (APPROVED, APPROVED, Transition.NONE),
        (DISABLED, INTERNET, Transition.RECREATES_ENDPOINTS),
        (DISABLED, APPROVED, Transition.RECREATES_ENDPOINTS),
        (INTERNET, DISABLED, Transition.IMPOSSIBLE),
        (INTERNET, APPROVED, Transition.IMPOSSIBLE),
        (APPROVED, INTERNET, Transition.IMPOSSIBLE),
        (APPROVED, DISABLED, Transition.IMPOSSIBLE),
    ],
)
def test_isolation_is_one_way(
    before: IsolationMode, after: IsolationMode, expected: Transition
) -> None:
    """Azure docs, "Workspace managed virtual network isolation": limitations."""
    assert expected is transition(before, after)


@pytest.mark.parametrize("mode", [INTERNET, APPROVED])
def test_endpoints_that_are_recreated_are_named(mode: IsolationMode) -> None:
    """With the mode that costs them, and what their callers will notice."""
    said = recreation("workspace.isolation.mode", mode, ["chat", "phi-2"])

    assert said.startswith(f"workspace.isolation.mode: with {mode} the endpoints that exist")
    assert "deleted and created again" in said
    assert ": chat, phi-2. Nobody answers their callers meanwhile" in said


@pytest.mark.parametrize(
    ("before", "after"),
    [(INTERNET, DISABLED), (INTERNET, APPROVED), (APPROVED, INTERNET), (APPROVED, DISABLED)],
)
def test_what_cannot_be_taken_back_says_what_to_do(
    before: IsolationMode, after: IsolationMode
) -> None:
    """The way is a second workspace."""
    setting = SettingName("isolation.mode")

    said = str(irrevocable(setting, (before, after), "mlw", ["chat"]))

    assert said.startswith(f"isolation.mode: given '{after}'; allowed: '{before}' of the workspace")
    assert "the workspace mlw, which Azure cannot take back" in said
    assert "The workspace and its endpoints chat would have to be deleted" in said
    assert "Make a second workspace under another name" in said


def test_empty_workspace_loses_only_itself() -> None:
    """No endpoint is spoken of where there is none."""
    problem = irrevocable(SettingName("m", "profile prod"), (INTERNET, DISABLED), "mlw", [])

    assert "'disabled', by profile prod" == problem.given
    assert problem.remedy.startswith("The workspace would have to be deleted")
