# SPDX-License-Identifier: Apache-2.0
"""Pydantic's findings as problems in this library's words."""

from collections.abc import Mapping
from enum import EnumMeta
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr, Tag, ValidationError
from pydantic_core import ErrorDetails

from azure_model_endpoints._wording import did_you_mean, listed
from azure_model_endpoints.errors import Problem

__all__ = ["Location", "problems_of", "with_text_keys", "without_branches"]

Location = tuple[int | str, ...]
"""Where pydantic found a fault: names, places in lists, and alternatives that were tried."""

_TYPES = {
    "string_type": ("a text", "Put it in quotes."),
    "int_type": ("a whole number", "Write it without quotes or a fraction."),
    "bool_type": ("true or false", "Write it without quotes."),
    "list_type": ("a list", "Begin each entry with a dash."),
    "dict_type": ("a mapping of names to values", "Indent its entries below it."),
    "model_type": ("a mapping of settings", "Indent its settings below it."),
}


def with_text_keys(
    document: Mapping[Any, Any], *way: str, depth: int = 8
) -> tuple[dict[str, Any], list[Problem]]:
    """Return a document without the keys that are no text, and the problems that those are.

    YAML reads ``1``, ``on`` and ``2026-01-01`` as a number, a truth value and a date. Nothing is
    looked for deeper than settings go, since an alias may make a document contain itself.
    """
    kept: dict[str, Any] = {}
    problems = []
    for key, value in document.items():
        path = ".".join([*way, str(key)])
        if not isinstance(key, str):
            problems.append(Problem(path, f"the key {key!r}", "a text", "Put it in quotes."))
        elif isinstance(value, Mapping) and depth:
            kept[key], found = with_text_keys(value, *way, key, depth=depth - 1)
            problems += found
        else:
            kept[key] = value
    return kept, problems


def problems_of(error: ValidationError, model: type[BaseModel]) -> list[Problem]:
    """Return what pydantic found wrong with a document of a model."""
    return [_problem(fault, model) for fault in error.errors(include_url=False)]


def without_branches(model: type[BaseModel], location: Location) -> Location:
    """Return where a value is written, without the names of the alternatives it was tried as."""
    return tuple(
        part
        for depth, part in enumerate(location)
        if not _has_branches(_annotation_at(model, location[:depth]))
    )


def _problem(fault: ErrorDetails, model: type[BaseModel]) -> Problem:
    location = fault["loc"]
    path = ".".join(str(part) for part in without_branches(model, location))
    given = "nothing" if fault["input"] is None else repr(fault["input"])
    if _is_secret(model, location):
        given = "something that is not shown, for it may be a secret"
    match fault["type"]:
        case "extra_forbidden":
            known = _settings_at(model, location[:-1])
            name = str(location[-1])
            hint = did_you_mean(name, known) or "Remove it."
            return Problem(path, f"the unknown setting {name!r}", listed(known), hint)
        case kind if kind == "missing" or (path == "endpoints" and fault["input"] is None):
            return _missing(path)
        case "greater_than_equal" | "less_than_equal":
            return Problem(path, given, _bounds(fault, model), "Choose a number in that range.")
        case "enum" | "union_tag_invalid":
            return _unknown_word(path, fault, model)
        case kind if kind in _TYPES:
            allowed, remedy = _TYPES[kind]
            return Problem(path, given, allowed, remedy)
        case _:
            return Problem(path, given, fault["msg"], "Correct the value.")


def _unknown_word(path: str, fault: ErrorDetails, model: type[BaseModel]) -> Problem:
    """Return the problem of a word, or of a section's ``type``, that is none of those known."""
    given = fault["input"]
    if fault["type"] == "enum":
        words = _words_at(model, fault["loc"])
    elif isinstance(given, Mapping):
        path, given = f"{path}.type", given.get("type")
        words = [tag.strip("'()") for tag in fault["ctx"]["expected_tags"].split(", ")]
    else:
        return Problem(path, repr(given), *_TYPES["model_type"])
    hint = did_you_mean(str(given), words) or "Choose one of them."
    return Problem(path, "nothing" if given is None else repr(given), ", ".join(words), hint)


def _is_secret(model: type[BaseModel], location: Location) -> bool:
    section = _section_at(model, location[:-1])
    field = section.model_fields.get(str(location[-1])) if section else None
    return field is not None and SecretStr in (field.annotation, *get_args(field.annotation))


def _missing(path: str) -> Problem:
    if path == "endpoints":
        return Problem(
            path,
            "nothing",
            "a mapping of endpoints by name",
            "Add at least one endpoint under the stack file's `config:`, or write `endpoints: {}` "
            "to say that there are none, which deletes every live endpoint of this stack.",
        )
    return Problem(path, "nothing", "a value", "Add it: this setting has no default.")


def _bounds(fault: ErrorDetails, model: type[BaseModel]) -> str:
    location = fault["loc"]
    section = _section_at(model, location[:-1])
    rules = section.model_fields[str(location[-1])].metadata if section else []
    bounds = dict(fault["ctx"])  # the bound that was overstepped
    for rule in rules:
        bounds |= {key: getattr(rule, key) for key in ("ge", "le") if hasattr(rule, key)}
    match bounds:
        case {"ge": least, "le": most}:
            return f"{least} to {most}"
        case {"ge": least}:
            return f"{least} or more"
        case _:
            return f"{bounds['le']} or less"


def _settings_at(model: type[BaseModel], location: Location) -> tuple[str, ...]:
    section = _section_at(model, location)
    return tuple(section.model_fields) if section else ()


def _words_at(model: type[BaseModel], location: Location) -> list[str]:
    """Return what may be written at a location that holds one of several words."""
    annotation = _annotation_at(model, location)
    return [*map(str, annotation)] if isinstance(annotation, EnumMeta) else []


def _section_at(model: type[BaseModel], location: Location) -> type[BaseModel] | None:
    """Return the model that describes the mapping at a location."""
    annotation = _annotation_at(model, location)
    is_section = isinstance(annotation, type) and issubclass(annotation, BaseModel)
    return annotation if is_section else None


def _annotation_at(model: type[BaseModel], location: Location) -> Any:
    """Return the type of the values at a location, of which each part is a name or a branch."""
    annotation: Any = model
    for part in location:
        if _has_branches(annotation):
            annotation = _branch(annotation, part)
        elif isinstance(annotation, type) and issubclass(annotation, BaseModel):
            field = annotation.model_fields.get(str(part))
            annotation = field.annotation if field else None
        else:  # a mapping of sections by name
            annotation = next(iter(get_args(annotation)[1:]), None)
        if get_origin(annotation) is Annotated:
            annotation = get_args(annotation)[0]
        members = [member for member in get_args(annotation) if member is not type(None)]
        if _has_branches(annotation) and len(members) == 1:
            [annotation] = members
    return annotation


def _has_branches(annotation: Any) -> bool:
    """Return whether a value may be of one of several kinds."""
    return get_origin(annotation) in (Union, UnionType)


def _branch(union: Any, tag: int | str) -> Any:
    """Return the alternative of a setting that has a tag."""
    branches = (get_args(member) for member in get_args(union))
    return next((branch for branch, *marks in branches if Tag(str(tag)) in marks), None)
