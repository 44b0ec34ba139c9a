# SPDX-License-Identifier: Apache-2.0
"""The arguments of components: what is plain among them is read as strictly as settings are."""

from collections.abc import Awaitable, Collection, Mapping
from dataclasses import replace
from typing import Any, TypeVar

import pulumi
from pydantic import BaseModel

from azure_model_endpoints.errors import Problem, ProblemsError
from azure_model_endpoints.settings import parse

__all__ = ["ArgumentsError", "parse_arguments"]

Arguments = TypeVar("Arguments", bound=BaseModel)

_KNOWN_LATER = "known-later"
"""Stands for what is not known yet: a legal name."""


class ArgumentsError(ProblemsError, pulumi.RunError):
    """The arguments of a component are wrong; the engine shows this text without a traceback."""


class _Output:
    def __repr__(self) -> str:
        return "an output"


def parse_arguments(
    name: str,
    args: Mapping[str, Any],
    model: type[Arguments],
    *,
    required: Collection[str],
    inputs: Collection[str],
) -> tuple[Arguments | None, list[Problem]]:
    """Return what is plain among a component's arguments, and everything wrong with its shape.

    Args:
        name: what the program calls the component; begins the paths of the problems.
        args: the arguments.
        model: their shape, in which every input is a text.
        required: those texts that must be there.
        inputs: the arguments at any depth that may be known later; of a mapping, its values may.
    """
    settings, problems = parse(_plain(args, inputs), model, dict.fromkeys(required, ""))
    return settings, [_of_component(name, problem) for problem in problems]


def _plain(value: Any, inputs: Collection[str]) -> Any:
    match value:
        case Mapping():
            return {
                key: _later(item) if key in inputs else _plain(item, inputs)
                for key, item in value.items()
            }
        case list():
            return [_plain(item, inputs) for item in value]
        case pulumi.Output() | Awaitable():
            return _Output()
        case float() if value.is_integer():  # the wire of a component package knows only floats
            return int(value)
        case _:
            return value


def _later(value: Any) -> Any:
    match value:
        case Mapping():
            return {key: _later(item) for key, item in value.items()}
        case pulumi.Output() | Awaitable():
            return _KNOWN_LATER
        case _:
            return value


def _of_component(name: str, problem: Problem) -> Problem:
    path = f"{name}.{problem.path}"
    if problem.given == repr(_Output()):
        remedy = (
            "It decides what is created, so it must be known before anything is: say it plainly."
        )
        return replace(problem, path=path, remedy=remedy)
    return replace(problem, path=path)
