# SPDX-License-Identifier: Apache-2.0
"""What a `ModelEndpoint` is asked for."""

from typing import Any, NotRequired, TypedDict

import pulumi

from azure_model_endpoints.vocabulary import AuthMode, Preflight

__all__ = ["ModelDeploymentArgs", "ModelEndpointArgs", "VllmArgs", "WorkloadArgs"]


class VllmArgs(TypedDict):
    """Serving by vLLM in a container of one's own."""

    image: str
    """Image that starts vLLM from the variables ``MODEL_NAME`` and ``VLLM_ARGS``, pinned by tag or
    digest. ``{registry}`` stands for `registry_login_server`."""
    revision: NotRequired[str]
    """Commit of the model's Hugging Face repository; default: the catalogue's."""
    registered_model: NotRequired[str]
    """``name:version`` of weights registered in the workspace, instead of the Hub's."""
    folder: NotRequired[str]
    """Folder of the registered model that holds the weights, from what was registered downwards
    (a registered folder is there under its own name); default: the only one with a config.json,
    which `images/vllm` looks for."""
    dtype: NotRequired[str]
    """How the weights run: ``fp16``, ``bf16`` or ``fp8``; default: as they are published, or fp16
    on a GPU without bfloat16."""


class WorkloadArgs(TypedDict):
    """The load a deployment is planned for: SKU and instances are chosen to hold it."""

    context_length: NotRequired[int]
    """Most tokens of prompt and answer of one request together; default: 8,192, or less where the
    model's limit is less."""
    concurrency: NotRequired[int]
    """Requests answered at the same time, by all instances together; default 8."""
    input_tokens: NotRequired[int]
    """Tokens of a usual prompt; default 512, or half the context where that is less."""
    output_tokens: NotRequired[int]
    """Tokens of a usual answer; default 256, or a quarter of the context where that is less."""
    max_time_to_first_token_ms: NotRequired[int]
    """The longest wait for the first token when all requests start at once; default: any."""
    high_availability: NotRequired[bool]
    """Whether one instance may be lost: one more than hold the requests, at least three; default
    no."""


class ModelDeploymentArgs(TypedDict):
    """One deployment of an endpoint. Plain values, since they decide what is created."""

    model: NotRequired[str]
    """Catalogue name of the model; default: the endpoint's."""
    version: NotRequired[str]
    """Version of the Azure catalogue's model; default: the one this package knows."""
    sku: NotRequired[str]
    """Azure VM size; default ``auto``: the cheapest that holds the workload."""
    instances: NotRequired[int]
    """Number of instances, 1 to 50; default: as many as the workload needs. A count that somebody
    raised is never lowered."""
    max_concurrent_requests: NotRequired[int]
    """Requests one instance works on at a time; default: as many as its GPUs hold."""
    workload: NotRequired[WorkloadArgs]
    """The load to plan for; default: the endpoint's."""
    vllm: NotRequired[VllmArgs]
    """Serve with vLLM in a container of your own; default: the catalogue's model and image."""
    environment_variables: NotRequired[dict[str, pulumi.Input[str]]]
    """Given to the model server; values may be outputs and secrets. Default: none of your own."""
    tags: NotRequired[dict[str, str]]
    """Added to the endpoint's tags."""


class ModelEndpointArgs(TypedDict):
    """The arguments of a `ModelEndpoint`.

    What decides which resources exist is plain; names and ids of other resources are inputs.
    """

    resource_group_name: pulumi.Input[str]
    """Resource group of the workspace."""
    workspace_name: pulumi.Input[str]
    """Azure Machine Learning workspace the endpoint lives in."""
    region: str
    """Azure region of the workspace, for example ``eastus``."""
    model: NotRequired[str]
    """Catalogue name of the model every deployment serves unless it says otherwise."""
    workload: NotRequired[WorkloadArgs]
    """The load every deployment is planned for unless it says otherwise."""
    models: NotRequired[dict[str, Any]]
    """Models and fine-tunes of your own by name, as rows of the catalogue."""
    catalog_directory: NotRequired[str]
    """Directory with a ``models.yaml`` or ``prices.yaml`` of your own; default: none is read."""
    deployments: NotRequired[dict[str, ModelDeploymentArgs]]
    """Deployments by name; default: one called ``blue``."""
    traffic: NotRequired[dict[str, int]]
    """Percent of the live traffic per deployment, adding up to 100, or to 0 to turn the endpoint
    off. Default: all of it to the only deployment."""
    auth_mode: NotRequired[AuthMode]
    """How callers prove who they are; default ``key``."""
    invokers: NotRequired[list[str]]
    """Object ids of the users, groups and identities in Microsoft Entra that may call it: with a
    token, or with the key that they may read in the vault. Default: whoever holds a key, and whom
    others have let."""
    keys_in_vault: NotRequired[bool]
    """Whether the key is kept in the key vault as well, where ``ame keys rotate`` renews it;
    default no."""
    endpoint_name: NotRequired[pulumi.Input[str]]
    """Name in Azure, unique in the region; default: the component's name and a suffix that follows
    from the subscription, the resource group and the workspace."""
    identity_id: NotRequired[pulumi.Input[str]]
    """Id of a user-assigned identity that may pull images and read models; default: an identity of
    the endpoint's own, to which Azure grants that."""
    registry_login_server: NotRequired[pulumi.Input[str]]
    """Login server of the registry that ``{registry}`` in an image stands for."""
    hugging_face_token: NotRequired[pulumi.Input[str]]
    """Token for gated models, a secret; kept in the key vault."""
    key_vault_name: NotRequired[pulumi.Input[str]]
    """Key vault for the token and the endpoint's key."""
    key_vault_resource_group_name: NotRequired[pulumi.Input[str]]
    """Resource group of the key vault; default: the workspace's."""
    identity_principal_id: NotRequired[pulumi.Input[str]]
    """Principal of `identity_id`, which is let read the token."""
    log_analytics_workspace_id: NotRequired[pulumi.Input[str]]
    """Azure resource id of where the endpoint's logs and metrics go; default: nowhere."""
    preflight: NotRequired[Preflight]
    """What happens when the subscription lacks quota: ``enforce``, the default, creates nothing;
    ``warn`` says so and goes on; ``off`` asks nobody."""
    public_network_access: NotRequired[bool]
    """Whether the internet may call the endpoint and its instances may call the internet; default
    no: callers come through the workspace's private endpoint."""
    managed_network: NotRequired[bool]
    """Whether the workspace has a managed network, whose rules then say what instances may connect
    to; default: what the workspace says. With true, an endpoint that is older than the network is
    deleted and created again."""
    tags: NotRequired[dict[str, str]]
    """Put on the endpoint and its deployments."""
