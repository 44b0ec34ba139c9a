# SPDX-License-Identifier: Apache-2.0
"""What choosing a GPU takes: every model on every SKU in every region, and one answer from cold."""

import os
import resource
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from pathlib import Path

from azure_model_endpoints.catalog import Catalog, load_catalog
from azure_model_endpoints.planning.candidates import rank_regions
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
    """Hold each against what it is promised to take."""
    catalog = load_catalog()
    regions = catalog.prices.regions
    rows = f"{len(catalog.models)} models, {len(catalog.gpu_skus)} SKUs"
    in_time = WorkloadSettings(max_time_to_first_token_ms=2000)
    for where, questions, asked_regions in (
        ("in one region", _questions(catalog), regions[:1]),
        (f"in {len(regions)} regions", _questions(catalog), regions),
        (
            f"in {len(regions)} regions, with a first token in time",
            _questions(catalog, in_time),
            regions,
        ),
    ):
        work = partial(_rank_all, questions, catalog, asked_regions)
        ours, promised = in_turn(rounds, partial(_measured, work), _promise(ALL_SECONDS))
        yield _comparison(f"ranking of {rows} {where}", "all of them", ours, promised)
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    ours, promised = in_turn(
        rounds, lambda: run(_ANSWER, Path("/"), environment), _promise(COLD_SECONDS)
    )
    yield _comparison("an answer from a cold start", "ame plan", ours, promised)


def _questions(catalog: Catalog, given: WorkloadSettings | None = None) -> tuple[Question, ...]:
    """Return the question about every model."""
    models = catalog.models.values()
    loads = (resolve_workload("workload", given or WorkloadSettings(), each)[0] for each in models)
    pairs = zip(models, loads, strict=True)
    return tuple(Question(model, workload, None, _TODAY) for model, workload in pairs)


def _rank_all(questions: tuple[Question, ...], catalog: Catalog, regions: tuple[str, ...]) -> None:
    for question in questions:
        rank_regions(question, catalog, regions)


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
