# SPDX-License-Identifier: Apache-2.0
"""What `ame doctor` concludes from what it has seen: pure functions, one per row."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from azure_model_endpoints.cli.engine import MINIMUM_VERSION, PINNED_VERSION

MINIMUM_PYTHON = (3, 11)
REGISTERED = "Registered"


class State(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARN = "warn"
    """Something will not work, but not what most people do."""
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Finding:
    """One row: what was looked at, how it is, and what to do about it."""

    name: str
    state: State
    detail: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Program:
    """A program that was found, with the version it says it has."""

    path: Path
    version: str


def python(version: tuple[int, int, int], *, executable: str, isolated: bool) -> Finding:
    """Judge the interpreter, and whether it is one of a virtual environment."""
    shown = f"{'.'.join(map(str, version))} at {executable}"
    if version < MINIMUM_PYTHON:
        needed = ".".join(map(str, MINIMUM_PYTHON))
        return Finding("python", State.MISSING, shown, f"Install Python {needed} or newer.")
    if not isolated:
        return Finding(
            "python",
            State.WARN,
            f"{shown}, outside any virtual environment",
            "Make one, so that projects do not share packages: python -m venv .venv",
        )
    return Finding("python", State.OK, shown)


def pulumi(on_path: Program | None, cached: Path | None, go: Program | None) -> Finding:
    """Judge the Pulumi CLI, or how it can be had."""
    minimum = ".".join(map(str, MINIMUM_VERSION))
    if on_path and _numbers(on_path.version) >= MINIMUM_VERSION:
        return Finding("pulumi", State.OK, f"{on_path.version} at {on_path.path}, on PATH")
    lack = (
        f"{on_path.version} at {on_path.path}, on PATH, is older than {minimum}"
        if on_path
        else "none on PATH"
    )
    if cached:
        return Finding("pulumi", State.OK, f"{lack}; `ame` uses {PINNED_VERSION} at {cached}")
    install = f"Install Pulumi {minimum} or newer: https://www.pulumi.com/docs/install/"
    if go:
        return Finding(
            "pulumi",
            State.WARN,
            f"{lack}; `ame sandbox exec` will download it, or build it with Go {go.version}",
            f"{install}. Or do nothing: it takes a few minutes, once.",
        )
    return Finding(
        "pulumi", State.MISSING, f"{lack}, and no Go to build it with", f"{install}, or Go."
    )


def plugin(installed: Path | None, *, sandbox: bool) -> Finding:
    """Judge the azure-native plugin: Azure needs the real one, which the engine downloads."""
    if installed:
        return Finding("azure-native", State.OK, str(installed))
    detail = "not installed; the engine downloads it on first use"
    if sandbox:
        detail += ", and in the sandbox a stand-in takes its place"
    remedy = "Without a network install it by hand: pulumi plugin install resource azure-native"
    return Finding("azure-native", State.WARN, detail, remedy)


def sandbox(*, present: bool) -> Finding:
    """Judge whether `ame sandbox` can work."""
    if present:
        return Finding("sandbox", State.OK, "installed")
    remedy = "To run without a subscription: pip install 'azure-model-endpoints[sandbox]'"
    return Finding("sandbox", State.WARN, "not installed", remedy)


def credentials(environment: Mapping[str, str], *, azure_cli: bool) -> Finding:
    """Say which kind of credential is visible; never its value."""
    kind = _kind(environment, azure_cli=azure_cli)
    if kind is None:
        return Finding(
            "credentials",
            State.MISSING,
            "none visible",
            "Sign in with `az login`, or set ARM_CLIENT_ID, ARM_TENANT_ID and ARM_CLIENT_SECRET.",
        )
    return Finding("credentials", State.OK, kind)


def subscription(subscription_id: str, document: Mapping[str, object] | None) -> Finding:
    """Judge what Azure said when it was asked for the subscription."""
    if document is None:
        return Finding(
            "subscription",
            State.MISSING,
            f"{subscription_id} is not there for this credential",
            "Name another one in ARM_SUBSCRIPTION_ID, or ask for a role on this one.",
        )
    state = str(document.get("state", "Enabled"))
    shown = f"{document.get('displayName', subscription_id)} ({subscription_id})"
    if state != "Enabled":
        return Finding(
            "subscription",
            State.MISSING,
            f"{shown} is {state}",
            "Ask the owner of the subscription to enable it.",
        )
    return Finding("subscription", State.OK, shown)


def registrations(states: Mapping[str, str]) -> Finding:
    """Judge the resource providers; the engine registers most of them itself, not all."""
    lacking = [name for name, state in states.items() if state != REGISTERED]
    if not lacking:
        return Finding("providers", State.OK, f"all {len(states)} are registered")
    commands = "; ".join(f"az provider register --namespace {name}" for name in lacking)
    return Finding("providers", State.MISSING, f"not registered: {', '.join(lacking)}", commands)


def _kind(environment: Mapping[str, str], *, azure_cli: bool) -> str | None:
    """Return the kind that `credentials.credential` will use, by the same order."""

    def has(*names: str) -> bool:
        return all(environment.get(name) for name in names)

    where = " of the local sandbox" if has("AZURE_SANDBOX_URL") else ""
    is_named = has("ARM_CLIENT_ID", "ARM_TENANT_ID")
    has_token = has("ARM_OIDC_TOKEN") or has("ARM_OIDC_TOKEN_FILE_PATH")
    uses_identity = has("IDENTITY_ENDPOINT") or has("MSI_ENDPOINT") or has("ARM_USE_MSI")
    has_secret = has("AZURE_CLIENT_ID", "AZURE_TENANT_ID", "AZURE_CLIENT_SECRET")
    certificate = "a service principal with a certificate (ARM_CLIENT_CERTIFICATE_PATH)"
    federated = "a service principal with a federated token"
    kinds = (
        (is_named and has("ARM_CLIENT_CERTIFICATE_PATH"), certificate),
        (
            is_named and has("ARM_CLIENT_SECRET"),
            f"a service principal with a secret (ARM_CLIENT_ID){where}",
        ),
        (is_named and has_token, f"{federated} (ARM_OIDC_TOKEN…)"),
        (is_named and has("ARM_USE_OIDC"), f"{federated} (ARM_USE_OIDC)"),
        (has("ARM_CLIENT_ID") and not has("ARM_USE_MSI"), None),  # half a principal is none
        (has_secret, f"a service principal with a secret (AZURE_CLIENT_ID){where}"),
        (has("AZURE_FEDERATED_TOKEN_FILE"), "a workload identity (AZURE_FEDERATED_TOKEN_FILE)"),
        (uses_identity, f"a managed identity{where}"),
        (azure_cli, "the Azure CLI (az login)"),
    )
    return next((kind for is_so, kind in kinds if is_so), None)


def _numbers(version: str) -> tuple[int, ...]:
    numbers = version.split("-", maxsplit=1)[0].split("+", maxsplit=1)[0].split(".")
    return tuple(int(number) for number in numbers if number.isdecimal())
