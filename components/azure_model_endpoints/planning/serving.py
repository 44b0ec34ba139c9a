# SPDX-License-Identifier: Apache-2.0
"""How a deployment serves its model: from Azure's catalogue, or with vLLM in a container."""

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from azure_model_endpoints._wording import listed
from azure_model_endpoints.errors import Problem
from azure_model_endpoints.planning.memory import GPU_MEMORY_UTILIZATION, batched_tokens
from azure_model_endpoints.vocabulary import HALF_PRECISION, Dtype

if TYPE_CHECKING:
    from azure_model_endpoints.catalog import ManagedOffer, Model
    from azure_model_endpoints.planning.sizing import Sizing
    from azure_model_endpoints.settings import VllmSettings

__all__ = [
    "MOUNT_PATH",
    "CatalogueServing",
    "Serving",
    "VllmServing",
    "plan_catalogue",
    "plan_vllm",
    "vllm_dtype",
]

MOUNT_PATH = "/models"
"""Below which a registered model appears in the container: in ``{name}/{version}``.

Source: Azure docs, how-to-deploy-custom-container, "Locating the mounted model".
"""

VLLM_PORT = 8000
"""The port of vLLM's OpenAI-compatible server, which answers /health once the model is loaded."""

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
    tensor_parallel: int
    """GPUs that share the model."""

    @property
    def environment_variables(self) -> dict[str, str]:
        """What the image reads: one request per worker, GPUs per copy of the model.

        No variable is known that says the context.

        Source: azureml-examples, foundation models.
        """
        return {
            "WORKER_COUNT": str(self.workers),
            "TENSOR_PARALLEL": str(self.tensor_parallel),
        }


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
    revision: str | None = None
    """Commit of the Hub's weights; None for registered ones."""
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


def plan_catalogue(
    offer: "ManagedOffer", version: str | None, sizing: "Sizing | None"
) -> CatalogueServing | None:
    """Return how the catalogue's image serves a model; None where nothing will do.

    Args:
        offer: Azure's, with the version that the package knows.
        version: another version of it that somebody asks for.
        sizing: what it runs on.
    """
    if sizing is None:
        return None
    candidate = sizing.candidate
    asset, _, known = offer.asset_id.rpartition("/")
    return CatalogueServing(
        f"{asset}/{version or known}", candidate.max_concurrency, candidate.tensor_parallel
    )


def vllm_dtype(
    path: str, given: str | None, model: "Model"
) -> tuple["Dtype | None", list[Problem]]:
    """Return the type the weights shall run in; None: as they are published."""
    possible = {model.dtype}
    if model.dtype in HALF_PRECISION:
        possible |= {*HALF_PRECISION, Dtype.FP8}
    if given is None:
        return None, []
    if given in possible:
        return Dtype(given), []
    allowed = listed(str(dtype) for dtype in possible)
    remedy = (
        "Weights of another type are another model: add one of your own with its `dtype`, and "
        "serve that."
    )
    return None, [Problem(path, repr(given), allowed, remedy)]


def plan_vllm(
    path: str,
    settings: "VllmSettings",
    model: "Model",
    sizing: "Sizing | None",
    *,
    has_token: bool,
) -> tuple[VllmServing | None, list[Problem]]:
    """Return how vLLM serves a model, and everything that would keep it from starting."""
    registered, problems = _registered(f"{path}.registered_model", settings.registered_model)
    problems += _image_problems(f"{path}.image", settings.image)
    problems += _contradictions(path, settings)
    revision = settings.revision or model.revision
    if registered is None:
        problems += _hub_problems(path, revision, model)
    needs_token = model.gated and registered is None
    if needs_token and not has_token:
        problems.append(_token_problem(path, model))
    if sizing is None:
        return None, problems
    serving = VllmServing(
        image=settings.image,
        served_name=model.name,
        model_name=_weights(registered, settings.folder, model),
        arguments=_arguments(model, sizing, None if registered else revision),
        registered_model=registered,
        revision=None if registered else revision,
        needs_token=needs_token,
    )
    return serving, problems


def _arguments(model: "Model", sizing: "Sizing", revision: str | None) -> tuple[str, ...]:
    """Return vLLM's command line: what was planned is what runs."""
    context_length = sizing.workload.context_length
    arguments = {
        "--served-model-name": model.name,
        "--max-model-len": str(context_length),
        "--max-num-seqs": str(sizing.candidate.max_concurrency),
        "--max-num-batched-tokens": str(batched_tokens(context_length)),
        "--tensor-parallel-size": str(sizing.candidate.tensor_parallel),
        "--gpu-memory-utilization": str(GPU_MEMORY_UTILIZATION),
        "--dtype": "bfloat16" if sizing.dtype is Dtype.BF16 else "half",
        "--port": str(VLLM_PORT),
    }
    if sizing.dtype is Dtype.FP8 and model.dtype in HALF_PRECISION:
        # Converted while loading; what is not a weight stays in the published type.
        arguments |= {"--quantization": "fp8", "--dtype": "auto"}
    elif sizing.dtype not in HALF_PRECISION:
        arguments["--dtype"] = "auto"  # the weights say themselves how they are quantised
    if revision:
        arguments["--revision"] = revision
    return tuple(part for pair in arguments.items() for part in pair)


def _hub_problems(path: str, revision: str | None, model: "Model") -> list[Problem]:
    """Return what keeps the weights from being pulled from the Hub."""
    if model.hugging_face_id is None:
        allowed, remedy = "name:version", "Its weights are not on the Hub: register them."
        return [Problem(f"{path}.registered_model", "nothing", allowed, remedy)]
    if revision and _REVISION.fullmatch(revision):
        return []
    rule = "40 hexadecimal digits, a commit of the repository"
    remedy = f"Copy one from https://huggingface.co/{model.hugging_face_id}/commits/main."
    return [Problem(f"{path}.revision", repr(revision) if revision else "nothing", rule, remedy)]


def _weights(registered: tuple[str, str] | None, folder: str | None, model: "Model") -> str:
    if registered is None:
        return model.hugging_face_id or ""
    return "/".join([MOUNT_PATH, *registered, *([folder.strip("/")] if folder else [])])


def _registered(path: str, given: str | None) -> tuple[tuple[str, str] | None, list[Problem]]:
    if given is None:
        return None, []
    match = _REGISTERED.fullmatch(given)
    if match is None:
        remedy = "Register the weights with `az ml model create` and write its name and version."
        return ("", ""), [Problem(path, repr(given), "name:version", remedy)]
    return (match["name"], match["version"]), []


def _contradictions(path: str, settings: "VllmSettings") -> list[Problem]:
    """Return what is said of the Hub's weights where the workspace's are served, or of these."""
    problems = []
    if settings.registered_model is not None and settings.revision is not None:
        given, rule = f"{settings.revision!r} beside `registered_model`", "one of the two"
        remedy = "Remove the revision, which is the Hub's: a registered model has its version."
        problems.append(Problem(f"{path}.revision", given, rule, remedy))
    if settings.registered_model is None and settings.folder is not None:
        given, rule = f"{settings.folder!r} without `registered_model`", "a folder of that"
        remedy = "Name the registered model too, or remove the folder: the Hub's weights have none."
        problems.append(Problem(f"{path}.folder", given, rule, remedy))
    return problems


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
