# SPDX-License-Identifier: Apache-2.0
"""Functions of the azure-native provider, called from transforms and hooks.

The SDK's own way to call one does not do there: it takes a thread of the program (see
`subscription.threads`), and it leaves the engine to find the default provider. The engine (3.220)
finds none while it registers another one, for which it needs a worker. When the first traffic step
brings the provider of `pulumi.Stash`, all workers may be creating deployments whose hooks ask for
something, and the run would never end. A call that names its provider waits for nothing.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Hashable, Mapping
from functools import lru_cache
from importlib.metadata import version
from typing import Any

import grpc
import pulumi
from pulumi.runtime import rpc
from pulumi.runtime.proto import resource_pb2
from pulumi.runtime.settings import get_monitor

from azure_model_endpoints.errors import ArmError
from azure_model_endpoints.subscription.threads import in_thread

__all__ = ["CLIENT_CONFIG", "CLIENT_TOKEN", "ask", "call", "client_config", "once"]

_DEFAULT = "default provider"
CLIENT_CONFIG = "azure-native:authorization:getClientConfig"
CLIENT_TOKEN = "azure-native:authorization:getClientToken"  # noqa: S105  (its name)

# Without the version of the resources, the engine would start a second provider for the calls.
_VERSION = version("pulumi-azure-native")


def call(token: str, arguments: Mapping[str, str], provider: str = "") -> Any:
    """Return what a function of a provider answers, once it does.

    Args:
        token: the function.
        arguments: of the function, all of them known.
        provider: what the engine calls the provider; nothing for the default one.

    Raises:
        ArmError: the provider refused, or Azure did.
    """
    request = resource_pb2.ResourceInvokeRequest(
        tok=token,
        args=dict(arguments),
        provider=provider,
        version=_VERSION if token.startswith("azure-native:") else "",
        acceptResources=True,
    )
    engine: Any = get_monitor()
    try:
        response = engine.Invoke(request)
    except Exception as error:  # grpc's own, or what the mocks of a test raise
        told = error.details() if isinstance(error, grpc.RpcError) else str(error)
        raise _refusal(told) from error
    if response.failures:
        raise _refusal(response.failures[0].reason)
    return rpc.deserialize_properties_unwrap_secrets(getattr(response, "return"))[0]


async def ask(token: str, arguments: Mapping[str, str], parent: pulumi.Resource | None) -> Any:
    """Return what a function of the provider answers.

    A preview changes nothing, so all who ask the same share one call.

    Args:
        token: the function.
        arguments: of the function, all of them known.
        parent: whose children's provider is asked; None for the default one.

    Raises:
        ArmError: the provider refused, or Azure did.
    """
    provider = parent.get_provider(token) if parent else None

    async def answer() -> Any:
        return await _answer(token, arguments, provider)

    if pulumi.runtime.is_dry_run():
        return await once((token, *arguments.items(), provider), answer)
    return await answer()


async def client_config(parent: pulumi.Resource | None) -> Any:
    """Return ``subscriptionId`` and ``tenantId`` of the provider; one call serves the whole run.

    Raises:
        ArmError: there is no credential, or Azure refused it.
    """
    provider = parent.get_provider(CLIENT_CONFIG) if parent else None

    async def answer() -> Any:
        return await _answer(CLIENT_CONFIG, {}, provider)

    return await once((CLIENT_CONFIG, provider), answer)


async def _answer(
    token: str, arguments: Mapping[str, str], provider: pulumi.ProviderResource | None
) -> Any:
    if provider:
        return await _call(token, arguments, await _reference(provider))
    if pulumi.runtime.is_dry_run():  # which runs no hooks
        return await _call(token, arguments, "")
    if default := _answers(get_monitor()).get(_DEFAULT):
        return await _call(token, arguments, await default)
    try:
        return await _call(token, arguments, "")
    finally:  # whatever it answers, the default provider is there now
        await once(_DEFAULT, _default_reference)


async def _reference(provider: pulumi.ProviderResource) -> str:
    urn, provider_id = await provider.urn.future(), await provider.id.future()
    return f"{urn}::{provider_id or rpc.UNKNOWN}"


async def _default_reference() -> str:
    """Return what the engine calls the default provider; nothing lets it find that by itself."""
    where = f"{pulumi.get_stack()}::{pulumi.get_project()}"
    name = f"default_{_VERSION.replace('.', '_')}"
    urn = f"urn:pulumi:{where}::pulumi:providers:azure-native::{name}"
    try:
        found = await _call("pulumi:pulumi:getResource", {"urn": urn}, "")
    except ArmError:  # one that is downloaded from elsewhere has another name
        return ""
    return f"{urn}::{found['id']}"


async def once(question: Hashable, answer: Callable[[], Awaitable[Any]]) -> Any:
    """Return the answer to a question that is asked once in a run, however many want to know."""
    answers = _answers(get_monitor())
    if question not in answers:
        answers[question] = asyncio.ensure_future(answer())
    return await answers[question]


@lru_cache(maxsize=1)
def _answers(_run: object) -> dict[Hashable, asyncio.Future[Any]]:
    """Return what was asked in a run, which its connection to the engine stands for."""
    return {}


async def _call(token: str, arguments: Mapping[str, str], provider: str) -> Any:
    try:
        return await in_thread(call, token, arguments, provider)
    except ArmError as error:
        raise ArmError(
            f"Azure could not be asked what is live, so nothing may be changed: "
            f"{str(error).rstrip('. ')}. Run the same command again once that is over.",
            status=error.status,
        ) from error


def _refusal(told: str) -> ArmError:
    reason = told.rpartition("returned an error: ")[2]
    status = re.search(r"\bStatus=(\d{3})\b", reason)
    return ArmError(reason.rstrip(), status=int(status[1]) if status else None)
