# SPDX-License-Identifier: Apache-2.0
"""The data plane: what an online endpoint answers to the people who call it."""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus

from azure_sandbox import identity
from azure_sandbox.arm.errors import ArmError
from azure_sandbox.arm.records import Resource
from azure_sandbox.arm.sandbox import Sandbox
from azure_sandbox.arm.transaction import Transaction
from azure_sandbox.arm.wire import NO_ANSWER, Answer, Exchange, JsonObject
from azure_sandbox.namespaces.machine_learning import catalogue, endpoint_secrets
from azure_sandbox.namespaces.machine_learning.chat import completion, event_stream, is_chat
from azure_sandbox.namespaces.machine_learning.endpoint_callers import may_score
from azure_sandbox.namespaces.machine_learning.routing import (
    DEPLOYMENT_TYPE,
    ENDPOINT_TYPE,
    routing_of,
)
from azure_sandbox.namespaces.machine_learning.serving import Serving, serving_of
from azure_sandbox.namespaces.machine_learning.today import today
from azure_sandbox.namespaces.machine_learning.traffic import positive
from azure_sandbox.namespaces.machine_learning.vllm_api import VllmApi
from azure_sandbox.namespaces.network.link_targets import scoring_name
from azure_sandbox.network_paths import Path, is_public, path_to

DEPLOYMENT_HEADER = "azureml-model-deployment"
TOKEN_AUDIENCE = "https://ml.azure.com"  # noqa: S105 - an audience
_PREFIX = ("", "inference")
_SCORE = "score"
_CHAT = "v1/chat/completions"
_SWAGGER = "swagger.json"
_STRIDE = 37
"""Coprime with 100: a hundred requests in a row visit every percent once, well mixed."""


class _ScoringError(Exception):
    """A call that is answered without the model, or refused by it."""

    def __init__(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.answer = Answer(status, {"error": {"message": message}}, headers or {})


@dataclass(frozen=True, slots=True)
class _Route:
    """The deployment that answers a request."""

    deployment: str
    serving: Serving

    @property
    def text(self) -> str:
        """What the model says to everything."""
        return f"I am {self.serving.model}, served by {self.deployment}."

    def reaches(self, operation: str, method: str) -> bool:
        """Whether a request gets through to the container."""
        if self.serving.served_names:
            root = self.serving.scoring_path.strip("/")
            return not root or f"{operation}/".startswith(f"{root}/")
        return operation in {_SCORE, _CHAT} and method == "POST"


def answer(sandbox: Sandbox, exchange: Exchange) -> Answer:
    """Answer one call below `/inference/{region}/{endpoint}/`."""
    try:
        return _scored(sandbox, exchange)
    except _ScoringError as error:
        return error.answer


def _scored(sandbox: Sandbox, exchange: Exchange) -> Answer:
    region, name, operation = _parts(exchange.path)
    at = sandbox.clock.now()
    with sandbox.store.write() as tx:
        endpoint = _endpoint(tx, region, name)
        way = _way(tx, endpoint, exchange)
        if way is Path.NONE:
            return NO_ANSWER
        if way is Path.PUBLIC and not is_public(endpoint):
            text = f"Public network access is disabled for endpoint {name}."
            raise _ScoringError(403, text)
        _authorise(tx, endpoint, exchange, at)
        if operation == _SWAGGER and exchange.method == "GET":
            return Answer(200, _swagger(name))
        route = _route(tx, endpoint, exchange)
    headers = {DEPLOYMENT_HEADER: route.deployment, "x-request-id": str(uuid.uuid4())}
    if not route.reaches(operation, exchange.method):
        raise _ScoringError(404, f"There is nothing at {exchange.path}.", headers)
    if route.serving.served_names:
        return _of_vllm(route, operation, exchange, at, headers)
    model = catalogue.find_model(route.serving.registry, route.serving.asset)
    if model and model.is_retired(today(at)):
        raise _ScoringError(404, f"The model {model.display} has been retired.", headers)
    return _reply(route, operation, _body(exchange, headers), at, headers)


def _parts(path: str) -> tuple[str, str, str]:
    segments = path.split("/", 4)
    if tuple(segments[:2]) != _PREFIX or len(segments) < 5:  # noqa: PLR2004 - /inference/region/endpoint/…
        raise _ScoringError(404, f"There is nothing at {path}.")
    return segments[2], segments[3], segments[4]


def _endpoint(tx: Transaction, region: str, name: str) -> Resource:
    for endpoint in tx.named(ENDPOINT_TYPE, name):
        if endpoint.location == region.lower() and endpoint.internal.get("created"):
            return endpoint
    raise _ScoringError(404, f"There is no endpoint {name} in {region}.")


def _way(tx: Transaction, endpoint: Resource, exchange: Exchange) -> Path:
    """How a call travels: privately through the private endpoint of the workspace."""
    workspace = tx.get(endpoint.parent)
    name = scoring_name(endpoint.name, endpoint.location)
    return path_to(tx, exchange.place, name, workspace or endpoint)


def _authorise(tx: Transaction, endpoint: Resource, exchange: Exchange, at: float) -> None:
    header = exchange.headers.get("authorization", "")
    scheme, _, credential = header.partition(" ")
    if scheme.lower() != "bearer" or not credential:
        raise _ScoringError(401, "key_auth_bad_header_forbidden")
    mode = endpoint.properties["authMode"]
    secrets = endpoint_secrets.loaded(endpoint.internal["secrets"])
    if mode == "Key" and not secrets.accepts_key(credential):
        raise _ScoringError(401, "key_auth_access_denied")
    if mode == "AMLToken" and not secrets.accepts_token(credential, at):
        raise _ScoringError(401, "token_auth_access_denied")
    if mode == "AADToken":
        try:
            caller = identity.verify(tx, header, at, (TOKEN_AUDIENCE,))
        except ArmError as error:
            raise _ScoringError(401, error.message) from error
        if not may_score(tx, caller, endpoint, at):
            raise _ScoringError(401, f"{caller.object_id} has no role that lets it score.")


def _route(tx: Transaction, endpoint: Resource, exchange: Exchange) -> _Route:
    serving = {
        deployment.name: state
        for deployment in tx.children(endpoint.id, DEPLOYMENT_TYPE)
        if (state := serving_of(deployment))
    }
    wanted = exchange.headers.get(DEPLOYMENT_HEADER)
    name = wanted or pick(positive(routing_of(endpoint).traffic), _count(tx, endpoint))
    if name not in serving:
        raise _ScoringError(
            404,
            "No valid deployments to route to. Please check that the endpoint has at least one "
            "deployment with positive weight values or use a deployment specific header to route.",
        )
    return _Route(name, serving[name])


def pick(traffic: Mapping[str, int], request_number: int) -> str:
    """Return the deployment that a request goes to; the empty string without any traffic.

    Of a hundred requests in a row each deployment gets exactly its percentage.
    """
    percent = request_number * _STRIDE % 100
    for name in sorted(traffic):
        if percent < traffic[name]:
            return name
        percent -= traffic[name]
    return ""


def _count(tx: Transaction, endpoint: Resource) -> int:
    document = f"scoring-count {endpoint.key}"
    count = int((tx.document(document) or {}).get("count", 0))
    tx.put_document(document, {"count": count + 1})
    return count


def _body(exchange: Exchange, headers: Mapping[str, str]) -> JsonObject:
    try:
        body = json.loads(exchange.body)
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise _model_error("The body must be a JSON object.", headers)
    return body


def _reply(
    route: _Route, operation: str, body: JsonObject, at: float, headers: Mapping[str, str]
) -> Answer:
    text = route.text
    if operation == _CHAT or "messages" in body:
        if not is_chat(body):
            raise _model_error("messages must be a list of {role, content}.", headers)
        if body.get("stream"):
            stream = {**headers, "content-type": "text/event-stream; charset=utf-8"}
            return Answer(200, event_stream(route.serving.model, text, at), stream)
        return Answer(200, completion(route.serving.model, text, body, at), headers)
    if not _prompts(body):
        raise _model_error("input_data.input_string or messages is required.", headers)
    return Answer(200, {"output": text}, headers)


def _prompts(body: JsonObject) -> object:
    data = body.get("input_data")
    return data.get("input_string") if isinstance(data, dict) else data


def _of_vllm(
    route: _Route, operation: str, exchange: Exchange, at: float, headers: Mapping[str, str]
) -> Answer:
    api = VllmApi(route.serving.served_names, route.text)
    answered = api.answer(exchange.method, operation, exchange.body, at)
    headers = {**answered.headers, **headers}
    if answered.status == HTTPStatus.OK:
        return replace(answered, headers=headers)
    return Answer(424, answered.body, {**headers, **_model_status(answered.status)})


def _model_error(reason: str, headers: Mapping[str, str]) -> _ScoringError:
    """The container refuses its input."""
    return _ScoringError(424, reason, {**headers, **_model_status(HTTPStatus.BAD_REQUEST)})


def _model_status(status: int) -> dict[str, str]:
    """The container's own status, beside the 424 that stands for every one but 200.

    Azure docs, how-to-troubleshoot-online-endpoints, "Common model consumption errors".
    """
    return {
        "ms-azureml-model-error-statuscode": str(int(status)),
        "ms-azureml-model-error-reason": "model_error",
    }


def _swagger(name: str) -> JsonObject:
    return {"openapi": "3.0.0", "info": {"title": name, "version": "1"}, "paths": {"/score": {}}}
