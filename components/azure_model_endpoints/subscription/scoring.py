# SPDX-License-Identifier: Apache-2.0
"""Asking a live endpoint a question."""

import json
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any

from azure.core.credentials import TokenCredential

from azure_model_endpoints.errors import ArmError
from azure_model_endpoints.planning.addresses import openai_base_url, score_address
from azure_model_endpoints.subscription import api_versions
from azure_model_endpoints.subscription.arm import ArmClient

__all__ = ["Answer", "ask"]

_TIMEOUT_SECONDS = 180
_MAX_NEW_TOKENS = 64
_SCOPE = "https://ml.azure.com/.default"
"""Of Entra tokens for endpoints (Azure docs, "Authenticate clients for online endpoints")."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What an endpoint said, or why it did not."""

    endpoint_name: str
    text: str
    """The model's answer, or the reason there is none."""
    deployment: str | None
    """The deployment that answered; None when none did."""
    latency_ms: float

    @property
    def succeeded(self) -> bool:
        """Whether a model answered."""
        return self.deployment is not None


def ask(
    client: ArmClient,
    endpoint_id: str,
    question: str,
    *,
    credential: TokenCredential,
    chat_model: str | None = None,
) -> Answer:
    """Ask an endpoint a question, with the proof that it asks for.

    Whatever is wrong with the endpoint is the answer's text: asking several of them goes on.

    Args:
        client: of the subscription.
        endpoint_id: whom to ask.
        question: what to ask.
        credential: who asks, where the endpoint wants a Microsoft Entra token.
        chat_model: the model's name where it speaks OpenAI's chat protocol, as vLLM does; None for
            the form of the Azure catalogue's images.

    Raises:
        CredentialError: there is no token to ask Azure with.
    """
    name = endpoint_id.rpartition("/")[2]
    try:
        endpoint = client.get(endpoint_id, api_versions.MACHINE_LEARNING)
        if endpoint is None:
            return Answer(name, "it does not exist; run `pulumi up` first", None, 0.0)
        address = endpoint["properties"].get("scoringUri")
        if not address:
            state = endpoint["properties"].get("provisioningState")
            return Answer(name, f"it has no address; its state is {state}", None, 0.0)
        proof = _proof(client, endpoint_id, endpoint["properties"].get("authMode"), credential)
    except ArmError as error:
        return Answer(name, str(error), None, 0.0)
    if chat_model is None:
        return _post(name, score_address(address), proof, _catalogue_form(question))
    chat = f"{openai_base_url(address)}/chat/completions"
    return _post(name, chat, proof, _chat_form(chat_model, question))


def _proof(
    client: ArmClient, endpoint_id: str, mode: str | None, credential: TokenCredential
) -> str:
    """Return the key or the token by which an endpoint knows its callers."""
    match mode:
        case "AADToken":
            return credential.get_token(_SCOPE).token
        case "AMLToken":
            token = client.post(f"{endpoint_id}/token", api_versions.MACHINE_LEARNING)
            return str(token["accessToken"])
        case _:
            keys = client.post(f"{endpoint_id}/listKeys", api_versions.MACHINE_LEARNING)
            return str(keys["primaryKey"])


def _catalogue_form(question: str) -> dict[str, Any]:
    """Return what the catalogue's images take, text-generation and chat models alike."""
    parameters = {"max_new_tokens": _MAX_NEW_TOKENS, "do_sample": False}
    return {"input_data": {"input_string": [question], "parameters": parameters}}


def _chat_form(model: str, question: str) -> dict[str, Any]:
    """Return a question in OpenAI's chat protocol."""
    messages = [{"role": "user", "content": question}]
    return {"model": model, "messages": messages, "max_tokens": _MAX_NEW_TOKENS, "temperature": 0}


def _post(name: str, address: str, key: str, document: dict[str, Any]) -> Answer:
    request = urllib.request.Request(  # noqa: S310  (the address is Azure's own answer)
        address,
        data=json.dumps(document).encode(),
        headers={"Content-Type": "application/json", "Authorization": f"Bearer {key}"},
    )
    started = time.perf_counter()
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS) as response:  # noqa: S310
            content = json.load(response)
            deployment = response.headers.get("azureml-model-deployment") or "unknown"
    except urllib.error.HTTPError as error:
        with error:
            return Answer(name, f"{error.code} {_reason(error)}", None, _since(started))
    except (OSError, HTTPException, ValueError) as error:
        return Answer(name, f"{address} did not answer: {error}", None, _since(started))
    return Answer(name, _text(content), deployment, _since(started))


def _since(started: float) -> float:
    return (time.perf_counter() - started) * 1000


def _reason(error: urllib.error.HTTPError) -> str:
    text = error.read().decode(errors="replace").strip()
    return text or str(error.reason)


def _text(content: Any) -> str:
    """Return the generated text of the shapes that model servers answer in."""
    match content:
        case {"output": output}:
            return _text(output)
        case {"choices": [{"message": {"content": text}}, *_]}:
            return str(text)
        case [first, *_]:
            return _text(first)
        case {"0": text}:
            return str(text)
        case _:
            return str(content)
