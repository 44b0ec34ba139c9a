# SPDX-License-Identifier: Apache-2.0
"""Requests for more quota: what is sent, and what each answer of Azure becomes."""

from typing import Any
from urllib.parse import quote

import pytest

from azure_model_endpoints.credentials import Cloud
from azure_model_endpoints.subscription.arm import ArmClient
from azure_model_endpoints.subscription.quota_requests import (
    Decision,
    Increase,
    Outcome,
    decisions,
    file_request,
)
from tests.unit.http_server import NOW, Reply, Server

SCOPE = (
    "/subscriptions/s/providers/Microsoft.MachineLearningServices/locations/eastus"
    "/providers/Microsoft.Quota"
)
FAMILY = "standard NCASv3_T4 Family"
T4 = f"{SCOPE}/quotas/{quote(FAMILY)}"
INCREASE = Increase("eastus", "standardNCASv3_T4Family", 16)


@pytest.fixture
def client(server: Server) -> ArmClient:
    """A client of the test's server."""
    return ArmClient.with_token(Cloud(server.url, "", server.url), "s3cret")


def row(limit: int, **properties: Any) -> dict[str, Any]:
    """A quota as Azure lists it."""
    value = {"limitObjectType": "LimitValue", "value": limit}
    return {"name": FAMILY, "properties": {"limit": value, "name": {"value": FAMILY}, **properties}}


def listing(server: Server, *rows: dict[str, Any]) -> None:
    """Let the server list quotas."""
    server.answer("GET", f"{SCOPE}/quotas", Reply(body={"value": list(rows)}))


def accepting(server: Server, *states: Reply) -> None:
    """Let the server accept a request, and answer questions for its state."""
    where = {"location": f"{server.url}{SCOPE}/operationsStatus/n-1?api-version=2025-03-01", **NOW}
    server.answer("PUT", T4, Reply(202, None, where))
    server.answer("GET", f"{SCOPE}/operationsStatus/n-1", *states)


def state(name: str, status: int = 200, **properties: Any) -> Reply:
    """A request in a state."""
    return Reply(status, {"properties": {"provisioningState": name, **properties}}, NOW)


def decided(client: ArmClient, timeout_seconds: float = 60) -> Decision:
    """File the request and wait for the decision."""
    request = file_request(client, "s", INCREASE)
    [(key, decision)] = decisions(client, {"T4": request}, timeout_seconds=timeout_seconds)
    assert "T4" == key
    return decision


def test_new_limit_is_asked_for_by_the_name_azure_lists(client: ArmClient, server: Server) -> None:
    """Not by the spelling of somebody else; the limit is the new one, not the difference."""
    listing(server, row(8))
    accepting(server, state("Succeeded"))
    server.answer("GET", T4, Reply(body=row(16)))

    decision = decided(client)

    [sent] = [asked for asked in server.asked if asked.method == "PUT"]
    assert f"{T4}?api-version=2025-03-01" == sent.path
    assert {
        "properties": {
            "limit": {"limitObjectType": "LimitValue", "value": 16},
            "name": {"value": FAMILY},
            "resourceType": "dedicated",
        }
    } == sent.body
    assert Decision(INCREASE, Outcome.APPROVED, 16, "", "n-1") == decision


def test_request_is_followed_until_it_is_decided(client: ArmClient, server: Server) -> None:
    """Whether Azure says with 202 or with 200 that it is not."""
    listing(server, row(8))
    accepting(
        server,
        state("Accepted", 202),
        Reply(202, None, NOW),
        state("InProgress"),
        state("Succeeded"),
    )
    server.answer("GET", T4, Reply(body=row(16)))

    assert Outcome.APPROVED is decided(client).outcome
    assert 4 == sum("operationsStatus" in asked.path for asked in server.asked)


def test_answer_at_once_is_an_answer(client: ArmClient, server: Server) -> None:
    """Azure may grant without taking time."""
    listing(server, row(8))
    server.answer("PUT", T4, Reply(200, row(16)))
    server.answer("GET", T4, Reply(body=row(16)))

    assert (Outcome.APPROVED, 16) == (decided(client).outcome, decided(client).limit)


def test_success_is_believed_when_the_limit_says_so(client: ArmClient, server: Server) -> None:
    """A part of what was asked for is no approval."""
    listing(server, row(8))
    accepting(server, state("Succeeded"))
    server.answer("GET", T4, Reply(body=row(12)))

    decision = decided(client)

    assert (Outcome.REFUSED, 12) == (decision.outcome, decision.limit)
    assert "the limit is 12 now, and 16 were asked for" == decision.reason


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        ("ContactSupport", Outcome.TICKET),
        ("UnableToIncreaseQuota", Outcome.TICKET),
        ("QuotaNotAvailableForResource", Outcome.REFUSED),
        ("ResourceNotAvailableForSubscription", Outcome.REFUSED),
        ("SomethingNew", Outcome.REFUSED),
    ],
)
@pytest.mark.parametrize("known_to", ["the state", "the request alone"])
def test_each_code_means_something(
    client: ArmClient, server: Server, code: str, outcome: Outcome, known_to: str
) -> None:
    """In Azure's own words; where the state has none, the request is read."""
    error: dict[str, Any] = {"error": {"code": code, "message": "No."}}
    listing(server, row(8))
    accepting(server, state("Failed", **(error if known_to == "the state" else {})))
    server.answer("GET", f"{SCOPE}/quotaRequests/n-1", state("Failed", **error))

    assert Decision(INCREASE, outcome, None, f"{code}: No", "n-1") == decided(client)


def test_refusal_of_the_request_itself_is_a_decision_too(client: ArmClient, server: Server) -> None:
    """Azure may know at once."""
    listing(server, row(8))
    server.answer("PUT", T4, Reply(400, {"error": {"code": "ContactSupport", "message": "Ask."}}))

    decision = decided(client)

    assert (Outcome.TICKET, "") == (decision.outcome, decision.request_id)
    assert "ContactSupport" in decision.reason


@pytest.mark.parametrize("rows", [[], [row(8, isQuotaApplicable=False)]])
def test_family_that_cannot_be_requested_is_not(
    client: ArmClient, server: Server, rows: list[dict[str, Any]]
) -> None:
    """Azure does not list it, or says so."""
    listing(server, *rows)

    assert Outcome.TICKET is decided(client).outcome
    assert ["GET"] == server.methods()


def test_nothing_is_asked_for_that_is_there(client: ArmClient, server: Server) -> None:
    """Somebody else may have asked before."""
    listing(server, row(16))

    assert Decision(INCREASE, Outcome.APPROVED, 16) == decided(client)
    assert ["GET"] == server.methods()


def test_wait_ends(client: ArmClient, server: Server) -> None:
    """The request is with Azure, under its number."""
    listing(server, row(8))
    accepting(server, state("InProgress", 202))

    decision = decided(client, timeout_seconds=0.05)

    assert (Outcome.PENDING, "n-1") == (decision.outcome, decision.request_id)


@pytest.mark.parametrize(
    ("status", "code", "remedy"),
    [
        (403, "AuthorizationFailed", "the role Quota Request Operator"),
        (
            409,
            "MissingSubscriptionRegistration",
            "az provider register --namespace Microsoft.Quota --subscription s",
        ),
    ],
)
def test_who_may_not_ask_is_told_what_is_missing(
    client: ArmClient, server: Server, status: int, code: str, remedy: str
) -> None:
    """A role, or a registration; it is the decision, since others may have been filed."""
    listing(server, row(8))
    server.answer("PUT", T4, Reply(status, {"error": {"code": code, "message": "You may not."}}))

    decision = decided(client)

    assert (Outcome.FAILED, "") == (decision.outcome, decision.request_id)
    assert decision.reason.startswith(f"Azure Resource Manager refused ({status} {code})")
    assert remedy in decision.reason


@pytest.mark.parametrize(
    "answer", [Reply(404), Reply(403, {"error": {"code": "No"}}), Reply(body=[])]
)
def test_decision_that_cannot_be_read_is_pending(
    client: ArmClient, server: Server, answer: Reply
) -> None:
    """The request is with Azure all the same, under its number."""
    listing(server, row(8))
    accepting(server, answer)

    decision = decided(client)

    assert (Outcome.PENDING, "n-1") == (decision.outcome, decision.request_id)
    assert "Azure Resource Manager" in decision.reason


def test_list_of_another_shape_is_no_request(client: ArmClient, server: Server) -> None:
    """Nothing is filed on a guess."""
    listing(server, {"name": FAMILY, "properties": None})

    assert Outcome.FAILED is decided(client).outcome
    assert ["GET"] == server.methods()
