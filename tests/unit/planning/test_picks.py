# SPDX-License-Identifier: Apache-2.0
"""What the planner picks for the models and prices that the package ships."""

from datetime import date
from typing import Any

import pytest

from azure_model_endpoints.catalog import Model, load_catalog
from azure_model_endpoints.planning.candidates import Candidate, choose, rank
from azure_model_endpoints.planning.memory import weights_gib
from azure_model_endpoints.planning.question import Question
from azure_model_endpoints.planning.workload import resolve_workload
from azure_model_endpoints.settings import WorkloadSettings
from azure_model_endpoints.vocabulary import Dtype

CATALOG = load_catalog()
TODAY = date(2026, 11, 22)
T4, A100, TWO_A100, FOUR_A100 = (
    "Standard_NC4as_T4_v3",
    "Standard_NC24ads_A100_v4",
    "Standard_NC48ads_A100_v4",
    "Standard_NC96ads_A100_v4",
)
TWO_H100, H100 = "Standard_NC80adis_H100_v5", "Standard_NC40ads_H100_v5"

# Where the pick is none of the SKUs that the Azure catalogue lists, although its list is current.
DISAGREEMENTS = {
    "mixtral-8x7b": "87 GiB of weights and their cache fit two A100 of 80 GB; the list begins with "
    "eight, from its entry's minimum of 2,900 GiB of disk",
    "mixtral-8x7b-instruct": "likewise; the list begins with four",
}


def asked(name: str, *, dtype: Dtype | None = None, **load: Any) -> dict[str, Candidate]:
    """The candidates for a model in eastus, in their order."""
    model = CATALOG.model(name)
    assert model
    workload, problems = resolve_workload("workload", WorkloadSettings(**load), model)
    assert [] == problems
    question = Question(model, workload, "eastus", TODAY, dtype=dtype)
    return {candidate.sku: candidate for candidate in rank(question, CATALOG)}


def picked(name: str, **load: Any) -> str | None:
    """The SKU that is chosen."""
    chosen = choose(asked(name, **load).values())
    return chosen.sku if chosen else None


def test_phi_2_runs_on_one_t4() -> None:
    """Which takes the quota of two."""
    candidate = asked("phi-2")[T4]

    assert T4 == picked("phi-2")
    assert (1, 8, 0.526) == (
        candidate.instances,
        candidate.quota_cores,
        candidate.price_usd_per_hour,
    )


def test_mistral_7b_needs_more_than_a_t4() -> None:
    """Its weights alone do."""
    candidates = asked("mistral-7b-instruct-v0-2", dtype=Dtype.FP16)

    assert A100 == next(iter(candidates))
    assert 24 == candidates[A100].quota_cores
    single_t4 = [T4, "Standard_NC8as_T4_v3", "Standard_NC16as_T4_v3"]
    assert {("needs 17.0 GiB per GPU, has 13.1; missing 3.9 GiB",)} == {
        candidates[name].rejected for name in single_t4
    }


def test_llama_70b_needs_two_a100_for_short_contexts() -> None:
    """Azure's own sample serves it there; one does not hold the weights."""
    candidates = asked("llama-3.3-70b", concurrency=1, context_length=8192)

    assert TWO_A100 == next(iter(candidates))
    assert not candidates[A100].fits
    assert (
        (
            "the weights take 131 GiB, the temporary disk has 128; they have to be streamed or "
            "mounted"
        ),
    ) == candidates[TWO_A100].warnings


def test_llama_70b_needs_more_for_its_whole_context() -> None:
    """20 GiB of cache on each of two GPUs have no room."""
    candidates = asked("llama-3.3-70b", concurrency=1, context_length=131072)

    assert ("needs 89.8 GiB on each of 2 GPUs, has 71.2; missing 18.5 GiB",) == candidates[
        TWO_A100
    ].rejected


def test_llama_70b_with_eight_long_streams_takes_four_a100() -> None:
    """80 GiB of cache: two H100 hold only two streams, and four of those are dearer."""
    candidates = asked("llama-3.3-70b", concurrency=8, context_length=32768)

    assert FOUR_A100 == next(iter(candidates))
    assert (1, 4) == (candidates[FOUR_A100].instances, candidates[TWO_H100].instances)


def test_mixtral_fits_no_single_gpu() -> None:
    """Not even one of 94 GB."""
    candidates = asked("mixtral-8x7b", dtype=Dtype.BF16)

    single = [name for name in candidates if CATALOG.gpu_skus[name].gpus == 1]
    assert H100 in single
    assert not any(candidates[name].fits for name in single)


def test_phi_4_is_split_over_two_gpus_at_most() -> None:
    """40 heads with 10 KV heads."""
    assert {1, 2} == {candidate.tensor_parallel for candidate in asked("phi-4").values()}


@pytest.mark.parametrize(
    "model",
    [
        model
        for model in CATALOG.models.values()
        if model.managed and model.managed.skus and not model.managed.stale
    ],
    ids=lambda model: model.name,
)
def test_picks_agree_with_azures_lists(model: Model) -> None:
    """Where a list is current; whoever serves from the catalogue is held to it anyway."""
    assert model.managed
    assert model.managed.skus

    agrees = picked(model.name) in model.managed.skus

    assert agrees is (model.name not in DISAGREEMENTS)


@pytest.mark.parametrize("name", sorted(CATALOG.models))
def test_every_model_has_a_pick_that_holds_its_weights(name: str) -> None:
    """But the largest, which no SKU of the list holds at sixteen bits."""
    sku = picked(name)

    if name == "llama-3.1-405b-instruct":
        assert sku is None
        assert picked(name, dtype=Dtype.INT4_AWQ) is not None
    else:
        assert sku is not None
        size = CATALOG.gpu_skus[sku]
        model = CATALOG.models[name]
        assert weights_gib(model.shape, model.dtype) < size.gpus * size.gpu_memory_gib
