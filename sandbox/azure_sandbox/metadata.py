# SPDX-License-Identifier: Apache-2.0
"""Cloud metadata: tells clients that login and ARM of this "cloud" are the sandbox."""

from azure_sandbox import identity
from azure_sandbox.arm.sandbox import Sandbox
from azure_sandbox.arm.wire import Answer, Exchange, JsonObject

_LIST_VERSION = "2019-05-01"
"""The api-version that answers with a list of clouds; newer ones answer with one object."""


def endpoints_answer(sandbox: Sandbox, exchange: Exchange) -> Answer:
    """``GET /metadata/endpoints``."""
    cloud = _cloud(sandbox.base_url)
    if exchange.query.get("api-version", "") <= _LIST_VERSION:
        return Answer(200, [cloud])
    return Answer(200, cloud)


def _cloud(base_url: str) -> JsonObject:
    return {
        "name": "AzureSandbox",
        "portal": base_url,
        "resourceManager": f"{base_url}/",
        "authentication": {
            "loginEndpoint": base_url,
            "audiences": [
                "https://management.core.windows.net/",
                "https://management.azure.com/",
            ],
            "tenant": identity.TENANT_ID,
            "identityProvider": "AAD",
        },
        "graphAudience": "https://graph.windows.net/",
        "graph": "https://graph.windows.net/",
        "microsoftGraphResourceId": "https://graph.microsoft.com/",
        "suffixes": {
            "storage": "core.windows.net",
            "keyVaultDns": "vault.azure.net",
            "acrLoginServer": "azurecr.io",
        },
    }
