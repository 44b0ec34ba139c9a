# SPDX-License-Identifier: Apache-2.0
"""The stack file: ``stacks/Pulumi.<stack>.yaml``, where the settings of an environment are written.

The engine ignores what it does not know in it, so ``endpoints:`` written outside ``config:`` would
mean "no endpoints" and delete everything. Here it is a mistake.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from azure_model_endpoints._validation import did_you_mean, listed
from azure_model_endpoints.errors import Problem, SettingsError
from azure_model_endpoints.settings import Settings

__all__ = ["NAMESPACE", "document_of", "find_stack_file", "read_stack_file"]

NAMESPACE = "azure-model-endpoints"
"""The configuration namespace of the settings, in whatever project they are used."""

# What the engine keeps in a stack file besides the configuration.
_ENGINE_KEYS = ("config", "environment", "encryptedkey", "encryptionsalt", "secretsprovider")
# Namespaces of configuration that this program or the engine reads.
_NAMESPACES = (NAMESPACE, "azure-native", "pulumi")


def find_stack_file(stack: str, start: Path) -> Path:
    """Return the file of a stack of the project that a directory is in.

    Raises:
        SettingsError: there is no project, or it has no such stack.
    """
    root = next((d for d in (start, *start.parents) if (d / "Pulumi.yaml").is_file()), None)
    if root is None:
        raise SettingsError(
            [
                Problem(
                    "Pulumi.yaml",
                    f"no such file in {start} or above",
                    "a directory inside a Pulumi project",
                    "Run the command from your project.",
                )
            ]
        )
    project = yaml.safe_load((root / "Pulumi.yaml").read_text(encoding="utf-8")) or {}
    directory = root / str(project.get("stackConfigDir") or ".")
    path = directory / f"Pulumi.{stack}.yaml"
    if not path.is_file():
        stacks = [
            p.name.removeprefix("Pulumi.").removesuffix(".yaml")
            for p in directory.glob("Pulumi.*.yaml")
        ]
        remedy = did_you_mean(stack, stacks) or f"Write {path}."
        raise SettingsError([Problem("stack", repr(stack), listed(stacks), remedy)])
    return path


def read_stack_file(path: Path) -> dict[str, Any]:
    """Return the settings written in a stack file.

    Raises:
        SettingsError: the file is not YAML, or says something outside `config` that means nothing.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        where = getattr(error, "problem_mark", None)
        line = f", line {where.line + 1}, column {where.column + 1}" if where else ""
        problem = getattr(error, "problem", None) or "it cannot be read as text"
        raise SettingsError(
            [Problem(f"{path.name}{line}", f"no YAML ({problem})", "YAML", "Correct the file.")]
        ) from None
    if not isinstance(content, Mapping):
        content = {} if content is None else {"?": content}
    unknown = [key for key in content if key not in _ENGINE_KEYS]
    if unknown:
        raise SettingsError([_misplaced(str(key)) for key in unknown], source=path.name)
    return document_of(content.get("config") or {}, source=path.name)


def document_of(config: Mapping[str, Any], *, source: str = "the configuration") -> dict[str, Any]:
    """Return the settings among configuration keys like ``azure-model-endpoints:region``.

    Raises:
        SettingsError: a key is in a namespace that nothing reads.
    """
    document, problems = {}, []
    for key, value in config.items():
        namespace, _, name = key.partition(":")
        if namespace == NAMESPACE:
            document[name] = value
        elif namespace not in _NAMESPACES:
            hint = did_you_mean(namespace, _NAMESPACES) or "Remove it."
            problems.append(
                Problem(f"config.{key}", f"the namespace {namespace!r}", listed(_NAMESPACES), hint)
            )
    if problems:
        raise SettingsError(problems, source=source)
    return document


def _misplaced(key: str) -> Problem:
    name = key.removeprefix(f"{NAMESPACE}:")
    if name in Settings.model_fields:
        remedy = f"Move it under `config:` as `{NAMESPACE}:{name}:`; outside, it means nothing."
    else:
        remedy = did_you_mean(key, _ENGINE_KEYS) or "Remove it."
    return Problem(key, "a key at the top of the file", listed(_ENGINE_KEYS), remedy)
