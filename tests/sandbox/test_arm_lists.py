# SPDX-License-Identifier: Apache-2.0
"""Lists and their pages."""

from urllib.parse import parse_qs, urlsplit

from azure_sandbox import identity
from tests.sandbox.conftest import SUBSCRIPTION, Azure

IDENTITIES = "providers/Microsoft.ManagedIdentity/userAssignedIdentities"


def test_list_is_of_one_group_or_of_the_subscription(azure: Azure) -> None:
    """A group lists its own, the subscription everybody's, in the order of names."""
    for name in ("beta", "alpha"):
        group = f"{SUBSCRIPTION}/resourceGroups/rg-{name}"
        azure.put(group, {"location": "eastus"})
        azure.put(f"{group}/{IDENTITIES}/id-{name}", {"location": "eastus"})

    one = azure.get(f"{SUBSCRIPTION}/resourceGroups/rg-beta/{IDENTITIES}")
    whole = azure.get(f"{SUBSCRIPTION}/{IDENTITIES}")

    assert ["id-beta"] == [row["name"] for row in one["value"]]
    assert ["id-alpha", "id-beta"] == [row["name"] for row in whole["value"]]


def test_other_subscriptions_are_not_listed(azure: Azure) -> None:
    """What somebody else has is theirs."""
    group = f"/subscriptions/{identity.OTHER_SUBSCRIPTION_ID}/resourceGroups/theirs"
    azure.put(group, {"location": "eastus"})
    azure.put(f"{group}/{IDENTITIES}/id-theirs", {"location": "eastus"})

    assert [] == azure.get(f"{SUBSCRIPTION}/{IDENTITIES}")["value"]
    assert [] == azure.get(f"{SUBSCRIPTION}/resourceGroups")["value"]


def test_pages_follow_their_links_to_the_end(azure: Azure, group: str) -> None:
    """NextLink is absolute, keeps the query, and every row comes once, no page is empty."""
    names = [f"id-{number}" for number in range(4)]
    for name in names:
        azure.send("PUT", f"{group}/{IDENTITIES}/{name}", {"location": "eastus"})

    page = azure.get(f"{group}/{IDENTITIES}", {"$top": "2"})
    seen = [page]
    while "nextLink" in page:
        assert ["2023-01-31"] == parse_qs(urlsplit(page["nextLink"]).query)["api-version"]
        page = azure.http.get(page["nextLink"], headers=azure.headers).json()
        seen.append(page)

    assert [2, 2] == [len(page["value"]) for page in seen]
    assert names == [row["name"] for page in seen for row in page["value"]]


def test_bad_skip_token(azure: Azure, group: str) -> None:
    """A link that was tampered with is refused."""
    response = azure.send("GET", f"{group}/{IDENTITIES}", query={"$skipToken": "x"})

    assert 400 == response.status_code


def test_list_below_a_parent_that_does_not_exist(azure: Azure, group: str) -> None:
    """The children of nothing are an error, not an empty list."""
    workspace = f"{group}/providers/Microsoft.MachineLearningServices/workspaces/none"

    refusal = azure.refusal("GET", f"{workspace}/onlineEndpoints")

    assert (404, "ParentResourceNotFound") == refusal
