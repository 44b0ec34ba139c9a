# SPDX-License-Identifier: Apache-2.0
"""`serve`, `reset`, and the commands that look at a running sandbox or change it."""

import json
import signal
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from azure_sandbox.administration import log_line, table

ASK_FOR_METADATA = (
    "import os, urllib.request as r;"
    "r.urlopen(os.environ['AZURE_SANDBOX_URL'] + '/metadata/endpoints?api-version=2022-09-01')"
)


@pytest.fixture
def served(shell: Any) -> Iterator[Any]:
    """A directory whose sandbox runs."""
    process = shell.start("serve")
    assert "The sandbox runs at https://localhost:" in process.stdout.readline()
    yield shell
    process.terminate()
    process.wait()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serve_ends_on_a_signal(
    shell: Any, is_alive: Callable[[int], bool], number: signal.Signals
) -> None:
    """Ctrl-C ends the server and is no failure."""
    process = shell.start("serve")
    process.stdout.readline()
    server = shell.server()["pid"]

    process.send_signal(number)

    assert 0 == process.wait()
    assert not is_alive(server)


def test_serve_outlives_the_commands_that_join_it(
    served: Any, is_alive: Callable[[int], bool]
) -> None:
    """An `exec` uses the server that `serve` has started and leaves it running."""
    server = served.server()

    result = served.run("exec", "--", "sh", "-c", "echo $AZURE_SANDBOX_URL")

    assert server["url"] == result.stdout.strip()
    assert is_alive(server["pid"])


def test_serve_tells_when_its_server_was_killed(shell: Any) -> None:
    """`serve` does not go on pretending."""
    process = shell.start("serve")
    process.stdout.readline()
    server = shell.server()["pid"]

    shell.run("exec", "--", "kill", "-KILL", server)

    assert 1 == process.wait()
    assert "The server has ended." in process.stderr.read()


@pytest.mark.parametrize(
    "command", ["status", "log", "routing", "fault list", "fault clear", "quota list"]
)
def test_command_without_a_server_says_how_to_start_one(shell: Any, command: str) -> None:
    """Where nothing runs, the answer is a sentence, and nothing is written."""
    result = shell.run(*command.split())

    assert 1 == result.returncode
    assert f"No sandbox runs in {shell.home}. Start one with" in result.stderr
    assert not shell.home.exists()


def test_status_as_json_without_a_server(shell: Any) -> None:
    """A script can tell that nothing runs."""
    result = shell.run("status", "--json")

    assert 1 == result.returncode
    assert {"running": False, "home": str(shell.home)} == json.loads(result.stdout)


def test_status_shows_where_it_runs(served: Any) -> None:
    """The address and the default subscription are what one needs to use it."""
    shown = served.run("status").stdout
    parsed = json.loads(served.run("status", "--json").stdout)

    assert parsed["running"] is True
    assert served.server()["url"] == parsed["url"]
    assert parsed["url"] in shown


def test_log_shows_requests_since_a_number(served: Any) -> None:
    """Each request is one line; `--since` leaves out the earlier ones."""
    for _ in range(2):
        served.run("exec", *served.python(ASK_FOR_METADATA))

    entries = json.loads(served.run("log", "--json").stdout)
    later = json.loads(served.run("log", "--json", "--since", entries[0]["seq"]).stdout)

    assert ["/metadata/endpoints"] * 2 == [entry["path"] for entry in entries]
    assert entries[1:] == later
    assert [log_line(entry) for entry in entries] == served.run("log").stdout.splitlines()


def test_log_follows(served: Any) -> None:
    """`--follow` shows what happens from now on."""
    following = served.start("log", "--follow", "--json")

    served.run("exec", *served.python(ASK_FOR_METADATA))

    assert "/metadata/endpoints" == json.loads(following.stdout.readline())["path"]


def test_fault_is_set_listed_and_cleared(served: Any) -> None:
    """A rule set on the command line reaches the server, with all it says."""
    served.run("fault", "add", "--method", "PUT", "--status", 429, "--retry-after-seconds", 3)

    (rule,) = json.loads(served.run("fault", "list", "--json").stdout)
    served.run("fault", "clear", rule["id"])

    assert ("PUT", 429, 3) == (rule["method"], rule["status"], rule["retry_after_seconds"])
    assert [] == json.loads(served.run("fault", "list", "--json").stdout)


def test_fault_needs_one_effect(shell: Any) -> None:
    """None or two effects are wrong usage."""
    assert 2 == shell.run("fault", "add", "--method", "PUT").returncode
    assert 2 == shell.run("fault", "add", "--drop", "--status", 500).returncode


def test_quota_is_set(served: Any) -> None:
    """A limit holds for one family in one region."""
    family = "standardNCADSA100v4Family"

    result = served.run("quota", "set", "eastus2", family, 48)

    assert 0 == result.returncode, result.stderr
    (row,) = json.loads(served.run("quota", "list", "--json").stdout)["value"]
    assert ("eastus2", family, 48) == (row["location"], row["family"], row["limit"])


def test_servers_refusal_is_a_paragraph(served: Any) -> None:
    """What the server refuses is told in its own words."""
    result = served.run("quota", "set", "eastus2", "noSuchFamily", 48)

    assert 1 == result.returncode
    assert "There is no VM family 'noSuchFamily'." in result.stderr
    assert "Traceback" not in result.stderr


def test_reset_asks_first(shell: Any) -> None:
    """Where nobody can answer, nothing is forgotten without `--yes`."""
    shell.run("exec", "--", "true")

    result = shell.run("reset")

    assert 1 == result.returncode
    assert "confirm with --yes" in result.stderr
    assert (shell.home / "state.sqlite3").exists()


def test_reset_empties_a_running_sandbox(served: Any) -> None:
    """The server keeps running; faults, Pulumi states and copies of stacks are gone."""
    served.run("fault", "add", "--drop", "--path", "nowhere")
    state = served.home / "backend" / ".pulumi" / "stacks" / "shop" / "dev.json"
    state.parent.mkdir(parents=True)
    state.write_text("{}")

    result = served.run("reset", "--yes")

    assert 0 == result.returncode, result.stderr
    assert not state.exists()
    assert [] == json.loads(served.run("fault", "list", "--json").stdout)


def test_reset_keeps_the_certificates(shell: Any) -> None:
    """A CA that somebody has come to trust stays what it was."""
    shell.run("exec", "--", "true")
    authority = (shell.home / "ca" / "ca.pem").read_bytes()

    shell.run("reset", "--yes")
    shell.run("exec", "--", "true")

    assert authority == (shell.home / "ca" / "ca.pem").read_bytes()


def test_table_leaves_out_empty_columns() -> None:
    """A column that nothing fills says nothing."""
    rows: list[dict[str, Any]] = [
        {"a": 1, "b": None, "c": {"blue": 90, "green": 10}},
        {"a": 0, "b": False, "c": {}},
    ]

    shown = table(rows, ("a", "b", "c"))

    assert "a  c\n1  blue 90, green 10\n0" == shown
