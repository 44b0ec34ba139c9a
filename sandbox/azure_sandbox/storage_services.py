# SPDX-License-Identifier: Apache-2.0
"""The data plane of storage accounts, as far as to tell whether a caller gets through.

Azure gives each service of an account a host name; here they are at
`/storage/{account}/{service}/`. All that is answered is the list of containers, which is empty.
"""

import re

from azure_sandbox import identity
from azure_sandbox.arm.errors import ArmError
from azure_sandbox.arm.records import Resource
from azure_sandbox.arm.sandbox import Sandbox
from azure_sandbox.arm.wire import NO_ANSWER, Answer, Exchange
from azure_sandbox.namespaces.network.link_targets import STORAGE_ACCOUNTS
from azure_sandbox.network_paths import Path, is_public, path_to

AUDIENCE = "https://storage.azure.com"
_PATH = re.compile(r"/storage/(?P<account>[a-z0-9]+)/(?P<service>blob|dfs|file|queue|table)/?")


def answer(sandbox: Sandbox, exchange: Exchange) -> Answer:
    """Answer one request below `/storage/{account}/{service}/`."""
    path = _PATH.fullmatch(exchange.path)
    with sandbox.store.read() as tx:
        accounts = tx.named(STORAGE_ACCOUNTS, path["account"]) if path else []
        if path is None or not accounts:
            return _error(404, "ResourceNotFound", "The specified resource does not exist.")
        account = accounts[0]
        name = f"{account.name}.{path['service']}.core.windows.net"
        way = path_to(tx, exchange.place, name, account)
        if way is Path.NONE:
            return NO_ANSWER
        if way is Path.PUBLIC and not is_public(account):
            text = "This request is not authorized to perform this operation."
            return _error(403, "AuthorizationFailure", text)
        authorization = exchange.headers.get("authorization")
        try:
            identity.verify(tx, authorization, sandbox.clock.now(), (AUDIENCE,))
        except ArmError:
            text = "Server failed to authenticate the request. Please refer to the information in "
            return _error(401, "NoAuthenticationInformation", f"{text}the www-authenticate header.")
    return Answer(200, _list(account, path["service"]), {"content-type": "application/xml"})


def _list(account: Resource, service: str) -> bytes:
    endpoint = f"https://{account.name}.{service}.core.windows.net/"
    containers = "<Containers /></EnumerationResults>"
    return _xml(f'<EnumerationResults ServiceEndpoint="{endpoint}">{containers}')


def _error(status: int, code: str, message: str) -> Answer:
    body = _xml(f"<Error><Code>{code}</Code><Message>{message}</Message></Error>")
    headers = {"content-type": "application/xml", "x-ms-error-code": code}
    return Answer(status, body, headers)


def _xml(content: str) -> bytes:
    return f'<?xml version="1.0" encoding="utf-8"?>{content}'.encode()
