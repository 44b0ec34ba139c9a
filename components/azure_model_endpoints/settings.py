# SPDX-License-Identifier: Apache-2.0
"""Everything a stack may say, as strict pydantic models.

Only the shape is checked here: keys, types and plain ranges. What the values mean together
(does the model exist, does the name please Azure, does the traffic add up) is for `planning`.
"""

from collections.abc import Mapping
from contextlib import suppress
from copy import deepcopy
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, Field, SecretStr, ValidationError

from azure_model_endpoints._validation import (
    Location,
    problems_of,
    with_text_keys,
    without_branches,
)
from azure_model_endpoints.errors import Problem
from azure_model_endpoints.sections import OneOrSeveral, Section
from azure_model_endpoints.vocabulary import AUTO, MAX_INSTANCES, AuthMode, Preflight, Profile
from azure_model_endpoints.workspace_settings import (
    IsolationSettings,
    NetworkSettings,
    WorkspaceSettings,
)

__all__ = [
    "SECRETS",
    "DeploymentSettings",
    "EndpointSettings",
    "IsolationSettings",
    "NetworkSettings",
    "Settings",
    "VllmSettings",
    "WorkloadSettings",
    "WorkspaceSettings",
    "parse",
    "parse_settings",
]

_SALVAGE_ATTEMPTS = 3

Model = TypeVar("Model", bound=BaseModel)


class VllmSettings(Section):
    """Serving by vLLM in a container of one's own, where the catalogue's offer does not do."""

    image: str
    """Image that starts vLLM from the variables ``MODEL_NAME`` and ``VLLM_ARGS``, pinned by tag or
    digest. ``{registry}`` stands for the workspace's own registry."""
    revision: str | None = None
    """Commit of the model's Hugging Face repository, 40 hexadecimal digits; default: the
    catalogue's."""
    registered_model: str | None = None
    """``name:version`` of weights registered in the workspace, instead of the Hub's."""
    folder: str | None = None
    """Folder of the registered model that holds the weights, from what was registered downwards
    (a registered folder is there under its own name); default: the only one with a config.json,
    which `images/vllm` looks for."""
    dtype: str | None = None
    """How the weights run: ``fp16``, ``bf16``, or ``fp8``, to which vLLM converts them while
    loading; default: as they are published, or fp16 on a GPU without bfloat16."""


class WorkloadSettings(Section):
    """The load a deployment is planned for: the planner chooses SKU and instances to hold it."""

    context_length: Annotated[int | None, Field(ge=2)] = None
    """Most tokens of prompt and answer of one request together; default: 8,192, or less where the
    model's limit is less. Every request may need that much of the cache."""
    concurrency: Annotated[int | None, Field(ge=1)] = None
    """Requests answered at the same time, by all instances together; default 8."""
    input_tokens: Annotated[int | None, Field(ge=1)] = None
    """Tokens of a usual prompt; default 512, or half the context where that is less."""
    output_tokens: Annotated[int | None, Field(ge=1)] = None
    """Tokens of a usual answer; default 256, or a quarter of the context where that is less."""
    max_time_to_first_token_ms: Annotated[int | None, Field(ge=1)] = None
    """The longest wait for the first token when all requests start at once; default: any."""
    high_availability: bool = False
    """Whether one instance may be lost: one more than hold the requests, at least three; default
    no, the cheapest."""

    def under(self, outer: "WorkloadSettings") -> "WorkloadSettings":
        """Return this load, with what it does not say taken from an outer one."""
        said = self.model_dump(exclude_unset=True)
        return outer.model_copy(update=said)


class DeploymentSettings(Section):
    """One deployment of an endpoint: a model on a number of instances of one SKU."""

    model: str | None = None
    """Catalogue name of the model; default: the endpoint's."""
    version: str | None = None
    """Version of the Azure catalogue's model; default: the one this package knows."""
    sku: OneOrSeveral = AUTO
    """Azure VM size, for example ``Standard_NC4as_T4_v3``, or several in the order in which they
    are to be tried; default ``auto``: the cheapest that holds the workload."""
    instances: Annotated[int | None, Field(ge=1, le=MAX_INSTANCES)] = None
    """Number of instances, 1 to 50; default: as many as the workload needs."""
    max_concurrent_requests: Annotated[int | None, Field(ge=1, le=1000)] = None
    """Requests one instance works on at a time, above twice of which Azure answers 429; default:
    as many as its GPUs hold."""
    workload: WorkloadSettings = Field(default_factory=WorkloadSettings)
    """The load to plan for; default: the endpoint's."""
    vllm: VllmSettings | None = None
    """Serve with vLLM in a container of your own; default: the catalogue's model and image."""
    single_instance_reason: str | None = None
    """Why fewer than three instances are enough where the profile asks for three."""
    environment_variables: dict[str, str] = Field(default_factory=dict)
    """Given to the model server. Not for secrets: they are shown in plain text in Azure."""
    tags: dict[str, str] = Field(default_factory=dict)
    """Added to the endpoint's tags."""


class EndpointSettings(Section):
    """One managed online endpoint: an address, its deployments and who gets which traffic."""

    model: str | None = None
    """Catalogue name of the model every deployment serves unless it says otherwise."""
    workload: WorkloadSettings = Field(default_factory=WorkloadSettings)
    """The load every deployment is planned for unless it says otherwise."""
    endpoint_name: str | None = None
    """The endpoint's name in Azure, unique in its region; default: derived and unique."""
    deployments: dict[str, DeploymentSettings] = Field(
        default_factory=lambda: {"blue": DeploymentSettings()}
    )
    """Deployments by name; default: one called ``blue``."""
    traffic: dict[str, int] | None = None
    """Percent of the live traffic per deployment, adding up to 100 (or 0: off). Default: all of it
    to the only deployment; must be said when there are several."""
    auth_mode: Annotated[AuthMode, Field(strict=False)] = AuthMode.KEY
    """How callers prove who they are: ``key`` (default), ``aml_token`` or ``entra_token``."""
    invokers: list[str] = Field(default_factory=list)
    """Object ids of the users, groups and identities in Microsoft Entra that may call it."""
    keys_in_vault: bool = False
    """Whether its keys are kept in the workspace's key vault as well; default no."""
    tags: dict[str, str] = Field(default_factory=dict)
    """Added to the stack's tags."""


class Settings(Section):
    """The settings of one environment."""

    region: str
    """Azure region, for example ``eastus``."""
    name: str = "models"
    """Short name of the workload; every resource is named after it."""
    profile: Annotated[Profile | None, Field(strict=False)] = None
    """What kind of environment this is, which decides its defaults: ``dev``, ``staging`` or
    ``prod``; default: the stack's name, where it is one of them."""
    public_network_access: bool = False
    """Whether the workspace and its endpoints answer the internet. Default: yes in ``dev``, else
    no."""
    allow_public_in_prod: bool = False
    """Whether `public_network_access` may be true in ``prod``; default no."""
    network: NetworkSettings | None = None
    """The network a private workspace is reached from; default: one of its own where the workspace
    is private and not an existing one, else none."""
    isolation: IsolationSettings = Field(default_factory=IsolationSettings)
    """Where the instances of the workspace may connect to."""
    workspace: WorkspaceSettings = Field(default_factory=WorkspaceSettings)
    """The workspace: what protects it and what it reports."""
    hugging_face_token: SecretStr | None = None
    """Token of a Hugging Face account that has accepted the licences of gated models. Written with
    ``pulumi config set --secret``; default: the variable ``HF_TOKEN`` of the run, if there is one.
    Kept in the workspace's key vault."""
    tags: dict[str, str] = Field(default_factory=dict)
    """Put on every resource."""
    preflight: Annotated[Preflight, Field(strict=False)] = Preflight.ENFORCE
    """What happens when the subscription lacks quota: ``enforce``, the default, ends the run before
    it creates anything; ``warn`` says so and goes on; ``off`` asks nobody."""
    workspace_quotas: dict[str, Annotated[int, Field(ge=0)]] = Field(default_factory=dict)
    """Most cores of quota that everything in the workspace may take, by family or by a SKU that
    stands for its family, so that it cannot starve other workspaces; default: no limit of its
    own. A family that is left out later gets the subscription's limit, which is as good as none;
    an empty mapping does that for all."""
    fallback_regions: list[str] = Field(default_factory=list)
    """Regions that `ame plan --write` may choose where the quota of `region` is short and nothing
    is live yet; default: none."""
    models: dict[str, dict[str, Any]] = Field(default_factory=dict)
    """Models and fine-tunes of your own by name, as rows of the catalogue. What is in
    ``models.yaml`` beside the stack file need not be repeated here."""
    endpoints: dict[str, EndpointSettings]
    """Endpoints by name. Must be said, even when there are none (``endpoints: {}``), because an
    empty stack deletes everything that is live."""


SECRETS = ("hugging_face_token",)
"""Settings that are written encrypted, and that no message repeats."""


def parse_settings(
    document: Mapping[Any, Any], stand_ins: Mapping[str, Any] | None = None
) -> tuple[Settings | None, list[Problem]]:
    """Return the settings in a document, and everything wrong with its shape.

    Args:
        document: what was written.
        stand_ins: what to go on with instead of what is malformed.
    """
    return parse(document, Settings, {"region": "", "endpoints": {}, **(stand_ins or {})})


def parse(
    document: Mapping[Any, Any], model: type[Model], stand_ins: Mapping[str, Any]
) -> tuple[Model | None, list[Problem]]:
    """Return the section in a document, and everything wrong with its shape.

    Malformed values are left out of the section, so that what else is wrong can be told in the
    same run; it is None where nothing usable is left.

    Args:
        document: what was written.
        model: what may be written.
        stand_ins: what to go on with where something required is missing.
    """
    kept, problems = with_text_keys(document)
    try:
        return model.model_validate(kept), problems
    except ValidationError as error:
        salvaged = _salvage(kept, error, model, stand_ins)
        return salvaged, [*problems, *problems_of(error, model)]


def _salvage(
    document: Mapping[str, Any],
    error: ValidationError,
    model: type[Model],
    stand_ins: Mapping[str, Any],
) -> Model | None:
    """Return the section without what is malformed, to find what else is wrong."""
    rest: dict[str, Any] = deepcopy(dict(document))
    for _ in range(_SALVAGE_ATTEMPTS):
        for fault in error.errors():
            # What is no longer there went with something around it.
            with suppress(KeyError, IndexError, TypeError):
                _leave_out(rest, without_branches(model, fault["loc"]), fault["type"])
        try:
            return model.model_validate({**stand_ins, **rest})
        except ValidationError as left:  # an emptied section may lack what it must say
            error = left
    return None  # pydantic cannot spell every key


def _leave_out(document: dict[str, Any], way: Location, kind: str) -> None:
    *outer, last = way
    if outer and (kind == "missing" or isinstance(last, int)):
        *outer, last = outer  # a section that lacks something, or a list with something wrong
    section: Any = document
    for part in outer:
        section = section[part]
    if kind in {"model_type", "dict_type"}:
        section[last] = {}
    else:
        section.pop(last, None)
