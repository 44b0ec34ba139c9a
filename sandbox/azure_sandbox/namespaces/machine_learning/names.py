# SPDX-License-Identifier: Apache-2.0
"""Which names Azure Machine Learning accepts."""

import re

from azure_sandbox.namespaces.machine_learning.violations import Violation

_ENDPOINT_NAME = re.compile(r"[a-zA-Z](-?[a-zA-Z0-9])*")
_WORKSPACE_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_-]*")
_ASSET_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9\-_.]{0,254}")


def check_endpoint_name(name: str) -> list[Violation]:
    """Check the name of an online endpoint.

    3 to 32 letters, digits and single dashes, a letter first, no dash last: the stricter of the
    limits page (Azure docs, how-to-manage-quotas) and the pattern in azure-ai-ml.
    """
    return _check("endpoint", name, _ENDPOINT_NAME)


def check_deployment_name(name: str) -> list[Violation]:
    """Check the name of an online deployment; the rule is the one for endpoints."""
    return _check("deployment", name, _ENDPOINT_NAME)


def check_workspace_name(name: str) -> list[Violation]:
    """Check the name of a workspace.

    3 to 32 characters: what both the limits page (2-32, Azure docs, resource-limits-capacity) and
    the pattern of the REST specification (3-33) allow.
    """
    return _check("workspace", name, _WORKSPACE_NAME)


def check_registry_name(name: str) -> list[Violation]:
    """Check the name of a registry: 3 to 33 characters by the REST specification's pattern."""
    return _check("registry", name, _WORKSPACE_NAME, longest=33)


def check_asset_name(name: str) -> list[Violation]:
    """Check the name of a model, environment or another asset (REST specification's pattern)."""
    return _check("asset", name, _ASSET_NAME, shortest=1, longest=255)


def _check(
    noun: str, name: str, pattern: re.Pattern[str], *, shortest: int = 3, longest: int = 32
) -> list[Violation]:
    if shortest <= len(name) <= longest and pattern.fullmatch(name):
        return []
    return [
        Violation(
            "Name",
            f"The {noun} name '{name}' is invalid. It must have {shortest} to {longest} "
            f"characters and {_ALPHABETS[pattern.pattern]}.",
        )
    ]


_ALPHABETS = {
    _ENDPOINT_NAME.pattern: (
        "begin with a letter, end with a letter or digit and contain only letters, digits and "
        "single dashes"
    ),
    _WORKSPACE_NAME.pattern: (
        "begin with a letter or digit and contain only letters, digits, dashes and underscores"
    ),
    _ASSET_NAME.pattern: (
        "begin with a letter or digit and contain only letters, digits, dashes, underscores and "
        "dots"
    ),
}
