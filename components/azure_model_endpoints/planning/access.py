# SPDX-License-Identifier: Apache-2.0
"""Who may call an endpoint, and how callers prove who they are."""

import uuid
from collections.abc import Iterator
from typing import TYPE_CHECKING

from azure_model_endpoints.errors import Problem
from azure_model_endpoints.vocabulary import AuthMode

if TYPE_CHECKING:
    from azure_model_endpoints.settings import EndpointSettings

__all__ = [
    "AZURE_AUTH_MODES",
    "HELD_KEY",
    "KEY_TYPES",
    "access_problems",
    "key_secret_name",
    "other_key",
]

AZURE_AUTH_MODES = {
    AuthMode.KEY: "Key",
    AuthMode.AML_TOKEN: "AMLToken",
    AuthMode.ENTRA_TOKEN: "AADToken",
}
"""What Azure calls the modes."""

KEY_TYPES = ("Primary", "Secondary")
"""The two keys of an endpoint: callers hold one while the other is made anew."""

HELD_KEY = "ame-key"
"""Tag of a key's secret that says which of the two it holds."""


def key_secret_name(endpoint_name: str) -> str:
    """Return the name of the secret that holds an endpoint's key, unique in its vault."""
    return f"{endpoint_name}-key"


def other_key(held: str) -> str:
    """Return which key is to be made anew while callers hold one."""
    primary, secondary = KEY_TYPES
    return secondary if held.lower() == primary.lower() else primary


def access_problems(path: str, settings: "EndpointSettings") -> Iterator[Problem]:
    """Yield what is wrong with the access to an endpoint.

    Args:
        path: how messages call the endpoint.
        settings: what was said of it.
    """
    with_keys = settings.auth_mode is AuthMode.KEY
    if settings.keys_in_vault and not with_keys:
        yield Problem(
            f"{path}.keys_in_vault",
            f"true, with `auth_mode: {settings.auth_mode}`",
            "false: Azure gives such an endpoint no keys",
            "Remove it; callers get their tokens from Azure.",
        )
    if settings.invokers and with_keys and not settings.keys_in_vault:
        yield Problem(
            f"{path}.invokers",
            "object ids, with `auth_mode: key`",
            "object ids of those who may read the key in the vault, or who get a token",
            "Say `keys_in_vault: true` as well, or `auth_mode: entra_token`: a key serves whoever "
            "holds it.",
        )
    known: set[str] = set()
    for invoker in settings.invokers:
        if not _is_guid(invoker):
            yield Problem(
                f"{path}.invokers",
                repr(invoker),
                "object ids of Microsoft Entra, 8-4-4-4-12 hexadecimal digits",
                "Write what `az ad user show --query id`, or the same of a group or an identity, "
                "prints.",
            )
        elif invoker.lower() in known:
            yield Problem(f"{path}.invokers", f"{invoker!r} twice", "each once", "Remove one.")
        known.add(invoker.lower())


def _is_guid(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False
