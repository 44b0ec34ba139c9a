# SPDX-License-Identifier: Apache-2.0
"""``ame schema``: the JSON Schema by which editors check and complete stack files."""

import ast
import inspect
import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from textwrap import dedent
from typing import Annotated, Any

import typer

from azure_model_endpoints.cli.writing import writing

__all__ = ["FILE_NAME", "stack_file_schema"]

FILE_NAME = "settings.schema.json"
"""What it is called beside the stack files, whose first line refers to it."""

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
# What the engine keeps in a stack file besides the configuration.
_OF_THE_ENGINE = {
    "environment": {"description": "Pulumi ESC environments whose configuration is added."},
    "secretsprovider": {"type": "string", "description": "What encrypts the secrets."},
    "encryptedkey": {"type": "string", "description": "Written by Pulumi."},
    "encryptionsalt": {"type": "string", "description": "Written by Pulumi."},
}
_ENCRYPTED = {
    "type": "object",
    "properties": {"secure": {"type": "string"}},
    "required": ["secure"],
    "additionalProperties": False,
}


def schema(
    *,
    write: Annotated[
        bool, typer.Option("--write", help=f"Write it to {FILE_NAME} beside the stack files.")
    ] = False,
) -> None:
    """Print the JSON Schema of stack files, for editors."""
    text = json.dumps(stack_file_schema(), indent=2, ensure_ascii=False) + "\n"
    if not write:
        typer.echo(text, nl=False)
        return
    from azure_model_endpoints.stack_file import stack_directory

    path = stack_directory(Path.cwd()) / FILE_NAME
    with writing(
        "The schema", path, "It has to be a file that you may write, in a directory that exists."
    ):
        path.write_text(text, encoding="utf-8")
    typer.echo(f"Wrote {path}. A stack file refers to it by its first line:")
    typer.echo(f"# yaml-language-server: $schema={FILE_NAME}")


def stack_file_schema() -> dict[str, Any]:
    """Return the JSON Schema of a stack file."""
    from azure_model_endpoints.settings import SECRETS, Settings
    from azure_model_endpoints.stack_file import NAMESPACE

    settings = _readable(_described(Settings.model_json_schema()))
    named = {f"{NAMESPACE}:{name}": said for name, said in settings["properties"].items()}
    for name in SECRETS:
        key = f"{NAMESPACE}:{name}"
        named[key] = {"description": named[key]["description"], **_ENCRYPTED}
    config = {
        "type": "object",
        "description": settings["description"],
        "properties": named,
        "patternProperties": {"^(azure-native|pulumi):": {}},
        "additionalProperties": False,
        "required": [f"{NAMESPACE}:{name}" for name in settings["required"]],
    }
    return {
        "$schema": _DIALECT,
        "title": "A stack of azure-model-endpoints",
        "type": "object",
        "properties": {"config": config, **_OF_THE_ENGINE},
        "additionalProperties": False,
        "required": ["config"],
        "$defs": settings["$defs"],
    }


def _described(document: dict[str, Any]) -> dict[str, Any]:
    """Return pydantic's schema of the settings, with what the docstrings of the fields say.

    Pydantic would read them too, but each time the settings are loaded.
    """
    from azure_model_endpoints.sections import Section

    parts = {document["title"]: document, **document["$defs"]}
    for section in Section.__subclasses__():
        if section.__name__ not in parts:  # the lock's are no settings
            continue
        for field, text in _docstrings(section):
            parts[section.__name__]["properties"][field]["description"] = text
    return document


def _docstrings(section: type) -> Iterator[tuple[str, str]]:
    """Yield the fields of a section with the docstrings below them."""
    [definition] = ast.parse(dedent(inspect.getsource(section))).body
    if not isinstance(definition, ast.ClassDef):
        return
    for line, below in pairwise(definition.body):
        match line, below:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(text))),
            ):
                yield name, text


def _readable(part: Any) -> Any:
    """Return a schema in few words: without what its names and descriptions say, as Markdown."""
    match part:
        case dict():
            is_type = not {"type", "$ref", "anyOf", "oneOf"}.isdisjoint(part)
            said = {"title", "default"} if is_type else set()
            return {name: _readable(each) for name, each in part.items() if name not in said}
        case list():
            return [_readable(each) for each in part]
        case str():
            return " ".join(part.replace("``", "`").split())
        case _:
            return part
