# SPDX-License-Identifier: Apache-2.0
"""What the library raises on purpose, and how it reads."""

import pytest

from azure_model_endpoints import errors
from azure_model_endpoints.errors import AmeError, ArmError, PlanError, Problem, SettingsError

PROBLEM = Problem("endpoints.chat.model", "'phi2'", "phi-2", "Did you mean 'phi-2'?")


def test_problem_reads_as_path_given_allowed_and_remedy() -> None:
    """The four parts a reader needs, in one line."""
    assert "endpoints.chat.model: given 'phi2'; allowed: phi-2. Did you mean 'phi-2'?" == str(
        PROBLEM
    )


def test_problems_are_told_all_at_once() -> None:
    """A heading that counts them and names their source, then a line for each."""
    other = Problem("region", "nothing", "a value", "Add it.")

    text = str(SettingsError([PROBLEM, other], source="Pulumi.dev.yaml"))

    assert [
        "2 problems in Pulumi.dev.yaml:",
        f"  - {PROBLEM}",
        f"  - {other}",
    ] == text.splitlines()


def test_a_single_problem_is_counted_in_the_singular() -> None:
    """The heading is a sentence, not a form."""
    assert str(PlanError([PROBLEM])).startswith("1 problem in the settings:\n")


@pytest.mark.parametrize("name", errors.__all__)
def test_everything_that_is_raised_is_an_ame_error(name: str) -> None:
    """One except clause catches whatever the library raises on purpose."""
    kind = getattr(errors, name)

    assert kind is Problem or issubclass(kind, AmeError)


def test_refusal_keeps_the_status_and_the_code() -> None:
    """Callers decide by them; readers get the text."""
    refusal = ArmError("busy", status=409, code="Conflict")

    assert ("busy", 409, "Conflict") == (str(refusal), refusal.status, refusal.code)
