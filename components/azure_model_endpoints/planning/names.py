# SPDX-License-Identifier: Apache-2.0
"""What things are called in Azure, and what Azure accepts as a name.

Every name is explicit and follows from what the user said, so that a run that was killed can find
what it had created. Prefixes are the Cloud Adoption Framework's abbreviations.
"""

import hashlib
import re
import uuid
from collections.abc import Collection
from dataclasses import dataclass
from difflib import get_close_matches

from azure_model_endpoints._wording import listed
from azure_model_endpoints.errors import Problem

__all__ = [
    "WorkspaceNames",
    "default_endpoint_name",
    "group_name_problem",
    "name_problem",
    "region_problem",
    "role_assignment_name",
]

SUFFIX_LENGTH = 6

# Azure docs, "Manage and increase quotas" (endpoints and deployments): begins with a letter, 3 to
# 32 letters, digits and single dashes; the azure-ai-ml client adds that the last is not a dash.
_ENDPOINT_NAME = re.compile(r"(?=.{3,32}$)[A-Za-z](-?[A-Za-z0-9])*")
_ENDPOINT_RULE = (
    "3 to 32 letters, digits and single dashes, beginning with a letter and not ending with a dash"
)

# Leaves room for a prefix, the environment and the suffix in the shortest limit, a key vault's 24.
_WORKLOAD_NAME = re.compile(r"(?=.{2,12}$)[a-z](-?[a-z0-9])*")
_WORKLOAD_RULE = (
    "2 to 12 lower-case letters, digits and single dashes, beginning with a letter and not ending "
    "with a dash"
)

# Azure docs, "Naming rules and restrictions for Azure resources": Microsoft.Resources.
_GROUP_NAME = re.compile(r"[-\w.()]{0,89}[-\w()]")

_NEARLY = 0.75
"""Likeness of two names, from 0 to 1, above which one is taken for the other mistyped."""

# An endpoint is called after its key and a suffix; the key is a name in its own right.
_RULES = {
    "endpoint": (_ENDPOINT_NAME, _ENDPOINT_RULE),
    "deployment": (_ENDPOINT_NAME, _ENDPOINT_RULE),
    "workload": (_WORKLOAD_NAME, _WORKLOAD_RULE),
}


def name_problem(path: str, kind: str, name: str) -> Problem | None:
    """Return what Azure would have against a name of an endpoint, a deployment or a workload."""
    pattern, rule = _RULES[kind]
    if pattern.fullmatch(name):
        return None
    return Problem(path, repr(name), rule, f"Choose another {kind} name.")


def group_name_problem(stack: str, group: str) -> Problem | None:
    """Return what Azure would have against the resource group that is named after a stack."""
    if _GROUP_NAME.fullmatch(group):
        return None
    rule = (
        f"names that make {group!r} a resource group: at most 90 letters, digits, underscores, "
        "dashes, parentheses and dots, not ending with a dot"
    )
    return Problem("stack", repr(stack), rule, "Choose another name for the stack.")


def region_problem(path: str, region: str, known: Collection[str] = ()) -> Problem | None:
    """Return what is wrong with a region; Azure's addresses hold the short form alone.

    A region that is not known passes unless it is nearly one that is: it may be new, or another
    cloud's.
    """
    if not re.fullmatch(r"[a-z]+[a-z0-9]*", region):
        short = re.sub(r"[^a-z0-9]", "", region.lower())
        remedy = (
            f"Write {short!r}." if short else "Write one that `az account list-locations` shows."
        )
        rule = "an Azure region in its short form, such as eastus"
        return Problem(path, repr(region), rule, remedy)
    near = [] if region in known else get_close_matches(region, known, cutoff=_NEARLY)
    if near:
        return Problem(path, repr(region), listed(near), f"Did you mean {near[0]!r}?")
    return None


def unique_suffix(*parts: str) -> str:
    """Return a short text that follows from the parts, for names shared out globally."""
    digest = hashlib.sha256("/".join(part.lower() for part in parts).encode())
    return digest.hexdigest()[:SUFFIX_LENGTH]


def default_endpoint_name(key: str, subscription_id: str, group: str, workspace: str) -> str:
    """Return the name of an endpoint that was not given one.

    Endpoint names are unique per region over all of Azure, so the workspace they live in is
    hashed into them; and so is the key, since a long one is cut short.
    """
    suffix = unique_suffix(subscription_id, group, workspace, key)
    return f"{key[: 32 - len(suffix) - 1].rstrip('-')}-{suffix}"


def role_assignment_name(scope: str, principal: str, role: str) -> str:
    """Return the GUID of a role assignment: the same for the same grant, in every run."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{scope}|{principal}|{role}".lower()))


@dataclass(frozen=True, slots=True)
class WorkspaceNames:
    """The names of a workspace and of everything that belongs to it."""

    workspace: str
    storage_account: str
    key_vault: str
    container_registry: str
    log_analytics: str
    application_insights: str
    identity: str

    @classmethod
    def of(cls, workload: str, subscription_id: str, group: str) -> "WorkspaceNames":
        """Name a workspace's resources after a workload, unique where Azure asks for it."""
        suffix = unique_suffix(subscription_id, group, workload)
        compact = workload.replace("-", "")
        return cls(
            workspace=f"mlw-{workload}",
            storage_account=f"st{compact}{suffix}",
            key_vault=f"kv-{workload}-{suffix}",
            container_registry=f"cr{compact}{suffix}",
            log_analytics=f"log-{workload}",
            application_insights=f"appi-{workload}",
            identity=f"id-{workload}",
        )
