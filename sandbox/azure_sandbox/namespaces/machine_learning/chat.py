# SPDX-License-Identifier: Apache-2.0
"""Chat completions in the shape that OpenAI's clients expect."""

import json
import uuid

from azure_sandbox.arm.wire import JsonObject


def completion(model: str, text: str, request: JsonObject, at: float) -> JsonObject:
    """Return a whole completion; a token is counted as one word."""
    prompt = sum(_words(message.get("content")) for message in request["messages"])
    answer = _words(text)
    message = {"role": "assistant", "content": text}
    return {
        "id": _new_id(),
        "object": "chat.completion",
        "created": int(at),
        "model": model,
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {
            "prompt_tokens": prompt,
            "completion_tokens": answer,
            "total_tokens": prompt + answer,
        },
    }


def is_chat(body: JsonObject) -> bool:
    """Return whether a request has messages in a chat's shape."""
    messages = body.get("messages")
    return (
        isinstance(messages, list)
        and bool(messages)
        and all(isinstance(message, dict) and "role" in message for message in messages)
    )


def event_stream(model: str, text: str, at: float) -> bytes:
    """Return the completion as server-sent events, one for each word."""
    common = {
        "id": _new_id(),
        "object": "chat.completion.chunk",
        "created": int(at),
        "model": model,
    }
    words = text.split(" ")
    deltas: list[JsonObject] = [{"role": "assistant", "content": ""}]
    deltas += [{"content": words[0]}, *({"content": f" {word}"} for word in words[1:])]
    choices: list[JsonObject] = [
        *({"index": 0, "delta": delta, "finish_reason": None} for delta in deltas),
        {"index": 0, "delta": {}, "finish_reason": "stop"},
    ]
    events = [json.dumps({**common, "choices": [choice]}) for choice in choices]
    return "".join(f"data: {event}\n\n" for event in [*events, "[DONE]"]).encode()


def _words(content: object) -> int:
    return len(content.split()) if isinstance(content, str) else 1


def _new_id() -> str:
    return f"chatcmpl-{uuid.uuid4().hex}"
