# SPDX-License-Identifier: Apache-2.0
"""Where the data plane of a vault answers: ``https://localhost:PORT/vaults/{name}/``.

Azure gives each vault a host name of its own, which loopback cannot have.
"""

import re
from dataclasses import dataclass

PREFIX = "vaults"
_NAMES = r"/secrets/(?P<secret>[A-Za-z0-9-]{1,127})/(?P<version>[0-9a-f]{32})"
_AZURE = re.compile(rf"https://(?P<vault>[A-Za-z0-9-]+)\.vault\.azure\.net{_NAMES}", re.IGNORECASE)
_HERE = re.compile(
    rf"https://localhost:\d+/{PREFIX}/(?P<vault>[A-Za-z0-9-]+){_NAMES}", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class SecretAddress:
    """One version of a secret in a vault."""

    vault: str
    secret: str
    version: str


def vault_uri(base_url: str, vault: str) -> str:
    """Return the address of a vault, with a final slash as Azure shows it."""
    return f"{base_url}/{PREFIX}/{vault.lower()}/"


def parse_secret_uri(uri: str) -> SecretAddress | None:
    """Read the address of a secret's version, Azure's own or the sandbox's; None for others.

    The port does not matter: it may have been another one when the address was written down.
    """
    match = _AZURE.fullmatch(uri) or _HERE.fullmatch(uri)
    if match is None:
        return None
    return SecretAddress(match["vault"], match["secret"], match["version"].lower())
