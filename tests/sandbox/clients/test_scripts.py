# SPDX-License-Identifier: Apache-2.0
"""Scripts with nothing in them but Azure's own clients."""

import json
from pathlib import Path
from typing import Any

from tests.sandbox.clients.conftest import ENDPOINT, SUBSCRIPTION, WORKSPACE, Cloud

PHI_2 = "azureml://registries/azureml/models/microsoft-phi-2/versions/22"
NO_QUOTA = (
    "Not enough quota available for Standard_NC96ads_A100_v4 in SubscriptionId "
    f"{SUBSCRIPTION}. Current usage/limit: 0/96. Additional needed: 192 Please see "
    "troubleshooting guide, available here: https://aka.ms/oe-tsg#error-outofquota"
)
NOT_DELETED = "Deployment blue receives traffic of endpoint chat and cannot be deleted."
SEEN = {
    "workspaces": ["mlw-chat"],
    "endpoints": ["chat"],
    "deployments": ["blue"],
    "deployment": [PHI_2, "Standard_NC4as_T4_v3", 1, "Succeeded"],
    "timeout": 90_000,
    "keys": 2,
    "log": "Serving phi-2",
    "answer": '{"output": "I am phi-2, served by blue."}',
    "created": "Succeeded",
    "shared traffic": {"green": 100},
    "answer of the new one": '{"output": "I am phi-2, served by green."}',
    "traffic": {"blue": 100},
    "left": ["blue"],
}


def asked(directory: Path) -> Path:
    """A file with a request to a model."""
    question = directory / "question.json"
    question.write_text(json.dumps({"input_data": {"input_string": ["Who are you?"]}}))
    return question


def test_azure_ai_ml(cloud: Cloud, tmp_path: Path) -> None:
    """MLClient looks up, reads, asks, deploys, routes, deletes, and is told what is refused."""
    place = (SUBSCRIPTION, "rg-chat", "mlw-chat", str(asked(tmp_path)))

    seen = cloud.seen_by("with_azure_ai_ml.py", *place)

    assert NOT_DELETED in seen.pop("deletion with traffic")
    assert NO_QUOTA in seen.pop("no quota")
    assert SEEN == seen


def test_azure_mgmt_machinelearningservices(cloud: Cloud, tmp_path: Path) -> None:
    """The management client, with models and an api-version of its own, does the same."""
    place = (SUBSCRIPTION, "rg-chat", "mlw-chat", str(asked(tmp_path)))

    seen = cloud.seen_by("with_azure_mgmt.py", *place, cloud.url)

    assert NOT_DELETED in seen.pop("deletion with traffic")
    assert NO_QUOTA in seen.pop("no quota")
    assert SEEN == seen


def test_requests(cloud: Cloud) -> None:
    """One store answers every api-version with what it knows; an unknown one is refused."""
    versions = ("2022-02-01-preview", "2022-05-01", "2022-10-01", "2025-12-01", "2019-01-01")

    seen = cloud.seen_by("with_requests.py", ENDPOINT, cloud.url, *versions)

    assert "NoRegisteredProviderFound" == seen.pop("2019-01-01")["error"]["code"]
    newest = seen["2025-12-01"]
    assert {"blue": 100} == newest["properties"]["traffic"]
    unknown = {
        "2022-05-01": {"mirrorTraffic", "publicNetworkAccess"},
        "2022-10-01": {"mirrorTraffic"},
    }
    assert {version: without(newest, unknown.get(version, set())) for version in seen} == seen


def without(resource: dict[str, Any], names: set[str]) -> dict[str, Any]:
    """A resource that lacks some properties."""
    properties = {key: it for key, it in resource["properties"].items() if key not in names}
    return {**resource, "properties": properties}


def test_the_api_version_before_endpoints(cloud: Cloud) -> None:
    """What azure-mgmt-machinelearningservices 1.0 sends is answered for workspaces alone."""
    old = "2020-08-01"

    workspace = cloud.seen_by("with_requests.py", WORKSPACE, cloud.url, old)[old]
    endpoint = cloud.seen_by("with_requests.py", ENDPOINT, cloud.url, old)[old]

    assert "mlw-chat" == workspace["properties"]["friendlyName"]
    assert "NoRegisteredProviderFound" == endpoint["error"]["code"]


def test_members_that_azure_fills_in(cloud: Cloud) -> None:
    """The read-only members a client finds empty are those that need what is not there.

    They belong to customer-managed keys and a container registry; that no private endpoint leads
    to the workspace is an answer, an empty list.
    """
    place = (SUBSCRIPTION, "rg-chat", "mlw-chat", cloud.url)

    empty = cloud.seen_by("read_only_members.py", *place)

    assert [
        "workspace.service_provisioned_resource_group",
        "workspace keys.container_registry_credentials",
    ] == empty
