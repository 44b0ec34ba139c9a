# SPDX-License-Identifier: Apache-2.0
"""Calling an endpoint."""

import json
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azure_sandbox import identity, scoring
from azure_sandbox.arm.wire import Exchange
from tests.sandbox.machine_learning.conftest import Azure, endpoint_body

CHAT = {"messages": [{"role": "user", "content": "Who are you?"}]}


@pytest.fixture
def blue(azure: Azure) -> Azure:
    """A sandbox whose endpoint sends everything to blue; green has 0 %."""
    azure.make_endpoint("blue", "green", blue=100)
    return azure


def test_the_plain_form_is_answered(blue: Azure) -> None:
    """`/score` answers the MLflow form, naming model and deployment."""
    answer = blue.score()

    assert (200, {"output": "I am phi-2, served by blue."}) == (answer.status, answer.body)
    assert answer.headers["azureml-model-deployment"] == "blue"


@pytest.mark.parametrize("operation", ["v1/chat/completions", "score"])
def test_chat_is_answered_in_openais_shape(blue: Azure, operation: str) -> None:
    """Messages get a chat completion, on either path."""
    body = blue.score(CHAT, operation=operation).body

    assert ("chat.completion", "phi-2") == (body["object"], body["model"])
    assert body["choices"][0]["message"] == {
        "role": "assistant",
        "content": "I am phi-2, served by blue.",
    }
    assert body["usage"] == {"prompt_tokens": 3, "completion_tokens": 6, "total_tokens": 9}


def test_chat_can_be_streamed(blue: Azure) -> None:
    """`stream` answers with server-sent events that add up to the text."""
    answer = blue.score({**CHAT, "stream": True}, operation="v1/chat/completions")

    events = answer.body.decode().removesuffix("\n\n").split("\n\n")
    chunks = [json.loads(event.removeprefix("data: ")) for event in events[:-1]]
    text = "".join(chunk["choices"][0]["delta"].get("content", "") for chunk in chunks)
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert ("data: [DONE]", "I am phi-2, served by blue.") == (events[-1], text)


def test_the_header_reaches_a_deployment_without_traffic(blue: Azure) -> None:
    """`azureml-model-deployment` names the deployment, even at 0 %; an unknown one is 404."""
    green = blue.score(deployment="green")
    red = blue.score(deployment="red")

    assert green.body == {"output": "I am phi-2, served by green."}
    assert red.status == 404


def test_the_split_holds_over_a_hundred_requests(blue: Azure) -> None:
    """Of a hundred requests each deployment gets its percentage."""
    blue.accept(blue.put_endpoint(traffic={"blue": 73, "green": 27}))
    key = blue.key()

    served = Counter(
        blue.score(credential=key).headers["azureml-model-deployment"] for _ in range(100)
    )

    assert served == {"blue": 73, "green": 27}


@given(st.integers(0, 100), st.integers(0, 10_000))
def test_any_hundred_requests_in_a_row_are_fair(percent: int, first: int) -> None:
    """The split holds wherever the counter stands."""
    traffic = {name: part for name, part in (("a", percent), ("b", 100 - percent)) if part}

    picked = Counter(scoring.pick(traffic, number) for number in range(first, first + 100))

    assert picked == traffic


def test_without_traffic_there_is_nothing_to_route_to(blue: Azure) -> None:
    """An endpoint at 0 % answers 404 with Azure's text."""
    blue.accept(blue.put_endpoint(traffic={"blue": 0}))

    answer = blue.score()

    assert answer.status == 404
    assert "No valid deployments to route to" in answer.body["error"]["message"]


@pytest.mark.parametrize("credential", ["", "wrong"])
def test_a_wrong_key_is_refused(blue: Azure, credential: str) -> None:
    """Without a key, or with another one, the answer is 401."""
    assert blue.score(credential=credential).status == 401


def test_the_secondary_key_opens_too(blue: Azure) -> None:
    """Both keys are good, so that one can be replaced while the other is used."""
    keys = blue.send("POST", f"{blue.endpoint_path()}/listKeys").body

    assert blue.score(credential=keys["secondaryKey"]).status == 200


def test_aml_tokens_expire(blue: Azure) -> None:
    """With AMLToken a token opens the endpoint for an hour; keys are no longer listed."""
    blue.accept(blue.put_endpoint(authMode="AMLToken", traffic={"blue": 100}))
    answer = blue.send("POST", f"{blue.endpoint_path()}/token").body
    token = answer["accessToken"]

    first = blue.score(credential=token)
    blue.time.now = answer["expiryTimeUtc"]
    later = blue.score(credential=token)

    assert (200, 401) == (first.status, later.status)
    assert blue.score(credential="no.token").status == 401
    assert blue.send("POST", f"{blue.endpoint_path()}/listKeys").status == 400


def test_entra_tokens_open_an_aad_endpoint(blue: Azure) -> None:
    """With AADToken a token for https://ml.azure.com is wanted, not one for ARM."""
    blue.accept(blue.put_endpoint(authMode="AADToken", traffic={"blue": 100}))
    with blue.sandbox.store.read() as tx:
        good, wrong = (
            identity.issue(tx, blue.sandbox, audience, identity.OBJECT_ID, identity.CLIENT_ID)
            for audience in ("https://ml.azure.com", "https://management.azure.com")
        )

    answers = [blue.score(credential=token).status for token in (good, wrong, "none")]

    assert answers == [200, 401, 401]


def test_entra_callers_need_a_role_to_score(blue: Azure) -> None:
    """One on the endpoint or above it, for a minute already; roles for other things do not do."""
    blue.accept(blue.put_endpoint(authMode="AADToken", traffic={"blue": 100}))
    who = "0000000a-0000-4000-8000-000000000007"
    with blue.sandbox.store.write() as tx:
        tx.add_principal(who, "c7", "caller", "")
    with blue.sandbox.store.read() as tx:
        token = identity.issue(tx, blue.sandbox, "https://ml.azure.com", who, "c7")

    def granted(number: int, role: str) -> list[int]:
        path = f"{blue.endpoint_path()}/providers/Microsoft.Authorization/roleAssignments"
        definition = f"/providers/Microsoft.Authorization/roleDefinitions/{role}"
        body = {"properties": {"principalId": who, "roleDefinitionId": definition}}
        name = f"00000000-0000-4000-8000-0000000000e{number}"
        assert blue.send("PUT", f"{path}/{name}", body, version="2022-04-01").status == 201
        at_once = blue.score(credential=token).status
        blue.wait()
        return [at_once, blue.score(credential=token).status]

    without = blue.score(credential=token)
    reader = granted(1, "acdd72a7-3385-48ef-bd42-f606fba81ae7")
    scientist = granted(2, "f6c7c914-8db3-469d-8ca1-694a8f32e121")

    assert 401 == without.status
    assert f"{who} has no role" in without.body["error"]["message"]
    assert ([401, 401], [401, 200]) == (reader, scientist)


@pytest.mark.parametrize("body", [{"prompt": "hello"}, {"messages": []}, [], {"messages": "hi"}])
def test_input_the_model_refuses_is_a_model_error(blue: Azure, body: object) -> None:
    """424 carries the container's own status in a header."""
    answer = blue.score(body)

    assert answer.status == 424
    assert answer.headers["ms-azureml-model-error-statuscode"] == "400"


@pytest.mark.parametrize(
    "path",
    [
        "/inference/eastus/chat/predict",
        "/inference/westus/chat/score",
        "/inference/eastus/nobody/score",
        "/inference/eastus",
    ],
)
def test_other_addresses_are_unknown(blue: Azure, path: str) -> None:
    """An endpoint answers in its region, under its name, on its paths."""
    headers = {"authorization": f"Bearer {blue.key()}"}

    answer = scoring.answer(blue.sandbox, Exchange("POST", path, {}, headers, b"{}"))

    assert answer.status == 404


def test_an_endpoint_without_deployments_is_reachable(azure: Azure) -> None:
    """A key is checked before anything is said about deployments."""
    azure.done("PUT", azure.endpoint_path(), endpoint_body())

    assert (401, 404) == (azure.score(credential="x").status, azure.score().status)
