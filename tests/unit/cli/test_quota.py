# SPDX-License-Identifier: Apache-2.0
"""`ame quota` in a sandbox: the table, what is short, and what becomes of requests for it."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from azure_model_endpoints.cli import quota
from azure_model_endpoints.planning.quota_needs import FamilyNeed, FamilyQuota
from azure_model_endpoints.subscription import quota_requests
from azure_model_endpoints.subscription.arm import Progress
from azure_model_endpoints.subscription.quota_requests import (
    Decision,
    Increase,
    Outcome,
    QuotaRequest,
)
from azure_sandbox.client import AdminClient
from azure_sandbox.home import Home
from azure_sandbox.serving import leased
from tests.unit.cli.running import Ame

T4, H100 = "standard NCASv3_T4 Family", "standardNCADSH100v5Family"
A100 = "standardNCADSA100v4Family"
STACK = """
config:
  azure-model-endpoints:region: eastus
  azure-model-endpoints:public_network_access: true
  azure-model-endpoints:endpoints:
    chat: {model: phi-2, deployments: {blue: {sku: Standard_NC4as_T4_v3}}}
    other: {model: phi-2, deployments: {blue: {sku: Standard_NC4as_T4_v3, instances: 3}}}
    big: {model: phi-4, deployments: {blue: {sku: Standard_NC40ads_H100_v5}}}
"""


class Terminal(io.StringIO):
    """Somebody who sits there and types."""

    def isatty(self) -> bool:
        """Return that it is one."""
        return True


@dataclass(frozen=True, slots=True)
class Project:
    """A project with one stack, and the sandbox it is run in."""

    directory: Path
    admin: AdminClient

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run `ame quota` on the stack, with nobody there to be asked."""
        return self.ame("quota", "--stack", "dev", *arguments)

    def ame(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run `ame`, with nobody there to be asked."""
        ame = (sys.executable, "-m", "azure_model_endpoints.cli")
        return subprocess.run(
            [sys.executable, "-m", "azure_sandbox", "exec", "--", *ame, *arguments],
            cwd=self.directory,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def document(self, *arguments: str) -> Any:
        """Return the JSON that `ame quota` prints."""
        run = self.run("--json", *arguments)
        assert run.stdout, run.stderr
        return json.loads(run.stdout)

    def limit(self, family: str, vcpus: int) -> None:
        """Set the quota of a family."""
        change = {"location": "eastus", "family": family, "limit": vcpus}
        self.admin.send("PUT", "quota", change)

    def policy(self, family: str, policy: str) -> None:
        """Say what becomes of requests for a family."""
        change = {"location": "eastus", "family": family, "policy": policy}
        self.admin.send("PUT", "quota/policy", change)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    """A project whose sandbox nobody else uses."""
    (tmp_path / "Pulumi.yaml").write_text("name: p\nruntime: python\n")
    (tmp_path / "Pulumi.dev.yaml").write_text(STACK)
    home = Home(tmp_path / ".sandbox")
    monkeypatch.setenv("AZURE_SANDBOX_HOME", str(home.root))
    monkeypatch.setenv("AZURE_SANDBOX_SPEED", "6000")
    with leased(home, port=None, environment=os.environ) as server:
        yield Project(tmp_path, server.client(home))


def test_needs_are_added_up_by_family(project: Project) -> None:
    """Two deployments of one family share its quota; the reserve of a fifth is counted."""
    families = project.document()["families"]

    assert [
        {
            "region": "eastus",
            "family": T4,
            "needed": 24,
            "added": 24,
            "used": 0,
            "limit": 64,
            "known": True,
            "short": 0,
            "deployments": ["endpoints.chat.deployments.blue", "endpoints.other.deployments.blue"],
        },
        {
            "region": "eastus",
            "family": H100,
            "needed": 40,
            "added": 40,
            "used": 0,
            "limit": 0,
            "known": True,
            "short": 40,
            "deployments": ["endpoints.big.deployments.blue"],
        },
    ] == families


def test_rows_count_however_they_are_spelt(project: Project) -> None:
    """As code in use meets them, and as the samples of the specification have them."""
    seen = project.document()
    project.admin.send("PUT", "quota/spelling", {"spelling": "sample"})

    assert seen == project.document()


def test_shortage_is_exit_status_1_with_the_command_that_helps(project: Project) -> None:
    """And enough is 0."""
    short = project.run()
    project.limit(H100, 40)
    enough = project.run()

    assert (1, 0) == (short.returncode, enough.returncode)
    rows = [" ".join(line.split()) for line in short.stdout.splitlines()]
    assert f"eastus {T4} 24 24 0 64 0" in rows
    assert f"eastus {H100} 40 40 0 0 40" in rows
    assert "Request what is short with `ame quota --stack dev --request`." in short.stdout
    assert "Request" not in enough.stdout


@pytest.mark.parametrize("lock", ["<<<<<<< HEAD", "written"])
def test_lock_that_holds_no_more_keeps_nobody_from_requesting(project: Project, lock: str) -> None:
    """What is short is what `ame plan --write` would need; that the lock is left out is said."""
    path, settings = project.directory / "dev.lock.yaml", project.directory / "Pulumi.dev.yaml"
    settings.write_text(STACK[: STACK.index("    big:")])
    written = project.ame("plan", "--stack", "dev", "--write")
    assert 0 == written.returncode, written.stderr
    if lock != "written":
        path.write_text(lock)
    settings.write_text(STACK)
    refused = project.ame("plan", "--stack", "dev", "--write")

    run = project.run("--request", "--yes", "--json")

    assert 1 == refused.returncode
    assert f"40 cores more of quota family `{H100}`" in refused.stderr
    assert "dev.lock.yaml does not count here, since it holds no more (" in run.stderr
    assert [(H100, "approved")] == [
        (each["family"], each["outcome"]) for each in json.loads(run.stdout)["requests"]
    ]
    assert 0 == project.ame("plan", "--stack", "dev", "--write").returncode


def test_settings_that_are_wrong_without_a_lock_too_are_told(project: Project) -> None:
    """They would be no better planned."""
    (project.directory / "dev.lock.yaml").write_text("format: 1")
    path = project.directory / "Pulumi.dev.yaml"
    path.write_text(STACK.replace("model: phi-4", "model: phi4"))

    run = project.run()

    assert 1 == run.returncode
    assert "Did you mean 'phi-4'?" in run.stderr


def test_limits_of_the_workspace_are_shown_beside_the_need(project: Project) -> None:
    """Of every family it is limited in, needed by the stack or not; for scripts too."""
    path = project.directory / "Pulumi.dev.yaml"
    limits = "{Standard_NC4as_T4_v3: 32, Standard_NC24ads_A100_v4: 24}"
    path.write_text(f"{STACK}  azure-model-endpoints:workspace_quotas: {limits}\n")

    shown, document = project.run(), project.document()["workspace"]

    rows = [" ".join(line.split()) for line in shown.stdout.splitlines()]
    assert "What workspace mlw-models may take of it" in rows
    assert [f"eastus {T4} 24 24 0 32 32 0", f"eastus {A100} 0 0 0 24 24 0"] == rows[-7:-5]
    assert "mlw-models" == document["name"]
    assert [(T4, 24, 32, 32, 0), (A100, 0, 24, 24, 0)] == [
        tuple(row[name] for name in ("family", "needed", "limit", "free", "short"))
        for row in document["families"]
    ]


def test_shortage_in_the_workspace_is_exit_status_1(
    ame: Ame, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With what helps, which no request does."""
    enough = FamilyNeed("eastus", T4, 8, 8, FamilyQuota(0, 64), ("endpoints.chat",))
    short = replace(enough, quota=FamilyQuota(24, 24))
    needs = quota._Needs((enough,), "mlw-models", (short,))  # noqa: SLF001
    monkeypatch.setattr(quota, "_subscription", lambda: None)
    monkeypatch.setattr(quota, "_needs", lambda *_: needs)

    run = ame("quota", "--stack", "dev")

    assert 1 == run.status
    assert "raise it with `workspace_quotas`" in " ".join(run.out.split())
    assert "--request" not in run.out


def test_what_is_short_is_requested(project: Project) -> None:
    """As the new limit, of which the requests' end is read again; then nothing is short."""
    project.limit(T4, 10)

    requested = project.document("--request", "--yes")
    after = project.run()

    outcomes = {
        row["family"]: (row["outcome"], row["requested_limit"], row["limit"])
        for row in requested["requests"]
    }
    assert {T4: ("approved", 24, 24), H100: ("approved", 40, 40)} == outcomes
    assert 0 == after.returncode


@pytest.mark.parametrize(
    ("policy", "sentence"),
    [
        ("refuse", f"{H100} in eastus  refused: 40 cores (QuotaNotAvailableForResource: "),
        ("ticket", f"{H100} in eastus  needs a support request: 40 cores (ContactSupport: "),
        (
            "portal",
            f"{H100} in eastus  needs a support request: 40 cores (the API does not take requests",
        ),
    ],
)
def test_what_is_not_approved_comes_with_the_way_by_hand(
    project: Project, policy: str, sentence: str
) -> None:
    """The reason in Azure's words, and where a person asks; the exit status is 1."""
    project.policy(H100, policy)

    run = project.run("--request", "--yes")

    assert 1 == run.returncode
    assert sentence in run.stdout
    assert "https://ml.azure.com/quota" in run.stdout
    assert "approved" not in run.stdout


def test_nothing_short_requests_nothing(project: Project) -> None:
    """Even when it is asked for."""
    project.limit(H100, 40)

    document = project.document("--request", "--yes")

    assert [] == document["requests"]
    log = project.admin.get("log")["entries"]
    assert not any("Microsoft.Quota" in entry["path"] for entry in log)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("--request",), "nobody can be asked here; confirm with --yes"),
        (("--yes",), "confirms a request; say --request"),
    ],
)
def test_request_without_consent_is_wrong_usage(
    project: Project, arguments: tuple[str, ...], text: str
) -> None:
    """Nothing is filed that nobody has agreed to."""
    run = project.run(*arguments)

    assert (2, True) == (run.returncode, text in run.stderr)


def test_request_that_cannot_be_filed_hides_no_other(project: Project) -> None:
    """Each says what became of it; here the second lacks a registration."""
    project.limit(T4, 10)
    rule = {"method": "PUT", "path": quote(H100), "status": 409}
    project.admin.send("POST", "faults", {**rule, "code": "MissingSubscriptionRegistration"})

    run = project.run("--request", "--yes")

    told = " ".join(run.stdout.split())
    assert 1 == run.returncode
    assert f"{T4} in eastus approved: the limit is 24 cores." in told
    assert f"{H100} in eastus not requested: 40 cores (Azure Resource Manager refused (409" in told
    assert "az provider register --namespace Microsoft.Quota" in told
    assert "Traceback" not in run.stderr


@pytest.mark.parametrize("stopped_at", ["filing", "waiting"])
def test_what_was_filed_before_ctrl_c_is_told(
    ame: Ame, monkeypatch: pytest.MonkeyPatch, stopped_at: str
) -> None:
    """With its number, and how to look at it; the exit status is that of a shell."""
    needs = [
        FamilyNeed("eastus", family, 40, 40, FamilyQuota(0, 0), ("endpoints.big",))
        for family in (T4, A100, H100)
    ]
    where = quota._Subscription(None, "s-1")  # type: ignore[arg-type]  # noqa: SLF001
    monkeypatch.setattr(quota, "_subscription", lambda: where)
    everything = quota._Needs(tuple(needs), "mlw-models", ())  # noqa: SLF001
    monkeypatch.setattr(quota, "_needs", lambda *_: everything)

    def file_request(_client: object, _subscription: str, increase: Increase) -> QuotaRequest:
        if stopped_at == "filing" and increase.family == A100:
            raise KeyboardInterrupt
        progress = Progress(
            is_final=False, document={}, address=f"/n-{increase.family}", wait_seconds=1
        )
        return QuotaRequest(increase, progress=progress)

    def decisions(_client: object, filed: dict[int, QuotaRequest]) -> Iterator[Any]:
        [task, *_] = filed
        yield task, Decision(filed[task].increase, Outcome.APPROVED, 40)
        raise KeyboardInterrupt

    monkeypatch.setattr(quota_requests, "file_request", file_request)
    monkeypatch.setattr(quota_requests, "decisions", decisions)

    run = ame("quota", "--stack", "dev", "--request", "--yes")

    pending = (
        "not decided yet: 40 cores (stopped). Azure goes on with it; look with `ame quota` later. "
        "Request n-"
    )
    told = {
        "filing": [
            f"{T4} in eastus: {pending}{T4}.",
            f"{A100} in eastus: not requested: 40 cores (stopped; Azure may have it all the same).",
            f"{H100} in eastus: not requested: 40 cores (stopped before it was filed).",
        ],
        "waiting": [
            f"{T4} in eastus: approved: the limit is 40 cores.",
            f"{A100} in eastus: {pending}{A100}.",
            f"{H100} in eastus: {pending}{H100}.",
        ],
    }
    assert (130, told[stopped_at]) == (run.status, run.err.splitlines())


@pytest.mark.parametrize(("answer", "filed"), [("y", True), ("n", False)])
def test_who_sits_at_a_terminal_is_asked(
    ame: Ame, monkeypatch: pytest.MonkeyPatch, answer: str, filed: bool
) -> None:
    """With the limits that would be requested, and of which subscription."""
    need = FamilyNeed("eastus", H100, 40, 40, FamilyQuota(8, 16), ("endpoints.big",))
    where = quota._Subscription(None, "s-1")  # type: ignore[arg-type]  # noqa: SLF001
    monkeypatch.setattr(quota, "_subscription", lambda: where)
    needs = quota._Needs((need,), "mlw-models", ())  # noqa: SLF001
    monkeypatch.setattr(quota, "_needs", lambda *_: needs)
    monkeypatch.setattr("sys.stdin", Terminal(f"{answer}\n"))
    increases: list[Any] = []

    def followed(_: object, __: str, wanted: list[Any]) -> list[Decision]:
        increases.extend(wanted)
        return [Decision(each, Outcome.APPROVED, each.limit) for each in wanted]

    monkeypatch.setattr(quota, "followed", followed)

    run = ame("quota", "--stack", "dev", "--request")

    assert "For stack dev, request of subscription s-1:" in run.err
    assert f"`{H100}` in eastus: 48 cores" in run.err
    assert (0 if filed else 1, [48] if filed else []) == (
        run.status,
        [each.limit for each in increases],
    )
    assert filed is ("approved: the limit is 48 cores." in run.out)
    assert filed is not ("Nothing was requested." in run.out)
