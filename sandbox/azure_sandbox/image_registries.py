# SPDX-License-Identifier: Apache-2.0
"""The data plane of container registries, as far as to tell whether a caller gets through.

Azure's is `https://{name}.azurecr.io/v2/`, here it is at `/registries/{name}/v2/`. Only the
version check is answered (OCI distribution specification, "Determining support").
"""

from azure_sandbox import identity
from azure_sandbox.arm.errors import ArmError
from azure_sandbox.arm.sandbox import Sandbox
from azure_sandbox.arm.wire import NO_ANSWER, Answer, Exchange
from azure_sandbox.namespaces.network.link_targets import REGISTRIES
from azure_sandbox.network_paths import INTERNET_ADDRESS, Path, is_public, path_to

AUDIENCE = "https://containerregistry.azure.net"
_VERSION = {"docker-distribution-api-version": "registry/2.0"}


def answer(sandbox: Sandbox, exchange: Exchange) -> Answer:
    """Answer `GET /registries/{name}/v2/`."""
    name = exchange.path.split("/")[2]
    with sandbox.store.read() as tx:
        found = tx.named(REGISTRIES, name)
        if not found:
            return _error(404, "NAME_UNKNOWN", f"There is no registry {name}.")
        registry = found[0]
        way = path_to(tx, exchange.place, f"{registry.name.lower()}.azurecr.io", registry)
        if way is Path.NONE:
            return NO_ANSWER
        if way is Path.PUBLIC and not is_public(registry):
            text = (
                f"client with IP '{INTERNET_ADDRESS}' is not allowed access. Refer "
                "https://aka.ms/acr/firewall to grant access."
            )
            return _error(403, "DENIED", text)
        try:
            authorization = exchange.headers.get("authorization")
            identity.verify(tx, authorization, sandbox.clock.now(), (AUDIENCE,))
        except ArmError:
            return _error(401, "UNAUTHORIZED", "authentication required")
    return Answer(200, {}, _VERSION)


def _error(status: int, code: str, message: str) -> Answer:
    return Answer(status, {"errors": [{"code": code, "message": message}]}, _VERSION)
