# SPDX-License-Identifier: Apache-2.0
"""Microsoft.Quota: limits, usages and requests for more, with every way in which they end."""

from typing import Any
from urllib.parse import quote

import httpx2
import pytest

from tests.sandbox.conftest import SUBSCRIPTION, Azure

EAST_US = f"{SUBSCRIPTION}/providers/Microsoft.MachineLearningServices/locations/eastus"
QUOTA = f"{EAST_US}/providers/Microsoft.Quota"
T4_FAMILY = "standard NCASv3_T4 Family"
T4 = f"{QUOTA}/quotas/{quote(T4_FAMILY)}"
VERSION = "2025-03-01"


def body(vcpus: object, name: str = T4_FAMILY, **changes: Any) -> dict[str, Any]:
    """What a request for a limit says."""
    value = {"limitObjectType": "LimitValue", "value": vcpus}
    asked = {"limit": value, "name": {"value": name}, "resourceType": "dedicated"}
    return {"properties": {**asked, **changes}}


def send(azure: Azure, method: str, path: str, content: object = None) -> httpx2.Response:
    """One request in the version of Microsoft.Quota."""
    return azure.send(method, path, content, version=VERSION)


def limit_of(azure: Azure) -> int:
    """What Microsoft.Quota says the limit is."""
    return int(send(azure, "GET", T4).json()["properties"]["limit"]["value"])


def policy(azure: Azure, name: str) -> None:
    """Say what becomes of requests."""
    change = {"location": "eastus", "family": T4_FAMILY, "policy": name}
    assert 200 == azure.http.put("/sandbox/quota/policy", json=change).status_code


def ended(azure: Azure, limit: int = 96) -> dict[str, Any]:
    """The properties of a request once it is decided."""
    filed = send(azure, "PUT", T4, body(limit))
    assert 202 == filed.status_code, filed.text
    azure.time.pass_by(600)
    last = azure.poll(filed)
    assert 200 == last.status_code
    properties: dict[str, Any] = last.json()["properties"]
    return properties


def test_limit_is_raised_once_the_request_is_approved(azure: Azure) -> None:
    """Not before: until then the request is under way, and says when to ask again."""
    filed = send(azure, "PUT", T4, body(96))
    running = azure.poll(filed)
    before = limit_of(azure)
    azure.time.pass_by(600)
    after = azure.poll(filed)

    assert (202, b"") == (filed.status_code, filed.content)
    assert f"{QUOTA}/operationsStatus/" in filed.headers["location"]
    assert {"retry-after", "retry-after-ms"} & set(filed.headers)
    assert (202, 64) == (running.status_code, before)
    assert (200, "Succeeded", 96) == (
        after.status_code,
        after.json()["properties"]["provisioningState"],
        limit_of(azure),
    )


def test_raised_limit_is_in_the_usages(azure: Azure) -> None:
    """Both services speak of one quota."""
    ended(azure)

    rows = azure.get(f"{EAST_US}/usages")["value"]

    assert 96 == next(row["limit"] for row in rows if row["name"]["value"] == T4_FAMILY)


@pytest.mark.parametrize(
    ("name", "code"),
    [("refuse", "QuotaNotAvailableForResource"), ("ticket", "ContactSupport")],
)
def test_request_ends_as_it_was_set_to(azure: Azure, name: str, code: str) -> None:
    """Refused, or a case for a person; the limit stays."""
    policy(azure, name)

    properties = ended(azure)

    assert ("Failed", code) == (properties["provisioningState"], properties["error"]["code"])
    assert 64 == limit_of(azure)


def test_request_can_be_looked_up_later(azure: Azure) -> None:
    """With limit, time, state and reason, alone and in the list."""
    policy(azure, "ticket")
    filed = send(azure, "PUT", T4, body(96))
    number = filed.headers["location"].partition("?")[0].rpartition("/")[2]
    running = send(azure, "GET", f"{QUOTA}/quotaRequests/{number}").json()
    azure.time.pass_by(600)

    request = send(azure, "GET", f"{QUOTA}/quotaRequests/{number}").json()
    listed = send(azure, "GET", f"{QUOTA}/quotaRequests").json()["value"]

    assert "InProgress" == running["properties"]["provisioningState"]
    assert "ContactSupport" == request["properties"]["error"]["code"]
    [part] = request["properties"]["value"]
    assert (96, T4_FAMILY) == (part["limit"]["value"], part["name"]["value"])
    assert [request] == listed


def test_limits_are_never_lowered(azure: Azure) -> None:
    """As the documentation of the errors says."""
    properties = ended(azure, 32)

    assert "QuotaReductionNotSupported" == properties["error"]["code"]
    assert 64 == limit_of(azure)


def test_quota_that_cannot_be_requested_says_so(azure: Azure) -> None:
    """Before it is tried, and when it is."""
    policy(azure, "portal")

    told = send(azure, "GET", T4).json()["properties"]["isQuotaApplicable"]
    tried = send(azure, "PUT", T4, body(96))

    assert told is False
    assert (400, "InvalidQuotaRequest") == (tried.status_code, tried.json()["error"]["code"])


def test_every_family_has_a_limit_and_usage(azure: Azure) -> None:
    """Under the names that usages have."""
    rows = send(azure, "GET", f"{QUOTA}/quotas").json()["value"]
    used = send(azure, "GET", f"{QUOTA}/usages").json()["value"]

    limits = {row["name"]: row["properties"]["limit"]["value"] for row in rows}
    assert (64, 0) == (limits[T4_FAMILY], limits["standardNDv5H100Family"])
    assert {row["name"] for row in used} == set(limits)
    one = send(azure, "GET", f"{QUOTA}/usages/{quote(T4_FAMILY)}").json()["properties"]
    assert ({"value": 0}, "dedicated") == (one["usages"], one["resourceType"])


@pytest.mark.parametrize(
    "content",
    [
        body("96"),
        body(-1),
        body(True),  # noqa: FBT003 - a JSON value
        body(96, "standardNDv5H100Family"),
        body(96, resourceType="lowPriority"),
        body(96, limit={"limitObjectType": "Infinite", "value": 1}),
        {"properties": {}},
    ],
)
def test_senseless_request_is_refused(azure: Azure, content: dict[str, Any]) -> None:
    """Nothing is filed."""
    answer = send(azure, "PUT", T4, content)

    assert (400, "InvalidQuotaRequest") == (answer.status_code, answer.json()["error"]["code"])
    assert [] == send(azure, "GET", f"{QUOTA}/quotaRequests").json()["value"]


def test_unknown_family_and_scope_are_refused(azure: Azure) -> None:
    """Of other providers the sandbox knows no quota."""
    elsewhere = QUOTA.replace("MachineLearningServices", "Compute")

    family = send(azure, "GET", f"{QUOTA}/quotas/standardNCv9Family")
    scope = send(azure, "GET", f"{elsewhere}/quotas")

    assert "InvalidResourceName" == family.json()["error"]["code"]
    assert "InvalidScope" == scope.json()["error"]["code"]


def test_provider_has_to_be_registered(azure: Azure) -> None:
    """As for every change of a resource provider."""
    registration = f"{SUBSCRIPTION}/providers/Microsoft.Quota/unregister"
    assert 200 == azure.send("POST", registration).status_code

    answer = send(azure, "PUT", T4, body(96))

    assert (409, "MissingSubscriptionRegistration") == (
        answer.status_code,
        answer.json()["error"]["code"],
    )


def test_faults_strike_requests_too(azure: Azure) -> None:
    """So that a request can end in any code."""
    rule = {"path": "Microsoft.Quota", "fail_operation": True, "code": "UnableToIncreaseQuota"}
    azure.http.post("/sandbox/faults", json=rule)

    assert "UnableToIncreaseQuota" == ended(azure)["error"]["code"]


def test_every_reading_of_usages_is_in_the_log(azure: Azure) -> None:
    """One line for each page that somebody asked for."""
    azure.get(f"{EAST_US}/usages")
    azure.get(f"{EAST_US}/usages", {"$skipToken": "25"})

    entries = azure.http.get("/sandbox/log").json()["entries"]

    assert 2 == sum(entry["path"].endswith("/locations/eastus/usages") for entry in entries)


def test_what_was_set_is_reported(azure: Azure) -> None:
    """Policies and lost capacity beside the limits."""
    policy(azure, "ticket")
    change = {"location": "eastus", "of": "Standard_NC4as_T4_v3", "lost": True, "times": 2}
    azure.http.put("/sandbox/quota/capacity", json=change)

    report = azure.http.get("/sandbox/quota").json()

    assert [{"location": "eastus", "family": T4_FAMILY, "policy": "ticket"}] == report["policies"]
    assert [{"location": "eastus", "of": "Standard_NC4as_T4_v3", "times": 2}] == (
        report["lost_capacity"]
    )


@pytest.mark.parametrize(
    ("setting", "change"),
    [
        ("policy", {"location": "eastus", "family": T4_FAMILY, "policy": "maybe"}),
        ("policy", {"location": "eastus", "family": "standardNCv9Family", "policy": "refuse"}),
        ("spelling", {"spelling": "guessed"}),
    ],
)
def test_senseless_setting_is_refused(azure: Azure, setting: str, change: dict[str, str]) -> None:
    """With a sentence that says what is allowed."""
    answer = azure.http.put(f"/sandbox/quota/{setting}", json=change)

    assert 400 == answer.status_code
