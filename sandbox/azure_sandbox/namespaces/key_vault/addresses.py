# SPDX-License-Identifier: Apache-2.0
"""Where the data plane of a vault answers: ``https://localhost:PORT/vaults/{name}/``.

Azure gives each vault a host name of its own, which loopback cannot have.
"""

import re
from dataclasses import dataclass

PREFIX = "vaults"
_VAULT = (
    r"https://(?:(?P<azure>[A-Za-z0-9-]+)\.vault\.azure\.net"
    rf"|localhost:\d+/{PREFIX}/(?P<here>[A-Za-z0-9-]+))"
)
_SECRET = re.compile(
    rf"{_VAULT}/secrets/(?P<name>[A-Za-z0-9-]{{1,127}})/(?P<version>[0-9a-f]{{32}})", re.IGNORECASE
)
_KEY = re.compile(
    rf"{_VAULT}/keys/(?P<name>[A-Za-z0-9-]{{1,127}})(?:/(?P<version>[0-9a-f]{{32}}))?",
    re.IGNORECASE,
)
_ROOT = re.compile(rf"{_VAULT}/?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SecretAddress:
    """One version of a secret in a vault."""

    vault: str
    secret: str
    version: str


@dataclass(frozen=True, slots=True)
class KeyAddress:
    """A key in a vault, or one version of it."""

    vault: str
    key: str
    version: str | None
    """None for the newest one, whichever that is."""


def vault_uri(base_url: str, vault: str) -> str:
    """Return the address of a vault, with a final slash as Azure shows it."""
    return f"{base_url}/{PREFIX}/{vault.lower()}/"


def parse_secret_uri(uri: str) -> SecretAddress | None:
    """Read the address of a secret's version, Azure's own or the sandbox's; None for others.

    The port does not matter: it may have been another one when the address was written down.
    """
    match = _SECRET.fullmatch(uri)
    if match is None:
        return None
    return SecretAddress(match["azure"] or match["here"], match["name"], match["version"].lower())


def parse_key_uri(uri: str) -> KeyAddress | None:
    """Read the address of a key, with or without a version; None for others."""
    match = _KEY.fullmatch(uri)
    if match is None:
        return None
    version = match["version"].lower() if match["version"] else None
    return KeyAddress(match["azure"] or match["here"], match["name"], version)


def parse_vault_uri(uri: str) -> str | None:
    """Return the name of the vault at an address; None for others."""
    match = _ROOT.fullmatch(uri)
    return (match["azure"] or match["here"]) if match else None
