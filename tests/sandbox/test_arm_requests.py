# SPDX-License-Identifier: Apache-2.0
"""What Azure Resource Manager refuses before any resource provider is asked."""

import pytest

from azure_sandbox import identity
from tests.sandbox.conftest import SUBSCRIPTION, Azure

ACCOUNT = {"location": "eastus", "sku": {"name": "Standard_LRS"}, "kind": "StorageV2"}


def test_request_without_token_is_refused(azure: Azure) -> None:
    """Without Authorization the answer is 401 with a challenge."""
    azure.headers.clear()

    response = azure.send("GET", SUBSCRIPTION)

    assert 401 == response.status_code
    assert "AuthenticationFailed" == response.json()["error"]["code"]
    assert response.headers["www-authenticate"].startswith("Bearer")


def test_forged_token_is_refused(azure: Azure) -> None:
    """A token whose claims were changed is not believed."""
    header, _, signature = azure.headers["Authorization"].split(".")
    azure.headers["Authorization"] = f"{header}.e30.{signature}"

    assert (401, "InvalidAuthenticationToken") == azure.refusal("GET", SUBSCRIPTION)


def test_expired_token_is_refused(azure: Azure) -> None:
    """A token is good for its lifetime only."""
    azure.time.now += identity.TOKEN_LIFETIME_SECONDS

    assert (401, "ExpiredAuthenticationToken") == azure.refusal("GET", SUBSCRIPTION)


def test_token_for_another_audience_is_refused(azure: Azure) -> None:
    """A token for the data plane does not open the control plane."""
    answer = azure.http.get(
        "/msi/token",
        params={"resource": "https://ml.azure.com"},
        headers={"X-IDENTITY-HEADER": identity.IDENTITY_HEADER},
    )
    azure.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    assert (401, "InvalidAuthenticationTokenAudience") == azure.refusal("GET", SUBSCRIPTION)


def test_api_version_is_demanded(azure: Azure) -> None:
    """A request without api-version is refused as on Azure."""
    response = azure.http.get(SUBSCRIPTION, headers=azure.headers)

    assert 400 == response.status_code
    assert {
        "error": {
            "code": "MissingApiVersionParameter",
            "message": (
                "The api-version query parameter (?api-version=) is required for all requests."
            ),
        }
    } == response.json()


def test_unknown_api_version_of_a_type_lists_the_supported_ones(azure: Azure, group: str) -> None:
    """The refusal names location, version, type and the versions there are."""
    path = f"{group}/providers/Microsoft.Storage/storageAccounts/chatdata"

    response = azure.send("PUT", path, ACCOUNT, version="1999-01-01")

    message = response.json()["error"]["message"]
    assert (400, "NoRegisteredProviderFound") == (
        response.status_code,
        response.json()["error"]["code"],
    )
    assert (
        "No registered resource provider found for location 'eastus' and API version "
        "'1999-01-01' for type 'storageAccounts'. The supported api-versions are '"
    ) in message
    assert "2024-01-01" in message


def test_unknown_api_version_of_resource_manager_itself(azure: Azure) -> None:
    """Subscriptions and groups have a code of their own."""
    response = azure.send("GET", SUBSCRIPTION, version="1999-01-01")

    assert 400 == response.status_code
    assert "InvalidApiVersionParameter" == response.json()["error"]["code"]


@pytest.mark.parametrize(
    ("path", "refusal"),
    [
        ("providers/Microsoft.Nothing/things/one", (404, "InvalidResourceNamespace")),
        ("providers/Microsoft.Storage/things/one", (404, "InvalidResourceType")),
        ("providers/Microsoft.Storage/storageAccounts/none", (404, "ResourceNotFound")),
    ],
)
def test_what_does_not_exist_is_never_answered(
    azure: Azure, group: str, path: str, refusal: tuple[int, str]
) -> None:
    """Unknown namespaces, types and names have Azure's codes."""
    assert refusal == azure.refusal("GET", f"{group}/{path}")


def test_unknown_subscription(azure: Azure) -> None:
    """Only the sandbox's own subscriptions exist."""
    path = "/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg"

    assert (404, "SubscriptionNotFound") == azure.refusal("GET", path)


def test_unknown_resource_group(azure: Azure) -> None:
    """A resource cannot be made, nor looked for, in a group that does not exist."""
    path = f"{SUBSCRIPTION}/resourceGroups/none/providers/Microsoft.Storage/storageAccounts/abc"

    assert (404, "ResourceGroupNotFound") == azure.refusal("PUT", path, ACCOUNT)
    assert (404, "ResourceGroupNotFound") == azure.refusal("GET", path)


def test_unknown_parent(azure: Azure, group: str) -> None:
    """A child needs its parent."""
    workspace = f"{group}/providers/Microsoft.MachineLearningServices/workspaces/none"
    body = {"location": "eastus", "properties": {"authMode": "Key"}}

    refusal = azure.refusal("PUT", f"{workspace}/onlineEndpoints/chat", body)

    assert (404, "ParentResourceNotFound") == refusal


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"tags": 1}', b'{"properties": []}'])
def test_body_must_be_an_object(azure: Azure, group: str, content: bytes) -> None:
    """Anything but a well-formed JSON object is refused, never an internal error."""
    response = azure.http.put(
        f"{group}?api-version=2024-03-01", content=content, headers=azure.headers
    )

    assert 400 == response.status_code
    assert "InvalidRequestContent" == response.json()["error"]["code"]


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ({}, (400, "LocationRequired")),
        ({"location": "atlantis"}, (400, "LocationNotAvailableForResourceType")),
        ({"location": "eastus", "tags": {"a": 1}}, (400, "InvalidRequestContent")),
    ],
)
def test_location_and_tags_are_checked(
    azure: Azure, group: str, body: dict[str, object], refusal: tuple[int, str]
) -> None:
    """A tracked resource needs a region Azure has, and tags that are text."""
    path = f"{group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-chat"

    assert refusal == azure.refusal("PUT", path, body)


def test_location_never_changes(azure: Azure, group: str) -> None:
    """A PUT with another location is refused with Azure's text."""
    path = f"{group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-chat"
    azure.put(path, {"location": "East US"})

    response = azure.send("PUT", path, {"location": "westus"})

    assert 409 == response.status_code
    assert {
        "code": "InvalidResourceLocation",
        "message": (
            "The resource 'id-chat' already exists in location 'eastus' in resource group "
            "'rg-chat'. A resource with the same name cannot be created in location 'westus'. "
            "Please select a new resource name."
        ),
    } == response.json()["error"]


def test_casing_of_a_path_does_not_matter(azure: Azure, group: str) -> None:
    """Ids keep the casing of creation, with Azure's own casing of types."""
    made = f"{group.lower()}/providers/microsoft.storage/STORAGEACCOUNTS/chatdata"
    azure.put(made, ACCOUNT)

    shown = azure.get(f"{group.upper()}/PROVIDERS/Microsoft.Storage/storageaccounts/ChatData")

    assert f"{group}/providers/Microsoft.Storage/storageAccounts/chatdata" == shown["id"]
    assert "Microsoft.Storage/storageAccounts" == shown["type"]


def test_if_match_guards_against_lost_updates(azure: Azure, group: str) -> None:
    """A PUT with an old etag is refused, with the current one accepted."""
    path = f"{group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-chat"
    first = azure.send("PUT", path, {"location": "eastus"}).headers["etag"]
    second = azure.send(
        "PUT", path, {"location": "eastus", "tags": {"a": "b"}}, headers={"If-Match": first}
    )
    third = azure.send("PUT", path, {"location": "eastus"}, headers={"If-Match": first})

    assert 200 == second.status_code
    assert 412 == third.status_code


def test_if_none_match_guards_against_overwriting(azure: Azure, group: str) -> None:
    """``If-None-Match: *`` creates and never replaces."""
    response = azure.send("PUT", group, {"location": "eastus"}, headers={"If-None-Match": "*"})

    assert 412 == response.status_code


def test_verb_the_type_does_not_have(azure: Azure, group: str) -> None:
    """Role definitions cannot be written, collections cannot be deleted."""
    role = "/providers/Microsoft.Authorization/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7"
    accounts = f"{group}/providers/Microsoft.Storage/storageAccounts"

    assert (405, "HttpMethodNotSupported") == azure.refusal("PUT", role, {})
    assert (405, "HttpMethodNotSupported") == azure.refusal("DELETE", accounts)


def test_system_data_says_who_and_when(azure: Azure, group: str) -> None:
    """Creation stays, modification moves on."""
    path = f"{group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-chat"
    azure.put(path, {"location": "eastus"})
    changed = azure.put(path, {"location": "eastus", "tags": {"team": "ml"}})["systemData"]

    assert identity.CLIENT_ID == changed["createdBy"]
    assert changed["createdAt"] < changed["lastModifiedAt"]


def test_answers_carry_request_ids(azure: Azure) -> None:
    """The client's own ids come back."""
    ids = {"x-ms-client-request-id": "mine", "x-ms-correlation-request-id": "ours"}

    answered = azure.send("GET", SUBSCRIPTION, headers=ids).headers

    assert ids == {name: answered[name] for name in ids}
    assert answered["x-ms-request-id"]


def test_unregistered_provider_is_refused(azure: Azure, group: str) -> None:
    """Resources of a provider need its registration, reading what is there does not."""
    provider = f"{SUBSCRIPTION}/providers/Microsoft.Storage"
    azure.send("POST", f"{provider}/unregister", version="2024-03-01")
    path = f"{group}/providers/Microsoft.Storage/storageAccounts/chatdata"

    before = azure.refusal("PUT", path, ACCOUNT)
    azure.send("POST", f"{provider}/register", version="2024-03-01")
    after = azure.send("PUT", path, ACCOUNT)

    assert (409, "MissingSubscriptionRegistration") == before
    assert 202 == after.status_code
