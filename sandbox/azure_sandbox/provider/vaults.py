# SPDX-License-Identifier: Apache-2.0
"""Secrets and keys of vaults, as far as ARM cannot handle them: deletion, and what comes after it.

The real plugin composes the address of a vault from its name and the cloud's DNS suffix. Loopback
has no such names, so the stand-in asks the vault for its address.
"""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from azure.core import PipelineClient
from azure.core.credentials import TokenCredential
from azure.core.exceptions import AzureError
from azure.core.pipeline.policies import BearerTokenCredentialPolicy
from azure.core.rest import HttpRequest, HttpResponse

from azure_sandbox.provider.client import Address, ArmClient
from azure_sandbox.provider.cloud import Cloud, transport
from azure_sandbox.provider.configuration import Configuration
from azure_sandbox.provider.deadline import Deadline
from azure_sandbox.provider.errors import ArmError, UnreachableError
from azure_sandbox.provider.retries import ArmRetryPolicy

_VAULTS_API_VERSION = "2024-11-01"
_ITEMS_API_VERSION = "7.6"
_PAUSE_SECONDS = 5.0
_ATTEMPTS = 36
"""Three minutes of them."""
_UNEXPLAINED_CONFLICTS = 6
"""A conflict with nothing deleted behind it is believed after half a minute."""

Written = dict[str, Any]


class Vaults:
    """The data plane of key vaults."""

    def __init__(
        self,
        configuration: Configuration,
        cloud: Cloud,
        credential: TokenCredential,
        arm: ArmClient,
    ) -> None:
        self._arm = arm
        self._pause_seconds = _PAUSE_SECONDS / configuration.speed
        scope = f"https://{cloud.key_vault_suffix}/.default"
        self._client: PipelineClient[HttpRequest, HttpResponse] = PipelineClient(
            cloud.resource_manager,
            policies=[
                ArmRetryPolicy(configuration.speed),
                BearerTokenCredentialPolicy(credential, scope),
            ],
            transport=transport(),
        )

    def create(self, item_id: str, deadline: Deadline, put: Callable[[], Written]) -> Written:
        """Runs `put`; where a deleted secret or key holds the name, recovers it and tries again."""
        unexplained = 0
        for _ in range(_ATTEMPTS - 1):
            try:
                return put()
            except ArmError as error:
                if error.status != HTTPStatus.CONFLICT:
                    raise
                unexplained = 0 if self._recovered(item_id, deadline) else unexplained + 1
                if unexplained == _UNEXPLAINED_CONFLICTS:
                    raise
            deadline.wait(self._pause_seconds)
        return put()

    def delete(self, item_id: str, deadline: Deadline) -> None:
        """Deletes a secret or key, which its vault then keeps in the deleted state."""
        try:
            self._send("DELETE", item_id, "{kind}/{name}", deadline)
        except ArmError as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise

    def _recovered(self, item_id: str, deadline: Deadline) -> bool:
        try:
            self._send("GET", item_id, "deleted{kind}/{name}", deadline)
        except ArmError:  # not deleted, or the vault does not say: the conflict is reported later
            return False
        self._send("POST", item_id, "deleted{kind}/{name}/recover", deadline)
        return True

    def _send(self, method: str, item_id: str, path: str, deadline: Deadline) -> None:
        vault_id, kind, name = item_id.rsplit("/", 2)
        vault = self._arm.get(Address(vault_id, _VAULTS_API_VERSION), deadline)
        url = vault["properties"]["vaultUri"] + path.format(kind=kind, name=name)
        request = HttpRequest(method, url, params={"api-version": _ITEMS_API_VERSION})
        deadline.check()
        remaining = deadline.remaining_seconds
        try:
            response = self._client.send_request(request, timeout=remaining, read_timeout=remaining)
        except AzureError as error:
            raise UnreachableError(f"{method} {url} failed: {error}") from error
        if response.status_code != HTTPStatus.OK:
            raise ArmError.of(response)
