# SPDX-License-Identifier: Apache-2.0
"""What users add to the catalogue without touching the package: models, fine-tunes and prices."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from pydantic import ValidationError

from azure_model_endpoints._validation import with_text_keys
from azure_model_endpoints._wording import did_you_mean, listed
from azure_model_endpoints.catalog import load_catalog
from azure_model_endpoints.catalog.configs import read_config
from azure_model_endpoints.catalog.models import Model, model_named
from azure_model_endpoints.catalog.prices import Prices, Snapshot, collect
from azure_model_endpoints.catalog.user_files import (
    in_source,
    problems_of_row,
    read_mapping,
    shown,
)
from azure_model_endpoints.errors import CatalogError, Problem

if TYPE_CHECKING:
    from azure_model_endpoints.catalog import Catalog

__all__ = ["own_models", "read_own_models", "read_prices", "with_own", "write_prices"]

# What a fine-tune has in common with its base. Its weights are elsewhere, and offers are of those.
_INHERITED = ("shape", "dtype", "context_length", "license", "license_url")
_FROM_CONFIG = ("shape", "dtype", "context_length")
_FIELDS = (*(set(Model.model_fields) - {"name"}), "base", "config")

# It becomes an argument of the model server and a name in its API.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def read_own_models(path: Path) -> dict[str, Model]:
    """Return the models of a YAML file.

    Raises:
        CatalogError: with everything that is wrong with the file.
    """
    return own_models(read_mapping(path), str(path), path.parent)


def own_models(
    document: Mapping[Any, Any], source: str, directory: Path = Path()
) -> dict[str, Model]:
    """Return the models of a document, for example of a section of the settings.

    Args:
        document: models by name. A model has a ``shape``, a ``config`` (path of its Hugging Face
            ``config.json``) or a ``base``: a model of the catalogue, or one above it, from which
            a fine-tune takes the shape, dtype, context length and licence that it does not say.
        source: what the document is called in messages; also the default of a row's ``source``.
        directory: what the paths of ``config`` files are relative to.

    Raises:
        CatalogError: with everything that is wrong with the document.
    """
    shipped = load_catalog().models
    rows, problems = with_text_keys(document)
    names = _Names(shipped.values())
    models: dict[str, Model] = {}
    for name, row in rows.items():
        model, found = _model(name, row, {**shipped, **models}, source, directory)
        found += names.taken(name, model)
        if model and not found:
            models[name] = model
        problems += found
    if problems:
        raise CatalogError((in_source(source, problem) for problem in problems), source=source)
    return models


def read_prices(path: Path) -> Prices:
    """Return the prices of a YAML file.

    Raises:
        CatalogError: with everything that is wrong with the file.
    """
    rows, problems = with_text_keys(read_mapping(path))
    catalog = load_catalog()
    snapshots = []
    for region, row in rows.items():
        name, found = _spelt(region, region, catalog.regions)
        problems += found
        for index, part in enumerate(row if isinstance(row, list) else [row]):
            at = f"{region}.{index}" if isinstance(row, list) else region
            snapshot, found = _snapshot(at, part, tuple(catalog.gpu_skus))
            problems += found
            if snapshot:
                snapshots.append((name, snapshot))
    if problems:
        raise CatalogError(
            (in_source(str(path), problem) for problem in problems), source=str(path)
        )
    return collect(snapshots)


def write_prices(path: Path, prices: Prices) -> None:
    """Write prices as a YAML file, sorted, so that a change is a readable difference.

    A region has a list of snapshots where its prices are of different days or sources.
    """
    document: dict[str, Any] = {}
    for region in sorted(prices.regions):
        snapshots: dict[tuple[Any, str], dict[str, float]] = {}
        for sku, price in sorted(prices.rows[region].items()):
            snapshots.setdefault((price.read_on, price.source), {})[sku] = price.usd_per_hour
        parts = [
            {"source": source, "read_on": read_on, "usd_per_hour": usd_per_hour}
            for (read_on, source), usd_per_hour in sorted(snapshots.items())
        ]
        document[region] = parts[0] if len(parts) == 1 else parts
    text = yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=1000)
    path.write_text(text, encoding="utf-8")


class _Dumper(yaml.SafeDumper):
    """Repeats what is the same, such as a day, instead of referring to it."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002  (the interface of PyYAML)
        return True


def with_own(catalog: "Catalog", models: Mapping[str, Model], prices: Prices) -> "Catalog":
    """Return a catalogue with models added and prices that win over the shipped ones."""
    return replace(
        catalog, models={**catalog.models, **models}, prices=catalog.prices.updated(prices)
    )


def _model(
    name: str, row: object, known: Mapping[str, Model], source: str, directory: Path
) -> tuple[Model | None, list[Problem]]:
    if not isinstance(row, Mapping):
        remedy = "Indent its fields below it."
        return None, [Problem(name, shown(row), "a mapping of fields", remedy)]
    fields = {key: value for key, value in row.items() if key in _FIELDS}
    problems = [
        Problem(
            f"{name}.{key}",
            f"the unknown field {key!r}",
            listed(_FIELDS),
            did_you_mean(str(key), _FIELDS) or "Remove it.",
        )
        for key in row
        if key not in _FIELDS
    ]
    defaults, excused, found = _defaults(name, fields, known, directory)
    problems += found
    shape = fields.get("shape")
    if isinstance(shape, Mapping) and isinstance(defaults.get("shape"), Mapping):
        fields["shape"] = {**defaults["shape"], **shape}
    row = {
        "title": name,
        "source": source,
        "read_on": datetime.now(UTC).date(),  # it is as current as the file it stands in
        **defaults,
        **fields,
        "name": name,
    }
    try:
        model = Model.model_validate(row)
    except ValidationError as error:
        found = problems_of_row(error, Model, name)
        return None, problems + [one for one in found if not _is_excused(one, excused)]
    return model, problems


def _is_excused(problem: Problem, excused: set[str]) -> bool:
    """Return whether what is missing would have come from a base or config that failed."""
    fields = {problem.path, problem.path.rpartition(".")[0]}  # a dimension, or its shape
    return problem.given == shown(None) and not fields.isdisjoint(excused)


def _defaults(
    name: str, fields: dict[str, Any], known: Mapping[str, Model], directory: Path
) -> tuple[dict[str, Any], set[str], list[Problem]]:
    """Return what a base and a config say, and which fields are not missed since they failed."""
    base, config = fields.pop("base", None), fields.pop("config", None)
    defaults: dict[str, Any] = {}
    excused: set[str] = set()
    problems = []
    if base is not None:
        path = f"{name}.base"
        model = model_named(str(base), known)
        if model:
            defaults = {key: getattr(model, key) for key in _INHERITED}
            defaults["shape"] = model.shape.model_dump()
        else:
            hint = did_you_mean(str(base), known) or "Choose a model of the catalogue."
            problems.append(Problem(path, shown(base), listed(known), hint))
            excused |= {f"{name}.{key}" for key in _INHERITED}
    if isinstance(config, str):
        read, found = read_config(directory / config, f"{name}.config")
        defaults |= read
        problems += found
        excused |= {f"{name}.{key}" for key in _FROM_CONFIG} if found else set()
    elif config is not None:
        problems.append(Problem(f"{name}.config", shown(config), "a path", "Put it in quotes."))
        excused |= {f"{name}.{key}" for key in _FROM_CONFIG}
    if base is None and config is None and "shape" not in fields:
        remedy = "Add one of them: nothing else says how large the model is."
        problems.append(Problem(name, "no size", "`shape`, `config` or `base`", remedy))
        excused |= {f"{name}.{key}" for key in _FROM_CONFIG}
    return defaults, excused, problems


class _Names:
    """The names and aliases that are taken."""

    def __init__(self, models: Iterable[Model]) -> None:
        self._taken: dict[str, str] = {}
        for model in models:
            self._take(model)

    def taken(self, name: str, model: Model | None) -> list[Problem]:
        """Return what is wrong with the names of a new model, and take them."""
        problems = []
        if not _NAME.fullmatch(name):
            allowed = "letters, digits, dots, dashes and underscores"
            problems.append(Problem(name, repr(name), allowed, "Rename it."))
        for path, alias in [(name, name), *((f"{name}.aliases", a) for a in _aliases(model))]:
            owner = self._taken.get(alias.lower())
            if owner:
                remedy = f"Rename it; a fine-tune names the other one as its `base: {owner}`."
                given = f"{alias!r}, which is a name of {owner}"
                problems.append(Problem(path, given, "a name that no other model has", remedy))
        if model:
            self._take(model)
        return problems

    def _take(self, model: Model) -> None:
        for name in (model.name, *model.aliases):
            self._taken.setdefault(name.lower(), model.name)


def _aliases(model: Model | None) -> tuple[str, ...]:
    return model.aliases if model else ()


def _snapshot(
    path: str, row: object, skus: tuple[str, ...]
) -> tuple[Snapshot | None, list[Problem]]:
    if not isinstance(row, Mapping):
        allowed = "a mapping with `source`, `read_on` and `usd_per_hour`"
        return None, [Problem(path, shown(row), allowed, "Indent them below it.")]
    problems = []
    prices = row.get("usd_per_hour")
    if isinstance(prices, Mapping):
        spelt = {}
        for sku, usd in prices.items():
            name, found = _spelt(f"{path}.usd_per_hour.{sku}", str(sku), skus)
            problems += found
            spelt[name] = usd
        row = {**row, "usd_per_hour": spelt}
    try:
        return Snapshot.model_validate(row), problems
    except ValidationError as error:
        return None, problems + problems_of_row(error, Snapshot, path)


def _spelt(path: str, given: str, known: Iterable[str]) -> tuple[str, list[Problem]]:
    """Return a name in Azure's spelling; Azure itself compares them without regard to case."""
    by_lower = {name.lower(): name for name in known}
    name = by_lower.get(given.lower())
    if name:
        return name, []
    hint = did_you_mean(given, by_lower.values()) or "Remove it."
    return given, [Problem(path, repr(given), "a name that the catalogue knows", hint)]
