# SPDX-License-Identifier: Apache-2.0
"""Faults that kill the commands in the sandbox."""

from typing import Any

import pytest

WRITER = """
import httpx2, os, subprocess, ssl, sys
base = os.environ["AZURE_SANDBOX_URL"]
with httpx2.Client(verify=ssl.create_default_context(cafile=os.environ["SSL_CERT_FILE"])) as http:
    token = http.get(
        os.environ["IDENTITY_ENDPOINT"],
        params={"resource": "https://management.azure.com/"},
        headers={"X-IDENTITY-HEADER": os.environ["IDENTITY_HEADER"]},
    ).json()["access_token"]
    for name in ("rg-1", "rg-2", "rg-3"):
        http.put(
            f"{base}/subscriptions/{os.environ['ARM_SUBSCRIPTION_ID']}/resourceGroups/{name}",
            params={"api-version": "2024-03-01"},
            headers={"Authorization": f"Bearer {token}"},
            json={"location": "eastus"},
        ).raise_for_status()
        print("wrote", name, flush=True)
"""


@pytest.mark.parametrize(("moment", "resources"), [("before", 1), ("after", 2)])
def test_the_second_write_kills_the_command(shell: Any, moment: str, resources: int) -> None:
    """The write that kills is applied or not, nobody sees its answer, and the server survives."""
    writer = f"exec {_run(shell)}"
    script = f"{_sandbox(shell)} fault add --kill {moment} --write 2 && {writer}"

    killed = shell.run("exec", "--", "sh", "-c", script)
    status = shell.run("exec", "--", "sh", "-c", f"{_sandbox(shell)} status --json")

    assert 128 + 9 == killed.returncode, killed.stderr
    assert "wrote rg-1" in killed.stdout
    assert "wrote rg-2" not in killed.stdout
    assert f'"resources": {resources},' in status.stdout


def test_descendants_in_other_groups_die_too(shell: Any) -> None:
    """A plugin has a process group of its own; it dies with the command that has started it."""
    detached = f"import subprocess, sys; subprocess.run({list(_python(shell))}, process_group=0)"
    (shell.directory / "detached.py").write_text(f"{detached}\nprint('survived', flush=True)\n")
    script = f"{_sandbox(shell)} fault add --kill after && {_python(shell)[0]} detached.py"

    killed = shell.run("exec", "--", "sh", "-c", script)

    assert 128 + 9 == killed.returncode, killed.stderr
    assert "wrote" not in killed.stdout
    assert "survived" not in killed.stdout


def test_when_and_what_are_checked(shell: Any) -> None:
    """A moment or a number that means nothing is refused."""
    moment = shell.run("fault", "add", "--kill", "meanwhile")
    number = shell.run(
        "exec", "--", "sh", "-c", f"{_sandbox(shell)} fault add --kill after --write 0"
    )

    assert 2 == moment.returncode
    assert 1 == number.returncode
    assert "'write' counts the writes until 'kill', from 1." in number.stderr


def _sandbox(shell: Any) -> str:
    return " ".join(shell.command())


def _python(shell: Any) -> tuple[str, ...]:
    (shell.directory / "writer.py").write_text(WRITER)
    return (shell.command()[0], "writer.py")


def _run(shell: Any) -> str:
    return " ".join(_python(shell))
