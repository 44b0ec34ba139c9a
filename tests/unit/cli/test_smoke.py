# SPDX-License-Identifier: Apache-2.0
"""`ame smoke` against a cloud that answers as it is told to."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from azure_model_endpoints.cli import app, main
from azure_model_endpoints.planning.names import default_endpoint_name
from tests.unit.http_server import Reply, Server

SUBSCRIPTION = "00000000-0000-4000-8000-000000000001"
WORKSPACE = (
    f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-models-dev/providers"
    "/Microsoft.MachineLearningServices/workspaces/mlw-models"
)
STACK = """
config:
  azure-model-endpoints:region: eastus
  azure-model-endpoints:public_network_access: true
  azure-model-endpoints:endpoints:
    chat: {model: phi-2}
    named: {model: phi-2, endpoint_name: my-name}
"""
CHAT = default_endpoint_name("chat", SUBSCRIPTION, "rg-models-dev", "mlw-models")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with one stack, and this process in it."""
    (tmp_path / "Pulumi.yaml").write_text("name: p\n")
    (tmp_path / "Pulumi.dev.yaml").write_text(STACK)
    monkeypatch.chdir(tmp_path)
    for name in ("ARM_SUBSCRIPTION_ID", "AZURE_SUBSCRIPTION_ID"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def azure(project: Path, server: Server, monkeypatch: pytest.MonkeyPatch) -> Server:
    """A cloud with both endpoints of the stack, which lets everybody in."""
    authentication = {"loginEndpoint": server.url, "audiences": [server.url]}
    cloud = {"resourceManager": server.url, "authentication": authentication}
    server.answer("GET", "/metadata/endpoints", Reply(body=cloud))
    monkeypatch.setattr("azure_model_endpoints.credentials.credential", lambda **_: Identity())
    monkeypatch.setenv("ARM_METADATA_HOSTNAME", server.url)
    monkeypatch.setenv("ARM_SUBSCRIPTION_ID", SUBSCRIPTION)
    for name in (CHAT, "my-name"):
        endpoint = {"properties": {"scoringUri": f"{server.url}/{name}/score"}}
        path = f"{WORKSPACE}/onlineEndpoints/{name}"
        server.answer("GET", path, Reply(body=endpoint))
        server.answer("POST", f"{path}/listKeys", Reply(body={"primaryKey": "k3y"}))
        headers = {"azureml-model-deployment": "blue"}
        server.answer("POST", f"/{name}/score", Reply(body=f"I am {name}.", headers=headers))
    return server


class Identity:
    """Whoever asks: always let in."""

    def get_token(self, *_: str, **__: Any) -> Any:
        """Return a token that lasts."""
        from azure.core.credentials import AccessToken

        return AccessToken("t", 2**31)


def smoke(*arguments: str) -> Result:
    """One run of the command."""
    return CliRunner().invoke(app, ["smoke", "--stack", "dev", *arguments])


def test_json_says_who_answered_what(azure: Server) -> None:
    """Scripts rely on these names."""
    run = smoke("--json", "--question", "Who are you?")

    document = json.loads(run.output)
    assert all(answer.pop("latency_ms") > 0 for answer in document["answers"])
    assert {
        "question": "Who are you?",
        "answers": [
            {"endpoint_name": CHAT, "text": f"I am {CHAT}.", "deployment": "blue"},
            {"endpoint_name": "my-name", "text": "I am my-name.", "deployment": "blue"},
        ],
    } == document
    assert 0 == run.exit_code


def test_table_shows_answer_deployment_and_latency(azure: Server) -> None:
    """For people."""
    run = smoke()

    [row] = [line for line in run.output.splitlines() if "named" in line]
    assert "blue" in row
    assert " ms" in row
    assert "I am my-name." in row


def test_question_is_shown_as_it_was_asked(azure: Server) -> None:
    """Brackets mean something to the library that prints tables, not to who asks."""
    run = smoke("--question", "What does [/x] or [bold] close?")

    assert 0 == run.exit_code
    assert "“What does [/x] or [bold] close?”" in run.output


def test_one_silent_endpoint_fails_the_command(azure: Server) -> None:
    """The others are asked and shown all the same."""
    azure.answer("POST", "/my-name/score", Reply(503))

    run = smoke("--json")

    answers = json.loads(run.output)["answers"]
    assert ["blue", None] == [answer["deployment"] for answer in answers]
    assert 1 == run.exit_code


def test_key_is_never_shown(azure: Server) -> None:
    """Neither when all is well nor when it is not."""
    shown = smoke().output + smoke("--json").output
    azure.answer("POST", "/my-name/score", Reply(401, b"bad key"))

    assert "k3y" not in shown + smoke().output + smoke("--json").output


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("prod", STACK, "stack: given 'prod'; allowed: dev."),
        ("dev", "a: [", "Pulumi.dev.yaml, line 1, column 5: given no YAML"),
        ("dev", STACK.replace("phi-2", "phi2"), "Did you mean 'phi-2'?"),
        ("dev", STACK, "No subscription was named"),
    ],
    ids=["stack", "file", "model", "subscription"],
)
@pytest.mark.usefixtures("project")
def test_problems_are_paragraphs_with_status_1(
    name: str,
    content: str,
    told: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Before anything is asked of Azure."""
    Path("Pulumi.dev.yaml").write_text(content)
    monkeypatch.setattr("sys.argv", ["ame", "smoke", "--stack", name])

    status = main()

    output, errors = capsys.readouterr()
    assert (1, "") == (status, output)
    assert errors.startswith("ame: ")
    assert told in errors
    assert "Traceback" not in errors


def test_missing_option_is_wrong_usage(project: Path) -> None:
    """Status 2, as every command line says it."""
    run = CliRunner().invoke(app, ["smoke"])

    assert 2 == run.exit_code
    assert "--stack" in run.output
