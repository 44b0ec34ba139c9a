# SPDX-License-Identifier: Apache-2.0
"""Online endpoints through ARM."""

import pytest

from azure_sandbox.namespaces.machine_learning.system_entries import without_system_entries
from tests.sandbox.machine_learning.conftest import (
    SUBSCRIPTION,
    Azure,
    endpoint_body,
    messages,
)


def test_an_endpoint_is_created(azure: Azure) -> None:
    """A PUT answers 201 with Creating; when its operation ends the endpoint is there."""
    answer = azure.put_endpoint()

    assert (201, "Creating") == (answer.status, answer.body["properties"]["provisioningState"])
    azure.wait()
    assert azure.state(azure.endpoint_path()) == "Succeeded"


def test_an_endpoint_shows_its_address_and_no_keys(azure: Azure) -> None:
    """A GET shows where to call the endpoint; keys given at creation stay hidden."""
    keys = {"primaryKey": "p" * 32, "secondaryKey": "s" * 32}
    azure.accept(azure.put_endpoint(keys=keys))

    properties = azure.get(azure.endpoint_path())["properties"]

    assert properties["scoringUri"] == "https://localhost:1/inference/eastus/chat/score"
    assert properties["keys"] is None
    assert azure.send("POST", f"{azure.endpoint_path()}/listKeys").body == keys


@pytest.mark.parametrize(
    "name", ["ab", "1chat", "chat-", "chat--bot", "chat_bot", "a" * 33, "chät"]
)
def test_a_name_azure_refuses_is_refused(azure: Azure, name: str) -> None:
    """Endpoint names have 3 to 32 letters, digits and single dashes."""
    answer = azure.put_endpoint(name)

    assert answer.status == 400
    assert "it must have 3 to 32 characters" in messages(answer).lower()


def test_a_name_is_unique_in_its_region(azure: Azure) -> None:
    """A name taken in the region is refused, whoever has it; in another region it is free."""
    azure.accept(azure.put_endpoint())
    other = f"{azure.workspace}-2"
    workspace = azure.get(azure.workspace)
    azure.done("PUT", other, {"location": "eastus", "properties": workspace["properties"]})

    answer = azure.send("PUT", f"{other}/onlineEndpoints/CHAT", endpoint_body())

    assert answer.status == 400
    assert "Endpoint name needs to be unique within a region" in messages(answer)


def test_the_region_is_that_of_the_workspace(azure: Azure) -> None:
    """An endpoint in another region than its workspace is refused."""
    body = {**endpoint_body(), "location": "westus"}

    answer = azure.send("PUT", azure.endpoint_path(), body)

    assert answer.status == 400
    assert "it must be that of ml-dev: eastus" in messages(answer)


def test_auth_mode_is_required_and_checked(azure: Azure) -> None:
    """`authMode` has no default and three values."""
    missing = azure.send("PUT", azure.endpoint_path(), {"location": "eastus", "properties": {}})
    wrong = azure.put_endpoint(authMode="Password")

    assert "authMode is required" in messages(missing)
    assert "it must be one of Key, AMLToken, AADToken" in messages(wrong)


def test_all_problems_are_reported_at_once(azure: Azure) -> None:
    """One refusal lists every broken rule."""
    answer = azure.put_endpoint(publicNetworkAccess="Maybe", traffic={"blue": 30})

    assert "publicNetworkAccess is 'Maybe'" in messages(answer)
    assert "names the deployment blue, which does not exist" in messages(answer)


def test_a_change_is_refused_while_an_operation_runs(azure: Azure) -> None:
    """The endpoint and its deployments take one operation at a time."""
    azure.put_endpoint()
    second = azure.put_endpoint()
    azure.wait()
    azure.put_deployment("blue")
    beside = azure.put_deployment("green")
    above = azure.put_endpoint()
    deleted = azure.send("DELETE", azure.endpoint_path())

    assert [409] * 4 == [answer.status for answer in (second, beside, above, deleted)]


def test_property_entries_can_be_added_only(azure: Azure) -> None:
    """An entry of the property map stays when left out and cannot be changed."""
    azure.accept(azure.put_endpoint(properties={"team": "search"}))
    azure.accept(azure.put_endpoint(properties={"cost": "42"}))

    changed = azure.put_endpoint(properties={"team": "sales"})

    expected = {"team": "search", "cost": "42"}
    entries = azure.get(azure.endpoint_path())["properties"]["properties"]
    assert expected == without_system_entries(entries)
    assert "Properties can be added, but not removed or altered" in messages(changed)


def test_the_service_adds_entries_of_its_own(azure: Azure) -> None:
    """A PUT is named by its operation, and may send back what an earlier one was named by."""
    azure.accept(azure.put_endpoint())
    first = azure.get(azure.endpoint_path())["properties"]["properties"]

    azure.accept(azure.put_endpoint(properties={**first, "team": "search"}))
    azure.accept(azure.put_endpoint(properties={**first, "team": "search"}))

    second = azure.get(azure.endpoint_path())["properties"]["properties"]
    assert azure.endpoint_path().lower() == second["azureml.onlineendpointid"]
    assert "/operationsStatus/" in second["AzureAsyncOperationUri"]
    assert first["AzureAsyncOperationUri"] != second["AzureAsyncOperationUri"]
    assert {"team": "search"} == without_system_entries(second)


def test_a_patch_changes_tags_and_nothing_else(azure: Azure) -> None:
    """PATCH takes tags and identity; it keeps the routing, and refuses properties."""
    azure.make_endpoint("blue", blue=100)

    azure.done("PATCH", azure.endpoint_path(), {"tags": {"a": "b"}})
    refused = azure.send("PATCH", azure.endpoint_path(), {"properties": {"traffic": {}}})

    endpoint = azure.get(azure.endpoint_path())
    assert ({"a": "b"}, {"blue": 100}) == (endpoint["tags"], endpoint["properties"]["traffic"])
    assert refused.status == 400


def test_keys_can_be_regenerated_one_by_one(azure: Azure) -> None:
    """Regenerating the primary key leaves the secondary key."""
    azure.accept(azure.put_endpoint())
    keys = azure.send("POST", f"{azure.endpoint_path()}/listKeys").body

    azure.done("POST", f"{azure.endpoint_path()}/regenerateKeys", {"keyType": "Primary"})

    after = azure.send("POST", f"{azure.endpoint_path()}/listKeys").body
    assert keys["primaryKey"] != after["primaryKey"]
    assert keys["secondaryKey"] == after["secondaryKey"]


def test_an_unregistered_provider_is_reported(azure: Azure) -> None:
    """Endpoints need Microsoft.Cdn and Microsoft.PolicyInsights; the error names neither."""
    with azure.sandbox.store.write() as tx:
        tx.set_registration(SUBSCRIPTION, "microsoft.cdn", "NotRegistered")

    answer = azure.put_endpoint()

    assert (404, "SubscriptionNotRegistered") == (answer.status, answer.body["error"]["code"])


def test_the_hundred_and_first_endpoint_is_refused(azure: Azure) -> None:
    """A region holds 100 endpoints of a subscription."""
    for number in range(100):
        azure.put_endpoint(f"chat{number}")

    answer = azure.put_endpoint("one-more")

    assert "already has 100 endpoints in eastus; the limit is 100" in messages(answer)


def test_old_api_versions_show_the_same_endpoint(azure: Azure) -> None:
    """What one api-version wrote, the one azure-ai-ml sends reads; an unknown one is refused."""
    azure.accept(azure.put_endpoint())

    old = azure.send("GET", azure.endpoint_path(), version="2022-02-01-preview")
    unknown = azure.send("GET", azure.endpoint_path(), version="2019-01-01")

    assert azure.get(azure.endpoint_path()) == old.body
    assert unknown.status == 400


def test_deleting_an_endpoint_deletes_its_deployments(azure: Azure) -> None:
    """Deployments disappear with their endpoint, even one that has traffic."""
    azure.make_endpoint("blue", blue=100)

    azure.done("DELETE", azure.endpoint_path())

    assert azure.send("GET", azure.deployment_path("blue")).status == 404
    assert [({"blue": 100}, {"blue": 1}), ({}, {})] == azure.routing()[-2:]
