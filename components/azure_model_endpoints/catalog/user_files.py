# SPDX-License-Identifier: Apache-2.0
"""What the files users write have in common: mappings in YAML, and how their mistakes are told."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from azure_model_endpoints._validation import problems_of
from azure_model_endpoints.errors import CatalogError, Problem
from azure_model_endpoints.vocabulary import Dtype

__all__ = ["UniqueKeys", "in_source", "problems_of_row", "read_mapping", "shown"]

_DATE = ("a date, for example 2026-01-31", "Write it without quotes.")
# Allowed and remedy by what pydantic calls the mistake.
_BY_TYPE = {
    "bool_parsing": ("true or false", "Write it without quotes."),
    "date_from_datetime_inexact": _DATE,
    "date_from_datetime_parsing": _DATE,
    "date_type": _DATE,
    "enum": (", ".join(Dtype), "Choose one of them."),
    "finite_number": ("a finite number", "Leave out a price that is not known."),
    "float_type": ("a number", "Write it without quotes."),
    "greater_than": ("more than 0", "Leave out a price that is not known; 0 would mean free."),
    "tuple_type": ("a list", "Write it in brackets."),
}
# What a text has to look like, by its field.
_FORMS = {
    "asset_id": "azureml://registries/REGISTRY/models/NAME/versions/V (serverless: no version)",
    "hugging_face_id": "OWNER/NAME of a repository on the Hugging Face Hub",
    "revision": "40 hexadecimal digits, a commit of the repository on the Hugging Face Hub",
}


def read_mapping(path: Path) -> Mapping[Any, Any]:
    """Return the mapping in a YAML file; an empty file has an empty one.

    Raises:
        CatalogError: the file cannot be read, or has no mapping in YAML, or one with a key twice.
    """
    try:
        document = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506
    except OSError as error:
        given, remedy = error.strerror or str(error), "Make it a file that can be read."
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        reason = " ".join(str(error).replace('in "<unicode string>", ', "at ").split())
        given, remedy = "something else", f"{reason[:1].upper()}{reason[1:]}."
    else:
        if document is None:
            return {}
        if isinstance(document, Mapping):
            return document
        given, remedy = shown(document), "Write a name, a colon and the fields below it."
    raise CatalogError([Problem(str(path), given, "a mapping in YAML", remedy)], source=str(path))


class UniqueKeys(yaml.constructor.SafeConstructor):
    """YAML wants keys to be unique; PyYAML takes the last of several without a word."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> Any:  # noqa: FBT001, FBT002
        """Return a mapping, or refuse it for a key that is there twice."""
        keys = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                continue
            if key.value in keys:
                raise yaml.constructor.ConstructorError(
                    None, None, f"{key.value!r} is there twice", key.start_mark
                )
            keys.add(key.value)
        return super().construct_mapping(node, deep=deep)

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:  # noqa: FBT001, FBT002
        """Return a value, or say where one is that cannot be of its type.

        PyYAML lets through whatever goes wrong then: ``!!bool x`` is a KeyError.
        """
        try:
            value = super().construct_object(node, deep=deep)
            if isinstance(value, int):
                str(value)  # Python reads more digits than it prints, and a message prints them
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            reason = f": {error}" if isinstance(error, ValueError) else ""
            problem = f"it cannot be read as {node.tag.rpartition(':')[2]}{reason}"
            raise yaml.constructor.ConstructorError(None, None, problem, node.start_mark) from error
        return value


class _Loader(UniqueKeys, getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Reads the files of users."""


def problems_of_row(error: ValidationError, model: type[BaseModel], path: str) -> list[Problem]:
    """Return what pydantic found wrong with a row, in this library's words."""
    problems = []
    faults = error.errors(include_url=False)
    for fault, problem in zip(faults, problems_of(error, model), strict=True):
        allowed, remedy = _BY_TYPE.get(fault["type"], (problem.allowed, problem.remedy))
        if fault["type"] == "string_pattern_mismatch":
            allowed = _FORMS[str(fault["loc"][-1])]
        problems.append(Problem(f"{path}.{problem.path}", problem.given, allowed, remedy))
    return problems


def in_source(source: str, problem: Problem) -> Problem:
    """Return a problem with the name of its file before its path."""
    return replace(problem, path=f"{source}: {problem.path}")


def shown(value: object) -> str:
    """Return a value as messages show it."""
    return "nothing" if value is None else repr(value)
