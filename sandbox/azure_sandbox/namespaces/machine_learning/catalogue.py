# SPDX-License-Identifier: Apache-2.0
"""Models of the registries that Azure offers to everybody, such as `azureml`."""

from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources

import yaml

from azure_sandbox.namespaces.machine_learning.violations import Violation
from azure_sandbox.namespaces.machine_learning.vm_sizes import VmSize


@dataclass(frozen=True, slots=True)
class CatalogueModel:
    """One model; every version from 1 to `latest` exists and behaves alike."""

    registry: str
    name: str
    display: str
    latest: int
    weights_gib: float
    load_minutes: float
    task: str
    license: str
    deprecated: date | None
    retired: date | None

    def has_version(self, version: str) -> bool:
        """Return whether a version exists."""
        return version.isdecimal() and 1 <= int(version) <= self.latest

    def is_retired(self, today: date) -> bool:
        """Return whether calls to existing deployments fail."""
        return self.retired is not None and self.retired <= today


def system_registry(name: str) -> str | None:
    """Return the proper spelling of a registry that is readable from everywhere, or None."""
    return next((known for known in _registries() if known.lower() == name.lower()), None)


def find_model(registry: str, name: str) -> CatalogueModel | None:
    """Return a model of a system registry, in any casing of both names."""
    return next((m for m in models_of(registry) if m.name.lower() == name.lower()), None)


def models_of(registry: str) -> tuple[CatalogueModel, ...]:
    """Return every model of a system registry, in the order of the data."""
    return _registries().get(system_registry(registry) or "", ())


def check_deployable(model: CatalogueModel, today: date) -> list[Violation]:
    """Check that new deployments of a model are still accepted on that day.

    Azure docs, concepts-model-lifecycle-retirement: deprecated models accept no new deployments.
    """
    ends_on = model.deprecated or model.retired
    if ends_on is None or today < ends_on:
        return []
    stage = "retired" if model.is_retired(today) else "deprecated"
    since = model.retired if model.is_retired(today) else model.deprecated
    return [
        Violation(
            "Model",
            f"The model {model.name} in registry {model.registry} is {stage} since "
            f"{since:%Y-%m-%d}; new deployments of it are not accepted.",
        )
    ]


def fits(model: CatalogueModel, size: VmSize) -> bool:
    """Return whether the weights alone fit into the memory of the size's GPUs."""
    return model.weights_gib < size.total_gpu_memory_gib


@cache
def _registries() -> dict[str, tuple[CatalogueModel, ...]]:
    text = resources.files(__package__).joinpath("catalogue.yaml").read_text(encoding="utf-8")
    return {
        registry: tuple(
            CatalogueModel(
                registry=registry,
                name=name,
                display=row["display"],
                latest=row["latest"],
                weights_gib=row["weights_gib"],
                load_minutes=row["load_minutes"],
                task=row["task"],
                license=row["license"],
                deprecated=row.get("deprecated"),
                retired=row.get("retired"),
            )
            for name, row in rows.items()
        )
        for registry, rows in yaml.safe_load(text).items()
    }
