# SPDX-License-Identifier: Apache-2.0
"""In which order a stack is made sound, and what keeps it from that."""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

import pytest

from azure_model_endpoints.cli import interruptions
from azure_model_endpoints.cli.lock_holder import LockHolder
from azure_model_endpoints.cli.recovery import recovery, sentence
from azure_model_endpoints.cli.stack_state import StackState
from azure_model_endpoints.errors import AmeError, EngineError
from azure_model_endpoints.planning.recovery import Finding, interrupted_operations, judge

GROUP = {
    "urn": "urn:pulumi:dev::models::azure-native:resources:ResourceGroup::group",
    "type": "azure-native:resources:ResourceGroup",
    "custom": True,
    "inputs": {"resourceGroupName": "rg-models-dev", "azureApiVersion": "2024-03-01"},
}
LOCKED = "the stack is currently locked by 1 lock(s). created by ada@there (pid 7) at noon"
ADA = LockHolder(7, "ada", "there", "noon")


def state_of(*operations: str) -> dict[str, Any]:
    """A state with operations that somebody has begun and not ended."""
    pending = [{"type": operation, "resource": GROUP} for operation in operations]
    return {"deployment": {"resources": [], "pending_operations": pending}}


@dataclass
class Backend:
    """A stack on Azure Storage, as the engine shows it."""

    states: list[dict[str, Any]]
    """What is exported, one after the other; the last stays."""
    locked: bool = False
    stack: str = "dev"
    did: list[str] = field(default_factory=list)

    def backend_url(self) -> str:
        """Where no lock files can be seen."""
        return "azblob://states"

    def export(self) -> dict[str, Any]:
        """Return the state."""
        self.did.append("export")
        return deepcopy(self.states.pop(0) if len(self.states) > 1 else self.states[0])

    def replace(self, state: Mapping[str, Any]) -> None:
        """Refuse while it is locked, as the engine does."""
        if self.locked:
            raise EngineError(f"`pulumi stack import` failed: {LOCKED}")
        self.did.append("replace")
        self.states = [deepcopy(dict(state))]

    def release(self) -> None:
        """Take the lock away."""
        self.did.append("release")
        self.locked = False


@pytest.fixture(autouse=True)
def _nothing_is_live(monkeypatch: pytest.MonkeyPatch) -> None:
    """Azure has none of the resources."""

    def found(exported: Mapping[str, Any]) -> list[Finding]:
        return [judge(one, None, exported) for one in interrupted_operations(exported, "s")]

    monkeypatch.setattr(interruptions, "found", found)


def recovered(backend: Backend, *, force: bool = False) -> list[str]:
    """What is said to have been done."""
    state: StackState = backend  # type: ignore[assignment]
    return [sentence(step) for step in recovery(state, "models", force=force)]


def test_what_was_begun_is_looked_into_before_the_first_write() -> None:
    """Putting a state in place makes the engine forget what had begun."""
    backend = Backend([state_of("creating")])

    said = recovered(backend)

    assert ["Forgot that group was to be created: it was not."] == said
    assert ["export", "export", "replace"] == backend.did
    assert "pending_operations" not in backend.states[0]["deployment"]


def test_lock_that_only_the_engine_knows_of_is_released_by_force() -> None:
    """It names its holder when it refuses the write, which is then repeated."""
    backend = Backend([state_of("creating")], locked=True)

    said = recovered(backend, force=True)

    assert f"Released the lock of {ADA}." == said[0]
    assert ["export", "export", "release", "export", "replace"] == backend.did


def test_lock_of_another_machine_is_respected() -> None:
    """Nothing is written, and nothing released."""
    backend = Backend([state_of("creating")], locked=True)

    with pytest.raises(AmeError, match="Nothing was changed"):
        recovered(backend)

    assert ["export", "export"] == backend.did
    assert backend.locked


def test_stack_that_another_run_has_changed_meanwhile_stays_as_it_is() -> None:
    """What that run has recorded would be lost."""
    backend = Backend([state_of("creating"), state_of("creating", "updating")])

    with pytest.raises(AmeError, match="another run has changed the stack meanwhile"):
        recovered(backend)

    assert "replace" not in backend.did


def test_run_between_release_and_write_is_not_overwritten() -> None:
    """The lock kept it out until then."""
    before = state_of("creating")
    backend = Backend([before, before, state_of()], locked=True)

    with pytest.raises(AmeError, match="another run has changed the stack meanwhile"):
        recovered(backend, force=True)

    assert "replace" not in backend.did
