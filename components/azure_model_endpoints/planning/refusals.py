# SPDX-License-Identifier: Apache-2.0
"""What Azure's refusals mean: its codes are few and shared by unlike cases, so texts count too."""

import re

__all__ = ["ROLE_ATTEMPTS", "may_be_late_role", "may_be_missing_role"]

ROLE_ATTEMPTS = 5
"""How often a deployment is tried while a role may not count yet. Roles count within ten minutes
(Azure docs, "Troubleshoot Azure RBAC"), and a failing deployment takes several."""

# Azure docs, "Troubleshooting online endpoints": an identity whose role does not count yet shows as
# one of these. ImageBuildFailure and BadArgument have other causes too, which their texts tell.
_CODES = re.compile(r"\b(SecretsInjectionError|ImageBuildFailure|BadArgument)\b")
_ABOUT_ACCESS = re.compile(
    r"authoriz|unauthorized|forbidden|permission|access|\b40[13]\b", re.IGNORECASE
)
# What a storage account says when it does not get to its key.
_KEY_VAULT = "KeyVaultAuthenticationFailure"
# Azure Resource Manager's words for whoever runs the program, whom waiting does not help.
_OF_THE_CALLER = re.compile(r"\bThe client '")


def may_be_missing_role(error: str) -> bool:
    """Return whether an operation may have failed for a role that does not count yet."""
    code = _CODES.search(error)
    if code is None:
        return False
    return code[1] == "SecretsInjectionError" or bool(_ABOUT_ACCESS.search(error))


def may_be_late_role(error: str) -> bool:
    """Return whether a resource may have been refused for an identity that it was given.

    Unlike endpoints, workspaces have no codes of their own for it; a storage account has one.
    """
    is_about_access = _KEY_VAULT in error or _ABOUT_ACCESS.search(error)
    return bool(is_about_access) and not _OF_THE_CALLER.search(error)
