# SPDX-License-Identifier: Apache-2.0
"""How vLLM is started, and what would keep it from starting."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azure_model_endpoints.planning.serving import VllmServing, plan_vllm, retired
from azure_model_endpoints.settings import VllmSettings
from tests.unit.planning.catalogs import (
    CATALOG,
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
    name: str = "plain-model", *, has_token: bool = False, **said: Any
) -> tuple[VllmServing, list[str]]:
    """How vLLM serves a model, and the problems of that."""
    settings = VllmSettings.model_validate({"image": "vllm:1", **said})
    serving, problems = plan_vllm(
        "vllm", settings, CATALOG.models[name], CATALOG.gpu_skus[SMALL], 8, has_token=has_token
    )
    return serving, [str(problem) for problem in problems]


def test_server_is_told_everything_it_would_guess() -> None:
    """The model's revision included, so that new weights never arrive by themselves."""
    serving, problems = planned()

    assert [] == problems
    assert {
        "MODEL_NAME": "publisher/plain-model",
        "VLLM_ARGS": (
            "--served-model-name plain-model --max-model-len 4096 --max-num-seqs 8 "
            "--tensor-parallel-size 1 --dtype half --port 8000 "
            f"--revision {REVISION}"
        ),
    } == serving.environment_variables


def test_shorter_context_leaves_room() -> None:
    """It is passed on."""
    serving, problems = planned(context_length=1024)

    assert [] == problems
    assert "--max-model-len 1024" in serving.environment_variables["VLLM_ARGS"]


def test_longer_context_than_the_models_is_refused() -> None:
    """The server would refuse it after ten minutes."""
    assert [
        "vllm.context_length: given 4097; allowed: at most 4096, the model's own limit. Lower it."
    ] == planned(context_length=4097)[1]


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
    assert "/models/hf" == serving.model_name
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
