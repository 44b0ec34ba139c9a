# SPDX-License-Identifier: Apache-2.0
"""A container that starts vLLM with the model `MODEL_NAME` and the arguments `VLLM_ARGS`.

That is how the images in public guides to vLLM on managed online endpoints are made: their entry
point is vLLM's server for the API of OpenAI. What stops its start is vLLM's and the Hub's own.
"""

import argparse
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from azure_sandbox.arm.wire import JsonObject
from azure_sandbox.namespaces.machine_learning.asset_references import parse_asset_reference
from azure_sandbox.namespaces.machine_learning.hugging_face import HubRepository, find_repository
from azure_sandbox.namespaces.machine_learning.vm_sizes import VmSize

_MODEL, _ARGUMENTS = "MODEL_NAME", "VLLM_ARGS"
_TOKENS = ("HUGGING_FACE_HUB_TOKEN", "HF_TOKEN")
_DEFAULT_MOUNT_PATH = "/var/azureml-app/azureml-models"
"""Azure docs, how-to-deploy-custom-container, as that a model is below it by name and version."""
_WITHOUT_BFLOAT16 = frozenset({"T4", "V100", "P100", "M60"})
"""GPUs of a compute capability below 8.0."""
_PROGRAM = "api_server.py"


@dataclass(frozen=True, slots=True)
class Crash:
    """Why a container ended: in one clause, and as the last lines of its log."""

    reason: str
    log: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class VllmServer:
    """vLLM as a deployment starts it."""

    model: str
    """A repository on the Hub, or the path of mounted weights."""
    served_names: tuple[str, ...]
    """What clients may call it."""
    revision: str
    context_length: int | None
    """`--max-model-len`; None leaves it to the model."""
    tensor_parallel: int
    dtype: str
    quantization: str | None
    """How the weights are converted while loading; None leaves them as they are."""
    has_token: bool
    mounted_at: str | None
    """Where the deployment's model appears; None without one."""
    offline: str
    """Why the Hub cannot be reached; empty when it can."""
    argument_error: str = ""

    @property
    def repository(self) -> HubRepository | None:
        """The repository the weights come from; None for mounted or unknown ones."""
        return None if self.model.startswith("/") else find_repository(self.model)


def read_vllm(properties: JsonObject) -> VllmServer | None:
    """Return the server that a deployment's variables ask for, None without `MODEL_NAME`."""
    variables: Mapping[str, str] = properties.get("environmentVariables") or {}
    model = variables.get(_MODEL)
    if not model:
        return None
    error = ""
    try:
        given, _ = _parser().parse_known_args(variables.get(_ARGUMENTS, "").split())
    except argparse.ArgumentError as problem:
        error = str(problem)
        given, _ = _parser().parse_known_args([])
    return VllmServer(
        model=model,
        served_names=tuple(given.served_model_name or [model]),
        revision=given.revision,
        context_length=given.max_model_len,
        tensor_parallel=given.tensor_parallel_size,
        dtype=given.dtype,
        quantization=given.quantization,
        has_token=any(variables.get(name) for name in _TOKENS),
        mounted_at=_mounted_at(properties),
        offline=(
            "egressPublicNetworkAccess is Disabled"
            if properties.get("egressPublicNetworkAccess") == "Disabled"
            else ""
        ),
        argument_error=error,
    )


def crash_of(server: VllmServer, size: VmSize | None) -> Crash | None:
    """Return what ends the container before it answers, in the order in which vLLM finds out."""
    return next(_crashes(server, size), None)


def _mounted_at(properties: JsonObject) -> str | None:
    """Return the directory of the deployment's model: its mount path, name and version."""
    model = parse_asset_reference(str(properties.get("model")))
    if model is None:
        return None
    mount: str = properties.get("modelMountPath") or _DEFAULT_MOUNT_PATH
    return "/".join([mount.rstrip("/"), model.name, *([model.version] if model.version else [])])


@cache
def _parser() -> argparse.ArgumentParser:
    """Read the arguments that matter here; vLLM has hundreds of others."""
    parser = argparse.ArgumentParser(
        prog=_PROGRAM, add_help=False, allow_abbrev=False, exit_on_error=False
    )
    parser.add_argument("--served-model-name", nargs="+")
    parser.add_argument("--revision", default="main")
    parser.add_argument("--max-model-len", type=int)
    parser.add_argument("--tensor-parallel-size", "-tp", type=int, default=1)
    parser.add_argument("--dtype", default="auto")
    parser.add_argument("--quantization", "-q")
    return parser


def _crashes(server: VllmServer, size: VmSize | None) -> Iterator[Crash]:
    if server.argument_error:
        error = f"{_PROGRAM}: error: {server.argument_error}"
        yield Crash(f"vLLM does not understand its arguments ({server.argument_error})", (error,))
    yield from _missing_weights(server)
    repository = server.repository
    if repository:
        yield from _unfit_repository(server, repository)
    if size:
        yield from _unfit_size(server, size)


def _missing_weights(server: VllmServer) -> Iterator[Crash]:
    model = server.model
    if model.startswith("/"):
        mount = server.mounted_at
        if mount is None or not (model == mount or model.startswith(f"{mount}/")):
            where = f"the model is mounted at {mount}" if mount else "no model is mounted"
            yield Crash(
                f"there are no weights at {model}: {where}",
                (f"ValueError: {model}: no such directory", "Engine initialization failed."),
            )
    elif server.offline:
        yield Crash(
            f"it could not reach the Hugging Face Hub for {model}: {server.offline}",
            (f"ConnectionError: https://huggingface.co/{model}: name resolution failed",),
        )
    elif server.repository is None:
        yield Crash(
            f"there is no repository {model} on the Hugging Face Hub",
            (f"RepositoryNotFoundError: 401 Client Error: https://huggingface.co/{model}",),
        )


def _unfit_repository(server: VllmServer, repository: HubRepository) -> Iterator[Crash]:
    name = repository.name
    if repository.gated and not server.has_token:
        yield Crash(
            f"the repository {name} on the Hugging Face Hub is gated and no token was given in "
            f"{_TOKENS[0]}",
            (f"GatedRepoError: 401 Client Error: access to {name} is restricted, and no token",),
        )
    if not repository.has_revision(server.revision):
        yield Crash(
            f"the repository {name} on the Hugging Face Hub has no revision {server.revision}",
            (f"RevisionNotFoundError: 404 Client Error: {name} has no {server.revision}",),
        )
    wanted = server.context_length
    if wanted and wanted > repository.context_length:
        reason = f"--max-model-len {wanted} is more than the {repository.context_length} of {name}"
        yield Crash(reason, (f"ValueError: {reason}",))


def _unfit_size(server: VllmServer, size: VmSize) -> Iterator[Crash]:
    if server.tensor_parallel > size.gpus:
        reason = (
            f"--tensor-parallel-size is {server.tensor_parallel} and {size.name} has {size.gpus} "
            "GPUs"
        )
        yield Crash(reason, (f"ValueError: {reason}",))
    if server.dtype == "bfloat16" and size.family.gpu in _WITHOUT_BFLOAT16:
        reason = f"the GPU of {size.name} ({size.family.gpu}) does not support --dtype bfloat16"
        yield Crash(reason, (f"ValueError: {reason}",))
    memory_gib = server.tensor_parallel * size.gpu_memory_gib
    repository = server.repository
    weights_gib = repository.weights_gib if repository else 0
    if server.quantization == "fp8":
        weights_gib /= 2
    if repository and weights_gib >= memory_gib:
        yield Crash(
            f"the weights of {repository.name} take {weights_gib:g} GiB and the "
            f"{server.tensor_parallel} GPUs of {size.name} that vLLM uses have {memory_gib:g} GiB",
            ("torch.OutOfMemoryError: CUDA out of memory.",),
        )
