# SPDX-License-Identifier: Apache-2.0
"""Small rules: durations, probes and the data of models and sizes."""

from datetime import date

import pytest

from azure_sandbox.namespaces.machine_learning import catalogue
from azure_sandbox.namespaces.machine_learning.deployment_changes import Change, change_of
from azure_sandbox.namespaces.machine_learning.durations import parse_seconds
from azure_sandbox.namespaces.machine_learning.probes import loading_budget_seconds
from azure_sandbox.namespaces.machine_learning.request_settings import RequestSettings
from azure_sandbox.namespaces.machine_learning.vm_sizes import find_vm_size


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("PT10S", 10),
        ("PT0.5S", 0.5),
        ("PT10M", 600),
        ("PT1H30M", 5400),
        ("P1DT1S", 86401),
        ("P", None),
        ("PT", None),
        ("10S", None),
        ("P1M", None),
        ("pt10s", None),
        ("PT-5S", None),
        (10, None),
        (None, None),
    ],
)
def test_durations_are_iso_8601(text: object, seconds: float | None) -> None:
    """Days to fractions of a second are read; everything else is no duration."""
    assert seconds == parse_seconds(text)


@pytest.mark.parametrize(
    ("properties", "seconds"),
    [
        ({}, 310),
        ({"livenessProbe": {"initialDelay": "PT10M"}}, 900),
        ({"livenessProbe": {"period": "PT100S", "failureThreshold": 3}}, 310),
        ({"livenessProbe": {}, "startupProbe": {"failureThreshold": 120}}, 1210),
        ({"readinessProbe": {"initialDelay": "PT1H"}}, 310),
    ],
)
def test_probes_give_a_model_time_to_load(properties: dict[str, object], seconds: float) -> None:
    """The budget is initial delay plus period times threshold; readiness has no part in it."""
    assert seconds == loading_budget_seconds(properties)


def test_twice_the_concurrency_is_taken_at_once() -> None:
    """429 begins above 2 x concurrency x instances."""
    settings = RequestSettings(concurrent_requests_per_instance=4)

    assert settings.parallel_requests(3) == 24


def body(**properties: object) -> dict[str, object]:
    """Return the stored body of a deployment with two instances."""
    return {"sku": {"capacity": 2}, "tags": {}, "properties": {"model": "m", **properties}}


@pytest.mark.parametrize(
    ("wanted", "change"),
    [
        (body(), Change.RELABEL),
        ({**body(), "tags": {"a": "b"}}, Change.RELABEL),
        (body(description="d"), Change.RELABEL),
        ({**body(), "sku": {"capacity": 3}}, Change.SCALE_OUT),
        ({**body(), "sku": {"capacity": 1}}, Change.SCALE_IN),
        ({**body(model="n"), "sku": {"capacity": 3}}, Change.ROLL),
    ],
)
def test_the_most_expensive_change_counts(wanted: dict[str, object], change: Change) -> None:
    """Labels cost nothing, the capacity moves instances, everything else replaces them."""
    assert change == change_of(body(), wanted)


def test_every_model_has_a_size_it_fits() -> None:
    """No catalogue model is larger than one node of eight A100-80."""
    node = find_vm_size("Standard_ND96amsr_A100_v4")
    assert node is not None

    for registry in ("azureml", "azureml-meta"):
        for model in catalogue.models_of(registry):
            assert catalogue.fits(model, node), model.name


@pytest.mark.parametrize(
    ("registry", "name", "day", "accepted"),
    [
        ("azureml-meta", "Llama-2-7b", date(2025, 3, 30), True),
        ("azureml-meta", "Llama-2-7b", date(2025, 3, 31), False),
        ("azureml-meta", "Meta-Llama-3.1-8B-Instruct", date(2026, 3, 12), True),
        ("azureml-meta", "Meta-Llama-3.1-8B-Instruct", date(2026, 3, 13), False),
        ("azureml", "Phi-3-mini-4k-instruct", date(2025, 8, 30), False),
        ("azureml", "microsoft-phi-2", date(2099, 1, 1), True),
    ],
)
def test_deprecated_models_take_no_new_deployments(
    registry: str, name: str, day: date, *, accepted: bool
) -> None:
    """The day of deprecation, else that of retirement, is the first on which one is refused."""
    model = catalogue.find_model(registry, name)
    assert model is not None

    assert accepted == (catalogue.check_deployable(model, day) == [])
