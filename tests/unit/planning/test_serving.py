# SPDX-License-Identifier: Apache-2.0
"""How vLLM is started, and what would keep it from starting."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azure_model_endpoints.planning.catalogue_offers import retired
from azure_model_endpoints.planning.question import Question
from azure_model_endpoints.planning.serving import VllmServing, plan_vllm, vllm_dtype
from azure_model_endpoints.planning.sizing import size
from azure_model_endpoints.planning.workload import resolve_workload
from azure_model_endpoints.settings import VllmSettings, WorkloadSettings
from tests.unit.planning.catalogs import (
    BIG,
    CATALOG,
    REGION,
    REVISION,
    SMALL,
    TODAY,
    TOMORROW,
    YESTERDAY,
    model,
)

IMAGE_RULE = "an image with a tag other than latest, or with a digest: name:tag or name@sha256:…"
DIGEST = f"sha256:{'ab' * 32}"


def planned(
    name: str = "plain-model", *, sku: str = SMALL, has_token: bool = False, **said: Any
) -> tuple[VllmServing, list[str]]:
    """How vLLM serves a model, and the problems of that."""
    settings = VllmSettings.model_validate({"image": "vllm:1", **said})
    model = CATALOG.models[name]
    dtype, problems = vllm_dtype("vllm.dtype", settings.dtype, model)
    workload, _ = resolve_workload("workload", WorkloadSettings(), model)
    question = Question(model, workload, REGION, TODAY, dtype=dtype, max_streams=8)
    sizing, _ = size("blue", sku, question, CATALOG)
    serving, found = plan_vllm("vllm", settings, model, sizing, has_token=has_token)
    assert serving
    return serving, [str(problem) for problem in [*problems, *found]]


def test_server_is_told_everything_it_would_guess() -> None:
    """The model's revision included, so that new weights never arrive by themselves."""
    serving, problems = planned()

    assert [] == problems
    assert {
        "MODEL_NAME": "publisher/plain-model",
        "VLLM_ARGS": (
            "--served-model-name plain-model --max-model-len 4096 --max-num-seqs 8 "
            "--max-num-batched-tokens 4096 --tensor-parallel-size 1 "
            "--gpu-memory-utilization 0.9 --dtype half --port 8000 "
            f"--revision {REVISION}"
        ),
    } == serving.environment_variables


def test_weights_may_be_converted_while_loading() -> None:
    """To eight bits, which halves what they take."""
    serving, problems = planned(sku=BIG, dtype="fp8")

    assert [] == problems
    assert "--dtype auto --port 8000 --quantization fp8" in " ".join(serving.arguments)


def test_weights_of_another_type_are_another_model() -> None:
    """The server does not quantise to four bits by itself."""
    assert [
        (
            "vllm.dtype: given 'int4-awq'; allowed: bf16, fp16, fp8. Weights of another type are "
            "another model: add one of your own with its `dtype`, and serve that."
        )
    ] == planned(dtype="int4-awq")[1]


@pytest.mark.parametrize(
    "image",
    [
        "vllm:1",
        "vllm/vllm-openai:v0.9.1",
        "{registry}/vllm:1",
        "localhost:5000/vllm:1",
        f"vllm@{DIGEST}",
        f"{{registry}}/team/vllm:1@{DIGEST}",
    ],
)
def test_pinned_images_pass(image: str) -> None:
    """By tag, by digest, or by both."""
    assert [] == planned(image=image)[1]


@pytest.mark.parametrize(
    "image",
    [
        "vllm",
        "vllm:latest",
        "localhost:5000/vllm",
        "{registry}/vllm:latest",
        "vllm:",
        "vllm:1 2",
        "vllm@sha256:abc",
        "",
        "{other}/vllm:1",
    ],
)
def test_images_that_may_change_are_refused(image: str) -> None:
    """What was tested is what runs."""
    assert [
        (
            f"vllm.image: given {image!r}; allowed: {IMAGE_RULE}. Pin it, so that what was tested "
            "is what runs."
        )
    ] == planned(image=image)[1]


def test_revision_must_be_a_commit() -> None:
    """A branch moves."""
    assert [
        (
            "vllm.revision: given 'main'; allowed: 40 hexadecimal digits, a commit of the "
            "repository. Copy one from https://huggingface.co/publisher/plain-model/commits/main."
        )
    ] == planned(revision="main")[1]


def test_gated_model_needs_a_token() -> None:
    """And is told where to get one, and how to keep it."""
    assert [
        (
            "vllm: given publisher/gated-model, which is gated, and no token; allowed: a Hugging "
            "Face token as a secret, or `registered_model`. Accept the licence on "
            "https://huggingface.co/publisher/gated-model, then run `pulumi config set --secret "
            "azure-model-endpoints:hugging_face_token` or set HF_TOKEN."
        )
    ] == planned("gated-model")[1]


def test_gated_model_with_a_token_is_served() -> None:
    """The deployment is told that it needs it."""
    serving, problems = planned("gated-model", has_token=True)

    assert [] == problems
    assert serving.needs_token


def test_registered_weights_are_mounted_and_need_no_token() -> None:
    """Nor a revision: the workspace's version is one."""
    serving, problems = planned("gated-model", registered_model="weights:3", folder="/hf/")

    assert [] == problems
    assert (("weights", "3"), False) == (serving.registered_model, serving.needs_token)
    assert "/models/weights/3/hf" == serving.model_name
    assert "--revision" not in serving.arguments


@pytest.mark.parametrize("name", ["weights", "weights:", ":3", "weights:3:4", "a b:1"])
def test_registered_model_is_a_name_and_a_version(name: str) -> None:
    """As `az ml` writes it."""
    assert [
        (
            f"vllm.registered_model: given {name!r}; allowed: name:version. Register the weights "
            "with `az ml model create` and write its name and version."
        )
    ] == planned(registered_model=name)[1]


@pytest.mark.parametrize("revision", [REVISION, "main"])
def test_registered_weights_have_no_revision(revision: str) -> None:
    """It would be ignored, whether it is one or not."""
    assert [
        (
            f"vllm.revision: given {revision!r} beside `registered_model`; allowed: one of the "
            "two. Remove the revision, which is the Hub's: a registered model has its version."
        )
    ] == planned(registered_model="weights:3", revision=revision)[1]


def test_weights_of_the_hub_have_no_folder() -> None:
    """It would be ignored."""
    assert [
        (
            "vllm.folder: given 'hf' without `registered_model`; allowed: a folder of that. Name "
            "the registered model too, or remove the folder: the Hub's weights have none."
        )
    ] == planned(folder="hf")[1]


@given(st.text(max_size=20), st.text(max_size=20))
def test_versions_of_environments_follow_from_their_images(one: str, other: str) -> None:
    """Azure never changes a version's image."""
    first, second = (VllmServing(image, "m", "m", ()).environment_version for image in (one, other))

    assert (one == other) is (first == second)


@pytest.mark.parametrize(("day", "over"), [(YESTERDAY, True), (TODAY, True), (TOMORROW, False)])
def test_offer_ends_on_its_day(day: Any, *, over: bool) -> None:
    """Which is the first without it."""
    offer = model("some-model", retires=day).managed

    assert offer
    assert over is retired(offer, TODAY)


def test_offer_without_an_end_has_none() -> None:
    """As long as none is announced."""
    offer = model("some-model").managed

    assert offer
    assert not retired(offer, TODAY)
