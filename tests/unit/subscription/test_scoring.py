# SPDX-License-Identifier: Apache-2.0
"""Asking an endpoint: which answers are understood, and how failures read."""

from typing import Any

import pytest
from azure.core.credentials import AccessToken, TokenCredential

from azure_model_endpoints.credentials import Cloud
from azure_model_endpoints.subscription.arm import ArmClient
from azure_model_endpoints.subscription.scoring import Answer, ask
from tests.unit.http_server import Reply, Server

ID = "/subscriptions/s/…/onlineEndpoints/chat"
PATH = "/subscriptions/s/%E2%80%A6/onlineEndpoints/chat"
BLUE = {"azureml-model-deployment": "blue"}


@pytest.fixture
def client(server: Server) -> ArmClient:
    """A client of a cloud with one endpoint, which has a key and an address."""
    address = f"{server.url}/score"
    server.answer("GET", PATH, Reply(body={"properties": {"scoringUri": address}}))
    server.answer("POST", f"{PATH}/listKeys", Reply(body={"primaryKey": "k3y"}))
    return ArmClient.with_token(Cloud(server.url, "", server.url), "t")


class Caller(TokenCredential):
    """Somebody with tokens of Microsoft Entra."""

    def get_token(self, *scopes: str, **_options: Any) -> AccessToken:
        """Return a token that says what it is for."""
        return AccessToken(f"for {' '.join(scopes)}", 0)


def asked(client: ArmClient, question: str, **more: Any) -> Answer:
    """What the endpoint answers somebody."""
    return ask(client, ID, question, credential=Caller(), **more)


@pytest.mark.parametrize(
    "content",
    [
        {"output": "Paris."},
        {"output": ["Paris."]},
        {"choices": [{"message": {"role": "assistant", "content": "Paris."}}]},
        ["Paris."],
        [{"0": "Paris."}],
        "Paris.",
    ],
)
def test_answers_of_known_shapes_are_read(client: ArmClient, server: Server, content: Any) -> None:
    """Chat completions, the catalogue's images, and plain text."""
    server.answer("POST", "/score", Reply(body=content, headers=BLUE))

    answer = asked(client, "Capital of France?")

    assert ("chat", "Paris.", "blue") == (answer.endpoint_name, answer.text, answer.deployment)
    assert answer.succeeded


def test_question_is_sent_with_the_endpoints_key(client: ArmClient, server: Server) -> None:
    """The token for Azure is no key to the model."""
    server.answer("POST", "/score", Reply(body="Paris.", headers=BLUE))

    asked(client, "Capital of France?")

    request = server.asked[-1]
    assert "Bearer k3y" == request.headers["Authorization"]
    assert ["Capital of France?"] == request.body["input_data"]["input_string"]


@pytest.mark.parametrize("route", ["/score", "/v1/chat/completions"])
@pytest.mark.parametrize(("model", "path"), [(None, "/score"), ("a", "/v1/chat/completions")])
def test_question_goes_to_what_the_model_speaks(
    client: ArmClient, server: Server, route: str, model: str | None, path: str
) -> None:
    """The endpoint's address may be that of another deployment."""
    address = {"properties": {"scoringUri": server.url + route}}
    server.answer("GET", PATH, Reply(body=address))
    server.answer("POST", path, Reply(body="Paris.", headers=BLUE))

    answer = asked(client, "Capital of France?", chat_model=model)

    assert ("Paris.", path) == (answer.text, server.asked[-1].path)


@pytest.mark.parametrize(
    ("mode", "proof"),
    [("AADToken", "for https://ml.azure.com/.default"), ("AMLToken", "t0ken"), ("Key", "k3y")],
)
def test_question_is_sent_with_the_proof_that_is_asked_for(
    client: ArmClient, server: Server, mode: str, proof: str
) -> None:
    """An endpoint without keys wants a token."""
    properties = {"scoringUri": f"{server.url}/score", "authMode": mode}
    server.answer("GET", PATH, Reply(body={"properties": properties}))
    server.answer("POST", f"{PATH}/token", Reply(body={"accessToken": "t0ken"}))
    server.answer("POST", "/score", Reply(body="Paris.", headers=BLUE))

    asked(client, "Capital of France?")

    assert f"Bearer {proof}" == server.asked[-1].headers["Authorization"]


def test_unknown_shape_is_shown_as_it_is(client: ArmClient, server: Server) -> None:
    """Somebody answered; what it means is for the reader to say."""
    server.answer("POST", "/score", Reply(body={"text": "Paris."}, headers=BLUE))

    assert "{'text': 'Paris.'}" == asked(client, "?").text


def test_nameless_deployment_is_unknown(client: ArmClient, server: Server) -> None:
    """An answer counts even when nobody says who gave it."""
    server.answer("POST", "/score", Reply(body="Paris."))

    assert "unknown" == asked(client, "?").deployment


def failure(client: ArmClient) -> str:
    """What a question that nobody answered is answered with."""
    answer = asked(client, "?")
    assert not answer.succeeded
    return answer.text


def test_missing_endpoint_says_what_to_do(client: ArmClient, server: Server) -> None:
    """It is probably not deployed yet."""
    server.replies.clear()

    assert "it does not exist; run `pulumi up` first" == failure(client)


def test_endpoint_that_was_not_made_has_no_address(client: ArmClient, server: Server) -> None:
    """Azure keeps endpoints whose creation failed."""
    server.answer("GET", PATH, Reply(body={"properties": {"provisioningState": "Failed"}}))

    assert "it has no address; its state is Failed" == failure(client)


def test_refused_keys_are_told_in_azures_words(client: ArmClient, server: Server) -> None:
    """Reading an endpoint is not enough to call it."""
    error = {"error": {"code": "AuthorizationFailed", "message": "No."}}
    server.answer("POST", f"{PATH}/listKeys", Reply(403, error))

    assert "Azure Resource Manager refused (403 AuthorizationFailed): No." == failure(client)


@pytest.mark.parametrize(
    ("reply", "text"),
    [
        (Reply(424, b"model crashed\n"), "424 model crashed"),
        (Reply(503), "503 Service Unavailable"),
    ],
)
def test_failing_model_is_told(client: ArmClient, server: Server, reply: Reply, text: str) -> None:
    """With its status and its own words."""
    server.answer("POST", "/score", reply)

    assert text == failure(client)


@pytest.mark.parametrize(
    "reply",
    [Reply(200, b"<html>"), Reply(200, b"\xff"), Reply(200, b"{}", {"content-length": "99"})],
    ids=["no JSON", "no text", "cut short"],
)
def test_garbled_answer_is_told(client: ArmClient, server: Server, reply: Reply) -> None:
    """Whatever answered, the next endpoint is asked all the same."""
    server.answer("POST", "/score", reply)

    assert failure(client).startswith(f"{server.url}/score did not answer: ")


def test_nobody_listening_is_told(client: ArmClient, server: Server) -> None:
    """For instance behind a private endpoint."""
    address = {"properties": {"scoringUri": "https://localhost:1/score"}}
    server.answer("GET", PATH, Reply(body=address))

    assert failure(client).startswith("https://localhost:1/score did not answer: ")


def test_answer_knows_whether_it_is_one() -> None:
    """No deployment, no answer."""
    assert not Answer("chat", "busy", None, 0.0).succeeded
    assert Answer("chat", "Paris.", "blue", 1.0).succeeded
