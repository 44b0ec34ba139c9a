# SPDX-License-Identifier: Apache-2.0
"""What registries answer beside Resource Manager: where they are, and what is in them.

`azure-ai-ml` asks a discovery service for a registry by its name alone, and then the front end
that this names for models. Before it deploys a model it looks there for a deployment template.
"""

from dataclasses import replace

from azure_sandbox import identity
from azure_sandbox.arm import control_plane
from azure_sandbox.arm.errors import ArmError
from azure_sandbox.arm.sandbox import Sandbox
from azure_sandbox.arm.wire import Answer, Exchange, JsonObject
from azure_sandbox.namespaces.machine_learning import catalogue, versions

FRONT_END = "/mferp/managementfrontend"
FRONT_END_VERSION = "2021-10-01-dataplanepreview"
_RESOURCE_MANAGERS_VERSION = "2022-10-01-preview"
"""The first one with registries: its shapes are those of the front end."""
_PUBLIC_REGION = "eastus"
_PUBLIC_GROUP = "azureml-registries"


def discovery_answer(sandbox: Sandbox, exchange: Exchange) -> Answer:
    """`GET /registrymanagement/v1.0/registries/{name}/discovery`."""
    name = exchange.path.split("/")[4]
    with sandbox.store.read() as tx:
        audiences = identity.arm_audiences(sandbox.base_url)
        authorization = exchange.headers.get("authorization")
        identity.verify(tx, authorization, sandbox.clock.now(), audiences)
        own = tx.named(f"{versions.NAMESPACE_NAME}/registries", name)
    public = catalogue.system_registry(name)
    if not own and not public:
        raise ArmError(404, "RegistryNotFound", f"There is no registry {name}.")
    region = own[0].location if own else _PUBLIC_REGION
    found = {
        "registryName": own[0].name if own else public,
        "tenantId": identity.TENANT_ID,
        "primaryRegion": region,
        "regions": [region],
        "subscriptionId": own[0].subscription if own else identity.OTHER_SUBSCRIPTION_ID,
        "resourceGroup": own[0].resource_group if own else _PUBLIC_GROUP,
        "primaryRegionResourceProviderUri": f"{sandbox.base_url}/",
    }
    return Answer(200, found)


def front_end_answer(sandbox: Sandbox, exchange: Exchange) -> Answer:
    """Anything below the front end: the same resources, under an api-version of its own."""
    if exchange.query.get("api-version") != FRONT_END_VERSION:
        text = f"The api-version must be {FRONT_END_VERSION}."
        raise ArmError(400, "UnsupportedApiVersion", text)
    query = {**exchange.query, "api-version": _RESOURCE_MANAGERS_VERSION}
    path = exchange.path[len(FRONT_END) :]
    answer = control_plane.respond(sandbox, replace(exchange, path=path, query=query))
    return replace(answer, body=_with_asset_ids(answer.body))


def _with_asset_ids(body: JsonObject) -> JsonObject:
    """Return a resource, or a list of them, named as the front end names assets."""
    if isinstance(body.get("value"), list):
        return {**body, "value": [_with_asset_ids(asset) for asset in body["value"]]}
    _, registries, asset = str(body.get("id")).partition("/registries/")
    return {**body, "id": f"azureml:/{registries}{asset}"} if asset else body
