# SPDX-License-Identifier: Apache-2.0
"""What goes over the wire to Azure Resource Manager, and what its answers become."""

import json
import re
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from azure.core.credentials import AccessToken
from azure.core.exceptions import ClientAuthenticationError

from azure_model_endpoints.credentials import Cloud
from azure_model_endpoints.errors import ArmError, CredentialError
from azure_model_endpoints.subscription import arm
from azure_model_endpoints.subscription.arm import ArmClient
from azure_model_endpoints.subscription.concurrently import concurrently
from tests.unit.http_server import NOW, Reply, Server

ID = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.X/things/t"
VERSION = "2025-12-01"
BUSY = Reply(409, {"error": {"code": "Conflict", "message": "Busy."}})


@pytest.fixture
def client(server: Server) -> ArmClient:
    """A client of the test's server, with a token somebody took."""
    return ArmClient.with_token(Cloud(server.url, "", server.url), "s3cret")


class Token:
    """A credential that always has a token."""

    def get_token(self, *_scopes: str, **_options: Any) -> AccessToken:
        """Return it."""
        return AccessToken("s3cret", 2**40)


def operation(*states: dict[str, Any]) -> Iterator[Reply]:
    """The states of a long-running operation, as one asks for them."""
    return (Reply(200, state, NOW) for state in states)


def test_resource_is_read_with_its_version_and_the_token(client: ArmClient, server: Server) -> None:
    """As ARM asks for."""
    server.answer("GET", ID, Reply(body={"name": "t"}))

    document = client.get(ID, VERSION)

    [asked] = server.asked
    assert {"name": "t"} == document
    assert f"{ID}?api-version={VERSION}" == asked.path
    assert "Bearer s3cret" == asked.headers["Authorization"]
    assert asked.headers["User-Agent"].startswith("azure-model-endpoints")


def test_who_is_signed_in_asks_the_cloud_of_the_environment(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The commands do so, which run in no program of Pulumi's."""
    authentication = {"loginEndpoint": server.url, "audiences": [server.url]}
    cloud = {"resourceManager": server.url, "authentication": authentication}
    server.answer("GET", "/metadata/endpoints", Reply(body=cloud))
    server.answer("GET", ID, Reply(body={"name": "t"}))
    monkeypatch.setenv("ARM_METADATA_HOSTNAME", server.url)
    monkeypatch.setattr("azure_model_endpoints.credentials.credential", lambda **_: Token())

    document = ArmClient.signed_in().get(ID, VERSION)

    assert {"name": "t"} == document
    assert "Bearer s3cret" == server.asked[-1].headers["Authorization"]


def test_missing_resource_is_none(client: ArmClient) -> None:
    """Absence is an answer, not an error."""
    assert client.get(ID, VERSION) is None


def test_refusal_is_told_in_azures_words_on_one_line(client: ArmClient, server: Server) -> None:
    """With its status and code for those who decide by them."""
    error = {"error": {"code": "AuthorizationFailed", "message": "You may not\n  do this."}}
    server.answer("GET", ID, Reply(403, error))

    with pytest.raises(ArmError) as refusal:
        client.get(ID, VERSION)

    assert "Azure Resource Manager refused (403 AuthorizationFailed): You may not do this." == str(
        refusal.value
    )
    assert (403, "AuthorizationFailed") == (refusal.value.status, refusal.value.code)


def test_throttled_request_is_repeated(client: ArmClient, server: Server) -> None:
    """After the time that Azure asks for."""
    server.answer("GET", ID, Reply(429, {}, NOW), Reply(503, {}, NOW), Reply(body={"name": "t"}))

    assert {"name": "t"} == client.get(ID, VERSION)


@pytest.mark.parametrize("status", [429, 503])
def test_pause_beyond_the_patience_is_not_waited_for(server: Server, status: int) -> None:
    """What was refused is told at once, with how long Azure asks to wait."""
    client = ArmClient.with_token(Cloud(server.url, "", server.url), "t", patience_seconds=30)
    error = {"error": {"code": "Busy", "message": "Slower."}}
    server.answer("GET", ID, Reply(status, error, {"Retry-After": "600"}))

    with pytest.raises(ArmError) as refusal:
        client.get(ID, VERSION)

    assert f"Azure Resource Manager refused ({status} Busy) and asks to wait 600 s: Slower." == str(
        refusal.value
    )
    assert ["GET"] == server.methods()


def test_pause_beyond_the_deadline_of_others_is_not_waited_for(
    client: ArmClient, server: Server
) -> None:
    """Who asks several things at once is told what was refused, not that nobody answered."""
    server.answer("GET", ID, Reply(429, {}, {"Retry-After": "60"}))

    with pytest.raises(ArmError, match="and asks to wait 60 s"):
        concurrently({"a": partial(client.get, ID, VERSION)}, deadline_seconds=20)


def test_connection_that_is_refused_is_told_as_that() -> None:
    """And not as a pause that took too long."""
    elsewhere = ArmClient.with_token(
        Cloud("https://localhost:1", "", ""), "t", patience_seconds=0.5
    )

    with pytest.raises(ArmError, match="Connection refused"):
        elsewhere.get(ID, VERSION)


@pytest.mark.parametrize(
    "answer", [{}, [], "hi", {"value": None}, {"value": "hi"}, {"value": [None]}, {"value": {}}]
)
def test_list_of_something_else_is_told(client: ArmClient, server: Server, answer: Any) -> None:
    """Whatever it is, it is no list of resources."""
    server.answer("GET", "/things", Reply(body=answer))

    with pytest.raises(ArmError, match="did not answer as Azure Resource Manager does: "):
        client.list("/things", VERSION)


@pytest.mark.parametrize("answer", [[], "hi", 7])
def test_resource_that_is_no_object_is_told(client: ArmClient, server: Server, answer: Any) -> None:
    """It is somebody else's answer."""
    server.answer("GET", ID, Reply(body=answer))

    with pytest.raises(ArmError, match="does: its answer is no object"):
        client.get(ID, VERSION)


def test_action_with_nothing_to_say_is_done(client: ArmClient, server: Server) -> None:
    """Some answer `null`."""
    server.answer("POST", ID, Reply(200, b"null"))

    assert {} == client.post(ID, VERSION)


def test_page_that_leads_to_itself_is_told(client: ArmClient, server: Server) -> None:
    """It would be read for ever; so would two that lead to each other."""
    more = f"{server.url}/more"
    server.answer("GET", "/things", Reply(body={"value": [], "nextLink": more}))
    server.answer("GET", "/more", Reply(body={"value": [], "nextLink": more}))

    with pytest.raises(ArmError, match="its next page is one that was read already"):
        client.list("/things", VERSION)

    assert ["GET", "GET"] == server.methods()


@pytest.mark.parametrize(
    ("link", "reason"),
    [
        ("https://elsewhere.example/more", "somewhere else, at https://elsewhere.example/more"),
        ("http://localhost/more", "somewhere else"),
        ("//[", "did not answer as"),
        (7, "no address, but 7"),
    ],
)
def test_page_elsewhere_is_not_shown_the_token(
    client: ArmClient, server: Server, link: Any, reason: str
) -> None:
    """Nobody else has to do with it."""
    server.answer("GET", "/things", Reply(body={"value": [], "nextLink": link}))

    with pytest.raises(ArmError, match=reason):
        client.list("/things", VERSION)

    assert ["GET"] == server.methods()


def test_page_may_be_named_in_short(client: ArmClient, server: Server) -> None:
    """Relative to the one before."""
    server.answer("GET", "/things", Reply(body={"value": [{"n": 1}], "nextLink": "/things/2"}))
    server.answer("GET", "/things/2", Reply(body={"value": [{"n": 2}]}))

    assert [1, 2] == [thing["n"] for thing in client.list("/things", VERSION)]


def test_answer_of_somebody_else_is_told(client: ArmClient, server: Server) -> None:
    """A proxy's page is neither a resource nor a traceback."""
    server.answer("GET", ID, Reply(200, b"<html>", {"content-type": "text/html"}))

    with pytest.raises(ArmError, match="did not answer as Azure Resource Manager does"):
        client.get(ID, VERSION)


def test_unreachable_service_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """After azure-core has tried often enough."""
    monkeypatch.setattr("azure.core.pipeline.policies.RetryPolicy.sleep", lambda *_, **__: None)
    client = ArmClient.with_token(Cloud("https://localhost:1", "", "https://localhost:1"), "t")

    with pytest.raises(ArmError, match=r"^Azure Resource Manager could not be reached: "):
        client.get(ID, VERSION)


def test_missing_credential_is_one_sentence(server: Server) -> None:
    """azure-identity says what is wrong, and then a page of what it has tried."""

    class NoCredential:
        def get_token(self, *_: str, **__: Any) -> AccessToken:
            raise ClientAuthenticationError("Please run 'az login'.\nAttempted: …\n…")

    client = ArmClient(Cloud(server.url, "", server.url), NoCredential())

    with pytest.raises(CredentialError) as problem:
        client.get(ID, VERSION)

    assert (
        "Azure gave no token: Please run 'az login'. Sign in, for example with `az login`."
        == str(problem.value)
    )


def test_every_page_of_a_list_is_read(client: ArmClient, server: Server) -> None:
    """Azure pages at its own discretion."""
    server.answer(
        "GET",
        "/things",
        Reply(body={"value": [{"n": 1}, {"n": 2}], "nextLink": f"{server.url}/things/2"}),
    )
    server.answer("GET", "/things/2", Reply(body={"value": [{"n": 3}]}))

    assert [1, 2, 3] == [thing["n"] for thing in client.list("/things", VERSION)]


def test_action_returns_its_answer(client: ArmClient, server: Server) -> None:
    """Like the keys of an endpoint."""
    server.answer("POST", f"{ID}/listKeys", Reply(body={"primaryKey": "k"}))

    assert {"primaryKey": "k"} == client.post(f"{ID}/listKeys", VERSION)


def test_write_waits_for_its_operation(client: ArmClient, server: Server) -> None:
    """Done is when the operation says so, not when the request is accepted."""
    where = {"azure-asyncoperation": f"{server.url}/operations/1", **NOW}
    server.answer("PUT", ID, Reply(201, {"properties": {}}, where))
    server.answer(
        "GET", "/operations/1", *operation({"status": "InProgress"}, {"status": "Succeeded"})
    )
    server.answer("GET", ID, Reply(body={"name": "t"}))

    client.put(ID, VERSION, {"location": "eastus"})

    assert {"location": "eastus"} == server.asked[0].body
    assert 2 == sum("/operations/1" in asked.path for asked in server.asked)


def test_failed_operation_is_told_in_azures_words(client: ArmClient, server: Server) -> None:
    """The request was accepted, its operation was not a success."""
    error = {"code": "OutOfCapacity", "message": "No T4 left."}
    where = {"azure-asyncoperation": f"{server.url}/operations/1", **NOW}
    server.answer("PUT", ID, Reply(201, {"properties": {}}, where))
    server.answer("GET", "/operations/1", *operation({"status": "Failed", "error": error}))

    with pytest.raises(ArmError, match=re.escape("OutOfCapacity): No T4 left.")) as refusal:
        client.put(ID, VERSION, {})

    assert "OutOfCapacity" == refusal.value.code


def test_operation_that_does_not_end_is_told(server: Server) -> None:
    """The wait ends, and the text says that Azure goes on."""
    patience = ArmClient(Cloud(server.url, "", server.url), Token(), operation_timeout_seconds=0.06)
    where = {"azure-asyncoperation": f"{server.url}/operations/1", "retry-after-ms": "20"}
    server.answer("PUT", ID, Reply(201, {"properties": {}}, where))
    server.answer("GET", "/operations/1", Reply(200, {"status": "InProgress"}, where))

    with pytest.raises(ArmError, match=r"accepted the PUT and not finished it within 0\.001 min"):
        patience.put(ID, VERSION, {})

    server.answer("GET", "/operations/1", Reply(200, {"status": "Succeeded"}))


def test_deletion_waits_and_may_find_nothing(client: ArmClient, server: Server) -> None:
    """Gone already is gone."""
    server.answer(
        "DELETE", ID, Reply(202, None, {"location": f"{server.url}/gone", **NOW}), Reply(204)
    )
    server.answer("GET", "/gone", Reply(202, None, NOW), Reply(204))

    client.delete(ID, VERSION)
    client.delete(ID, VERSION)

    assert ["DELETE", "GET", "GET", "DELETE"] == server.methods()


def test_busy_resource_is_written_once_it_is_free(
    client: ArmClient, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What to write is asked for anew each time, since the other one may have changed it."""
    monkeypatch.setattr(arm, "_BUSY_SECONDS", 0)
    server.answer("PUT", ID, BUSY, BUSY, Reply(200, {"properties": {}}))
    attempts = iter(range(10))

    client.put_when_free(ID, VERSION, lambda: {"attempt": next(attempts)}, timeout_seconds=60)

    assert [0, 1, 2] == [asked.body["attempt"] for asked in server.asked]


def test_wait_ends_without_a_write_when_there_is_nothing_left_to_write(
    client: ArmClient, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other operation may have done it."""
    monkeypatch.setattr(arm, "_BUSY_SECONDS", 0)
    server.answer("PUT", ID, BUSY)
    bodies = iter([{"n": 1}, None])

    client.put_when_free(ID, VERSION, lambda: next(bodies), timeout_seconds=60)

    assert ["PUT"] == server.methods()


def test_resource_that_stays_busy_is_told(client: ArmClient, server: Server) -> None:
    """Nobody waits for ever."""
    server.answer("PUT", ID, BUSY)

    with pytest.raises(ArmError) as refusal:
        client.put_when_free(ID, VERSION, dict, timeout_seconds=-1)

    assert "Azure Resource Manager refused (409 Conflict): Busy." == str(refusal.value)


def test_other_refusals_end_the_wait(client: ArmClient, server: Server) -> None:
    """Waiting helps against being busy only."""
    server.answer("PUT", ID, Reply(400, {"error": {"code": "BadRequest", "message": "No."}}))

    with pytest.raises(ArmError):
        client.put_when_free(ID, VERSION, dict, timeout_seconds=60)

    assert ["PUT"] == server.methods()


def test_token_is_never_shown(client: ArmClient) -> None:
    """Neither in a repr nor in what an error carries."""
    with pytest.raises(ArmError) as refusal:
        client.post(ID, VERSION)

    shown = f"{arm._GivenToken('s3cret')!r} {refusal.value!r} {json.dumps(refusal.value.args)}"  # noqa: SLF001
    assert "s3cret" not in shown
