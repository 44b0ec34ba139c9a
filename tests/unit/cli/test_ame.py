# SPDX-License-Identifier: Apache-2.0
"""The skeleton of `ame`: what it loads, how it fails, and how it hands over to the sandbox."""

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from azure_model_endpoints import cli
from azure_model_endpoints.cli import sandbox
from azure_model_endpoints.cli.engine import Engine
from azure_model_endpoints.errors import AmeError

HEAVY = {"azure", "pulumi", "pydantic", "yaml"}


def ame(*arguments: str) -> subprocess.CompletedProcess[str]:
    """One run of the command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "azure_model_endpoints.cli", *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def test_command_line_loads_nothing_heavy() -> None:
    """`ame --help` and `ame sandbox` start fast."""
    program = (
        "import json, sys; import azure_model_endpoints.cli;"
        "print(json.dumps([name.partition('.')[0] for name in sys.modules]))"
    )

    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert set() == HEAVY & set(json.loads(run.stdout))


def test_help_names_the_commands() -> None:
    """The way in is `--help`."""
    run = ame("--help")

    assert 0 == run.returncode
    for command in ("doctor", "sandbox"):
        assert command in run.stdout


def test_help_says_of_every_command_what_it_does_in_a_line() -> None:
    """A sentence that is too long for a line would be cut off."""
    _, _, commands = ame("--help").stdout.partition("Commands:")

    assert [] == [line for line in commands.splitlines() if line.endswith("...")]


def test_full_disk_is_told_in_a_sentence() -> None:
    """What the machine lacks is no fault of the program's."""
    with Path("/dev/full").open("w") as full:
        run = subprocess.run(
            [sys.executable, "-m", "azure_model_endpoints.cli", "models"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )

    assert 1 == run.returncode
    assert run.stderr.startswith("ame: [Errno 28] No space left on device")
    assert "Traceback" not in run.stderr


def test_ctrl_c_does_not_wait_for_a_service_that_never_answers(tmp_path: Path) -> None:
    """Nothing is printed, and the status is what shells expect."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        run = subprocess.Popen(
            [
                *(sys.executable, "-m", "azure_model_endpoints.cli", "prices", "refresh"),
                *("--region", "eastus", "--file", tmp_path / "prices.yaml"),
            ],
            env={
                **os.environ,
                "AZURE_RETAIL_PRICES_URL": f"http://127.0.0.1:{silent.getsockname()[1]}",
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        connection, _ = silent.accept()
        with connection:
            connection.recv(1)
            run.send_signal(signal.SIGINT)
            try:
                printed = run.communicate(timeout=20)
            finally:
                run.kill()

    assert (130, ("", "")) == (run.returncode, printed)


@pytest.mark.parametrize("arguments", [["no-such-command"], ["doctor", "--no-such-option"]])
def test_wrong_usage_exits_with_2(arguments: list[str]) -> None:
    """As every command line does."""
    run = ame(*arguments)

    assert 2 == run.returncode
    assert "Traceback" not in run.stderr


def test_problem_is_told_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What the library raises on purpose is one paragraph on standard error, and status 1."""

    def fail() -> None:
        raise AmeError("The thing is missing. Get it.")

    monkeypatch.setattr(cli, "app", fail)

    status = cli.main()

    assert 1 == status
    assert ("", "ame: The thing is missing. Get it.\n") == tuple(capsys.readouterr())


def test_missing_sandbox_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the extra, `ame sandbox` is one sentence away from working."""
    monkeypatch.setattr(sandbox, "find_spec", lambda _: None)

    with pytest.raises(AmeError) as problem:
        sandbox.sandbox(["status"])

    assert "pip install 'azure-model-endpoints[sandbox]'" in str(problem.value)


def test_sandbox_sees_its_arguments_as_they_were_typed() -> None:
    """Options, and what comes after `--`, are the sandbox's own to read."""
    run = ame("sandbox", "exec", "--port", "nonsense", "--", "pulumi", "--help")

    assert 2 == run.returncode
    assert "ame sandbox exec: error: argument --port: given 'nonsense'" in run.stderr


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Pulumi CLI that is always found."""
    monkeypatch.setattr(sandbox, "find_engine", lambda: Engine(Path("/p/pulumi"), "3.220.0", "go"))


@pytest.mark.usefixtures("engine")
def test_exec_is_told_which_pulumi_cli_to_use() -> None:
    """The CLI that `ame` has found or built is the one that runs in the sandbox."""
    told = sandbox.with_engine(["exec", "--stack", "dev", "--", "pulumi", "up"])

    assert "exec --pulumi /p/pulumi --stack dev -- pulumi up" == " ".join(told)


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize(
    "arguments",
    [
        ["status"],
        ["exec", "--help"],
        ["exec", "--pulumi", "/mine", "--", "pulumi"],
        ["exec", "--pulumi=/mine", "--", "pulumi"],
        ["log", "--follow"],
    ],
)
def test_nothing_is_added_where_no_engine_is_needed(arguments: list[str]) -> None:
    """Other commands do not wait for a CLI to be built, and the user's own choice holds."""
    assert arguments == sandbox.with_engine(arguments)


@pytest.mark.usefixtures("engine")
def test_options_of_the_command_are_not_those_of_exec() -> None:
    """`--help` after `--` asks the command for help."""
    told = sandbox.with_engine(["exec", "--", "pulumi", "--help"])

    assert "--pulumi" in told
