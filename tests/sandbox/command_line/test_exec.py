# SPDX-License-Identifier: Apache-2.0
"""`exec`: a command with a sandbox for its lifetime."""

import json
import os
import pty
import select
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

PATIENCE_SECONDS = 30.0
COUNT_SIGNALS = """
import signal, sys, time
received = []
def receive(number, frame):
    received.append(number)
    if len(received) == 1:
        signal.setitimer(signal.ITIMER_REAL, 0.5)
signal.signal(signal.SIGINT, receive)
signal.signal(signal.SIGTERM, receive)
signal.signal(signal.SIGALRM, lambda *_: sys.exit(40 + len(received)))
print("ready", flush=True)
while True:
    time.sleep(1)
"""
"""Exits with 41 when half a second after the first signal there was no second."""


def test_exit_status_is_the_commands_own(shell: Any) -> None:
    """What the command exits with, `exec` exits with."""
    result = shell.run("exec", "--", "sh", "-c", "echo said; exit 7")

    assert (7, "said\n", "") == (result.returncode, result.stdout, result.stderr)


def test_exit_status_tells_the_signal_that_ended_the_command(shell: Any) -> None:
    """A command that a signal has ended gives 128 and its number, as in a shell."""
    result = shell.run("exec", "--", "sh", "-c", "kill -TERM $$")

    assert 128 + signal.SIGTERM == result.returncode


def test_unknown_command_is_a_sentence(shell: Any) -> None:
    """A command that does not exist gives 127 and no traceback."""
    result = shell.run("exec", "--", "no-such-command")

    assert 127 == result.returncode
    assert "no-such-command: there is no such command.\n" == result.stderr


def test_file_that_is_no_program_is_a_sentence(shell: Any) -> None:
    """A command that cannot be executed gives 126."""
    (shell.directory / "data").write_text("no program")

    result = shell.run("exec", "--", "./data")

    assert 126 == result.returncode
    assert "./data: it cannot be executed (Permission denied).\n" == result.stderr


def test_missing_command_is_wrong_usage(shell: Any) -> None:
    """`exec` without a command says how to write one and starts nothing."""
    result = shell.run("exec", "--stack", "dev")

    assert 2 == result.returncode
    assert "write the command after `--`" in result.stderr
    assert not shell.home.exists()


def test_command_reaches_the_server_with_its_environment_alone(shell: Any) -> None:
    """The address and the certificates in the environment are enough for any HTTPS client."""
    ask = (
        "import os, urllib.request as r;"
        "print(r.urlopen(os.environ['AZURE_SANDBOX_URL'] + '/sandbox/status').status)"
    )

    result = shell.run("exec", *shell.python(ask))

    assert "200\n" == result.stdout, result.stderr


def test_nothing_is_left_running(shell: Any, is_alive: Callable[[int], bool]) -> None:
    """When `exec` has ended, so has its server."""
    result = shell.run("exec", "--", "cat", shell.home / "server.json")

    assert not is_alive(json.loads(result.stdout)["pid"])
    assert not (shell.home / "server.json").exists()


def test_home_keeps_itself_out_of_version_control(shell: Any) -> None:
    """A sandbox in a repository leaves `git status` clean."""
    subprocess.run(["git", "init", "--quiet", shell.directory], check=True)

    shell.run("exec", "--", "true")
    status = subprocess.run(
        ["git", "status", "--porcelain"],
        cwd=shell.directory,
        capture_output=True,
        text=True,
        check=True,
    )

    assert shell.home.is_dir()
    assert "" == status.stdout


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_reaches_the_command_once(shell: Any, number: signal.Signals) -> None:
    """A signal sent to the whole process group is not doubled: two would make pulumi abort."""
    process = shell.start("exec", *shell.python(COUNT_SIGNALS))
    assert "ready\n" == process.stdout.readline()

    os.killpg(process.pid, number)

    assert 41 == process.wait()
    assert not (shell.home / "server.json").exists()


@contextmanager
def terminal(shell: Any, *command: str) -> Iterator[tuple[int, int]]:
    """A command at a terminal of its own: its process, and the terminal's other end."""
    process, other_end = pty.fork()
    if process == 0:  # pragma: no cover  (the child)
        os.chdir(shell.directory)
        os.execvpe(command[0], command, shell.environment)  # noqa: S606  (in the fork)
    try:
        yield process, other_end
    finally:
        os.close(other_end)
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)


def read_until(terminal: int, awaited: bytes) -> None:
    """Reads what a command prints, up to what is awaited."""
    said = b""
    while awaited not in said:
        readable, _, _ = select.select([terminal], [], [], PATIENCE_SECONDS)
        assert readable, said
        said += os.read(terminal, 1024)


def exit_status(process: int, until: Callable[[Callable[[], bool]], bool]) -> int:
    """The exit status of a child that ends in good time."""
    statuses: list[int] = []

    def ended() -> bool:
        found, status = os.waitpid(process, os.WNOHANG)
        statuses.append(status)
        return found == process

    assert until(ended)
    return os.waitstatus_to_exitcode(statuses[-1])


def test_ctrl_c_reaches_the_command_once(
    shell: Any, until: Callable[[Callable[[], bool]], bool]
) -> None:
    """Ctrl-C at a terminal interrupts the command once, and `exec` waits for it to end."""
    command = shell.command("exec", *shell.python(COUNT_SIGNALS))
    with terminal(shell, *command) as (process, other_end):
        read_until(other_end, b"ready")

        os.write(other_end, b"\x03")

        assert 41 == exit_status(process, until)


def test_command_reads_from_the_terminal(
    shell: Any, until: Callable[[Callable[[], bool]], bool]
) -> None:
    """The command has the terminal, so that `pulumi up` can ask its question."""
    command = shell.command("exec", "--", "sh", "-c", "read answer; test $answer = yes")
    with terminal(shell, *command) as (process, other_end):
        os.write(other_end, b"yes\n")

        assert 0 == exit_status(process, until)


def test_command_in_a_pipeline_may_still_read_from_the_terminal(
    shell: Any, until: Callable[[Callable[[], bool]], bool]
) -> None:
    """Only on demand, since what reads the other end of the pipe may be a pager."""
    reading = shlex.join(shell.command("exec", "--", "sh", "-c", "read answer; echo $answer"))
    with terminal(shell, "bash", "-c", f"set -m; {reading} | grep yes") as (process, other_end):
        os.write(other_end, b"yes\n")

        assert 0 == exit_status(process, until)


def test_pager_keeps_the_terminal(shell: Any, until: Callable[[Callable[[], bool]], bool]) -> None:
    """What a command prints can be read page by page."""
    printing = shlex.join(shell.command("exec", "--", "sh", "-c", "echo ready >&2; sleep 0.5"))
    pager = "sh -c 'read key </dev/tty; echo key: $key'"
    with terminal(shell, "bash", "-c", f"set -m; {printing} | {pager}") as (process, other_end):
        read_until(other_end, b"ready")

        os.write(other_end, b"q\n")

        read_until(other_end, b"key: q")
        assert 0 == exit_status(process, until)


def test_ctrl_z_gives_the_terminal_back_to_the_shell(
    shell: Any, until: Callable[[Callable[[], bool]], bool]
) -> None:
    """The command can be stopped and brought back, as any command of a shell."""
    command = shlex.join(shell.command("exec", "--", "sh", "-c", "echo ready; read line; exit 5"))
    script = f"set -m; {command}; echo stopped; fg; exit $?"
    with terminal(shell, "bash", "-c", script) as (process, other_end):
        read_until(other_end, b"ready")
        os.write(other_end, b"\x1a")
        read_until(other_end, b"stopped")

        os.write(other_end, b"line\n")

        assert 5 == exit_status(process, until)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets a process adopt orphans")
def test_what_the_command_left_behind_is_ended(shell: Any, is_alive: Callable[[int], bool]) -> None:
    """Plugins of an engine that was killed are in sessions of their own, and end all the same."""
    result = shell.run("exec", "--", "sh", "-c", "setsid sleep 600 >/dev/null & echo $!; exit 3")

    assert 3 == result.returncode
    assert not is_alive(int(result.stdout))


def test_killed_exec_leaves_no_server(
    shell: Any, is_alive: Callable[[int], bool], until: Callable[[Callable[[], bool]], bool]
) -> None:
    """The server notices that nobody holds a lease any more."""
    process = shell.start("exec", *shell.python("print('ready', flush=True); input()"))
    assert "ready\n" == process.stdout.readline()
    server = shell.server()["pid"]

    process.kill()

    assert until(lambda: not is_alive(server))


def test_leftovers_of_a_killed_server_are_replaced(shell: Any) -> None:
    """A server.json that nobody stands behind misleads nobody, least of all about whom to end."""
    shell.run("exec", "--", "true")
    with subprocess.Popen(["sleep", "600"]) as stranger:
        stale = {"pid": stranger.pid, "port": 1, "url": "https://localhost:1"}
        (shell.home / "server.json").write_text(json.dumps(stale))

        result = shell.run("exec", "--", "sh", "-c", "echo $AZURE_SANDBOX_URL")

        survived = stranger.poll() is None
        stranger.kill()
    assert 0 == result.returncode, result.stderr
    assert stale["url"] != result.stdout.strip()
    assert survived


def test_racing_commands_share_one_server(shell: Any, is_alive: Callable[[int], bool]) -> None:
    """Commands that start at once find one server, which lives until the last has ended."""
    wait = "cat .sandbox/server.json; echo; read line"
    racing = [shell.start("exec", "--", "sh", "-c", wait) for _ in range(3)]

    servers = {json.loads(process.stdout.readline())["pid"] for process in racing}
    for process in racing[:-1]:
        process.terminate()
        process.wait()

    (server,) = servers
    assert is_alive(server)
    racing[-1].terminate()
    racing[-1].wait()
    assert not is_alive(server)


def test_nested_command_joins_the_running_server(shell: Any) -> None:
    """Inside `exec` another `exec` uses the same server and does not end it."""
    inner = " ".join(shell.command("exec", "--", "cat", shell.home / "server.json"))

    result = shell.run("exec", "--", "sh", "-c", f"{inner}; echo; {inner}")

    first, second = result.stdout.splitlines()
    assert first == second


def test_port_is_kept_for_the_next_server(shell: Any) -> None:
    """Addresses that Pulumi has stored stay valid."""
    first = shell.run("exec", "--", "sh", "-c", "echo $AZURE_SANDBOX_URL")

    second = shell.run("exec", "--", "sh", "-c", "echo $AZURE_SANDBOX_URL")

    assert first.stdout == second.stdout


def test_port_in_use_is_a_paragraph(shell: Any) -> None:
    """A port that another program has is refused, not shared and not exchanged."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        result = shell.run("exec", "--port", port, "--", "true")

    assert 1 == result.returncode
    assert result.stderr.startswith(f"--port {port}: the port cannot be used")
    assert 1 == len(result.stderr.splitlines())


def test_other_port_than_the_running_servers_is_refused(shell: Any) -> None:
    """A second port for the same sandbox is a mistake, since there is one server."""
    inner = " ".join(shell.command("exec", "--port", "1024", "--", "true"))

    result = shell.run("exec", "--", "sh", "-c", inner)

    assert 1 == result.returncode
    assert "already runs on port" in result.stderr


@pytest.mark.parametrize("speed", ["fast", "0", "inf"])
def test_speed_that_is_no_positive_number_is_refused(shell: Any, speed: str) -> None:
    """The clock factor is checked before anything runs."""
    shell.environment["AZURE_SANDBOX_SPEED"] = speed

    result = shell.run("exec", "--", "echo", "ran")

    assert (1, "") == (result.returncode, result.stdout)
    assert f"AZURE_SANDBOX_SPEED: given '{speed}'" in result.stderr
    assert "Traceback" not in result.stderr


def test_home_that_cannot_be_made_is_a_paragraph(shell: Any) -> None:
    """A file stands in its place; nothing is run."""
    shell.home.parent.mkdir(parents=True, exist_ok=True)
    shell.home.write_text("")

    result = shell.run("exec", "--", "echo", "ran")

    assert (1, "") == (result.returncode, result.stdout)
    assert f"in {shell.home}, which could not be made (File exists)." in result.stderr
    assert "Traceback" not in result.stderr


def test_corrupt_state_is_a_paragraph(shell: Any) -> None:
    """A damaged database is named with the way out, and `reset` is that way."""
    shell.run("exec", "--", "true")
    database = shell.home / "state.sqlite3"
    database.write_bytes(b"not a database" * 100)

    refused = shell.run("exec", "--", "echo", "ran")
    reset = shell.run("reset", "--yes")
    healed = shell.run("exec", "--", "echo", "ran")

    assert (1, "") == (refused.returncode, refused.stdout)
    assert str(database) in refused.stderr
    assert "Traceback" not in refused.stderr
    assert 0 == reset.returncode
    assert "ran\n" == healed.stdout


def test_given_cli_that_is_no_program_is_refused(shell: Any) -> None:
    """`--pulumi` names a program."""
    result = shell.run("exec", "--pulumi", "/no/such/pulumi", "--", "true")

    assert 1 == result.returncode
    assert "--pulumi /no/such/pulumi: this is not a program." in result.stderr


def test_home_can_be_chosen(shell: Any, tmp_path_factory: pytest.TempPathFactory) -> None:
    """AZURE_SANDBOX_HOME moves everything."""
    elsewhere: Path = tmp_path_factory.mktemp("home")
    shell.environment["AZURE_SANDBOX_HOME"] = str(elsewhere)

    shell.run("exec", "--", "true")

    assert (elsewhere / "state.sqlite3").exists()
    assert not shell.home.exists()
