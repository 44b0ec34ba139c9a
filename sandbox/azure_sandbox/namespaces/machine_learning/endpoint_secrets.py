# SPDX-License-Identifier: Apache-2.0
"""Keys and tokens with which an endpoint is called."""

import base64
import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass

from azure_sandbox.arm.wire import JsonObject

TOKEN_LIFETIME_SECONDS = 3600
"""How long an AML token lasts; Azure's own figure is not published."""


@dataclass(frozen=True, slots=True, repr=False)
class EndpointSecrets:
    """The two keys, and the secret that signs the tokens of one endpoint."""

    primary_key: str
    secondary_key: str
    signing_secret: str

    def accepts_key(self, key: str) -> bool:
        """Return whether a key opens the endpoint."""
        return any(
            hmac.compare_digest(key.encode(), known.encode())
            for known in (self.primary_key, self.secondary_key)
        )

    def token(self, at: float) -> str:
        """Return an AML token issued at a moment (epoch seconds)."""
        expiry = json.dumps({"expires": at + TOKEN_LIFETIME_SECONDS}).encode()
        payload = base64.urlsafe_b64encode(expiry).decode()
        return f"{payload}.{self._signature(payload)}"

    def accepts_token(self, token: str, at: float) -> bool:
        """Return whether a token was issued by this endpoint and has not expired."""
        payload, _, signature = token.partition(".")
        if not hmac.compare_digest(signature.encode(), self._signature(payload).encode()):
            return False
        return bool(json.loads(base64.urlsafe_b64decode(payload))["expires"] > at)

    def _signature(self, payload: str) -> str:
        key = self.signing_secret.encode()
        return hmac.new(key, payload.encode(), hashlib.sha256).hexdigest()


def new_secrets(primary_key: str = "", secondary_key: str = "") -> EndpointSecrets:
    """Return the secrets of a new endpoint; keys that are given are kept."""
    return EndpointSecrets(
        primary_key or new_key(), secondary_key or new_key(), secrets.token_urlsafe(32)
    )


def new_key() -> str:
    """Return a random key of 32 letters and digits, as Azure's are."""
    return secrets.token_hex(16)


def stored(endpoint_secrets: EndpointSecrets) -> JsonObject:
    """Return the form in which secrets are kept with the endpoint."""
    return {
        "primaryKey": endpoint_secrets.primary_key,
        "secondaryKey": endpoint_secrets.secondary_key,
        "signingSecret": endpoint_secrets.signing_secret,
    }


def loaded(data: JsonObject) -> EndpointSecrets:
    """Read the stored form."""
    return EndpointSecrets(data["primaryKey"], data["secondaryKey"], data["signingSecret"])
