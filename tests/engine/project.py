# SPDX-License-Identifier: Apache-2.0
"""A Pulumi project in a directory of its own, used as its user would: by command lines."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2

from azure_sandbox import identity
from azure_sandbox.client import AdminClient
from azure_sandbox.home import HOME_VARIABLE, Home
from azure_sandbox.serving import leased

REPOSITORY = Path(__file__).parents[2]
PATIENCE_SECONDS = 180.0

_LEADING_TO_AZURE = ("ARM_", "AZURE_", "PULUMI_", "IDENTITY_")
# As it is before any fixture has changed it; and bytecode is kept, which halves each run.
OUTER = {
    name: value
    for name, value in os.environ.items()
    if not name.startswith(_LEADING_TO_AZURE) and name != "PYTHONDONTWRITEBYTECODE"
}
AME = (sys.executable, "-m", "azure_model_endpoints.cli")


@dataclass(frozen=True, slots=True)
class Project:
    """A copy of a project, and the sandbox it is run in."""

    directory: Path
    home: Home
    environment: dict[str, str] = field(default_factory=lambda: dict(OUTER))
    stack: str = "dev"

    def ame(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run `ame`."""
        return subprocess.run(
            [*AME, *arguments],
            cwd=self.directory,
            env=self.environment | {HOME_VARIABLE: str(self.home.root)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_SECONDS,
        )

    def pulumi(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the Pulumi CLI in the sandbox, on the project's stack."""
        return self.ame("sandbox", "exec", "--", "pulumi", *arguments, "--stack", self.stack)

    def done(self, *arguments: str) -> str:
        """Run the Pulumi CLI, see it succeed, and return what it printed."""
        run = self.pulumi(*arguments)
        assert 0 == run.returncode, run.stdout + run.stderr
        return run.stdout

    def edit(self, file: str, old: str, new: str) -> None:
        """Change one place of a file."""
        path = self.directory / file
        text = path.read_text()
        assert 1 == text.count(old)
        path.write_text(text.replace(old, new))


def copied(source: Path, target: Path, *names: str) -> Path:
    """Copy parts of the repository, with its virtual environment beside them."""
    for name in names:
        if (source / name).is_dir():
            caches = shutil.ignore_patterns("__pycache__", ".sandbox")
            shutil.copytree(source / name, target / name, ignore=caches)
        else:
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source / name, target / name)
    (target / ".venv").symlink_to(sys.prefix)
    return target


def changes(printed: str) -> Mapping[str, int]:
    """Return how many resources were created, updated, … by what `pulumi` printed of it."""
    rows = re.findall(r"^ +[-+~]+ (\d+) (\w+)$", printed, re.MULTILINE)
    return {what: int(number) for number, what in rows}


@dataclass(frozen=True, slots=True)
class Azure:
    """The sandbox as its own administrator sees it."""

    admin: AdminClient

    def token(self, audience: str = "https://management.azure.com") -> str:
        """Return a token for a service of Azure."""
        with httpx2.Client(verify=self.admin.certificates.client_context()) as client:
            response = client.post(
                f"{self.admin.url}/{identity.TENANT_ID}/oauth2/v2.0/token",
                data={
                    "grant_type": "client_credentials",
                    "client_id": identity.CLIENT_ID,
                    "client_secret": identity.CLIENT_SECRET,
                    "scope": f"{audience}/.default",
                },
            )
        return str(response.json()["access_token"])

    def get(self, path: str, api_version: str) -> Any:
        """Return the JSON document at a path of Resource Manager."""
        return self.send("GET", path, api_version)

    def send(self, method: str, path: str, api_version: str, body: Any = None) -> Any:
        """Ask Resource Manager for something, and return its answer, if there is any."""
        with httpx2.Client(verify=self.admin.certificates.client_context()) as client:
            response = client.request(
                method,
                f"{self.admin.url}{path}",
                json=body,
                params={"api-version": api_version},
                headers={"Authorization": f"Bearer {self.token()}"},
            )
        response.raise_for_status()
        return response.json() if response.content else None

    def resources(self) -> list[tuple[str, str]]:
        """Return the type and the name of every resource and resource group there is."""
        subscription = f"/subscriptions/{identity.SUBSCRIPTION_ID}"
        found = [
            *self.get(f"{subscription}/resources", "2021-04-01")["value"],
            *self.get(f"{subscription}/resourcegroups", "2021-04-01")["value"],
        ]
        return sorted((resource["type"], resource["name"]) for resource in found)

    def named(self, type_: str) -> list[str]:
        """Return the names of all resources of a type."""
        return [name for kind, name in self.resources() if kind == type_]

    def deleted_vaults(self) -> list[str]:
        """Return the names of the vaults that can be recovered."""
        path = f"/subscriptions/{identity.SUBSCRIPTION_ID}/providers/Microsoft.KeyVault"
        return [vault["name"] for vault in self.get(f"{path}/deletedVaults", "2024-11-01")["value"]]

    def log(self, since: int = 0) -> list[dict[str, Any]]:
        """Return the requests since one."""
        entries: list[dict[str, Any]] = self.admin.get("log", {"since": str(since)})["entries"]
        return entries

    def limit(self, family: str, vcpus: int) -> None:
        """Set the quota of a family in eastus."""
        change = {"location": "eastus", "family": family, "limit": vcpus}
        self.admin.send("PUT", "quota", change)

    def writes(self, since: int = 0) -> list[str]:
        """Return the paths that were written to."""
        return [entry["path"] for entry in self.log(since) if entry["method"] in {"PUT", "PATCH"}]

    def deletions(self, since: int = 0) -> list[str]:
        """Return the paths of what was deleted."""
        return [entry["path"] for entry in self.log(since) if entry["method"] == "DELETE"]


@contextmanager
def served(home: Home, environment: Mapping[str, str] = OUTER) -> Iterator[Azure]:
    """Keep a sandbox running between commands."""
    with leased(home, port=None, environment=environment) as server:
        yield Azure(server.client(home))
