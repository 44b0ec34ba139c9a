# SPDX-License-Identifier: Apache-2.0
"""Functions: reading resources, running actions, and two about the credential itself."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from azure.core.credentials import TokenCredential
from azure.core.exceptions import ClientAuthenticationError

from azure_sandbox.provider.body import resource_path
from azure_sandbox.provider.client import Address, ArmClient
from azure_sandbox.provider.cloud import Cloud
from azure_sandbox.provider.configuration import Configuration
from azure_sandbox.provider.deadline import Deadline
from azure_sandbox.provider.errors import ConfigurationError, ProviderError
from azure_sandbox.provider.metadata import Invoke, Table
from azure_sandbox.provider.outputs import outputs_of
from azure_sandbox.provider.values import Json


@dataclass(frozen=True, slots=True)
class Invoker:
    """Answers the functions of the table."""

    client: ArmClient
    table: Table
    subscription_id: str

    def invoke(
        self, function: Invoke, args: Mapping[str, Json], deadline: Deadline
    ) -> dict[str, Json]:
        """Calls ARM and shapes its answer.

        Raises:
            ProviderError: ARM refused, with the id that was asked for.
        """
        path = resource_path(function.path, function.parameters, args, self.subscription_id)
        try:
            answer = self._answer(function, path, args, deadline)
        except ProviderError as error:
            raise ProviderError(f"request failed {path}: {error}") from error
        if not isinstance(answer, dict):
            return {"value": answer}
        outputs = outputs_of(function.response, self.table.types, answer)
        version = {"azureApiVersion": function.api_version} if function.reads_resource else {}
        return {**outputs, **version}

    def _answer(
        self, function: Invoke, path: str, args: Mapping[str, Json], deadline: Deadline
    ) -> Any:
        query = {wire: str(args[name]) for name, wire in function.query.items() if name in args}
        address = Address(path, function.api_version, query)
        if function.reads_resource:
            return self.client.get(address, deadline)
        body = {name: args[name] for name in function.body if name in args}
        return self.client.post(address, deadline, body)


def client_token(credential: TokenCredential, cloud: Cloud, endpoint: Json) -> dict[str, Json]:
    """A token for `endpoint`, by default for ARM."""
    audience = endpoint if isinstance(endpoint, str) and endpoint else f"{cloud.resource_manager}/"
    return {"token": _token(credential, f"{audience}/.default")}


def client_config(
    credential: TokenCredential, cloud: Cloud, configuration: Configuration
) -> dict[str, Json]:
    """Who the credential is, as the claims of a token for Microsoft Graph say."""
    claims = _claims(_token(credential, f"{cloud.graph}/.default"))
    if "oid" not in claims:
        raise ConfigurationError(
            "getting client config: the token has no `oid` claim, and the sandbox has no "
            "Microsoft Graph to ask for the object id"
        )
    return {
        "clientId": claims.get("appid", configuration.client_id),
        "objectId": claims["oid"],
        "subscriptionId": configuration.subscription_id,
        "tenantId": claims.get("tid", configuration.tenant_id),
    }


def _token(credential: TokenCredential, scope: str) -> str:
    try:
        return credential.get_token(scope).token
    except ClientAuthenticationError as error:
        raise ConfigurationError(f"No token for {scope}: {error}") from error


def _claims(token: str) -> Mapping[str, Any]:
    parts = token.split(".")
    try:
        payload = base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))
        claims = json.loads(payload)
    except (IndexError, ValueError) as error:
        raise ConfigurationError("getting client config: the token is not a JWT") from error
    return claims if isinstance(claims, dict) else {}
