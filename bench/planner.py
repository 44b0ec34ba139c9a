# SPDX-License-Identifier: Apache-2.0
"""What choosing a GPU takes: every model on every SKU in every region, and one answer from cold."""

import os
import resource
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

from azure_model_endpoints.catalog import Catalog, load_catalog
from azure_model_endpoints.planning.assessment import assess
from azure_model_endpoints.planning.candidates import priced
from azure_model_endpoints.planning.question import Question
from azure_model_endpoints.planning.workload import resolve_workload
from azure_model_endpoints.settings import WorkloadSettings
from bench.measure import Comparison, Run, Series, in_turn, run

ALL_SECONDS = 0.1
COLD_SECONDS = 1.0
_TODAY = date(2026, 11, 1)
_ANSWER = (
    *(sys.executable, "-m", "azure_model_endpoints.cli"),
    *("plan", "--model", "llama-3.3-70b-instruct", "--region", "eastus"),
)


def compare(rounds: int) -> Iterator[Comparison]:
    """Hold both against what they are promised to take."""
    catalog = load_catalog()
    size = f"{len(catalog.models)} models, {len(catalog.gpu_skus)} SKUs"
    ours, promised = in_turn(
        rounds, lambda: _measured(lambda: _rank_all(catalog)), _promise(ALL_SECONDS)
    )
    regions = len(catalog.prices.regions)
    yield _comparison(f"ranking of {size} in {regions} regions", "all of them", ours, promised)
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    ours, promised = in_turn(
        rounds, lambda: run(_ANSWER, Path("/"), environment), _promise(COLD_SECONDS)
    )
    yield _comparison("an answer from a cold start", "ame plan", ours, promised)


def _rank_all(catalog: Catalog) -> None:
    for model in catalog.models.values():
        workload, _ = resolve_workload("workload", WorkloadSettings(), model)
        question = Question(model, workload, None, _TODAY)
        assessments = assess(question, catalog.gpu_skus.values())
        for region in catalog.prices.regions:
            priced(replace(question, region=region), assessments, catalog)


def _measured(work: Callable[[], None]) -> Run:
    """Measure something in this process, in which its modules are loaded already."""
    started, cpu_started = time.perf_counter(), time.process_time()
    work()
    seconds, cpu_seconds = time.perf_counter() - started, time.process_time() - cpu_started
    peak_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return Run(seconds, cpu_seconds, peak_kib / 1024)


def _promise(seconds: float) -> Callable[[], Run]:
    """Return a stand-in for something that takes exactly so long."""
    return lambda: Run(seconds, seconds, 0)


def _comparison(
    title: str, name: str, ours: tuple[Run, ...], promised: tuple[Run, ...]
) -> Comparison:
    return Comparison(title, Series(name, ours), Series("what it may take", promised), 1.0)
