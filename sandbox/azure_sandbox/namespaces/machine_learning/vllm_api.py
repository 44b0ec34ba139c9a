# SPDX-License-Identifier: Apache-2.0
"""What vLLM's server answers: the API of OpenAI, as far as chats need it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from azure_sandbox.arm.wire import Answer, JsonObject
from azure_sandbox.namespaces.machine_learning.chat import completion, event_stream, is_chat

_CHAT, _MODELS, _HEALTH = "v1/chat/completions", "v1/models", "health"
_METHODS = {_CHAT: "POST", _MODELS: "GET", _HEALTH: "GET"}


@dataclass(frozen=True, slots=True)
class VllmApi:
    """A running server."""

    names: Sequence[str]
    """What the model may be called; the first one is its own."""
    text: str
    """What it says to everything."""

    def answer(self, method: str, path: str, body: bytes, at: float) -> Answer:
        """Answer one request for a path without its leading slash."""
        if path not in _METHODS:
            return Answer(404, {"detail": "Not Found"})
        if method != _METHODS[path]:
            return Answer(405, {"detail": "Method Not Allowed"})
        if path == _HEALTH:
            return Answer(200)
        if path == _MODELS:
            return Answer(
                200, {"object": "list", "data": [_model(name, at) for name in self.names]}
            )
        return self._chat(body, at)

    def _chat(self, body: bytes, at: float) -> Answer:
        try:
            request = json.loads(body)
        except ValueError:
            return _refusal(400, "BadRequestError", "The body is not JSON.", None)
        if not isinstance(request, dict) or not is_chat(request):
            text = "messages must be a list of objects with a role."
            return _refusal(400, "BadRequestError", text, "messages")
        name = request.get("model") or self.names[0]
        if name not in self.names:
            text = f"The model `{name}` does not exist."
            return _refusal(404, "NotFoundError", text, "model")
        if request.get("stream"):
            headers = {"content-type": "text/event-stream; charset=utf-8"}
            return Answer(200, event_stream(name, self.text, at), headers)
        return Answer(200, completion(name, self.text, request, at))


def _model(name: str, at: float) -> JsonObject:
    return {"id": name, "object": "model", "created": int(at), "owned_by": "vllm"}


def _refusal(status: int, kind: str, message: str, parameter: str | None) -> Answer:
    error = {"message": message, "type": kind, "param": parameter, "code": status}
    return Answer(status, {"error": error})
