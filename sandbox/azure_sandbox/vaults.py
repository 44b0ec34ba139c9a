# SPDX-License-Identifier: Apache-2.0
"""The data plane of key vaults: reading, deleting, recovering and purging secrets and keys."""

import re
from dataclasses import dataclass

from azure_sandbox import identity
from azure_sandbox.arm.call import Caller
from azure_sandbox.arm.errors import ArmError
from azure_sandbox.arm.records import Resource
from azure_sandbox.arm.sandbox import Sandbox
from azure_sandbox.arm.transaction import Transaction
from azure_sandbox.arm.wire import NO_ANSWER, Answer, Exchange, JsonObject
from azure_sandbox.namespaces.key_vault import soft_deletion
from azure_sandbox.namespaces.key_vault.access import Access, Right
from azure_sandbox.namespaces.key_vault.addresses import PREFIX, vault_uri
from azure_sandbox.namespaces.network.link_targets import fqdns_of
from azure_sandbox.network_paths import INTERNET_ADDRESS, Path, is_public, path_to
from azure_sandbox.vault_items import KINDS, ItemKind, shown_deleted

AUDIENCE = "https://vault.azure.net"
_VERSIONS = ("7.0", "7.1", "7.2", "7.3", "7.4", "7.5", "7.6", "2025-07-01")
_PATH = re.compile(
    rf"/{PREFIX}/(?P<vault>[^/]+)/(?P<deleted>deleted)?(?P<kind>{'|'.join(KINDS)})/(?P<name>[^/]+)"
    r"(?:/(?P<rest>[^/]+))?",
    re.IGNORECASE,
)


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
    """One request about one secret or key."""

    tx: Transaction
    caller: Caller
    vault: Resource
    uri: str
    kind: ItemKind
    name: str
    version: str | None
    at: float

    @property
    def item_id(self) -> str:
        return f"{self.vault.id}/{self.kind.plural}/{self.name}"

    def require(self, name: str) -> None:
        right = self.kind.rights[name]
        access = Access(self.tx, self.vault, self.item_id, self.at)
        if not access.has(self.caller.object_id, right):
            raise _forbidden(self, right)

    def item(self, *, deleted: bool = False) -> Resource:
        found = self.tx.get(self.item_id)
        if found and soft_deletion.is_deleted(found) == deleted:
            return found
        raise _missing(self, deleted=deleted)

    def shown(self, item: Resource) -> JsonObject:
        shape = self.kind.shown(self.vault, item, self.uri, self.version)
        if shape is None:
            raise _missing(self, deleted=False)
        return shape


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
        deleted, rest = bool(path["deleted"]), path["rest"]
        recovers = deleted and rest == "recover"
        version = None if deleted else rest
        kind = KINDS[path["kind"].lower()]
        request = _Request(tx, caller, vaults[0], uri, kind, path["name"], version, at)
        where = "deleted/recover" if recovers else "deleted" if deleted else "live"
        operation = f"{exchange.method} {where}"
        handler = _HANDLERS.get(operation)
        if handler is None or (rest and not recovers and operation != "GET live"):
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
    request.require("GET")
    item, noun = request.item(), request.kind.noun
    shape = request.shown(item)
    if not shape["attributes"]["enabled"]:
        text = f"Operation get is not allowed on a disabled {noun}."
        raise _VaultError(403, "Forbidden", text, f"{noun.capitalize()}Disabled")
    return Answer(200, {**request.kind.value(item, request.version), **shape})


def _delete(request: _Request) -> Answer:
    request.require("DELETE")
    item = soft_deletion.soft_delete(request.tx, request.item(), request.at)
    return Answer(200, shown_deleted(request.kind, request.vault, item, request.uri))


def _get_deleted(request: _Request) -> Answer:
    request.require("READ_DELETED")
    item = request.item(deleted=True)
    return Answer(200, shown_deleted(request.kind, request.vault, item, request.uri))


def _recover(request: _Request) -> Answer:
    request.require("RECOVER")
    item = soft_deletion.recover(request.tx, request.item(deleted=True))
    return Answer(200, request.shown(item))


def _purge(request: _Request) -> Answer:
    request.require("PURGE")
    item = request.item(deleted=True)
    if request.vault.properties.get("enablePurgeProtection"):
        text = "Operation purge is not allowed: purge protection is enabled for the vault."
        raise _VaultError(403, "Forbidden", text, "ForbiddenByPolicy")
    request.tx.delete(item, request.at)
    return Answer(204)


_HANDLERS = {
    "GET live": _get,
    "DELETE live": _delete,
    "GET deleted": _get_deleted,
    "POST deleted/recover": _recover,
    "DELETE deleted": _purge,
}


def _missing(request: _Request, *, deleted: bool) -> _VaultError:
    noun = request.kind.noun
    if deleted:
        text = f"Deleted {noun.capitalize()} not found: {request.name}"
        return _VaultError(404, request.kind.missing, text)
    name = f"{request.name}/{request.version}" if request.version else request.name
    return _VaultError(
        404,
        request.kind.missing,
        f"A {noun} with (name/id) {name} was not found in this key vault. If you recently deleted "
        f"this {noun} you may be able to recover it using the correct recovery command. For help "
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
            f"The user, group or application '{caller}' does not have {right.what} "
            f"{right.permission} permission on key vault '{vault}'. For help resolving this issue, "
            "please see https://go.microsoft.com/fwlink/?linkid=2125287"
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
        f"Resource: '{request.item_id.lower()}'",
        "Assignment: (not found)",
        f"Vault: {vault}",
    )
    return _VaultError(403, "Forbidden", "\r\n".join(lines), "ForbiddenByRbac")
