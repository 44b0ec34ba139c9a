# SPDX-License-Identifier: Apache-2.0
"""The directory and token service of the sandbox: a tenant with one service principal.

Tokens are signed JWTs of three parts, as clients expect that read the claims. They are good for
the sandbox only: the signing key is made on first use and kept in its state.
"""

import base64
import hashlib
import hmac
import json
import secrets
import uuid
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

from azure_sandbox.arm.call import Caller
from azure_sandbox.arm.errors import ArmError
from azure_sandbox.arm.sandbox import Sandbox
from azure_sandbox.arm.transaction import Transaction
from azure_sandbox.arm.wire import Answer, Exchange, JsonObject

SUBSCRIPTION_ID = "00000000-0000-4000-8000-000000000001"
OTHER_SUBSCRIPTION_ID = "00000000-0000-4000-8000-000000000002"
"""A second subscription: somebody else's, with whom global names and regions are shared."""
TENANT_ID = "00000000-0000-4000-8000-00000000000a"
CLIENT_ID = "00000000-0000-4000-8000-0000000000c1"
CLIENT_SECRET = "sandbox"  # noqa: S105 - opens nothing but the sandbox on loopback
OBJECT_ID = "00000000-0000-4000-8000-0000000000d1"
"""Object id of the service principal whose client id is CLIENT_ID."""
IDENTITY_HEADER = "sandbox"
"""What a managed identity must send as X-IDENTITY-HEADER."""
TOKEN_LIFETIME_SECONDS = 24 * 3600
"""As long as Azure's managed-identity tokens."""

_TENANTS = frozenset({TENANT_ID, "common", "organizations"})
_ARM_AUDIENCES = ("https://management.azure.com", "https://management.core.windows.net")


def seed(tx: Transaction) -> None:
    """Makes the signing key and the service principal, once."""
    if tx.document("signing_key") is None:
        tx.put_document("signing_key", {"key": secrets.token_hex(32)})
    tx.add_principal(OBJECT_ID, CLIENT_ID, "sandbox")


def arm_audiences(base_url: str) -> tuple[str, ...]:
    """The audiences Azure Resource Manager accepts, without final slashes."""
    return (*_ARM_AUDIENCES, base_url)


def token_answer(sandbox: Sandbox, exchange: Exchange) -> Answer:
    """``POST /{tenant}/oauth2/v2.0/token`` and ``/{tenant}/oauth2/token``."""
    tenant = exchange.path.split("/")[1]
    form = {name: values[0] for name, values in parse_qs(exchange.body.decode()).items()}
    refusal = _refusal(tenant, form, sandbox.clock.now())
    if refusal:
        return refusal
    audience = form.get("resource") or form["scope"].split()[0].removesuffix("/.default")
    with sandbox.store.read() as tx:
        token = issue(tx, sandbox, audience, OBJECT_ID, CLIENT_ID)
    body: JsonObject = {
        "token_type": "Bearer",
        "expires_in": TOKEN_LIFETIME_SECONDS,
        "ext_expires_in": TOKEN_LIFETIME_SECONDS,
        "access_token": token,
    }
    if "resource" in form:
        expires_on = int(sandbox.clock.now()) + TOKEN_LIFETIME_SECONDS
        body |= {"expires_on": str(expires_on), "resource": form["resource"]}
    return Answer(200, body)


def managed_identity_answer(sandbox: Sandbox, exchange: Exchange) -> Answer:
    """``GET /msi/token``: the managed identity of an App Service."""
    if exchange.headers.get("x-identity-header") != IDENTITY_HEADER:
        message = "The X-IDENTITY-HEADER header is missing or does not match IDENTITY_HEADER."
        return Answer(401, {"statusCode": 401, "message": message})
    audience = exchange.query.get("resource")
    if not audience:
        message = "The resource query parameter is required."
        return Answer(400, {"statusCode": 400, "message": message})
    with sandbox.store.read() as tx:
        client_id = exchange.query.get("client_id", CLIENT_ID)
        object_id = tx.object_id_of(client_id)
        if object_id is None:
            message = f"No user-assigned identity has the client id {client_id}."
            return Answer(400, {"statusCode": 400, "message": message})
        token = issue(tx, sandbox, audience, object_id, client_id)
    return Answer(
        200,
        {
            "access_token": token,
            "client_id": client_id,
            "expires_on": str(int(sandbox.clock.now()) + TOKEN_LIFETIME_SECONDS),
            "resource": audience,
            "token_type": "Bearer",
        },
    )


def discovery_answer(sandbox: Sandbox, exchange: Exchange) -> Answer:
    """OpenID Connect discovery of a tenant."""
    tenant = exchange.path.split("/")[1]
    if tenant not in _TENANTS:
        return _unknown_tenant(tenant, sandbox.clock.now())
    root = f"{sandbox.base_url}/{tenant}"
    return Answer(
        200,
        {
            "issuer": f"{root}/v2.0",
            "authorization_endpoint": f"{root}/oauth2/v2.0/authorize",
            "token_endpoint": f"{root}/oauth2/v2.0/token",
            "device_authorization_endpoint": f"{root}/oauth2/v2.0/devicecode",
            "jwks_uri": f"{root}/discovery/v2.0/keys",
            "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
            "response_types_supported": ["code", "id_token"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "tenant_region_scope": None,
            "cloud_instance_name": sandbox.base_url.removeprefix("https://"),
        },
    )


def instance_discovery_answer(sandbox: Sandbox, exchange: Exchange) -> Answer:
    """``GET /common/discovery/instance``: says that this authority is to be trusted."""
    del exchange
    host = sandbox.base_url.removeprefix("https://")
    discovery = f"{sandbox.base_url}/{TENANT_ID}/v2.0/.well-known/openid-configuration"
    return Answer(
        200,
        {
            "tenant_discovery_endpoint": discovery,
            "api-version": "1.1",
            "metadata": [{"preferred_network": host, "preferred_cache": host, "aliases": [host]}],
        },
    )


def issue(tx: Transaction, sandbox: Sandbox, audience: str, object_id: str, client_id: str) -> str:
    """A bearer token for one audience."""
    now = int(sandbox.clock.now())
    claims = {
        "aud": audience,
        "iss": f"{sandbox.base_url}/{TENANT_ID}/v2.0",
        "iat": now,
        "nbf": now,
        "exp": now + TOKEN_LIFETIME_SECONDS,
        "appid": client_id,
        "oid": object_id,
        "sub": object_id,
        "tid": TENANT_ID,
        "idtyp": "app",
        "uti": uuid.uuid4().hex,
        "ver": "1.0",
    }
    signed = f"{_encoded({'typ': 'JWT', 'alg': 'HS256'})}.{_encoded(claims)}"
    return f"{signed}.{_signature(tx, signed)}"


def verify(
    tx: Transaction, authorization: str | None, now: float, audiences: Collection[str]
) -> Caller:
    """Who sent this ``Authorization`` header.

    Raises ArmError 401 when it is missing, was not signed by this sandbox, has expired or names
    an audience other than ``audiences`` (a final slash does not matter).
    """
    if not authorization:
        text = "Authentication failed. The 'Authorization' header is missing."
        raise _unauthenticated("AuthenticationFailed", text)
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer":
        text = "Authentication failed. The 'Authorization' header is provided in an invalid format."
        raise _unauthenticated("AuthenticationFailedInvalidHeader", text)
    claims = _claims(tx, token.strip())
    if claims["exp"] <= now:
        expiry, moment = (datetime.fromtimestamp(at, tz=UTC) for at in (claims["exp"], now))
        text = (
            f"The access token expiry UTC time '{expiry:%m/%d/%Y %I:%M:%S %p}' is earlier than "
            f"current UTC time '{moment:%m/%d/%Y %I:%M:%S %p}'."
        )
        raise _unauthenticated("ExpiredAuthenticationToken", text)
    if claims["aud"].rstrip("/") not in audiences:
        allowed = ",".join(f"'{audience}/'" for audience in audiences)
        text = (
            "The access token has been obtained for wrong audience or resource "
            f"'{claims['aud']}'. It should exactly match with one of the allowed audiences "
            f"{allowed}."
        )
        raise _unauthenticated("InvalidAuthenticationTokenAudience", text)
    return Caller(claims["oid"], claims["appid"], claims["tid"])


def _claims(tx: Transaction, token: str) -> dict[str, Any]:
    signed, _, signature = token.rpartition(".")
    if not hmac.compare_digest(signature.encode(), _signature(tx, signed).encode()):
        raise _unauthenticated("InvalidAuthenticationToken", "The access token is invalid.")
    payload = signed.partition(".")[2]
    padded = payload + "=" * (-len(payload) % 4)
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(padded))
    return claims


def _signature(tx: Transaction, signed: str) -> str:
    document = tx.document("signing_key") or {"key": ""}
    digest = hmac.new(bytes.fromhex(document["key"]), signed.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _encoded(value: JsonObject) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def _unauthenticated(code: str, text: str) -> ArmError:
    challenge = f'Bearer error="invalid_token", error_description="{text}"'
    return ArmError(401, code, text, headers={"WWW-Authenticate": challenge})


def _refusal(tenant: str, form: dict[str, str], now: float) -> Answer | None:
    """Why no token is given, or None."""
    if tenant not in _TENANTS:
        return _unknown_tenant(tenant, now)
    for name in ("grant_type", "client_id", "resource" if "resource" in form else "scope"):
        if not form.get(name):
            text = f"The request body must contain the following parameter: '{name}'."
            return _oauth_error(400, "invalid_request", 900144, text, now)
    if form["grant_type"] != "client_credentials":
        text = f"The app requested an unsupported grant type '{form['grant_type']}'."
        return _oauth_error(400, "unsupported_grant_type", 70003, text, now)
    return _client_refusal(form, now)


def _client_refusal(form: dict[str, str], now: float) -> Answer | None:
    """Why this client is not believed, or None."""
    if form["client_id"].lower() != CLIENT_ID:
        text = (
            f"Application with identifier '{form['client_id']}' was not found in the directory "
            f"'{TENANT_ID}'."
        )
        return _oauth_error(400, "unauthorized_client", 700016, text, now)
    if form.get("client_assertion") or form.get("client_secret") == CLIENT_SECRET:
        return None
    text = (
        "Invalid client secret provided. Ensure the secret being sent in the request is the "
        "client secret value, not the client secret ID, for a secret added to app "
        f"'{CLIENT_ID}'."
    )
    return _oauth_error(401, "invalid_client", 7000215, text, now)


def _unknown_tenant(tenant: str, now: float) -> Answer:
    text = f"Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID."
    return _oauth_error(400, "invalid_tenant", 90002, text, now)


def _oauth_error(status: int, error: str, number: int, text: str, now: float) -> Answer:
    moment = f"{datetime.fromtimestamp(now, tz=UTC):%Y-%m-%d %H:%M:%SZ}"
    trace, correlation = str(uuid.uuid4()), str(uuid.uuid4())
    description = (
        f"AADSTS{number}: {text} Trace ID: {trace} Correlation ID: {correlation} "
        f"Timestamp: {moment}"
    )
    return Answer(
        status,
        {
            "error": error,
            "error_description": description,
            "error_codes": [number],
            "timestamp": moment,
            "trace_id": trace,
            "correlation_id": correlation,
        },
    )
