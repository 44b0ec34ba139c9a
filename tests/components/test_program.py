# SPDX-License-Identifier: Apache-2.0
"""The plan of the stack that the engine runs, from its configuration and its file."""

import json
import threading
from functools import partial
from pathlib import Path
from typing import Any

import pulumi
import pytest

from azure_model_endpoints import plan_of_program, preflight, program
from azure_model_endpoints.errors import CredentialError
from azure_model_endpoints.planning.stack_plan import StackPlan
from azure_model_endpoints.subscription import new_workspaces
from tests.components.engine import SUBSCRIPTION, Engine

SETTINGS: dict[str, Any] = {
    "region": "eastus",
    "public_network_access": True,
    "preflight": "off",
    "endpoints": {"chat": {"model": "phi-2"}},
}


@pytest.fixture
def stack_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file that the engine was told to use."""
    path = tmp_path / "Pulumi.dev.yaml"
    path.write_text("config: {}\n")
    monkeypatch.setenv("PULUMI_OPTION_CONFIG_FILE", str(path))
    monkeypatch.delenv("HF_TOKEN", raising=False)
    return path


def configured(settings: dict[str, Any]) -> dict[str, str]:
    """Settings as the engine hands them over: text as it is, and the rest as JSON."""
    return {
        f"azure-model-endpoints:{name}": value if isinstance(value, str) else json.dumps(value)
        for name, value in settings.items()
    }


def planned(engine: Engine, configuration: dict[str, str]) -> StackPlan:
    """The plan of a program with some configuration."""
    plans: list[StackPlan] = []

    def program() -> None:
        pulumi.runtime.set_all_config(configuration)
        try:
            plans.append(plan_of_program())
        finally:
            pulumi.runtime.set_all_config({})

    engine.run(program)
    return plans[0]


@pytest.mark.usefixtures("stack_file")
def test_settings_come_from_the_engine(engine: Engine) -> None:
    """Which also knows what environments and secrets add to the file."""
    configuration = configured(SETTINGS) | {"azure-native:location": "eastus"}

    plan = planned(engine, configuration)

    assert "rg-models-dev" == plan.resource_group_name
    assert ["chat"] == list(plan.settings.endpoints)
    assert plan.settings.public_network_access is True


@pytest.mark.usefixtures("stack_file")
def test_problem_is_one_paragraph(engine: Engine) -> None:
    """The engine shows the text of a `RunError`, and no traceback."""
    with pytest.raises(pulumi.RunError, match="Did you mean 'phi-2'") as error:
        planned(engine, configured(SETTINGS | {"endpoints": {"chat": {"model": "phi2"}}}))

    assert error.value.__cause__ is None
    assert str(error.value).startswith("1 problem in the settings:\n")


def test_what_the_engine_ignores_in_the_file_is_told(engine: Engine, stack_file: Path) -> None:
    """Endpoints outside `config:` would mean none, and delete everything."""
    stack_file.write_text("endpoints:\n  chat: {model: phi-2}\n")

    with pytest.raises(pulumi.RunError, match="Move it under `config:`"):
        planned(engine, configured(SETTINGS))


class Client:
    """Resource Manager where nothing exists, and one service is not registered."""

    def get(self, resource_id: str, _api_version: str) -> dict[str, Any] | None:
        """Return a service's registration."""
        state = "NotRegistered" if resource_id.endswith("/Microsoft.Cdn") else "Registered"
        return {"registrationState": state} if "/resourceGroups/" not in resource_id else None

    def post(self, _path: str, _api_version: str, _body: object) -> dict[str, Any]:
        """Return that a name is free."""
        return {"nameAvailable": True}


NO_RANGE = {"network": {"address_space": ["10.0.0"]}, "preflight": "enforce"}


@pytest.mark.parametrize(
    ("said", "asks"),
    [
        (NO_RANGE, True),
        (NO_RANGE | {"region": "East US"}, False),
        (NO_RANGE | {"workspace": {"diagnostics": "x"}}, False),
        (NO_RANGE | {"preflight": "off"}, False),
    ],
    ids=["network", "region", "workspace", "off"],
)
@pytest.mark.usefixtures("stack_file")
def test_azure_is_asked_what_wrong_settings_do_not_decide(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, said: dict[str, Any], *, asks: bool
) -> None:
    """So that nobody corrects a range to read of a registration."""
    monkeypatch.setattr(preflight, "program_client", lambda **_: (Client(), SUBSCRIPTION))
    monkeypatch.setattr(new_workspaces, "is_soft_deleted", lambda *_: False)

    with pytest.raises(pulumi.RunError) as error:
        planned(engine, configured(SETTINGS | said))

    assert "network.address_space[0]: given '10.0.0'" in str(error.value)
    assert asks is ("subscription: given Microsoft.Cdn, which is NotReg" in str(error.value))


@pytest.mark.parametrize("answers", [True, False], ids=["refuses", "is silent"])
@pytest.mark.usefixtures("stack_file")
def test_wrong_settings_are_told_where_azure_says_nothing(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, *, answers: bool
) -> None:
    """Alone, and soon."""
    answered = threading.Event()
    if answers:
        answered.set()

    def nobody(**_: object) -> None:
        answered.wait(60)
        raise CredentialError("no")

    monkeypatch.setattr(preflight, "program_client", nobody)
    hurried = partial(preflight.problems_besides, deadline_seconds=0.05)
    monkeypatch.setattr(program, "problems_besides", hurried)

    with pytest.raises(pulumi.RunError) as error:
        planned(engine, configured(SETTINGS | NO_RANGE))

    answered.set()
    assert str(error.value).startswith("1 problem in the settings:\n")


@pytest.mark.usefixtures("stack_file")
def test_token_may_come_from_the_run(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pipeline keeps its own secrets; what the stack says wins."""
    monkeypatch.setenv("HF_TOKEN", "hf_run")

    from_run = planned(engine, configured(SETTINGS)).settings.hugging_face_token
    from_stack = planned(
        engine, configured(SETTINGS | {"hugging_face_token": "hf_stack"})
    ).settings.hugging_face_token

    assert from_run
    assert from_stack
    assert ("hf_run", "hf_stack") == (
        from_run.get_secret_value(),
        from_stack.get_secret_value(),
    )
