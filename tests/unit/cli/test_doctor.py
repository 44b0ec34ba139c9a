# SPDX-License-Identifier: Apache-2.0
"""`ame doctor`: its conclusions, and the whole in a sandbox."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from azure_model_endpoints.cli import findings
from azure_model_endpoints.cli.findings import Program, State
from tests.unit.cli.running import Ame

OLD = Program(Path("/usr/bin/pulumi"), "3.100.0")
NEW = Program(Path("/usr/bin/pulumi"), "3.301.2-alpha.1+dirty")
GO = Program(Path("/usr/bin/go"), "1.26.0")
CACHED = Path("/cache/pulumi")


@pytest.mark.parametrize(
    ("version", "isolated", "state"),
    [
        ((3, 11, 0), True, State.OK),
        ((3, 14, 1), True, State.OK),
        ((3, 13, 0), False, State.WARN),
        ((3, 10, 9), True, State.MISSING),
    ],
)
def test_python_must_be_new_and_should_be_isolated(
    version: tuple[int, int, int], isolated: bool, state: State
) -> None:
    """3.11 is the oldest; outside a virtual environment it works, but is warned of."""
    found = findings.python(version, executable="/usr/bin/python3", isolated=isolated)

    assert state is found.state
    assert (state is State.OK) is (found.remedy == "")


@pytest.mark.parametrize(
    ("on_path", "cached", "go", "state"),
    [
        (NEW, None, None, State.OK),
        (None, CACHED, None, State.OK),
        (OLD, CACHED, None, State.OK),
        (OLD, None, GO, State.WARN),
        (None, None, GO, State.WARN),
        (OLD, None, None, State.MISSING),
        (None, None, None, State.MISSING),
    ],
)
def test_pulumi_is_there_or_can_be_had(
    on_path: Program | None, cached: Path | None, go: Program | None, state: State
) -> None:
    """New enough on PATH or in the cache is fine; Go can build it; else it has to be installed."""
    found = findings.pulumi(on_path, cached, go)

    assert state is found.state
    assert (state is State.OK) is (found.remedy == "")


def test_too_old_cli_is_told_with_both_versions() -> None:
    """One sees what is there and what is needed."""
    found = findings.pulumi(OLD, None, None)

    assert "3.100.0 at /usr/bin/pulumi, on PATH, is older than 3.220.0" in found.detail


@pytest.mark.parametrize(
    ("environment", "kind"),
    [
        (
            {"ARM_CLIENT_ID": "c", "ARM_TENANT_ID": "t", "ARM_CLIENT_SECRET": "hush"},
            "a service principal with a secret (ARM_CLIENT_ID)",
        ),
        (
            {"AZURE_CLIENT_ID": "c", "AZURE_TENANT_ID": "t", "AZURE_CLIENT_SECRET": "hush"},
            "a service principal with a secret (AZURE_CLIENT_ID)",
        ),
        (
            {"ARM_CLIENT_ID": "c", "ARM_TENANT_ID": "t", "ARM_OIDC_TOKEN": "hush"},
            "a service principal with a federated token (ARM_OIDC_TOKEN…)",
        ),
        (
            {"ARM_CLIENT_ID": "c", "ARM_TENANT_ID": "t", "ARM_CLIENT_CERTIFICATE_PATH": "hush"},
            "a service principal with a certificate (ARM_CLIENT_CERTIFICATE_PATH)",
        ),
        (
            {"ARM_CLIENT_ID": "c", "ARM_TENANT_ID": "t", "ARM_USE_OIDC": "true"},
            "a service principal with a federated token (ARM_USE_OIDC)",
        ),
        (
            {"AZURE_FEDERATED_TOKEN_FILE": "/token"},
            "a workload identity (AZURE_FEDERATED_TOKEN_FILE)",
        ),
        ({"IDENTITY_ENDPOINT": "https://x"}, "a managed identity"),
        ({}, "the Azure CLI (az login)"),
    ],
)
def test_credentials_are_named_by_kind_and_never_shown(
    environment: dict[str, str], kind: str
) -> None:
    """The row may be pasted into a bug report."""
    found = findings.credentials(environment, azure_cli=True)

    assert (State.OK, kind) == (found.state, found.detail)
    assert "hush" not in str(found)


def test_no_credential_is_a_problem_with_a_remedy() -> None:
    """Half of a service principal is none."""
    found = findings.credentials({"ARM_CLIENT_ID": "c"}, azure_cli=True)

    assert State.MISSING is found.state
    assert "az login" in found.remedy


@pytest.mark.parametrize(
    ("document", "state"),
    [
        ({"displayName": "Models", "state": "Enabled"}, State.OK),
        ({"displayName": "Models", "state": "Disabled"}, State.MISSING),
        (None, State.MISSING),
    ],
)
def test_subscription_must_be_there_and_enabled(
    document: dict[str, object] | None, state: State
) -> None:
    """A disabled subscription is as good as none."""
    assert state is findings.subscription("id", document).state


def test_each_unregistered_provider_comes_with_its_command() -> None:
    """The remedy can be pasted into a shell."""
    states = {"Microsoft.Cdn": "NotRegistered", "Microsoft.Storage": "Registered"}

    found = findings.registrations(states)

    assert State.MISSING is found.state
    assert "az provider register --namespace Microsoft.Cdn" == found.remedy
    assert State.OK is findings.registrations({"Microsoft.Storage": "Registered"}).state


def doctor(directory: Path, *before: str) -> subprocess.CompletedProcess[str]:
    """`ame doctor --json` in a directory, with no credential of the user's."""
    unwanted = ("ARM_", "AZURE_", "IDENTITY_", "MSI_")
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(unwanted)
    }
    return subprocess.run(
        [
            *before,
            *(sys.executable, "-m", "azure_model_endpoints.cli", "doctor", "--json"),
        ],
        cwd=directory,
        env=environment | {"AZURE_CONFIG_DIR": str(directory), "AZURE_SANDBOX_SPEED": "600"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def test_doctor_finds_the_sandbox_complete(tmp_path: Path) -> None:
    """In a sandbox there are a credential, a subscription and every registration."""
    run = doctor(tmp_path, sys.executable, "-m", "azure_sandbox", "exec", "--")

    rows = {row["name"]: row["state"] for row in json.loads(run.stdout)}
    assert "ok" == rows["credentials"] == rows["subscription"] == rows["providers"]


def test_doctor_without_a_subscription_says_so(tmp_path: Path) -> None:
    """Nothing is asked of Azure when it is not known of whom; the exit status tells."""
    run = doctor(tmp_path)

    rows = {row["name"]: row for row in json.loads(run.stdout)}
    assert 1 == run.returncode
    assert "missing" == rows["subscription"]["state"]
    assert "ARM_SUBSCRIPTION_ID" in rows["subscription"]["detail"]
    assert "providers" not in rows
    assert "Traceback" not in run.stderr


def test_rows_are_not_filled_up_with_blanks(ame: Ame, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is printed into a file or a pipe is read by others."""
    monkeypatch.delenv("ARM_SUBSCRIPTION_ID", raising=False)
    monkeypatch.delenv("AZURE_SUBSCRIPTION_ID", raising=False)

    lines = ame("doctor").out.splitlines()

    assert lines == [line.rstrip() for line in lines]
    assert any(line.startswith("ok       python") for line in lines)
