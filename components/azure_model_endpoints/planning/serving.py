# SPDX-License-Identifier: Apache-2.0
"""How a deployment serves its model: from Azure's catalogue, or with vLLM in a container."""

import hashlib
import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from azure_model_endpoints.errors import Problem

if TYPE_CHECKING:
    from azure_model_endpoints.catalog import GpuSku, ManagedOffer, Model
    from azure_model_endpoints.settings import VllmSettings

__all__ = ["MOUNT_PATH", "CatalogueServing", "Serving", "VllmServing", "plan_vllm", "retired"]

MOUNT_PATH = "/models"
"""Where a registered model appears in the container."""

VLLM_PORT = 8000
"""The port of vLLM's OpenAI-compatible server, which answers /health once the model is loaded."""

_BFLOAT16_COMPUTE_CAPABILITY = 8.0

# Docker: a registry or repository path, then a tag that is not `latest`, or a digest, or both.
_PINNED_IMAGE = re.compile(
    r"(?P<name>((\{registry\}|[\w.-]+(:\d+)?)/)?[\w.-]+(/[\w.-]+)*)"
    r"(:(?!latest(@|$))(?P<tag>\w[\w.-]{0,127}))?(@sha256:(?P<digest>[0-9a-f]{64}))?"
)
_REVISION = re.compile(r"[0-9a-f]{40}")
_REGISTERED = re.compile(r"(?P<name>[\w.-]+):(?P<version>[\w.-]+)")


@dataclass(frozen=True, slots=True)
class CatalogueServing:
    """The registry's model, in the image that comes with it."""

    asset_id: str
    """The model's registry asset, with its version."""
    workers: int
    """Requests one instance works on at a time."""

    @property
    def environment_variables(self) -> dict[str, str]:
        """What the image reads: it takes one request per worker (azureml-examples, Mistral)."""
        return {"WORKER_COUNT": str(self.workers)}


@dataclass(frozen=True, slots=True)
class VllmServing:
    """vLLM in a container of one's own."""

    image: str
    """The image, with ``{registry}`` for the workspace's own registry."""
    served_name: str
    """What clients call the model."""
    model_name: str
    """Repository on the Hub, or path of the mounted weights."""
    arguments: tuple[str, ...]
    """vLLM's command line after the model."""
    registered_model: tuple[str, str] | None = None
    """Name and version of the weights in the workspace; None when they come from the Hub."""
    needs_token: bool = False
    """Whether the Hub asks for a token."""

    @property
    def environment_variables(self) -> dict[str, str]:
        """What the image starts vLLM from."""
        return {"MODEL_NAME": self.model_name, "VLLM_ARGS": " ".join(self.arguments)}

    @property
    def environment_version(self) -> str:
        """A version that follows from the image, since Azure never changes a version's image."""
        return hashlib.sha256(self.image.encode()).hexdigest()[:12]


Serving = CatalogueServing | VllmServing


def retired(offer: "ManagedOffer", today: date) -> bool:
    """Return whether an offer has ended."""
    return offer.retires is not None and offer.retires <= today


def plan_vllm(  # noqa: PLR0913  (each is a different noun)
    path: str,
    settings: "VllmSettings",
    model: "Model",
    sku: "GpuSku | None",
    max_concurrent_requests: int,
    *,
    has_token: bool,
) -> tuple[VllmServing, list[Problem]]:
    """Return how vLLM serves a model, and everything that would keep it from starting."""
    registered, problems = _registered(f"{path}.registered_model", settings.registered_model)
    problems += _image_problems(f"{path}.image", settings.image)
    revision = settings.revision or model.vllm.revision
    if not _REVISION.fullmatch(revision):
        rule = "40 hexadecimal digits, a commit of the repository"
        remedy = f"Copy one from https://huggingface.co/{model.hugging_face_id}/commits/main."
        problems.append(Problem(f"{path}.revision", repr(revision), rule, remedy))
    context_length = settings.context_length or model.context_length
    if context_length > model.context_length:
        given, rule = str(context_length), f"at most {model.context_length}, the model's own limit"
        problems.append(Problem(f"{path}.context_length", given, rule, "Lower it."))
    needs_token = model.gated and registered is None
    if needs_token and not has_token:
        problems.append(_token_problem(path, model))
    arguments = {
        "--served-model-name": model.name,
        "--max-model-len": str(context_length),
        "--max-num-seqs": str(max_concurrent_requests),
        "--tensor-parallel-size": str(sku.gpus if sku else 1),
        "--dtype": _dtype(sku),
        "--port": str(VLLM_PORT),
    }
    if registered is None:
        arguments["--revision"] = revision
    serving = VllmServing(
        image=settings.image,
        served_name=model.name,
        model_name=_weights(settings, model),
        arguments=tuple(part for pair in arguments.items() for part in pair),
        registered_model=registered,
        needs_token=needs_token,
    )
    return serving, problems


def _weights(settings: "VllmSettings", model: "Model") -> str:
    if settings.registered_model is None:
        return model.hugging_face_id
    return "/".join([MOUNT_PATH, *([settings.folder.strip("/")] if settings.folder else [])])


def _dtype(sku: "GpuSku | None") -> str:
    """Return the weights' own type, but fp16 where the GPU has no bfloat16, which vLLM refuses."""
    if sku and sku.compute_capability < _BFLOAT16_COMPUTE_CAPABILITY:
        return "half"
    return "auto"


def _registered(path: str, given: str | None) -> tuple[tuple[str, str] | None, list[Problem]]:
    if given is None:
        return None, []
    match = _REGISTERED.fullmatch(given)
    if match is None:
        remedy = "Register the weights with `az ml model create` and write its name and version."
        return ("", ""), [Problem(path, repr(given), "name:version", remedy)]
    return (match["name"], match["version"]), []


def _image_problems(path: str, image: str) -> list[Problem]:
    match = _PINNED_IMAGE.fullmatch(image)
    if match and (match["tag"] or match["digest"]):
        return []
    rule = "an image with a tag other than latest, or with a digest: name:tag or name@sha256:…"
    remedy = "Pin it, so that what was tested is what runs."
    return [Problem(path, repr(image), rule, remedy)]


def _token_problem(path: str, model: "Model") -> Problem:
    return Problem(
        path,
        f"{model.hugging_face_id}, which is gated, and no token",
        "a Hugging Face token as a secret, or `registered_model`",
        f"Accept the licence on https://huggingface.co/{model.hugging_face_id}, then run `pulumi "
        "config set --secret azure-model-endpoints:hugging_face_token` or set HF_TOKEN.",
    )
