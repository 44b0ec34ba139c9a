# SPDX-License-Identifier: Apache-2.0
"""The data plane of key vaults: reading, deleting, recovering and purging secrets."""

import re
from dataclasses import dataclass

from azure_sandbox import identity
from azure_sandbox.arm.call import Caller
from azure_sandbox.arm.errors import ArmError
from azure_sandbox.arm.records import Resource
from azure_sandbox.arm.sandbox import Sandbox
from azure_sandbox.arm.transaction import Transaction
from azure_sandbox.arm.wire import NO_ANSWER, Answer, Exchange, JsonObject
from azure_sandbox.namespaces.key_vault import vault_secrets
from azure_sandbox.namespaces.key_vault.access import Access, Right
from azure_sandbox.namespaces.key_vault.addresses import PREFIX, vault_uri
from azure_sandbox.namespaces.network.link_targets import fqdns_of
from azure_sandbox.network_paths import INTERNET_ADDRESS, Path, is_public, path_to

AUDIENCE = "https://vault.azure.net"
_VERSIONS = ("7.0", "7.1", "7.2", "7.3", "7.4", "7.5", "7.6", "2025-07-01")
_PATH = re.compile(
    rf"/{PREFIX}/(?P<vault>[^/]+)/(?P<kind>secrets|deletedsecrets)/(?P<name>[^/]+)"
    r"(?:/(?P<rest>[^/]+))?",
    re.IGNORECASE,
)
_DAY_SECONDS = 86_400


class _VaultError(Exception):
    """A refusal in the shape of Key Vault, whose precise code is an inner one."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        inner: str = "",
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        error: JsonObject = {"code": code, "message": message}
        if inner:
            error["innererror"] = {"code": inner}
        self.answer = Answer(status, {"error": error}, headers or {})


@dataclass(frozen=True, slots=True)
class _Request:
    """One request about one secret."""

    tx: Transaction
    caller: Caller
    vault: Resource
    uri: str
    name: str
    version: str | None
    at: float

    @property
    def secret_id(self) -> str:
        return f"{self.vault.id}/secrets/{self.name}"

    def require(self, right: Right) -> None:
        access = Access(self.tx, self.vault, self.secret_id, self.at)
        if not access.has(self.caller.object_id, right):
            raise _forbidden(self, right)

    def secret(self, *, deleted: bool = False) -> Resource:
        found = self.tx.get(self.secret_id)
        if found and vault_secrets.is_deleted(found) == deleted:
            return found
        raise _missing(self, deleted=deleted)


def answer(sandbox: Sandbox, exchange: Exchange) -> Answer:
    """Answer one request below `/vaults/{vault}/`."""
    try:
        return _answered(sandbox, exchange)
    except _VaultError as error:
        return error.answer


def _answered(sandbox: Sandbox, exchange: Exchange) -> Answer:
    path = _PATH.fullmatch(exchange.path)
    if path is None:
        raise _VaultError(404, "NotFound", f"There is nothing at {exchange.path}.")
    at = sandbox.clock.now()
    with sandbox.store.write() as tx:
        caller = _caller(tx, sandbox, exchange, at)
        if exchange.query.get("api-version") not in _VERSIONS:
            text = f"The specified version is not one of: {', '.join(_VERSIONS)}."
            raise _VaultError(400, "BadParameter", text)
        vaults = tx.named("Microsoft.KeyVault/vaults", path["vault"])
        if not vaults:
            raise _VaultError(404, "VaultNotFound", f"There is no vault {path['vault']}.")
        way = path_to(tx, exchange.place, fqdns_of(vaults[0])[0], vaults[0])
        if way is Path.NONE:
            return NO_ANSWER
        if way is Path.PUBLIC and not is_public(vaults[0]):
            raise _closed(vaults[0], caller)
        uri = vault_uri(sandbox.base_url, vaults[0].name)
        kind, rest = path["kind"].lower(), path["rest"]
        recovers = kind == "deletedsecrets" and rest == "recover"
        version = rest if kind == "secrets" else None
        request = _Request(tx, caller, vaults[0], uri, path["name"], version, at)
        operation = f"{exchange.method} {kind}{'/recover' if recovers else ''}"
        handler = _HANDLERS.get(operation)
        if handler is None or (rest and not recovers and operation != "GET secrets"):
            text = f"{exchange.method} is not supported at {exchange.path}."
            raise _VaultError(405, "MethodNotAllowed", text)
        return handler(request)


def _caller(tx: Transaction, sandbox: Sandbox, exchange: Exchange, at: float) -> Caller:
    try:
        return identity.verify(tx, exchange.headers.get("authorization"), at, (AUDIENCE,))
    except ArmError as error:
        authority = f"{sandbox.base_url}/{identity.TENANT_ID}"
        challenge = f'Bearer authorization="{authority}", resource="{AUDIENCE}"'
        headers = {"WWW-Authenticate": challenge}
        raise _VaultError(401, "Unauthorized", error.message, headers=headers) from error


def _get(request: _Request) -> Answer:
    request.require(Right.GET)
    secret = request.secret()
    version = vault_secrets.version_of(secret, request.version)
    if version is None:
        raise _missing(request, deleted=False)
    if not version.attributes["enabled"]:
        text = "Operation get is not allowed on a disabled secret."
        raise _VaultError(403, "Forbidden", text, "SecretDisabled")
    return Answer(200, {"value": version.value, **_shown(request, secret, version.id)})


def _delete(request: _Request) -> Answer:
    request.require(Right.DELETE)
    secret = vault_secrets.soft_delete(request.tx, request.secret(), request.at)
    return Answer(200, _shown_deleted(request, secret))


def _get_deleted(request: _Request) -> Answer:
    request.require(Right.READ_DELETED)
    return Answer(200, _shown_deleted(request, request.secret(deleted=True)))


def _recover(request: _Request) -> Answer:
    request.require(Right.RECOVER)
    secret = vault_secrets.recover(request.tx, request.secret(deleted=True))
    return Answer(200, _shown(request, secret))


def _purge(request: _Request) -> Answer:
    request.require(Right.PURGE)
    secret = request.secret(deleted=True)
    if request.vault.properties.get("enablePurgeProtection"):
        text = "Operation purge is not allowed: purge protection is enabled for the vault."
        raise _VaultError(403, "Forbidden", text, "ForbiddenByPolicy")
    request.tx.delete(secret, request.at)
    return Answer(204)


_HANDLERS = {
    "GET secrets": _get,
    "DELETE secrets": _delete,
    "GET deletedsecrets": _get_deleted,
    "POST deletedsecrets/recover": _recover,
    "DELETE deletedsecrets": _purge,
}


def _shown(request: _Request, secret: Resource, version_id: str | None = None) -> JsonObject:
    version = vault_secrets.version_of(secret, version_id)
    if version is None:  # a secret has at least one
        raise LookupError(secret.id)
    protected = request.vault.properties.get("enablePurgeProtection")
    shape: JsonObject = {
        "id": f"{request.uri}secrets/{secret.name}/{version.id}",
        "attributes": {
            **version.attributes,
            "recoveryLevel": "Recoverable" if protected else "Recoverable+Purgeable",
            "recoverableDays": _retention_days(request),
        },
        "tags": version.tags,
    }
    return shape | ({"contentType": version.content_type} if version.content_type else {})


def _shown_deleted(request: _Request, secret: Resource) -> JsonObject:
    deleted = int(vault_secrets.deleted_at(secret))
    return {
        "recoveryId": f"{request.uri}deletedsecrets/{secret.name}",
        "deletedDate": deleted,
        "scheduledPurgeDate": deleted + _retention_days(request) * _DAY_SECONDS,
        **_shown(request, secret),
    }


def _retention_days(request: _Request) -> int:
    return int(request.vault.properties["softDeleteRetentionInDays"])


def _missing(request: _Request, *, deleted: bool) -> _VaultError:
    if deleted:
        text = f"Deleted Secret not found: {request.name}"
        return _VaultError(404, "SecretNotFound", text)
    name = f"{request.name}/{request.version}" if request.version else request.name
    return _VaultError(
        404,
        "SecretNotFound",
        f"A secret with (name/id) {name} was not found in this key vault. If you recently deleted "
        "this secret you may be able to recover it using the correct recovery command. For help "
        "resolving this issue, please see https://go.microsoft.com/fwlink/?linkid=2125182",
    )


def _closed(vault: Resource, caller: Caller) -> _VaultError:
    """The refusal of a caller who does not come through a private endpoint."""
    who = f"Caller: appid={caller.client_id};oid={caller.object_id}"
    where = f"Vault: {vault.name};location={vault.location}"
    if str(vault.properties.get("publicNetworkAccess")).lower() == "disabled":
        text = (
            "Public network access is disabled and request is not from a trusted service nor via "
            f"an approved private link.\r\n{who}\r\n{where}"
        )
        return _VaultError(403, "Forbidden", text, "ForbiddenByConnection")
    text = (
        "Client address is not authorized and caller is not a trusted service.\r\n"
        f"Client address: {INTERNET_ADDRESS}\r\n{who}\r\n{where}"
    )
    return _VaultError(403, "Forbidden", text, "ForbiddenByFirewall")


def _forbidden(request: _Request, right: Right) -> _VaultError:
    caller = f"appid={request.caller.client_id};oid={request.caller.object_id}"
    vault = f"{request.vault.name};location={request.vault.location}"
    if not request.vault.properties.get("enableRbacAuthorization"):
        text = (
            f"The user, group or application '{caller}' does not have secrets {right.permission} "
            f"permission on key vault '{vault}'. For help resolving this issue, please see "
            "https://go.microsoft.com/fwlink/?linkid=2125287"
        )
        return _VaultError(403, "Forbidden", text, "AccessDenied")
    lines = (
        "Caller is not authorized to perform action on resource.",
        (
            "If role assignments, deny assignments or role definitions were changed recently, "
            "please observe propagation time."
        ),
        f"Caller: {caller}",
        f"Action: '{right.action}'",
        f"Resource: '{request.secret_id.lower()}'",
        "Assignment: (not found)",
        f"Vault: {vault}",
    )
    return _VaultError(403, "Forbidden", "\r\n".join(lines), "ForbiddenByRbac")
