# SPDX-License-Identifier: Apache-2.0
"""What is warned of where Azure's image has no room for the model's own context."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from azure_model_endpoints.catalog import Catalog, Model, load_catalog
from azure_model_endpoints.planning.candidates import rank
from azure_model_endpoints.planning.context_limit import with_context_warnings
from azure_model_endpoints.planning.endpoint import plan_endpoint
from azure_model_endpoints.planning.question import Question
from azure_model_endpoints.planning.workload import Workload
from azure_model_endpoints.settings import EndpointSettings
from azure_model_endpoints.vocabulary import Dtype
from tests.unit.planning.catalogs import (
    AROUND,
    CATALOG,
    GOING,
    REGION,
    SMALL,
    TODAY,
    YESTERDAY,
    model,
    with_skus,
)

LONG = model("long-model", context_length=1_000_000)
TOLD = (
    "Azure's image is not told the planned context of 4096 tokens, and may not start if it takes "
    "the model's limit, 1000000: one request of it needs 34.6 GiB per GPU, has 14.4; a `vllm` "
    "section passes what was planned"
)


def warnings(
    served: Model = LONG, catalog: Catalog = CATALOG, **more: Any
) -> dict[str, tuple[str, ...]]:
    """What is warned of by SKU, of those that fit."""
    context = more.pop("context_length", 4096)
    question = Question(served, Workload(context, 8, 512, 256), REGION, TODAY, **more)
    candidates = with_context_warnings(question, rank(question, catalog), catalog)
    return {each.sku: each.warnings for each in candidates if each.fits}


def test_sku_without_room_for_the_models_context_is_warned_of() -> None:
    """With figures, and the next SKU that has it."""
    assert (f"{TOLD}; {GOING} holds that much",) == warnings()[SMALL]
    assert ("will be withdrawn on 2026-06-02",) == warnings()[GOING]


def test_where_no_sku_holds_it_vllm_is_the_way_out() -> None:
    """Which is told the length that was planned."""
    catalog = with_skus(CATALOG.gpu_skus[SMALL], **{SMALL: 0.5})

    assert {SMALL: (TOLD,)} == warnings(catalog=catalog)


@pytest.mark.parametrize(
    ("served", "more"),
    [
        (LONG, {"by_vllm": True}),
        (LONG, {"dtype": Dtype.INT8}),
        (model("short", context_length=100_000), {}),
        (model("own", context_length=1_000_000, offered=False), {}),
        (model("ended", context_length=1_000_000, retires=YESTERDAY), {}),
    ],
)
def test_what_azures_image_does_not_serve_or_holds_is_not_warned_of(
    served: Model, more: dict[str, Any]
) -> None:
    """VLLM alone serves it, or the whole context has room."""
    assert () == warnings(served, **more)[SMALL]


def test_sku_that_azure_does_not_list_is_neither_warned_of_nor_named() -> None:
    """Azure's image does not come there."""
    assert LONG.managed
    offer = LONG.managed.model_copy(update={"skus": (SMALL,)})

    found = warnings(LONG.model_copy(update={"managed": offer}))

    assert (TOLD,) == found[SMALL]


@pytest.mark.parametrize("by_vllm", [False, True])
def test_warning_reaches_whoever_deploys(*, by_vllm: bool) -> None:
    """From the catalogue; vLLM is told what was planned."""
    around = replace(AROUND, catalog=replace(CATALOG, models={LONG.name: LONG}))
    vllm = {"vllm": {"image": "vllm:1"}} if by_vllm else {}
    settings = EndpointSettings.model_validate(
        {
            "model": LONG.name,
            "workload": {"context_length": 4096},
            "deployments": {"blue": {"sku": SMALL, **vllm}},
        }
    )

    plan, problems = plan_endpoint("chat", settings, around)

    told = (f"deployments.blue.sku: {SMALL}: {TOLD}; {GOING} holds that much",)
    assert [] == problems
    assert (() if by_vllm else told) == plan.warnings


def test_llama_70b_on_two_gpus_is_warned_of() -> None:
    """Its 131,072 tokens have room on four."""
    catalog = load_catalog()
    llama = catalog.models["llama-3.3-70b-instruct"]
    question = Question(llama, Workload(8192, 1, 512, 256), REGION, date(2026, 11, 22))

    cheapest = with_context_warnings(question, rank(question, catalog), catalog)[0]

    assert "Standard_NC48ads_A100_v4" == cheapest.sku
    assert cheapest.warnings[-1].endswith(
        "one request of it needs 89.8 GiB on each of 2 GPUs, has 71.2; a `vllm` section passes "
        "what was planned; Standard_NC96ads_A100_v4 holds that much"
    )
