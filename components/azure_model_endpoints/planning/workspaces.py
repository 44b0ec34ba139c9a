# SPDX-License-Identifier: Apache-2.0
"""What a workspace is asked for, held against what Azure fixed when it was created."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from azure_model_endpoints.errors import Problem
from azure_model_endpoints.planning.encryption_keys import key_problems
from azure_model_endpoints.profiles import STACK_FILE, Explained
from azure_model_endpoints.setting_names import SettingName, SettingNames
from azure_model_endpoints.workspace_settings import CustomerManagedKeySettings

if TYPE_CHECKING:
    from azure_model_endpoints.settings import Settings

__all__ = [
    "existing_problems",
    "fixed_problems",
    "setting_names",
    "workspace_arguments",
    "workspace_problems",
]

Document = Mapping[str, Any]

_PATHS = {
    "workload": "name",
    "isolation_mode": "isolation.mode",
    "customer_managed_key": "workspace.customer_managed_key",
    "encryption_key": "workspace.customer_managed_key",
    "high_business_impact": "workspace.high_business_impact",
    "identity": "workspace.identity",
}
"""Where a stack file says what a live workspace may contradict, by arguments."""

_ANOTHER = (
    "Azure fixes it when a workspace is created. Leave it as it is, or create a second workspace "
    "under another name, send your callers to its endpoints, and then remove this one."
)


def workspace_arguments(settings: "Settings") -> dict[str, Any]:
    """Return what the settings say of the workspace, as plain arguments of `ModelWorkspace`."""
    said = settings.workspace
    key = said.customer_managed_key
    arguments: dict[str, Any] = {
        "region": settings.region,
        "public_network_access": settings.public_network_access,
        "identity": said.identity.value,
        "high_business_impact": said.high_business_impact,
        "diagnostics": bool(said.diagnostics),
        "tags": settings.tags,
    }
    if settings.network:
        arguments["private_endpoints"] = True
    if isinstance(said.diagnostics, str):
        arguments["log_analytics_workspace_id"] = said.diagnostics
    if isinstance(key, CustomerManagedKeySettings):
        arguments["encryption_key"] = key.model_dump()
    elif key:
        arguments["customer_managed_key"] = True
    if "workspace_quotas" in settings.model_fields_set:  # an empty one lifts those there were
        arguments["quotas"] = settings.workspace_quotas
    return arguments


def workspace_problems(settings: "Settings") -> Iterator[Problem]:
    """Yield what Azure would have against the `workspace` section of the settings."""
    key = settings.workspace.customer_managed_key
    if isinstance(key, CustomerManagedKeySettings):
        path = "workspace.customer_managed_key"
        yield from key_problems(path, key.key_vault_id, key.key_uri)
    destination = settings.workspace.diagnostics
    if isinstance(destination, str) and not is_log_analytics_id(destination):
        yield log_analytics_problem("workspace.diagnostics", destination)


def is_log_analytics_id(text: str) -> bool:
    """Return whether a text has the form of the Azure resource id of a Log Analytics workspace."""
    parts = [part.lower() for part in text.split("/")]
    kind = ["providers", "microsoft.operationalinsights", "workspaces"]
    return (
        len(parts) == 9  # noqa: PLR2004  (a resource in a group)
        and parts[:2] == ["", "subscriptions"]
        and parts[3] == "resourcegroups"
        and parts[5:8] == kind
        and all(parts[1:])
    )


def log_analytics_problem(path: str, given: str) -> Problem:
    """Return what is wrong with what is no id of a Log Analytics workspace."""
    return Problem(
        path,
        repr(given),
        "true, or /subscriptions/…/resourceGroups/…/providers/Microsoft.OperationalInsights"
        "/workspaces/…",
        "Write what `az monitor log-analytics workspace show --query id` prints.",
    )


def setting_names(explained: Iterable[Explained]) -> dict[str, SettingName]:
    """Return how messages call what a stack says of its workspace, by arguments of the component.

    Args:
        explained: the settings that hold, and where each comes from.
    """
    origins = {row.path: row.origin for row in explained if row.origin != STACK_FILE}
    return {argument: SettingName(path, origins.get(path, "")) for argument, path in _PATHS.items()}


def fixed_problems(names: SettingNames, declared: Document, live: Document) -> Iterator[Problem]:
    """Yield the changes of a live workspace that Azure would refuse.

    Azure docs: "Use customer-managed keys with Azure Machine Learning" (limitations), "Data
    encryption with Azure Machine Learning" (the flag), "Set up authentication between Azure Machine
    Learning and other services" (from a user-assigned identity there is no way back).

    Args:
        names: how messages call the settings.
        declared: its inputs, in the provider's shape.
        live: what it is, likewise.
    """
    key, held = _key_vault(declared), _key_vault(live)
    if key is not None and held != key:
        setting = names["customer_managed_key"]
        yield Problem(
            setting.path,
            setting.given(f"a key in {key}" if key else "no key"),
            f"a key in {held}" if held else "no key, as the live workspace has none",
            _ANOTHER,
        )
    flag, was = bool(declared.get("hbiWorkspace")), bool(live.get("hbiWorkspace"))
    if flag != was:
        setting = names["high_business_impact"]
        yield Problem(
            setting.path,
            setting.given(str(flag).lower()),
            f"{str(was).lower()}, as the live workspace has it",
            _ANOTHER,
        )
    if _is_user_assigned(live) and not _is_user_assigned(declared):
        setting = names["identity"]
        yield Problem(
            setting.path,
            setting.given("system_assigned"),
            "user_assigned, as the live workspace has it",
            _ANOTHER,
        )


def existing_problems(path: str, live: Document | None, name: str, region: str) -> list[Problem]:
    """Return why endpoints cannot be put into a workspace that nobody here made.

    Args:
        path: how messages call the setting that names it.
        live: the workspace in the provider's shape; None where there is none.
        name: its name.
        region: where the endpoints shall be.
    """
    if live is None:
        remedy = "Correct the name or the resource group; `az ml workspace list` shows what exists."
        return [Problem(path, f"{name!r}, which does not exist", "an existing workspace", remedy)]
    problems = []
    if str(live["location"]).replace(" ", "").lower() != region:
        remedy = f"Say `region: {live['location']}`: endpoints are where their workspace is."
        problems.append(
            Problem(path, f"{name!r} in {live['location']}", f"a workspace in {region}", remedy)
        )
    if live.get("v1LegacyMode"):
        remedy = "Turn it off with `az ml workspace update --v1-legacy-mode false`."
        given = f"{name!r} in v1 legacy mode"
        problems.append(Problem(path, given, "a workspace in which endpoints can be made", remedy))
    network = live.get("managedNetwork") or {}
    isolated = network.get("isolationMode") not in {None, "Disabled"}
    if isolated and (network.get("status") or {}).get("status") != "Active":
        remedy = "Provision it with `az ml workspace provision-network`, which takes half an hour."
        given = f"{name!r}, whose managed network is not provisioned"
        problems.append(Problem(path, given, "a workspace whose network is active", remedy))
    return problems


def _key_vault(workspace: Document) -> str | None:
    """Return the id of the vault of a workspace's key; empty without one, None if not known yet."""
    encryption = workspace.get("encryption") or {}
    vault = (encryption.get("keyVaultProperties") or {}).get("keyVaultArmId", "")
    return vault.lower() if isinstance(vault, str) else None


def _is_user_assigned(workspace: Document) -> bool:
    return bool((workspace.get("identity") or {}).get("type") == "UserAssigned")
